"""The ways to infer all movements from the inspected: which rows count, how much, and against what.

Of n movements let p be the propensity, I whether it was drawn, y whether it is a hit, and w the
weight 1 / p up to a clip. The total of c * y over all movements is estimated by

    sum over all of c * m  +  sum over the measuring of c * w * (y - m)

with m = 0 for Horvitz and Thompson (JASA 1952); m the weighted mean of y under c for the
self-normalised form (Hájek 1971; Swaminathan and Joachims, NeurIPS 2015); and m a regression of y on
the margin, fitted on other folds, for the doubly robust form (Robins, Rotnitzky and Zhao, JASA 1994;
Dudík, Langford and Li, ICML 2011; cross-fitting: Chernozhukov et al., Econometrics Journal 2018).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np

from features.spec import Floats, Integers
from training.calibrate import calibrate
from training.errors import TrainingError
from training.labels import Flags
from training.policy_value.logged import Logged

Method = Literal["naive", "random_slice", "horvitz_thompson", "hajek", "doubly_robust"]

#: What an interval speaks of: what these very movements carried, or the risk of such movements.
About = Literal["these_movements", "such_movements"]

#: Folds of the outcome regression.
FOLDS = 5
#: From so many effective hits on, the regression is isotonic; below, it is logistic.
_ISOTONIC_FROM = 200


@dataclass(frozen=True)
class Measuring:
    """Measuring rows (k,) of n movements, ready for any figure.

    Attributes:
        method: How all are inferred from the measured.
        about: What intervals speak of.
        total: How many movements there are, n.
        rows: Places of the measuring rows (k,).
        weight: What each stands for (k,), clipped.
        hit: Whether it is a hit, 0 or 1 (k,).
        spread: What part of a row's squared contribution is uncertain (k,): 1 - p where the figure
            is about these movements (what is inspected for sure adds no doubt), 1 where it is not.
        risk: Regressed probability of a hit (n,).
        clip: The greatest weight.
        beyond: By how much the clip shortened each weight (k,).
        cluster: Codes of the rows' clusters (k,), from 0; None where each row is its own.
    """

    method: Method
    about: About
    total: int
    rows: Integers
    weight: Floats
    hit: Floats
    spread: Floats
    risk: Floats
    clip: float
    beyond: Floats
    cluster: Integers | None


def measuring(
    logged: Logged,
    *,
    method: Method = "doubly_robust",
    about: About = "these_movements",
    clip: float | None = None,
) -> Measuring:
    """Choose and weigh the rows that measure; fits the outcome regression once for all figures.

    Args:
        logged: The movements.
        method: naive takes the inspected for all, and is there to be seen failing; random_slice
            takes what chance named.
        about: What intervals speak of.
        clip: The greatest weight; None for `clip_level`.

    Raises:
        TrainingError: when the method needs what was not recorded: the mark of chance, a margin.
    """
    if method == "doubly_robust" and not logged.margins:
        raise TrainingError("The doubly robust estimate needs a margin to regress outcomes on.")
    clip = clip_level(logged.rows) if clip is None else clip
    if method == "naive":
        measures = logged.inspected
    elif method == "random_slice":
        if logged.random is None:
            raise TrainingError("It was not recorded which movements chance named.")
        measures = logged.inspected & logged.random
    else:
        measures = logged.measures
    rows = np.flatnonzero(measures)
    if method in ("naive", "random_slice"):
        p = np.full(len(rows), len(rows) / logged.rows)
        weight = beyond = np.zeros(0) if not len(rows) else 1 / p
        beyond = 0 * weight
        clip = math.inf
    else:
        p = logged.propensity[rows]
        weight = np.minimum(1 / p, clip)
        beyond = 1 / p - weight
    cluster = None
    if logged.cluster is not None:
        cluster = np.unique(logged.cluster[rows], return_inverse=True)[1].astype(np.int64)
    return Measuring(
        method=method,
        about=about,
        total=logged.rows,
        rows=rows,
        weight=weight,
        hit=logged.hit[rows].astype(np.float64),
        spread=1 - p if about == "these_movements" else np.ones(len(rows)),
        risk=outcome_regression(logged, measures, rows, weight),
        clip=clip,
        beyond=beyond,
        cluster=cluster,
    )


def clip_level(rows: int) -> float:
    """The greatest weight among n movements: √n.

    Truncation at that rate keeps the estimate consistent while no single hit moves a rate by more
    than 1 / √n (Ionides, Journal of Computational and Graphical Statistics 2008). What it may cost
    in bias is told with each figure (`Estimate.bias_bound`).
    """
    return math.sqrt(rows)


def outcome_regression(logged: Logged, measures: Flags, rows: Integers, weight: Floats) -> Floats:
    """Probability of a hit (n,) regressed on the first margin, each fold by the other folds.

    Folds are blocks of time, or of whole clusters, so that no row is predicted from its own kind.
    Without margins it is the weighted share of hits.

    Args:
        logged: The movements.
        measures: Which of them measure (n,).
        rows: Their places (k,).
        weight: Their weights (k,).
    """
    if not len(rows):
        return np.zeros(logged.rows)
    if not logged.margins:
        return np.full(logged.rows, float(np.average(logged.hit[rows], weights=weight)))
    margins = next(iter(logged.margins.values()))
    weights = np.zeros(logged.rows)
    weights[rows] = weight
    fold = folds(logged)
    risk = np.zeros(logged.rows)
    for held_out in range(FOLDS):
        within, learnt = fold == held_out, measures & (fold != held_out)
        if learnt.any() and within.any():
            fitted = calibrate(
                margins[learnt],
                logged.hit[learnt],
                weights[learnt],
                isotonic_from_hits=_ISOTONIC_FROM,
            )
            risk[within] = fitted.probability(margins[within])
    return risk


def folds(logged: Logged) -> Integers:
    """Which of the folds each movement belongs to (n,): runs of clusters, else of movements."""
    place = np.arange(logged.rows)
    if logged.cluster is not None:
        place = np.unique(logged.cluster, return_inverse=True)[1].reshape(logged.rows)
    return np.asarray(place * FOLDS // (int(place.max()) + 1), dtype=np.int64)
