"""How much an inspected movement counts: as many as it stands for among those never inspected."""

from __future__ import annotations

import numpy as np

from features.spec import Floats


def training_weights(propensity: Floats, *, cap: float) -> Floats:
    """Weights (n,) to train with: 1 / propensity up to a cap, 1 where it is not known.

    The cap trades bias for variance: without one, a single movement selected against all odds
    would rule the trees (Swaminathan and Joachims, JMLR 2015).
    """
    inverse = 1.0 / np.where(np.isnan(propensity), 1.0, propensity)
    return np.minimum(inverse, cap)


def measuring_weights(propensity: Floats) -> Floats:
    """Weights (n,) to measure with: 1 / propensity, 0 where it is not known.

    Not capped, or the estimate would lean towards what was inspected. What a tip pointed at stands
    for nothing but itself, and so it measures nothing.
    """
    return np.where(np.isnan(propensity), 0.0, 1.0 / propensity)
