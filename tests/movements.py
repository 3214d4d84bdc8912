"""A season of made crossings as training reads them: integers, outcomes, parameters."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from features.registry import FeatureSet
from features.spec import MISSING
from training.params import Params

DAY = 86_400_000_000
FEATURES = FeatureSet()


def crossings(n: int = 3000, *, days: int = 100, seed: int = 1) -> pa.Table:
    """Integers of n crossings; what is weighed beyond the declared load decides over hits."""
    rng = np.random.default_rng(seed)
    u = np.sort(rng.integers(0, days * DAY, n)) + 20_000 * DAY
    u += np.arange(n)
    columns: dict[str, Any] = {
        name: rng.integers(0, 20, n) for name in FEATURES.integer_names["crossing"]
    }
    columns["weight_residual_kg"] = rng.integers(0, 1000, n)
    columns["turnaround_minutes"] = np.where(rng.random(n) < 0.3, MISSING, 500)
    columns["vehicle_class"] = rng.integers(0, 9, n)
    own = {
        "u": u,
        "source_system": ["border"] * n,
        "source_record_id": [f"P{i}" for i in range(n)],
        "event_at": u,
    }
    return pa.table(own | columns)


def outcomes(movements: pa.Table, *, delay: int = DAY, seed: int = 2) -> pd.DataFrame:
    """An outcome of every crossing; heavy ones are often hits."""
    rng = np.random.default_rng(seed)
    u = movements["u"].to_numpy()
    residual = movements["weight_residual_kg"].to_numpy()
    hit = rng.random(len(u)) < 0.02 + 0.5 * (residual > 850)
    return pd.DataFrame({
        "u": u + delay,
        "movement_u": u,
        "takes_back": None,
        "source_system": "inspections",
        "source_record_id": [f"I{i}" for i in range(len(u))],
        "result": np.where(hit, "persons_concealed", "nothing_found"),
        "selection_reason": "random",
        "selection_propensity": rng.choice([0.05, 0.5, 1.0], len(u)),
    })  # fmt: skip


def params(**changes: Any) -> Params:
    """Quick settings that are a valid whole."""
    trees = {
        "from_hits": 0,
        "rounds": 20,
        "learning_rate": 0.1,
        "num_leaves": 8,
        "min_data_in_leaf": 10,
        "feature_fraction": 0.8,
        "bagging_fraction": 0.8,
        "cat_smooth": 10,
        "cat_l2": 10,
    }
    given: dict[str, Any] = {
        "seed": 1,
        "subjects": ["crossing"],
        "targets": {"smuggling": ["persons_concealed"]},
        "split": {"valid_days": 20, "test_days": 20, "embargo_days": 2},
        "fit": {
            "minimum_hits": 20,
            "weight_cap": 5,
            "most_levels": 5,
            "early_stopping_rounds": 0,
            "refit_on_valid": True,
            "head": "nested",
            "trees": [trees],
            "logistic_penalty": 1.0,
        },
        "calibrate": {
            "isotonic_from_hits": 200,
            "band_shares": {"medium": 0.2, "high": 0.1, "very_high": 0.02},
            "top_shares": [0.01, 0.1, 1.0],
        },
        "evaluate": {
            "capacities": [0.05, 0.1],
            "resamples": 100,
            "least_hits": 10,
            "rules": Path(__file__).parents[1] / "seeds/rules.yaml",
        },
    }
    for section, values in changes.items():
        given[section] = given[section] | values if isinstance(values, dict) else values
    return Params.model_validate(given)
