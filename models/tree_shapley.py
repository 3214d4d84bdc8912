"""Exact path-dependent TreeSHAP values by quadrature, compiled by Numba.

On the way to a leaf each column j that is split on has z_j, the share of training rows that go this
way on it, and o_j, which is 1 if the row does so at all its splits and else 0. The leaf adds, to
column i,

    value * (o_i - z_i) * the integral over q from 0 to 1 of prod over j != i of f_j(q),
    f_j(q) = q o_j + (1 - q) z_j,

a polynomial in q of one degree less than there are columns, so n nodes of Gauss-Legendre are exact
for up to 2 n columns. Down the tree goes P, the product of the f_j so far; up comes S, the sum of
value * P over the leaves below. At a node that splits on i, both children together get

    (1 - q) * (o_i - z_i) / f_i * S = S_hot / f_hot - (S_hot + S_cold) / f_above

where "hot" is the child the row goes to and f_above is the factor of i before this split, 1 if there
is none: what the leaves below gave by the split above is taken back. (For the cold child o = 0 and
f = (1 - q) z, so that its own share is -S_cold.) Once a row has left the way on a column, further
splits on it only scale P by the children's shares, and add nothing.

Each number above is a vector over nodes of quadrature, and they stay in vector registers: 4 at once
where no path has more than 8 columns, else 8, and richer trees are walked once for every 8 nodes.
Only + - x / in a fixed order: the same bits on every CPU, in a batch of any size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numba import njit

from features.spec import Floats
from models.flat_trees import (
    ABOVE,
    ABOVE_SIDE,
    CATEGORICAL,
    COLUMN,
    LEFT,
    LEFT_COVER,
    LEFT_VALUE,
    LINKS,
    NUMBERS,
    RIGHT,
    RIGHT_COVER,
    RIGHT_VALUE,
    THRESHOLD,
    WAY,
    WORDS,
    WORDS_FROM,
    ZERO,
    FlatTrees,
)
from models.lanes import (
    NARROW,
    WIDE,
    add,
    divide,
    lined_up,
    load,
    load_narrow,
    load_wide,
    multiply,
    on,
    read,
    start,
    store,
    subtract,
    width_of,
)

#: Rows explained in one go: a tree's numbers stay in the nearest cache for all of them.
BLOCK = 32


def contributions_of(trees: FlatTrees, X: Floats) -> Floats:
    """Contributions (n, f + 1) in log-odds of rows (n, f); the last column is the expected value."""
    # A copy in any case, because the kernel writes into it.
    rows = np.array(X, dtype=np.float64, order="C")
    contributions = np.zeros((len(rows), trees.columns + 1))
    contributions[:, -1] = trees.expected
    most, block = trees.most, min(BLOCK, len(rows))
    room = (2 * most + 1 + most + 1 + block * trees.columns) * WIDE + 2 * (most + 1) + WIDE
    desk = np.empty(room)
    for begin in range(0, len(rows), BLOCK):
        _explain(
            rows[begin : begin + BLOCK], trees.numbers, trees.links, trees.words, trees.trees,
            trees.groups, trees.quadrature, most, desk, contributions[begin : begin + BLOCK],
        )  # fmt: skip
    return contributions


def _compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    try:
        compiled: Callable[..., Any] = njit(cache=True)(function)
    except RuntimeError:
        # There is nowhere to keep what was compiled: each process compiles it anew.
        compiled = njit(function)
    return compiled


@_compiled
def _goes_right(value, node, numbers, links, words):  # type: ignore[no-untyped-def]
    """Whether (1 or 0) a value goes right at a node, as LightGBM has it."""
    way = read(links, node * LINKS + WAY)
    if way & CATEGORICAL:
        # -0.5 is category 0; what is missing, below, or beyond 32 bits is in no set.
        if -1.0 < value < 2147483648.0:
            category = np.int64(value)
            word = category >> 5
            if word < read(links, node * LINKS + WORDS):
                bits = read(words, read(links, node * LINKS + WORDS_FROM) + word)
                return 1 - ((bits >> (category & 31)) & 1)
        return 1
    # Without a branch: which way a row goes cannot be foreseen.
    beyond = 1 - np.int64(value <= read(numbers, node * NUMBERS + THRESHOLD))
    zero, missing = np.int64(value == 0.0), np.int64(value != value)
    return beyond & ~(zero | missing) | zero & way >> 2 | missing & way >> 1


@_compiled
def _walk(  # type: ignore[no-untyped-def]
    q, row, first, size, numbers, links, words, slots, inverse, shares, ways, sums
):
    """Add what one tree gives one row to the row's sums, (1 - q) times too much.

    Args:
        q: The nodes of quadrature, a vector.
        row: Where the row is, what is next to zero made zero.
        first: The tree's first node.
        size: How many it has.
        numbers: Where the trees' numbers are, node after node.
        links: Where the trees' links are, node after node.
        words: Where the sets of categories are.
        slots: P on the way down, S on the way up, by node and leaf.
        inverse: By node, 1 / f of its column for who goes on with the row; 1 in place `size`.
        shares: By node, z of its column for who goes on with the row; 1 in place `size`.
        ways: By node, whether the row goes right; 2 if it left the way on this column before.
        sums: Where the row's sums are, a vector a column.
    """
    width = width_of(q)
    p = subtract(1.0, q)
    one = add(multiply(q, 0.0), 1.0)
    for k in range(size):
        value = read(row, read(links, (first + k) * LINKS + COLUMN))
        store(ways, k, np.float64(_goes_right(value, first + k, numbers, links, words)))
    store(ways, size, 0.0)
    store(shares, size, 1.0)
    store(inverse, size * width, one)
    store(slots, 0, one)
    for k in range(size):
        link, number = (first + k) * LINKS, (first + k) * NUMBERS
        above = read(links, link + ABOVE)
        here = load(slots, k * width, q)
        left_cover, right_cover = (
            read(numbers, number + LEFT_COVER),
            read(numbers, number + RIGHT_COVER),
        )
        left_value, right_value = (
            read(numbers, number + LEFT_VALUE),
            read(numbers, number + RIGHT_VALUE),
        )
        if read(ways, above) == read(links, link + ABOVE_SIDE):
            right = read(ways, k)
            left = 1.0 - right
            left_share = read(shares, above) * left_cover
            right_share = read(shares, above) * right_cover
            share = left * left_share + right * right_share
            store(shares, k, share)
            store(inverse, k * width, divide(1.0, add(q, multiply(p, share))))
            here = multiply(here, load(inverse, above * width, q))
            # Both children by the same formula, so that where to store does not hang on the row.
            to_left = add(multiply(q, left), multiply(p, left_share))
            to_right = add(multiply(q, right), multiply(p, right_share))
            to_left = multiply(multiply(here, to_left), left_value)
            to_right = multiply(multiply(here, to_right), right_value)
        else:
            store(ways, k, 2.0)
            to_left = multiply(here, left_cover * left_value)
            to_right = multiply(here, right_cover * right_value)
        store(slots, read(links, link + LEFT) * width, to_left)
        store(slots, read(links, link + RIGHT) * width, to_right)
    for k in range(size - 1, -1, -1):
        link = (first + k) * LINKS
        from_left = load(slots, read(links, link + LEFT) * width, q)
        from_right = load(slots, read(links, link + RIGHT) * width, q)
        both = add(from_left, from_right)
        store(slots, k * width, both)
        right = read(ways, k)
        if right != 2.0:
            hot = add(multiply(from_left, 1.0 - right), multiply(from_right, right))
            above = load(inverse, read(links, link + ABOVE) * width, q)
            gain = subtract(multiply(hot, load(inverse, k * width, q)), multiply(both, above))
            place = read(links, link + COLUMN) * width
            store(sums, place, add(load(sums, place, q), gain))


@_compiled
def _walk_all(  # type: ignore[no-untyped-def]
    q, rows, n, columns, trees, begin, end,
    numbers, links, words, slots, inverse, shares, ways, sums,
):  # fmt: skip
    """Add what some trees give each of n rows to its sums."""
    for tree in range(begin, end):
        first, size = read(trees, 2 * tree), read(trees, 2 * tree + 1)
        for i in range(n):
            _walk(
                q, on(rows, i * columns), first, size, numbers, links, words,
                slots, inverse, shares, ways, on(sums, i * columns * width_of(q)),
            )  # fmt: skip


@_compiled
def _explain(  # type: ignore[no-untyped-def]
    X, numbers, links, words, trees, groups, quadrature, most, desk, contributions
):
    """Add the contributions of rows (n, f) to `contributions` (n, f + 1).

    Args:
        X: The rows; what is next to zero is made zero.
        numbers: This and the five after it are as `FlatTrees` has them.
        links: See there.
        words: See there.
        trees: See there.
        groups: See there.
        quadrature: See there.
        most: How many nodes the largest tree has.
        desk: Room to work in, as `contributions_of` makes it.
        contributions: Where they are added.
    """
    n, columns = X.shape
    for i in range(n):
        for j in range(columns):
            if abs(X[i, j]) <= ZERO:
                X[i, j] = 0.0
    slots = lined_up(start(desk))
    inverse = on(slots, (2 * most + 1) * WIDE)
    sums = on(inverse, (most + 1) * WIDE)
    shares = on(sums, n * columns * WIDE)
    ways = on(shares, most + 1)
    places = start(quadrature)
    for group in range(len(groups)):
        begin, count, node, width, passes = groups[group]
        for _ in range(passes):
            for place in range(n * columns * width):
                store(sums, place, 0.0)
            if width == NARROW:
                _walk_all(
                    load_narrow(places, node), start(X), n, columns, start(trees), begin, begin + count,
                    start(numbers), start(links), start(words), slots, inverse, shares, ways, sums,
                )  # fmt: skip
            else:
                _walk_all(
                    load_wide(places, node), start(X), n, columns, start(trees), begin, begin + count,
                    start(numbers), start(links), start(words), slots, inverse, shares, ways, sums,
                )  # fmt: skip
            for i in range(n):
                for j in range(columns):
                    total = 0.0
                    for lane in range(width):
                        weight = quadrature[1, node + lane] / (1.0 - quadrature[0, node + lane])
                        total += weight * read(sums, (i * columns + j) * width + lane)
                    contributions[i, j] += total
            node += width
