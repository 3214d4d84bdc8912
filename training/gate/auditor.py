"""How well the plate's country can be told from a score, or from the columns it is made of.

An auditor, boosted trees, learns to tell the country; each vehicle's crossings are judged by trees
that have not seen that vehicle, or its score alone would give it away. An area under the curve (AUC)
of 0.5 for a country says that the score knows nothing of it, 1 that it stands for it.

What a vehicle is, a car or a lorry, is lawful ground for a score, and few lorries come from far away.
So each country is also told apart among vehicles of the same class alone.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata  # type: ignore[import-untyped]

from features.spec import Floats, Integers
from training.gate.verdicts import upper_tail
from training.shares import Z_95

_FOLDS = 3
_ROUNDS = 40


@dataclass(frozen=True)
class Area:
    """How well one country is told from the others.

    Attributes:
        country: Which; "" for the mean over countries.
        rows: Its crossings.
        auc: Area under the curve, one country against the rest.
        low: Lower end of its 95 % interval, over vehicles.
        high: Upper end.
        among_like: The same among crossings of the same class: the mean over classes, each with the
            weight of the country's crossings in it.
        among_like_error: Its standard error, over vehicles.
    """

    country: str
    rows: int
    auc: float
    low: float
    high: float
    among_like: float
    among_like_error: float

    def p_above(self, limit: float) -> float:
        """How likely an area among like crossings so large were, if it was truly the limit."""
        if not self.among_like_error:
            return 0.0 if self.among_like > limit else 1.0
        return upper_tail((self.among_like - limit) / self.among_like_error)


def areas(
    X: Floats,
    country: Sequence[str],
    vehicle: Integers,
    *,
    seed: int,
    kind: Integers | None = None,
    categorical: Sequence[int] = (),
) -> list[Area]:
    """One area for each country, the largest group first, then their mean.

    Args:
        X: What the auditor sees (n, f).
        country: Of each plate (n,).
        vehicle: A code for each vehicle (n,): crossings of one stay together.
        seed: Of the folds and the trees.
        kind: A code for the class of each vehicle (n,); one for all if None.
        categorical: Places of categorical columns.
    """
    names, code = np.unique(np.asarray(country), return_inverse=True)
    if len(names) < 2 or len(np.unique(vehicle)) < 2 * _FOLDS:
        return []
    told = _told(X, code, vehicle, len(names), seed=seed, categorical=categorical)
    cluster = np.unique(vehicle, return_inverse=True)[1]
    kinds = np.zeros(len(code), np.int64) if kind is None else kind
    found = []
    apart, alike = [], []
    for place, name in enumerate(names):
        here = code == place
        apart.append(_auc(told[:, place], here, cluster))
        alike.append(_auc_among_like(told[:, place], here, cluster, kinds))
        found.append(_area(str(name), int(here.sum()), apart[-1], alike[-1]))
    means = [
        (float(np.mean([auc for auc, _ in of])), np.mean([each for _, each in of], axis=0))
        for of in (apart, alike)
    ]
    overall = _area("", len(code), *means)
    return [*sorted(found, key=lambda area: -area.rows), overall]


def _told(
    X: Floats,
    code: Integers,
    vehicle: Integers,
    countries: int,
    *,
    seed: int,
    categorical: Sequence[int],
) -> Floats:
    """Probability of each country (n, countries), each vehicle's by trees that have not seen it."""
    vehicles, place = np.unique(vehicle, return_inverse=True)
    fold = np.random.default_rng(seed).permutation(len(vehicles))[place] % _FOLDS
    settings = {
        "objective": "multiclass",
        "num_class": countries,
        "num_leaves": 8,
        "min_data_in_leaf": max(5, min(50, len(code) // 200)),
        "learning_rate": 0.1,
        "feature_fraction": 1.0 if X.shape[1] < 10 else 0.5,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": seed,
        "verbose": -1,
    }
    told = np.zeros((len(code), countries))
    for held_out in range(_FOLDS):
        learnt = fold != held_out
        data = lightgbm.Dataset(
            X[learnt], code[learnt], categorical_feature=list(categorical) or "auto"
        )
        booster = lightgbm.train(settings, data, _ROUNDS)
        told[~learnt] = booster.predict(X[~learnt], num_threads=1)
    return told


def _auc(score: Floats, positive: NDArray[np.bool_], cluster: Integers) -> tuple[float, Floats]:
    """The area, and what each cluster adds to its error (DeLong et al. 1988; Obuchowski 1997)."""
    among = rankdata(score)
    own = np.empty(len(score))
    own[positive], own[~positive] = rankdata(score[positive]), rankdata(score[~positive])
    n, m = int(positive.sum()), int((~positive).sum())
    # Of a positive: the share of negatives below it. Of a negative: of positives above it.
    beaten = np.where(positive, (among - own) / m, 1 - (among - own) / n)
    auc = float(beaten[positive].mean())
    each = np.where(positive, (beaten - auc) / n, (beaten - auc) / m)
    return auc, np.bincount(cluster, each).astype(np.float64)


def _auc_among_like(
    score: Floats, positive: NDArray[np.bool_], cluster: Integers, kind: Integers
) -> tuple[float, Floats]:
    """The area within kinds, weighted by positives; a kind with none, or none else, tells nothing."""
    auc, influence, weight = 0.0, np.zeros(int(cluster.max()) + 1), 0
    for one in np.unique(kind[positive]):
        here = np.flatnonzero(kind == one)
        many = int(positive[here].sum())
        if many == len(here):
            continue
        of_kind, each = _auc(score[here], positive[here], cluster[here])
        auc += many * of_kind
        influence[: len(each)] += many * each
        weight += many
    if not weight:
        return 0.5, influence
    return auc / weight, influence / weight


def _area(
    country: str, rows: int, apart: tuple[float, Floats], alike: tuple[float, Floats]
) -> Area:
    auc, half = apart[0], Z_95 * _error(apart[1])
    return Area(
        country, rows, auc, max(auc - half, 0.0), min(auc + half, 1.0), alike[0], _error(alike[1])
    )


def _error(influence: Floats) -> float:
    """The standard error of what each cluster adds (c,)."""
    clusters = int(np.count_nonzero(influence))
    return math.sqrt(float(influence @ influence) * clusters / max(clusters - 1, 1))
