"""Every way to rank movements that a head is held against, on the same rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from features.registry import SUBJECTS, FeatureSet
from features.spec import Floats
from features.table import matrix
from models.risk_model import RiskModel
from models.rules import Rule, load_rules
from models.rules import evaluate as rule_scores
from training.params import Params

#: Who may rank, in the order in which they are told.
WHO = ("head", "challenger", "logistic", "rules", "random", "oracle")


@dataclass(frozen=True)
class Ranker:
    """One way to rank.

    Attributes:
        score: Of each row (n,), the riskier the greater, finite.
        probability: What it says of each row (n,); None where it says none.
    """

    score: Floats
    probability: Floats | None = None


def rankers_of(
    models: Mapping[str, RiskModel], tested: pa.Table, *, features: FeatureSet, params: Params
) -> dict[str, Ranker]:
    """Models, the office's rules where it has any, and chance, by name.

    Args:
        models: By what they are called; all of one subject and risk.
        tested: Integers of the movements (n,).
        features: The features the movements were made with.
        params: The parameter file.

    Raises:
        ColumnsDifferError: when a model reads other columns than these.
    """
    card = next(iter(models.values())).card
    columns = features.columns(card.subject, card.target_results)
    X = matrix(tested, columns)
    names = [column.name for column in columns]
    rankers = {}
    for who, model in models.items():
        model.check_columns(names)
        margins = model.margins(X)
        rankers[who] = Ranker(margins, model.probabilities(margins))
    rules = check_rules(params, features)
    if any((rule.subject, rule.risk) == (card.subject, card.risk) for rule in rules):
        named = {column.name: X[:, j] for j, column in enumerate(columns)}
        points = rule_scores(rules, card.subject, card.risk, named).points
        rankers["rules"] = Ranker(points.astype(np.float64))
    rankers["random"] = Ranker(np.zeros(len(tested)))
    return rankers


def check_rules(params: Params, features: FeatureSet) -> tuple[Rule, ...]:
    """The office's rules, checked against the columns there are."""
    results = next(iter(params.targets.values()))
    columns = {s: [c.name for c in features.columns(s, results)] for s in SUBJECTS}
    return load_rules(params.evaluate.rules, columns=columns)
