"""How much each column moved a row's margin: exact path-dependent TreeSHAP values.

Lundberg et al., "From local explanations to global understanding with explainable AI for trees",
Nature Machine Intelligence 2 (2020). LightGBM computes them too, in more than ten times the time of
our kernel: it is what the kernel is checked against before it serves, and what serves if they differ.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Literal

import numpy as np
from lightgbm import Booster
from numpy.typing import NDArray

from features.spec import Floats
from models.flat_trees import CATEGORICAL, COLUMN, THRESHOLD, WAY, ZERO, FlatTrees, flat_trees
from models.packed_trees import nodes_of_quadrature

#: Who explains a head: the kernel, LightGBM, or the formula of a logistic regression.
ExplainedBy = Literal["kernel", "lightgbm", "closed_form"]

#: What two ways of computing a contribution may differ by, relative to the largest.
TOLERANCE = 1e-9

#: From so many nodes of quadrature on, LightGBM's own values drift from their margin.
_DRIFTING_NODES = 16

_CHECKED_ROWS = 24

_log = logging.getLogger(__name__)


@dataclass(frozen=True, eq=False)
class TreeExplainer:
    """Who explains a booster, and how that was decided.

    Attributes:
        booster: The trees.
        flat: The same trees as the kernel reads them; None where LightGBM explains.
        largest_difference: Between the two on the sample rows, in log-odds; None if the kernel could not run.
    """

    booster: Booster
    flat: FlatTrees | None
    largest_difference: float | None

    @property
    def explained_by(self) -> ExplainedBy:
        """Who explains: the kernel, or LightGBM."""
        return "lightgbm" if self.flat is None else "kernel"

    def contributions(self, X: Floats) -> Floats:
        """Contributions (n, f + 1) in log-odds of rows (n, f); the last column is the expected value.

        Each row sums to its margin.
        """
        if self.flat is None:
            return lightgbm_contributions(self.booster, X)
        return kernel_contributions(self.flat, X)


def tree_explainer(booster: Booster, text: str) -> TreeExplainer:
    """Flatten a booster and check the kernel against LightGBM on sample rows.

    Args:
        booster: The trees.
        text: Their text form.
    """
    try:
        flat = flat_trees(text)
        X = sample_rows(flat)
        ours = kernel_contributions(flat, X)
    except Exception:
        # Whatever is wrong with the trees, Numba, or the place where compiled code is kept:
        # LightGBM can always answer, exactly and slower.
        _log.exception("LightGBM explains this head: the kernel cannot.")
        return TreeExplainer(booster, None, None)
    theirs = lightgbm_contributions(booster, X)
    difference = float(np.abs(ours - theirs).max())
    # NaN is no agreement either.
    agree = difference <= TOLERANCE * max(1.0, float(np.abs(theirs).max()))
    if not agree and _lightgbm_drifts(flat, booster, X, ours=ours, theirs=theirs):
        agree = True
    if not agree:
        _log.error(
            "LightGBM explains this head: the kernel differs from it by %g log-odds.", difference
        )
    return TreeExplainer(booster, flat if agree else None, difference)


def lightgbm_contributions(booster: Booster, X: Floats) -> Floats:
    """What LightGBM computes, with algorithm 2 of the paper; shapes as `TreeExplainer`."""
    values = booster.predict(X, pred_contrib=True, num_threads=1)
    return np.asarray(values, dtype=np.float64).reshape(len(X), X.shape[1] + 1)


def kernel_contributions(flat: FlatTrees, X: Floats) -> Floats:
    """What the kernel computes; shapes as `TreeExplainer`."""
    # Here, because Numba takes a second to import and most commands explain nothing.
    from models.tree_shapley import contributions_of

    return contributions_of(flat, X)


def sample_rows(flat: FlatTrees) -> Floats:
    """Rows (n, f), always the same, of values that a wrong flattening would send the other way.

    Of each column's thresholds and sets of categories: the value itself and its neighbours; and
    what is missing, zero, next to zero, far off, negative, fractional, or of no known category.
    """
    rng = np.random.default_rng(0)
    awkward = [0.0, -0.0, ZERO, -ZERO, 1e-36, 1e12, -1e12, -1.0, -0.5]
    X = np.full((_CHECKED_ROWS, flat.columns), np.nan)
    for column in range(flat.columns):
        nodes = np.flatnonzero(flat.links[:, COLUMN] == column)
        if not len(nodes):
            continue
        chosen = nodes[rng.integers(len(nodes), size=_CHECKED_ROWS)]
        values = _values_at(flat, chosen, rng)
        values = np.where(rng.random(_CHECKED_ROWS) < 0.1, np.nan, values)
        X[:, column] = np.where(
            rng.random(_CHECKED_ROWS) < 0.15, rng.choice(awkward, _CHECKED_ROWS), values
        )
    # Whole rows of what is missing, and of zero.
    X[0], X[1] = np.nan, 0.0
    return X


def _values_at(flat: FlatTrees, nodes: NDArray[np.intp], rng: np.random.Generator) -> Floats:
    categorical = flat.links[nodes, WAY] & CATEGORICAL > 0
    threshold = flat.numbers[nodes, THRESHOLD]
    beside = rng.choice([-np.inf, 0.0, np.inf], len(nodes))
    near = np.where(beside == 0, threshold, np.nextafter(threshold, beside))
    categories = rng.integers(0, 64, len(nodes)) + rng.choice([0.0, 0.7], len(nodes))
    return np.asarray(np.where(categorical, categories, near))


def _lightgbm_drifts(
    flat: FlatTrees, booster: Booster, X: Floats, *, ours: Floats, theirs: Floats
) -> bool:
    """Whether it is LightGBM's values that miss the margin: its algorithm divides on long paths."""
    if nodes_of_quadrature(flat.packed.longest) <= _DRIFTING_NODES:
        return False
    margins = booster.predict(X, raw_score=True, num_threads=1)
    our_miss = np.abs(ours.sum(axis=1) - margins).max()
    their_miss = np.abs(theirs.sum(axis=1) - margins).max()
    return bool(our_miss <= TOLERANCE * max(1.0, np.abs(ours).max()) and their_miss > our_miss)
