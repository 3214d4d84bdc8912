"""Small trained heads that are valid wholes; a test states only what it is about."""

from __future__ import annotations

from functools import cache
from typing import Any

import lightgbm
import numpy as np

from features.spec import Floats
from models.calibration import Calibration
from models.card import Card, CardColumn
from models.linear import Linear, LinearColumn, LinearLevel
from models.risk_model import RiskModel
from models.support import support_of
from models.trees import Trees

NAMES = (
    "gross_mass_kg",
    "value_per_kg",
    "consignee_declarations_365d",
    "days_since_consignee_seen",
    "is_night",
    "chapter",
)
CHAPTER = NAMES.index("chapter")


@cache
def rows(n: int = 2000, seed: int = 7) -> Floats:
    """Rows (n, 6) with missing values, a flag and a categorical column."""
    rng = np.random.default_rng(seed)
    X = np.column_stack(
        [
            rng.lognormal(7, 1, n),
            rng.lognormal(1, 1, n),
            rng.poisson(4, n),
            rng.integers(0, 365, n),
            rng.random(n) < 0.3,
            rng.integers(1, 9, n),
        ]
    ).astype(np.float64)
    X[rng.random(n) < 0.1, 1] = np.nan
    X[rng.random(n) < 0.2, 5] = np.nan
    X[rng.random(n) < 0.005, 2:4] = np.nan
    X.flags.writeable = False
    return X


@cache
def outcomes() -> Floats:
    """Whether each of `rows()` was a hit."""
    X = np.nan_to_num(rows())
    z = -2 + 0.4 * X[:, 1] * X[:, 4] - 0.2 * X[:, 2] + 1.5 * (X[:, CHAPTER] % 3 == 1)
    hits = np.random.default_rng(11).random(len(X)) < 1 / (1 + np.exp(-z))
    return np.asarray(hits, dtype=np.float64)


@cache
def booster_text(trees: int = 30, leaves: int = 12) -> str:
    """A booster trained on `rows()`."""
    data = lightgbm.Dataset(
        rows(), outcomes(), feature_name=list(NAMES), categorical_feature=[CHAPTER]
    )
    settings = {
        "objective": "binary",
        "num_leaves": leaves,
        "min_data_in_leaf": 10,
        "min_data_per_group": 10,
        "cat_smooth": 1.0,
        "num_threads": 1,
        "deterministic": True,
        "force_row_wise": True,
        "seed": 1,
        "verbose": -1,
    }
    return lightgbm.train(settings, data, trees).model_to_string()


def a_card(**changes: Any) -> Card:
    """The card of the head below, with changes."""
    sentences = {
        "gross_mass_kg": ("The load weighs {value}.", "kg", "weight"),
        "value_per_kg": ("Declared value: {value}.", "EUR per kg", "value"),
        "consignee_declarations_365d": (
            "The consignee made {value} in the past year.",
            "declarations",
            "consignee_past",
        ),
        "days_since_consignee_seen": (
            "The consignee was last seen {value} ago.",
            "days",
            "consignee_past",
        ),
        "is_night": ("It was lodged at night.", "yes/no", "time"),
        "chapter": ("The goods are of chapter {value}.", "", "goods"),
    }
    columns = tuple(
        CardColumn(
            name=name,
            sentence=text,
            unit=unit,
            reason=reason,
            categorical=name == "chapter",
            usual_low=None if name == "chapter" else float(np.nanpercentile(rows()[:, j], 10)),
            usual_high=None if name == "chapter" else float(np.nanpercentile(rows()[:, j], 90)),
        )
        for j, (name, (text, unit, reason)) in enumerate(sentences.items())
    )
    support = support_of(rows(), names=NAMES, categorical={"chapter"}, key_columns=NAMES[2:4])
    given: dict[str, Any] = {
        "name": "consignment-arms",
        "version": "2026.1",
        "subject": "consignment",
        "risk": "arms",
        "target_results": ("arms",),
        "kind": "boosted_trees",
        "columns": columns,
        "base_rate": 0.007,
        "bands": (("low", 0.0), ("medium", 0.1), ("high", 0.3), ("very_high", 0.6)),
        "top_shares": ((0.01, 0.8), (0.1, 0.4), (1.0, 0.0)),
        "trained_from": "2024-01-01",
        "trained_to": "2025-06-30T23:59:59+00:00",
        "trained_rows": 2000,
        "trained_hits": 300,
        "spec_sha256": "ab" * 32,
        "support": support,
        "metrics": {"lift_over_random": 4.2},
    }
    return Card(**given | changes)


def a_calibration() -> Calibration:
    """Knots of a plausible calibration."""
    return Calibration((-6.0, -2.0, 0.5, 4.0), (0.001, 0.02, 0.4, 0.9))


def a_linear() -> Linear:
    """A logistic head over the same columns."""
    plain = [
        LinearColumn(
            name=name,
            coefficient=0.3 * (j + 1),
            fill=2.0,
            mean=3.0,
            scale=1.5,
            low=0.0,
            high=500.0,
            missing_coefficient=-0.2,
            missing_share=0.1,
        )
        for j, name in enumerate(NAMES[:CHAPTER])
    ]
    levels = tuple(
        LinearLevel(code=code, coefficient=0.5 * code, share=0.125) for code in (1, 2, 3)
    )
    return Linear(
        intercept=-3.0,
        columns=(*plain, LinearColumn(name="chapter", missing_coefficient=0.4, levels=levels)),
    )


def a_head(**card_changes: Any) -> RiskModel:
    """A whole head of boosted trees."""
    return RiskModel(a_card(**card_changes), a_calibration(), Trees(booster_text()))


def a_logistic_head() -> RiskModel:
    """A whole logistic head."""
    return RiskModel(a_card(kind="logistic"), a_calibration(), a_linear())
