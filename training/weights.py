"""How much an inspected movement counts: as many as it stands for among those never inspected."""

from __future__ import annotations

import numpy as np

from features.spec import Floats
from training.intervals import effective_number
from training.labels import Flags


def training_weights(propensity: Floats, *, cap: float) -> Floats:
    """Weights (n,) to train with: 1 / propensity up to a cap, 1 where it is not known.

    The cap trades bias for variance: without one, a single movement selected against all odds
    would rule the trees (Swaminathan and Joachims, JMLR 2015).
    """
    inverse = 1.0 / np.where(np.isnan(propensity), 1.0, propensity)
    return np.minimum(inverse, cap)


def training_cap(propensity: Floats, hit: Flags, *, most: float, least_effective: float) -> float:
    """The greatest cap at which hits are worth enough: so that no case dominates.

    With few hits, weights as uneven as 5 to 1 make half of them count for next to nothing. The cap
    is lowered from `most` until the effective number of hits (Kish 1965) is at least a share
    `least_effective` of their number; at 1 all count alike.

    Args:
        propensity: Of the rows that train (n,), NaN where it is not known.
        hit: Whether each was a hit (n,).
        most: The greatest cap there may be, at least 1.
        least_effective: The share, at most 1.
    """
    hits = propensity[hit]
    inverse = training_weights(hits, cap=most)
    # Between two neighbouring weights the effective number only falls: the answer is one of them.
    for cap in np.unique(np.r_[1.0, inverse])[::-1]:
        if effective_number(np.minimum(inverse, cap)) >= least_effective * len(hits):
            return float(cap)
    return 1.0


def measuring_weights(propensity: Floats) -> Floats:
    """Weights (n,) to measure with: 1 / propensity, 0 where it is not known.

    Not capped, or the estimate would lean towards what was inspected. What a tip pointed at stands
    for nothing but itself, and so it measures nothing.
    """
    return np.where(np.isnan(propensity), 0.0, 1.0 / propensity)


def uninspected_weights(propensity: Floats) -> Floats:
    """Weights (n,) by which inspected movements stand for those that were not: 1 / propensity - 1.

    What was sure to be inspected stands for nobody, and so does what was inspected on a tip.
    """
    return np.maximum(measuring_weights(propensity) - 1.0, 0.0)
