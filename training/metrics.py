"""What a ranking of movements is worth: precision and recall at capacity, AUC, calibration."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.spec import Floats
from training.labels import Flags

_BINS = 10


class Ranking:
    """Movements in the order in which they would be inspected.

    Movements with equal scores are taken in an order left to chance: a capacity that ends among
    them finds its share of their hits. So a rule list with few distinct points is measured fairly,
    and scores that are all equal measure chance. There must be at least one movement.
    """

    def __init__(self, score: Floats, hit: Flags, *, capacities: Sequence[float]) -> None:
        self._order = np.argsort(-score, kind="stable")
        ordered = score[self._order]
        self._starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
        self._hit = hit[self._order].astype(np.float64)
        self._capacities = capacities

    def measures(self, weights: Floats) -> dict[str, Floats]:
        """Figures (b,) by name, for b sets of weights (b, n); NaN without a hit or a miss."""
        ordered = weights[:, self._order]
        mass = np.add.reduceat(ordered, self._starts, axis=1)
        hits = np.add.reduceat(ordered * self._hit, self._starts, axis=1)
        reached, found = mass.cumsum(axis=1), hits.cumsum(axis=1)
        total, all_hits = reached[:, -1], found[:, -1]
        figures: dict[str, Floats] = {}
        with np.errstate(divide="ignore", invalid="ignore"):
            for capacity in self._capacities:
                within = _at(capacity * total, reached, found)
                name = percent(capacity)
                figures[f"precision_at_{name}"] = within / (capacity * total)
                figures[f"recall_at_{name}"] = within / all_hits
            misses = mass - hits
            below = misses.sum(axis=1, keepdims=True) - misses.cumsum(axis=1)
            pairs = (hits * (below + misses / 2)).sum(axis=1)
            figures["auc"] = pairs / (all_hits * (total - all_hits))
            precision = np.where(reached > 0, found / reached, 0.0)
            figures["average_precision"] = (hits * precision).sum(axis=1) / all_hits
            figures["base_rate"] = all_hits / total
        return figures


class Reliability:
    """How well probabilities agree with what happened, for at least one movement."""

    def __init__(self, probability: Floats, hit: Flags) -> None:
        self._p = probability
        self._hit = hit.astype(np.float64)
        edges = np.quantile(probability, np.arange(1, _BINS) / _BINS)
        self._bin = np.searchsorted(edges, probability, side="right")

    def measures(self, weights: Floats) -> dict[str, Floats]:
        """Brier score and expected calibration error over tenths (b,), for weights (b, n)."""
        total = weights.sum(axis=1)
        gap = np.zeros(len(weights))
        for tenth in range(_BINS):
            inside = self._bin == tenth
            gap += np.abs(weights[:, inside] @ (self._hit - self._p)[inside])
        return {
            "brier": weights @ (self._hit - self._p) ** 2 / total,
            "calibration_error": gap / total,
        }


def percent(share: float) -> str:
    """A share as it stands in names of figures: 0.05 is `5`, 0.005 is `0_5`."""
    return f"{100 * share:g}".replace(".", "_")


def _at(mass: Floats, reached: Floats, found: Floats) -> Floats:
    """Hits (b,) found once a mass (b,) is inspected, along cumulated masses and hits (b, g)."""
    return np.array([
        np.interp(m, np.r_[0.0, r], np.r_[0.0, f])
        for m, r, f in zip(mass, reached, found, strict=True)
    ])  # fmt: skip
