"""How much each column moved a row's margin: exact path-dependent TreeSHAP values."""

from __future__ import annotations

import numpy as np
from lightgbm import Booster

from features.spec import Floats


def tree_contributions(booster: Booster, X: Floats) -> Floats:
    """Contributions (n, f + 1) in log-odds of rows (n, f); the last column is the expected value.

    Each row sums to its margin. Lundberg et al., "From local explanations to global
    understanding with explainable AI for trees", Nature Machine Intelligence 2 (2020),
    algorithm 2, as LightGBM computes it.
    """
    values = booster.predict(X, pred_contrib=True, num_threads=1)
    return np.asarray(values, dtype=np.float64).reshape(len(X), X.shape[1] + 1)
