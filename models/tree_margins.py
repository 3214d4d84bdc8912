"""Margins of boosted trees, laid out for one row at a time and compiled by Numba: LightGBM's to the bit.

Between two requests a processor's caches forget the trees, and fetching them again takes five times
as long as walking them. LightGBM keeps what a node needs in six places; here a node is 16 bytes, and a
tree of 63 leaves one kilobyte. The leaves are added in LightGBM's order, so that the sums are the same.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import numpy as np
from lightgbm import Booster
from numba import njit
from numpy.typing import NDArray

from features.spec import Floats
from models.errors import TreesNotReadError
from models.flat_trees import (
    CATEGORICAL,
    COLUMN,
    LEFT,
    LEFT_VALUE,
    RIGHT,
    RIGHT_VALUE,
    THRESHOLD,
    WAY,
    WORDS,
    WORDS_FROM,
    ZERO,
    FlatTree,
    read_trees,
)

#: A node. A child is the node so many places from the tree's first, or ~n for its n-th leaf; a
#: categorical split's threshold is where its set of categories starts.
_NODE = np.dtype(
    [("threshold", "f8"), ("column", "i2"), ("left", "i2"), ("right", "i2"), ("way", "i2")]
)
_LARGEST = np.iinfo(np.int16).max

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Walker:
    """Trees in their own order.

    Attributes:
        columns: How many columns a row has, f.
        nodes: Of all trees (n,), as `_NODE`.
        leaves: Values of all trees' leaves (l,), in log-odds.
        sets: Sets of categories, each led by how many words it has; 32 categories a word.
        trees: By tree (t, 3): its first node, how many it has, its first leaf.
    """

    columns: int
    nodes: NDArray[np.void]
    leaves: Floats
    sets: NDArray[np.int64]
    trees: NDArray[np.int64]

    def margins(self, X: Floats) -> Floats:
        """Margins (n,) in log-odds of rows (n, f).

        Raises:
            ValueError: when the rows have another number of columns.
        """
        if X.ndim != 2 or X.shape[1] != self.columns:
            raise ValueError(f"Rows of {self.columns} columns are read, not {X.shape}.")
        # A copy in any case, because what is next to zero is made zero in it.
        rows = np.array(X, dtype=np.float64, order="C")
        margins = np.zeros(len(rows))
        _walk(rows, self.nodes, self.leaves, self.sets, self.trees, margins)
        return margins


def walker(booster: Booster, text: str, X: Floats) -> Walker | None:
    """The trees laid out; None where they cannot be, or say anything else than LightGBM of sample rows.

    Args:
        booster: The trees.
        text: Their text form.
        X: The sample rows (n, f).
    """
    try:
        made = laid_out(text)
        ours = made.margins(X)
    except Exception:
        # Whatever is wrong with the trees or Numba: LightGBM can always answer, the same and slower.
        _log.exception("LightGBM makes the margins of this head: its trees cannot be laid out.")
        return None
    theirs = np.asarray(booster.predict(X, raw_score=True, num_threads=1))
    if ours.tobytes() != theirs.tobytes():
        _log.error("LightGBM makes the margins of this head: its trees laid out give others.")
        return None
    return made


def laid_out(text: str) -> Walker:
    """Lay a LightGBM model out.

    Raises:
        TreesNotReadError: as `read_trees`, or when a tree or a row is too large for a node's numbers.
    """
    columns, trees = read_trees(text)
    nodes: list[tuple[float, int, int, int, int]] = []
    leaves: list[float] = []
    sets: list[int] = []
    places: list[tuple[int, int, int]] = []
    for tree in trees:
        if max(columns, len(tree.links)) >= _LARGEST:
            raise TreesNotReadError("A tree or a row is too large to be laid out.")
        places.append((len(nodes), len(tree.links), len(leaves)))
        nodes += _nodes(tree, sets)
        leaves += _leaves(tree)
    return Walker(
        columns,
        np.array(nodes, _NODE),
        np.array(leaves, np.float64),
        np.array(sets, np.int64),
        np.array(places, np.int64).reshape(-1, 3),
    )


def _nodes(tree: FlatTree, sets: list[int]) -> list[tuple[float, int, int, int, int]]:
    """A tree's nodes; its sets of categories are added to `sets`."""
    inner = len(tree.links)
    made = []
    for numbers, link in zip(tree.numbers, tree.links, strict=True):
        threshold = numbers[THRESHOLD]
        if link[WAY] & CATEGORICAL:
            threshold = float(len(sets))
            first, count = link[WORDS_FROM], link[WORDS]
            sets += [count, *tree.words[first : first + count]]
        left, right = (c if c < inner else ~(c - inner) for c in (link[LEFT], link[RIGHT]))
        made.append((threshold, link[COLUMN], left, right, link[WAY]))
    return made


def _leaves(tree: FlatTree) -> list[float]:
    inner = len(tree.links)
    if not inner:
        return [tree.expected]
    values = [0.0] * (inner + 1)
    for numbers, link in zip(tree.numbers, tree.links, strict=True):
        for child, value in ((LEFT, LEFT_VALUE), (RIGHT, RIGHT_VALUE)):
            if link[child] >= inner:
                values[link[child] - inner] = numbers[value]
    return values


def _compiled(function: Any) -> Any:
    try:
        return njit(cache=True)(function)
    except RuntimeError:
        # There is nowhere to keep what was compiled: each process compiles it anew.
        return njit(function)


@_compiled
def _walk(X, nodes, leaves, sets, trees, margins):  # type: ignore[no-untyped-def]
    """Add each row's leaves to its margin; what is next to zero is made zero in the rows (n, f)."""
    for i in range(len(X)):
        row = X[i]
        for j in range(len(row)):
            if abs(row[j]) <= ZERO:
                row[j] = 0.0
        total = 0.0
        for tree in range(len(trees)):
            first, size, leaf = trees[tree]
            place = np.int64(0 if size else -1)
            while place >= 0:
                node = nodes[first + place]
                value, way = row[node.column], node.way
                if way & CATEGORICAL:
                    right = np.int64(1)
                    # -0.5 is category 0; what is missing, below, or beyond 32 bits is in no set.
                    if -1.0 < value < 2147483648.0:
                        category, start = np.int64(value), np.int64(node.threshold)
                        word = category >> 5
                        if word < sets[start]:
                            right = 1 - ((sets[start + 1 + word] >> (category & 31)) & 1)
                else:
                    # Without a branch: which way a row goes cannot be foreseen.
                    zero, missing = np.int64(value == 0.0), np.int64(value != value)
                    beyond = 1 - np.int64(value <= node.threshold)
                    right = beyond & ~(zero | missing) | zero & way >> 2 | missing & way >> 1
                place = np.int64(node.left) + right * (np.int64(node.right) - np.int64(node.left))
            total += leaves[leaf + ~place]
        margins[i] = total
