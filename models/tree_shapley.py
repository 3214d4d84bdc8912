"""Exact path-dependent TreeSHAP values by quadrature, compiled by Numba.

On the way to a leaf each column j that is split on has z_j, the share of training rows that go this
way on it, and o_j, which is 1 if the row does so at all its splits and else 0. The leaf adds, to
column i,

    value * (o_i - z_i) * the integral over q from 0 to 1 of prod over j != i of (q o_j + (1 - q) z_j),

a polynomial in q of one degree less than there are columns, so n nodes of Gauss-Legendre are exact
for up to 2 n columns. With r_j = o_j / z_j and u = q / (1 - q), what follows from the row alone is

    value * prod of all z_j * (1 - q)^(d - 1) * (r_i - 1) * prod over j != i of (1 + u r_j)

for d columns: the prod of all z_j is the share of training rows that reach the leaf, whatever the row, and
a column on which the row goes another way than the leaf (r_j = 0) costs nothing. r_j is the product of
the `growths` of the splits on j, so it is known on the way down, split by split.

Down the tree goes P, the product of the factors 1 + u r_j so far; up comes R, the sum over the
leaves below of the leaf's `part` * w (1 - q)^(d - 1), with w the quadrature's weights, times the factors
between here and there. At a node that is the first to split on i, with "hot" the child the row goes to,

    s = R_hot + R_cold,  x = r R_hot,  R = s + u x,  and column i gets P * (x - s).

A further split on i finds r_above from the split above, 0 if the row left the way there. The factor
1 + u r_above in P gives way to 1 + u r at the hot child, to 1 at the cold one, and what the leaves
below gave by the split above is taken back:

    R = (s + u x) / (1 + u r_above),  P * (x - r_above s) * (1 + u) / (1 + u r_above)^2.

Each of P, R, u, s, x is a vector over nodes of quadrature, and they stay in vector registers: 4 at once
where no path has more than 8 columns, else 8, and richer trees are walked once for every 8 nodes.
Only + - x / in a fixed order: the same bits on every CPU, in a batch of any size.

A walk waits for stores and for branches that were foreseen wrongly, more than it computes. So on which
way the row goes hang only places in memory; further splits, one in ten, take the one branch there is;
and twigs are finished on the way down.
"""

from __future__ import annotations

import numpy as np

from features.spec import Floats
from models.flat_trees import FlatTrees
from models.lanes import (
    NARROW,
    WIDE,
    add,
    as_words,
    ask_for,
    divide,
    lined_up,
    load,
    load_narrow,
    load_wide,
    multiply,
    on,
    read,
    read_word,
    start,
    store,
    subtract,
    width_of,
)
from models.packed_trees import FIRST, NODE, NODE_ABOVE, NODE_COLUMN, QUESTION
from models.tree_answers import BLOCK, answers_of, compiled

#: What is kept of a fork on the way down, in float64 places: where its children are, r_above, r.
_CHILDREN, _R_ABOVE, _R = range(3)
KEPT = 4


def contributions_of(flat: FlatTrees, X: Floats) -> Floats:
    """Contributions (n, f + 1) in log-odds of rows (n, f); the last column is the expected value."""
    trees = flat.packed
    # A copy in any case: the kernel is compiled for arrays that can be written to.
    rows = np.array(X, dtype=np.float64, order="C")
    contributions = np.empty((len(rows), flat.columns + 1))
    contributions[:, -1] = flat.expected
    slots, block = 2 * trees.most + 1, min(BLOCK, len(rows))
    room = np.empty((2 * slots + block * flat.columns + 1) * WIDE)
    kept = np.empty(KEPT * trees.most)
    for begin in range(0, len(rows), BLOCK):
        answers = answers_of(trees.questions, rows[begin : begin + BLOCK])
        _explain(
            answers, trees.nodes, trees.growths, trees.parts, trees.depths, trees.trees, trees.order,
            trees.groups, trees.tables, trees.longest, slots, room, kept, contributions[begin : begin + BLOCK],
        )  # fmt: skip
    return contributions


@compiled
def _walk(  # type: ignore[no-untyped-def]
    u, one_and_u, powers, size, forks, nodes, growths, parts, depths, answers, slots, kept, sums
):
    """Add what one tree gives one row to the row's sums.

    Args:
        u: q / (1 - q), a vector over nodes of quadrature.
        one_and_u: 1 + u.
        powers: Where w (1 - q)^(d - 1) is, a vector for each d.
        size: How many nodes the tree has.
        forks: How many of them are forks.
        nodes: This and the three after it are where the tree's are, as `PackedTrees` has them.
        growths: See there.
        parts: See there.
        depths: See there.
        answers: Where the row's answers to all questions are.
        slots: P and R of each slot, next to each other.
        kept: What is kept of each fork, `KEPT` numbers.
        sums: Where the row's sums are, a vector a column.
    """
    width = width_of(u)
    singles = 2 * forks + 1 - size
    for leaf in range(singles):
        weighted = multiply(load(powers, read(depths, leaf) * width, u), read(parts, leaf))
        store(slots, (2 * (size + leaf) + 1) * WIDE, weighted)
    store(slots, 0, add(1.0, multiply(u, 0.0)))
    for k in range(forks):
        # Four links of 16 bits in one word: the last is the question, and shifted by one or none of
        # them the lower two are the hot and the cold child, without a branch.
        word = read_word(nodes, k * NODE)
        right = read(answers, (word >> 48) & 0xFFFF)
        word = word >> (16 * right)
        store(as_words(kept), k * KEPT + _CHILDREN, word)
        hot, cold = word & 0xFFFF, (word >> 16) & 0xFFFF
        above = read(nodes, k * NODE + NODE_ABOVE)
        r = read(growths, 2 * k + right)
        P = load(slots, 2 * k * WIDE, u)
        if above != FIRST:
            r_above = _r_above(above, nodes, kept)
            store(kept, k * KEPT + _R_ABOVE, r_above)
            r = r * r_above
            P = divide(P, add(1.0, multiply(u, r_above)))
        store(kept, k * KEPT + _R, r)
        store(slots, 2 * cold * WIDE, P)
        store(slots, 2 * hot * WIDE, add(P, multiply(P, multiply(u, r))))
    for k in range(forks, size):
        right = read(answers, read(nodes, k * NODE + QUESTION))
        above = read(nodes, k * NODE + NODE_ABOVE)
        leaf = singles + 2 * (k - forks)
        r = read(growths, 2 * k + right)
        hot, both = read(parts, leaf + right), read(parts, leaf) + read(parts, leaf + 1)
        weights = load(powers, read(depths, leaf) * width, u)
        P = load(slots, 2 * k * WIDE, u)
        if above == FIRST:
            x = hot * r
            R = multiply(weights, add(multiply(u, x), both))
            gain = multiply(multiply(weights, P), x - both)
        else:
            r_above = _r_above(above, nodes, kept)
            x = hot * (r * r_above)
            inverse = divide(1.0, add(1.0, multiply(u, r_above)))
            R = multiply(multiply(weights, add(multiply(u, x), both)), inverse)
            P = multiply(multiply(P, one_and_u), multiply(inverse, inverse))
            gain = multiply(multiply(weights, P), x - both * r_above)
        store(slots, (2 * k + 1) * WIDE, R)
        place = read(nodes, k * NODE + NODE_COLUMN) * WIDE
        store(sums, place, add(load(sums, place, u), gain))
    for k in range(forks - 1, -1, -1):
        word = read(as_words(kept), k * KEPT + _CHILDREN)
        hot, cold = word & 0xFFFF, (word >> 16) & 0xFFFF
        above = read(nodes, k * NODE + NODE_ABOVE)
        P = load(slots, 2 * k * WIDE, u)
        from_hot = load(slots, (2 * hot + 1) * WIDE, u)
        s = add(from_hot, load(slots, (2 * cold + 1) * WIDE, u))
        x = multiply(from_hot, read(kept, k * KEPT + _R))
        R = add(s, multiply(u, x))
        if above != FIRST:
            r_above = read(kept, k * KEPT + _R_ABOVE)
            inverse = divide(1.0, add(1.0, multiply(u, r_above)))
            R = multiply(R, inverse)
            P = multiply(multiply(P, one_and_u), multiply(inverse, inverse))
            s = multiply(s, r_above)
        store(slots, (2 * k + 1) * WIDE, R)
        place = read(nodes, k * NODE + NODE_COLUMN) * WIDE
        store(sums, place, add(load(sums, place, u), multiply(P, subtract(x, s))))


@compiled
def _r_above(above, nodes, kept):  # type: ignore[no-untyped-def]
    """What a further split finds of the split above; 0 if the row left the way there, or before."""
    fork = above >> 1
    this_way = read(nodes, fork * NODE + (above & 1))
    hot = read(as_words(kept), fork * KEPT + _CHILDREN) & 0xFFFF
    return read(kept, fork * KEPT + _R) * np.float64(hot == this_way)


@compiled
def _walk_all(  # type: ignore[no-untyped-def]
    u, one_and_u, powers, n, questions, columns, trees, order, begin, end,
    nodes, growths, parts, depths, answers, slots, kept, sums,
):  # fmt: skip
    """Add what some trees give each of n rows to its sums."""
    for place in range(begin, end):
        tree = 4 * read(order, place)
        first, size = read(trees, tree), read(trees, tree + 1)
        forks, leaf = read(trees, tree + 2), read(trees, tree + 3)
        # Most often what is next in memory is walked next.
        ask_for(nodes, (first + size) * NODE, (first + 2 * size) * NODE)
        ask_for(growths, 2 * (first + size), 2 * (first + 2 * size))
        ask_for(parts, leaf + size, leaf + 2 * size)
        ask_for(depths, leaf + size, leaf + 2 * size)
        for i in range(n):
            _walk(
                u, one_and_u, powers, size, forks, on(nodes, first * NODE), on(growths, 2 * first),
                on(parts, leaf), on(depths, leaf), on(answers, i * questions), slots, kept,
                on(sums, i * columns * WIDE),
            )  # fmt: skip


@compiled
def _explain(  # type: ignore[no-untyped-def]
    answers, nodes, growths, parts, depths, trees, order, groups, tables, longest, slot_count,
    room, kept, contributions,
):  # fmt: skip
    """Write the contributions of rows, (n, f + 1) without the last column.

    Args:
        answers: What the rows answer to all questions (n, m).
        nodes: This and the eight after it are as `PackedTrees` has them.
        growths: See there.
        parts: See there.
        depths: See there.
        trees: See there.
        order: See there.
        groups: See there.
        tables: See there.
        longest: See there.
        slot_count: How many slots the largest tree has.
        room: Room for two vectors a slot, and for one a row's column.
        kept: Room for `KEPT` numbers a node.
        contributions: Where they are written.
    """
    n, columns = len(contributions), contributions.shape[1] - 1
    questions = answers.shape[1]
    slots = lined_up(start(room))
    sums = on(slots, 2 * slot_count * WIDE)
    for place in range(n * columns * WIDE):
        store(sums, place, 0.0)
    for group in range(len(groups)):
        begin, count, width, passes, table = groups[group]
        for _ in range(passes):
            places = on(start(tables), table)
            if width == NARROW:
                _walk_all(
                    load_narrow(places, 0), load_narrow(places, NARROW), on(places, 2 * NARROW), n, questions,
                    columns, start(trees), start(order), begin, begin + count, start(nodes), start(growths),
                    start(parts), start(depths), start(answers), slots, start(kept), sums,
                )  # fmt: skip
            else:
                _walk_all(
                    load_wide(places, 0), load_wide(places, WIDE), on(places, 2 * WIDE), n, questions,
                    columns, start(trees), start(order), begin, begin + count, start(nodes), start(growths),
                    start(parts), start(depths), start(answers), slots, start(kept), sums,
                )  # fmt: skip
            table += width * (longest + 3)
    for i in range(n):
        for j in range(columns):
            total = 0.0
            for lane in range(WIDE):
                total += read(sums, (i * columns + j) * WIDE + lane)
            contributions[i, j] = total
