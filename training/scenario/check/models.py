"""What models, the rule list and the oracle find at capacity in the last days of a period.

Trees learn from what the first days truly carried: the question is what the records hold, not
which labels an office happens to know.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
import pyarrow as pa

from features.registry import FeatureSet
from features.spec import Column
from features.table import matrix
from models.rules import Rule
from models.rules import evaluate as rule_scores
from training.describe import card_columns_of
from training.fit import encoded, levels_of
from training.scenario.check.movements import Movements
from training.scenario.leaderboard.rating import inspected_share
from training.scenario.streams import Flags, Floats

#: Share of the movements of a kind that can be inspected.
CAPACITY = 0.03

#: Trees learn from this share of the days, and are judged on the rest.
_LEARNT_DAYS = 0.6

#: Results of an inspection that count as a hit, by risk.
TARGETS = {"arms": ("arms",), "smuggling": ("persons_concealed",)}

_MOST_LEVELS = 100
_ROUNDS = 250
_TREES = {
    "objective": "binary",
    "learning_rate": 0.04,
    "num_leaves": 24,
    "min_data_in_leaf": 60,
    "feature_fraction": 0.4,
    "bagging_fraction": 0.8,
    "bagging_freq": 1,
    "lambda_l2": 5.0,
    "cat_smooth": 20.0,
    "cat_l2": 20.0,
    "max_bin": 127,
    "deterministic": True,
    "force_row_wise": True,
    "num_threads": 1,
    "seed": 1,
    "verbosity": -1,
}


@dataclass(frozen=True)
class Ranked:
    """How ways to rank do on the carrying movements (h,) of one kind and risk, in the last days.

    Attributes:
        inspected: For each way, the probability (h,) of being inspected at capacity, ties by
            chance: "record" and "history" are trees, with the recorded fields alone and with all;
            "rules"; "oracle" ranks by the true risk.
        below: For each way, the share (h,) of the other movements that score less, ties by half.
    """

    kind: str
    risk: str
    inspected: Mapping[str, Floats]
    below: Mapping[str, Floats]


def ranked(
    movements: Movements,
    risk: str,
    integers: pa.Table,
    *,
    features: FeatureSet,
    rules: Sequence[Rule],
) -> Ranked:
    """Fits the trees and ranks; `integers` has a row a movement, in their order."""
    columns = features.columns(movements.kind, TARGETS[risk])
    X = matrix(integers, columns)
    early = first_days(movements)
    carries = movements.carries[risk]
    named = {column.name: X[~early, j] for j, column in enumerate(columns)}
    points = rule_scores(rules, movements.kind, risk, named).points
    levels = levels_of(X[early], columns, texts={}, most=_MOST_LEVELS)
    X = encoded(X, card_columns_of(X[early], columns, levels=levels))
    alone = [j for j, column in enumerate(columns) if column.family == "record"]
    scores = {
        "record": trees_scores(X[:, alone], [columns[j] for j in alone], carries, early),
        "history": trees_scores(X, columns, carries, early),
        "rules": points.astype(np.float64),
        "oracle": movements.risk[risk][~early],
    }
    hit = carries[~early]
    everywhere = np.zeros(len(hit), dtype=np.int64)
    return Ranked(
        movements.kind,
        risk,
        {
            who: inspected_share(score, everywhere, capacity=CAPACITY)[hit]
            for who, score in scores.items()
        },
        {who: _below(score, hit) for who, score in scores.items()},
    )


def first_days(movements: Movements) -> Flags:
    """Whether movements (n,) lie in the days that trees learn from."""
    day = movements.at // 86_400_000_000
    return np.asarray(day < day.min() + _LEARNT_DAYS * (day.max() - day.min() + 1))


def oracle_share(risk: Floats, carrying: Flags) -> float:
    """Share of the carrying movements among the `CAPACITY` of highest risk (n,)."""
    everywhere = np.zeros(len(risk), dtype=np.int64)
    share = inspected_share(risk, everywhere, capacity=CAPACITY)
    return float(share[carrying].sum() / max(1, carrying.sum()))


def trees_scores(X: Floats, columns: Sequence[Column], carries: Flags, early: Flags) -> Floats:
    """Margins of the later movements by trees that have learnt from the early ones.

    Args:
        X: What the columns say (n, f).
        columns: Their declarations (f,).
        carries: What the movements (n,) truly carried.
        early: Which of them (n,) to learn from.
    """
    data = lightgbm.Dataset(
        X[early],
        carries[early].astype(np.float64),
        feature_name=[column.name for column in columns],
        categorical_feature=[j for j, column in enumerate(columns) if column.categorical],
    )
    booster = lightgbm.train(dict(_TREES), data, _ROUNDS)
    return np.asarray(booster.predict(X[~early], raw_score=True, num_threads=1))


def _below(score: Floats, hit: Flags) -> Floats:
    others = np.sort(score[~hit])
    less, most = (np.searchsorted(others, score[hit], side=side) for side in ("left", "right"))
    return np.asarray((less + most) / 2 / max(1, len(others)))
