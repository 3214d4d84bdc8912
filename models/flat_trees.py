"""Boosted trees as arrays: what LightGBM's own text form says of them, for whoever walks them without it.

Its numbers are written to the last bit. Of a tree only the inner nodes are kept, parents before
children and left before right. Nodes of a tree are numbered from 0, and its leaves after them.
`packed_trees` lays the same trees out for the kernels.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, NamedTuple
from weakref import WeakValueDictionary

import numpy as np
from numpy.typing import NDArray

from features.spec import Floats
from models.errors import TreesNotReadError

if TYPE_CHECKING:
    from models.packed_trees import PackedTrees

#: The bits of LightGBM's `decision_type`; the two above them are the kind of missing.
_CATEGORICAL, _DEFAULT_LEFT = 1, 2
_MISSING_SHIFT, _MISSING_ZERO, _MISSING_NAN = 2, 1, 2

#: LightGBM reads whatever is as near to zero as this as zero: a float's 1e-35, not a double's.
ZERO = float(np.float32(1e-35))

#: The bits of a node's way: whether it asks for a category, and where what is missing and what is
#: zero go, which LightGBM lets depend on the column's kind of missing.
CATEGORICAL, MISSING_RIGHT, ZERO_RIGHT = 1, 2, 4

#: The columns of `FlatTrees.numbers`.
THRESHOLD, LEFT_COVER, RIGHT_COVER = range(3)
NUMBERS = 3

#: The columns of `FlatTrees.links`.
COLUMN, WAY, ABOVE, ABOVE_SIDE, LEFT, RIGHT, WORDS_FROM, WORDS = range(8)
LINKS = 8


@dataclass(frozen=True, eq=False)
class FlatTrees:
    """Trees in their own order.

    Attributes:
        columns: How many columns a row has, f.
        expected: The expected margin in log-odds.
        numbers: By node (n, 3): a numeric split's threshold; the share of the node's training rows
            that each child has.
        links: By node (n, 8): the column; the bits of its way; the nearest node above that
            splits on the same column (the tree's number of nodes if there is none) and whether the
            way from it leads right; the children; a categorical split's first word in `words`, and
            how many it has.
        leaves: Values of all trees' leaves (l,), in log-odds.
        words: Bit sets of the categories that go left, 32 a word.
        trees: By tree (t, 4): its first node and how many it has, none if it is a single leaf; its
            first leaf; how many columns the richest of its paths splits on.
    """

    columns: int
    expected: float
    numbers: Floats
    links: NDArray[np.int32]
    leaves: Floats
    words: NDArray[np.uint32]
    trees: NDArray[np.int64]

    @cached_property
    def packed(self) -> PackedTrees:
        """The same trees as the kernels read them.

        Raises:
            TreesNotReadError: when they are too large for that.
        """
        # Here, because it is laid out in terms of this module.
        from models.packed_trees import packed_trees

        return packed_trees(self)


class FlatTree(NamedTuple):
    """One tree flattened; rows of `numbers` and `links` are as `FlatTrees` has them.

    Attributes:
        leaves: Its leaves' values.
        words: Its own bit sets, from which a categorical split's first word is counted.
        expected: Its expected margin.
        most: How many columns the richest of its paths splits on.
    """

    numbers: list[tuple[float, ...]]
    links: list[tuple[int, ...]]
    leaves: list[float]
    words: list[int]
    expected: float
    most: int


#: Who asks for trees that somebody has flattened already gets the same arrays, so that margins and
#: contributions find them in the same places of a processor's caches.
_flattened_before: WeakValueDictionary[str, FlatTrees] = WeakValueDictionary()


def flat_trees(text: str) -> FlatTrees:
    """Flatten a LightGBM model.

    Raises:
        TreesNotReadError: when the text is not one, or holds what the arrays cannot say: linear
            trees, several margins a row, a mean over trees, or nodes that no training row reached.
    """
    flat = _flattened_before.get(text)
    if flat is None:
        flat = _joined(*_read_trees(text))
        _flattened_before[text] = flat
    return flat


def _read_trees(text: str) -> tuple[int, list[FlatTree]]:
    """How many columns a LightGBM model reads, and its trees in its own order."""
    head, *written = text.split("\nend of trees", 1)[0].split("\nTree=")
    try:
        fields = _fields(head)
        if int(fields.get("num_tree_per_iteration", "1")) != 1:
            raise TreesNotReadError("The model has several margins a row; a head has one.")
        if "average_output" in head.split("\n"):
            raise TreesNotReadError(
                "The margin is the mean over trees; only sums can be flattened."
            )
        columns = int(fields["max_feature_idx"]) + 1
        flattened = [_flattened(_fields(one)) for one in written]
    except (KeyError, ValueError, IndexError, ZeroDivisionError) as error:
        raise TreesNotReadError(f"This is not a LightGBM model: {error!r}.") from error
    return columns, flattened


def _joined(columns: int, flattened: list[FlatTree]) -> FlatTrees:
    numbers: list[tuple[float, ...]] = []
    links: list[tuple[int, ...]] = []
    leaves: list[float] = []
    words: list[int] = []
    trees: list[tuple[int, int, int, int]] = []
    for tree in flattened:
        trees.append((len(links), len(tree.links), len(leaves), tree.most))
        links += [
            (*link[:WORDS_FROM], link[WORDS_FROM] + len(words), link[WORDS]) for link in tree.links
        ]
        numbers += tree.numbers
        leaves += tree.leaves
        words += tree.words
    return FlatTrees(
        columns=columns,
        expected=sum(tree.expected for tree in flattened),
        numbers=np.array(numbers, np.float64).reshape(-1, NUMBERS),
        links=np.array(links, np.int32).reshape(-1, LINKS),
        leaves=np.array(leaves, np.float64),
        words=np.array(words, np.uint32),
        trees=np.array(trees, np.int64).reshape(-1, 4),
    )


def _fields(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _flattened(fields: dict[str, str]) -> FlatTree:
    if fields.get("is_linear", "0") != "0":
        raise TreesNotReadError("The model has linear trees, which have no exact contributions.")
    values = _floats(fields["leaf_value"])
    leaves = int(fields["num_leaves"])
    if leaves == 1:
        return FlatTree([], [], values, [], values[0], 0)
    covers = _ints(fields["internal_count"]), _ints(fields["leaf_count"])
    if min(map(min, covers)) <= 0:
        raise TreesNotReadError("The model has nodes that no training row reached.")
    columns, kinds = _ints(fields["split_feature"]), _ints(fields["decision_type"])
    thresholds = _floats(fields["threshold"])
    children = _ints(fields["left_child"]), _ints(fields["right_child"])
    bounds, words = _ints(fields.get("cat_boundaries", "")), _ints(fields.get("cat_threshold", ""))

    order = list(_order(children, columns))
    number = {node: place for place, (node, _) in enumerate(order)}
    inner = len(order)
    numbers, links, most = [], [], 1
    for node, splits_above in order:
        column, kind = columns[node], kinds[node]
        above, side = splits_above.get(column, (-1, 0))
        first, count = 0, 0
        if kind & _CATEGORICAL:
            split = int(thresholds[node])
            first, count = bounds[split], bounds[split + 1] - bounds[split]
        below = [branch[node] for branch in children]
        most = max(most, len(splits_above.keys() | {column}))
        cover = covers[0][node]
        numbers.append(
            (
                thresholds[node],
                *((covers[0][c] if c >= 0 else covers[1][~c]) / cover for c in below),
            )
        )
        links.append(
            (
                column,
                _way(kind, thresholds[node]),
                inner if above < 0 else number[above],
                side,
                *(number[c] if c >= 0 else inner + ~c for c in below),
                first,
                count,
            )
        )
    total = covers[0][0]
    expected = sum(count / total * value for count, value in zip(covers[1], values, strict=True))
    return FlatTree(numbers, links, values, words, expected, most)


def _order(
    children: tuple[list[int], list[int]], columns: list[int]
) -> Iterator[tuple[int, dict[int, tuple[int, int]]]]:
    """Inner nodes from the root, left before right, with the last split above on each column.

    That is the node which splits, and whether the way leads right from it.
    """
    waiting = deque[tuple[int, dict[int, tuple[int, int]]]]([(0, {})])
    while waiting:
        node, above = waiting.popleft()
        yield node, above
        for side in (0, 1):
            if children[side][node] >= 0:
                waiting.append((children[side][node], above | {columns[node]: (node, side)}))


def _way(decision_type: int, threshold: float) -> int:
    """The bits of a node's way, from LightGBM's."""
    if decision_type & _CATEGORICAL:
        return CATEGORICAL | MISSING_RIGHT
    default = not decision_type & _DEFAULT_LEFT
    zero = not threshold >= 0
    missing = decision_type >> _MISSING_SHIFT & 3
    # Where missing values were not seen in training they are read as zero.
    zero = default if missing == _MISSING_ZERO else zero
    return MISSING_RIGHT * (default if missing == _MISSING_NAN else zero) | ZERO_RIGHT * zero


def _floats(words: str) -> list[float]:
    return [float(word) for word in words.split()]


def _ints(words: str) -> list[int]:
    return [int(word) for word in words.split()]
