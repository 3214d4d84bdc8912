"""Margins of boosted trees for few rows at a time, compiled by Numba: LightGBM's to the bit.

Between two requests a processor's caches forget the trees, and fetching them again takes longer than
walking them. LightGBM keeps what a node needs in six places; here it is in one (`packed_trees`), and
the same that contributions are computed from. The leaves are added in LightGBM's order, so that the sums
are the same.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

import numpy as np
from lightgbm import Booster

from features.spec import Floats
from models.flat_trees import flat_trees
from models.lanes import ask_for, on, read, start
from models.packed_trees import NODE, QUESTION, PackedTrees
from models.tree_answers import BLOCK, answers_of, compiled

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class Walker:
    """Trees in their own order.

    Attributes:
        columns: How many columns a row has, f.
        trees: All but the leaves.
        leaves: Values of all trees' leaves (l,), in log-odds.
    """

    columns: int
    trees: PackedTrees
    leaves: Floats

    def margins(self, X: Floats) -> Floats:
        """Margins (n,) in log-odds of rows (n, f).

        Raises:
            ValueError: when the rows have another number of columns.
        """
        if X.ndim != 2 or X.shape[1] != self.columns:
            raise ValueError(f"Rows of {self.columns} columns are read, not {X.shape}.")
        # A copy in any case: the kernel is compiled for arrays that can be written to.
        rows = np.array(X, dtype=np.float64, order="C")
        margins = np.empty(len(rows))
        for begin in range(0, len(rows), BLOCK):
            some = slice(begin, begin + BLOCK)
            answers = answers_of(self.trees.questions, rows[some])
            _walk(answers, self.trees.nodes, self.leaves, self.trees.trees, margins[some])
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
        TreesNotReadError: as `flat_trees`, or when the trees are too large to be laid out.
    """
    flat = flat_trees(text)
    return Walker(flat.columns, flat.packed, flat.packed.leaves)


@compiled
def _walk(answers, nodes, leaves, trees, margins):  # type: ignore[no-untyped-def]
    """Write the margins of rows whose answers to all questions are given (n, m)."""
    for i in range(len(answers)):
        mine = on(start(answers), i * answers.shape[1])
        total = 0.0
        for tree in range(len(trees)):
            first, size, _, leaf = trees[tree]
            ask_for(start(nodes), (first + 2 * size) * NODE, (first + 3 * size) * NODE)
            own = on(start(nodes), first * NODE)
            # A single leaf is in the first slot.
            slot = np.int64(0)
            while slot < size:
                slot = read(own, slot * NODE + read(mine, read(own, slot * NODE + QUESTION)))
            total += read(start(leaves), leaf + slot - size)
        margins[i] = total
