"""Trees in as few bytes as the kernels can walk them, in the order in which they read them.

Between two requests a processor's caches forget the trees, and to fetch them again takes as long as to
walk them. So what many nodes have in common is said once, and a node's links are numbers of 16 bits.

A *question* is what a node asks of a row: whether a column's value is beyond a threshold, or not
in a set of categories. Thousands of nodes ask the same few thousand, so all of them are answered first
(`tree_answers`), one byte each, and a walk only looks its answers up.

A *twig* is a node with two leaves, which three in ten are; its subtree needs no room to be kept in. In
a tree the twigs come last, and their leaves too, two by two in the twigs' order:

    nodes    forks, parents before children | twigs
    leaves   of forks, in their order       | of twigs
    slots    one for each node, then one for each leaf: a child is a slot
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.spec import Floats
from models.errors import TreesNotReadError
from models.flat_trees import (
    ABOVE,
    ABOVE_SIDE,
    CATEGORICAL,
    COLUMN,
    LEFT,
    LEFT_COVER,
    RIGHT,
    RIGHT_COVER,
    THRESHOLD,
    WAY,
    WORDS,
    WORDS_FROM,
    FlatTrees,
)

#: A node's 16 bits (`PackedTrees.nodes`): the children, the left one again so that who goes right
#: finds "this way, other way" one place further on; the question; the column; the split above.
LEFT_AGAIN, QUESTION, NODE_COLUMN, NODE_ABOVE = 2, 3, 4, 5
NODE = 6

#: The split above of a node that is the first to split on its column.
FIRST = 2**16 - 1

#: How many columns a row may have: fewer than 16 bits can say.
_MOST_COLUMNS = 2**15 - 1

#: On longer paths the kernel's products leave the range of a float64.
_LONGEST = 80

#: How many nodes of quadrature the kernel handles at once, by what the trees need at most.
_NARROW, _WIDE = 4, 8


@dataclass(frozen=True, eq=False)
class Questions:
    """All questions of a model's trees, those on one column next to each other.

    Attributes:
        stretches: (s, 6): the column; the bits of the way, as `flat_trees` has them; the first
            question and how many there are; of a question about categories, which is a stretch of
            its own, the first of its words and how many it has.
        thresholds: Of each question (m,); 0 where it is about categories.
        words: Bit sets of the categories that go left, 32 a word.
    """

    stretches: NDArray[np.int32]
    thresholds: Floats
    words: NDArray[np.uint32]


@dataclass(frozen=True, eq=False)
class PackedTrees:
    """Trees in their own order.

    Attributes:
        questions: What the nodes ask.
        nodes: (n, 6): the left child, the right one, and the left one again; the question; the column;
            twice the nearest node above that splits on the same column, plus 1 if the way from it
            leads right, or FIRST.
        growths: By node (n, 2): how many times its training rows are those of the left child, and
            of the right one.
        leaves: Values of all trees' leaves (l,), in log-odds.
        parts: The same, each times the share of the tree's training rows that reach the leaf.
        depths: On how many columns the path to a leaf splits (l,).
        trees: By tree (t, 4): its first node and how many it has, none if it is a single leaf; how
            many of them are forks; its first leaf.
        order: Numbers of the trees with nodes, those that need equally many nodes of quadrature together.
        groups: Of these (g, 5): the first place in `order` and how many; how many nodes of
            quadrature at once, and how often; where their table starts in `tables`.
        tables: For each time that a group is walked the vectors by node of quadrature that
            `tree_shapley` names: u, 1 + u, and for d from 0 to the longest path w (1 - q)^(d - 1).
        longest: On how many columns the richest path splits.
        most: How many nodes the largest tree has.
    """

    questions: Questions
    nodes: NDArray[np.uint16]
    growths: Floats
    leaves: Floats
    parts: Floats
    depths: NDArray[np.uint8]
    trees: NDArray[np.int64]
    order: NDArray[np.int64]
    groups: NDArray[np.int64]
    tables: Floats
    longest: int
    most: int


def packed_trees(flat: FlatTrees) -> PackedTrees:
    """Lay trees out.

    Raises:
        TreesNotReadError: when a row, a tree, a path or all questions are too large for that.
    """
    longest = int(max(flat.trees[:, 3], default=0))
    most = int(max(flat.trees[:, 1], default=0))
    questions, asked = _questions(flat)
    if (
        flat.columns > _MOST_COLUMNS
        or 2 * most >= FIRST
        or len(questions.thresholds) > FIRST
        or longest > _LONGEST
    ):
        raise TreesNotReadError(
            "A row, a tree, a path or all questions are too large to be laid out."
        )
    packed = [_packed(flat, asked, *tree) for tree in flat.trees[:, :3].tolist()]
    order, groups, tables = _quadrature(flat.trees[:, 3].tolist(), longest)
    sizes = flat.trees[:, :3]
    return PackedTrees(
        questions,
        nodes=np.array([node for tree in packed for node in tree.nodes], np.uint16).reshape(-1, NODE),
        growths=np.array([both for tree in packed for both in tree.growths]).reshape(-1, 2),
        leaves=np.array([value for tree in packed for value in tree.leaves], np.float64),
        parts=np.array([part for tree in packed for part in tree.parts], np.float64),
        depths=np.array([depth for tree in packed for depth in tree.depths], np.uint8),
        trees=np.column_stack((sizes[:, :2], [tree.forks for tree in packed], sizes[:, 2])),
        order=np.array(order, np.int64),
        groups=np.array(groups, np.int64).reshape(-1, 5),
        tables=np.array(tables, np.float64),
        longest=longest,
        most=most,
    )  # fmt: skip


def nodes_of_quadrature(most: int) -> int:
    """How many a path with so many columns needs: n are exact for 2n."""
    return _NARROW if most <= 2 * _NARROW else _WIDE * -(-most // (2 * _WIDE))


def _questions(flat: FlatTrees) -> tuple[Questions, list[int]]:
    """All questions, and the number of each node's."""
    asked: list[tuple[int, int, int, float, tuple[int, ...]]] = []
    for link, threshold in zip(
        flat.links.tolist(), flat.numbers[:, THRESHOLD].tolist(), strict=True
    ):
        way, first = link[WAY], link[WORDS_FROM]
        if way & CATEGORICAL:
            categories = tuple(flat.words[first : first + link[WORDS]].tolist())
            asked.append((1, link[COLUMN], way, 0.0, categories))
        else:
            asked.append((0, link[COLUMN], way, threshold, ()))
    number = {question: place for place, question in enumerate(sorted(set(asked)))}
    stretches: list[list[int]] = []
    words: list[int] = []
    for (categorical, column, way, _, categories), place in number.items():
        if categorical or not stretches or stretches[-1][:2] != [column, way]:
            stretches.append([column, way, place, 0, len(words), len(categories)])
            words += categories
        stretches[-1][3] += 1
    questions = Questions(
        np.array(stretches, np.int32).reshape(-1, 6),
        np.array([threshold for _, _, _, threshold, _ in number], np.float64),
        np.array(words, np.uint32),
    )
    return questions, [number[question] for question in asked]


class _PackedTree(NamedTuple):
    nodes: list[tuple[int, ...]]
    growths: list[tuple[float, float]]
    leaves: list[float]
    parts: list[float]
    depths: list[int]
    forks: int


def _packed(flat: FlatTrees, asked: list[int], first: int, size: int, leaf: int) -> _PackedTree:
    links = flat.links[first : first + size].tolist()
    covers = flat.numbers[first : first + size, [LEFT_COVER, RIGHT_COVER]].tolist()
    twigs = [k for k, link in enumerate(links) if min(link[LEFT], link[RIGHT]) >= size]
    forks = [k for k, link in enumerate(links) if min(link[LEFT], link[RIGHT]) < size]
    order = forks + twigs
    below = [child for k in order for child in links[k][LEFT : RIGHT + 1] if child >= size]
    slot = {old: new for new, old in enumerate(order + (below or [0]))}
    # By slot of before: what share of the training rows gets there, and by how many columns.
    shares, depths = [1.0] * (2 * size + 1), [0] * (2 * size + 1)
    for k, (link, sides) in enumerate(zip(links, covers, strict=True)):
        for child, share in zip(link[LEFT : RIGHT + 1], sides, strict=True):
            shares[child] = shares[k] * share
            depths[child] = depths[k] + (link[ABOVE] == size)
    nodes: list[tuple[int, ...]] = []
    for k in order:
        left, right = slot[links[k][LEFT]], slot[links[k][RIGHT]]
        above = links[k][ABOVE]
        above = FIRST if above == size else 2 * slot[above] + links[k][ABOVE_SIDE]
        nodes.append((left, right, left, asked[first + k], links[k][COLUMN], above))
    values = [flat.leaves[leaf + old - size] for old in below or [0]]
    return _PackedTree(
        nodes,
        [(1 / covers[k][0], 1 / covers[k][1]) for k in order],
        values,
        [value * shares[old] for value, old in zip(values, below or [0], strict=True)],
        [depths[old] for old in below or [0]],
        len(forks),
    )


def _quadrature(richest: list[int], longest: int) -> tuple[list[int], list[list[int]], list[float]]:
    """Order, groups and tables, by on how many columns each tree's richest path splits."""
    by_nodes: defaultdict[int, list[int]] = defaultdict(list)
    for tree, most in enumerate(richest):
        if most:
            by_nodes[nodes_of_quadrature(most)].append(tree)
    order: list[int] = []
    groups: list[list[int]] = []
    tables: list[float] = []
    for nodes, trees in sorted(by_nodes.items()):
        width = min(nodes, _WIDE)
        groups.append([len(order), len(trees), width, nodes // width, len(tables)])
        order += trees
        places, weights = np.polynomial.legendre.leggauss(nodes)
        q, w = (places + 1) / 2, weights / 2
        for begin in range(0, nodes, width):
            lanes = slice(begin, begin + width)
            p = 1 - q[lanes]
            # One product after the other: numpy's powers differ from CPU to CPU in the last bit.
            powers = [w[lanes] / p]
            for _ in range(longest):
                powers.append(powers[-1] * p)
            tables += np.concatenate([q[lanes] / p, 1 / p, *powers]).tolist()
    return order, groups, tables
