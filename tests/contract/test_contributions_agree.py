"""Contributions are the Shapley values by definition, sum to the margin, and equal shap's."""

from __future__ import annotations

from itertools import combinations
from math import factorial
from typing import Any

import lightgbm
import numpy as np
import pytest

from features.spec import Floats
from models.risk_model import RiskModel
from models.trees import Trees
from tests.heads import CHAPTER, NAMES, a_calibration, a_card, a_head, booster_text, rows


def awkward_rows() -> Floats:
    """Rows with missing values, and categories unseen, negative, fractional or huge."""
    X = rows()[:60].copy()
    X[0, :] = np.nan
    X[1, CHAPTER] = 93
    X[2, CHAPTER] = -1
    X[3, CHAPTER] = 2.7
    X[4, CHAPTER] = -0.5
    X[5, CHAPTER] = 1e12
    X[6, 0] = 0.0
    X[7, 0] = 1e-36
    return X


def test_contributions_sum_to_the_margin() -> None:
    model, X = a_head(), np.vstack([rows(), awkward_rows()])

    sums = model.contributions(X).sum(axis=1)

    np.testing.assert_allclose(sums, model.margins(X), rtol=0, atol=1e-9)


def test_contributions_equal_those_of_shap() -> None:
    shap = pytest.importorskip("shap")
    model, X = a_head(), awkward_rows()

    explainer = shap.TreeExplainer(lightgbm.Booster(model_str=booster_text()))
    expected = explainer(X)

    ours = model.contributions(X)
    np.testing.assert_allclose(ours[:, :-1], expected.values, rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours[:, -1], expected.base_values, rtol=0, atol=1e-9)


def test_contributions_are_the_shapley_values_by_definition() -> None:
    """Against the definition over all subsets of columns, which shares no code with either."""
    text = booster_text(trees=4, leaves=8)
    model = RiskModel(a_card(), a_calibration(), Trees(text))
    dump = lightgbm.Booster(model_str=text).dump_model()
    used = {node["decision_type"] for tree in dump["tree_info"] for node in splits(tree)}
    assert used == {"<=", "=="}, "the model under test must use both kinds of split"

    X = awkward_rows()[:20]
    expected = np.array([shapley_values(dump, x) for x in X])

    np.testing.assert_allclose(model.contributions(X), expected, rtol=0, atol=1e-9)


def shapley_values(dump: dict[str, Any], x: Floats) -> list[float]:
    """By definition: the mean over all orders of what knowing a column adds."""
    n = len(NAMES)
    worth = {
        frozenset(known): sum(
            expectation(tree["tree_structure"], x, frozenset(known)) for tree in dump["tree_info"]
        )
        for size in range(n + 1)
        for known in combinations(range(n), size)
    }
    values = [
        sum(
            factorial(len(known))
            * factorial(n - len(known) - 1)
            / factorial(n)
            * (worth[known | {j}] - worth[known])
            for known in worth
            if j not in known
        )
        for j in range(n)
    ]
    return [*values, worth[frozenset()]]


def expectation(node: dict[str, Any], x: Floats, known: frozenset[int]) -> float:
    """A tree's expected value when only some columns are known: branches weighed by their cover."""
    if "leaf_value" in node:
        return float(node["leaf_value"])
    left, right = node["left_child"], node["right_child"]
    if node["split_feature"] in known:
        return expectation(left if goes_left(node, x) else right, x, known)
    weights = cover(left), cover(right)
    return (
        weights[0] * expectation(left, x, known) + weights[1] * expectation(right, x, known)
    ) / sum(weights)


def cover(node: dict[str, Any]) -> float:
    return float(node["internal_count"] if "internal_count" in node else node["leaf_count"])


def goes_left(node: dict[str, Any], x: Floats) -> bool:
    """LightGBM's own rules for one split."""
    value = float(x[node["split_feature"]])
    if node["decision_type"] == "==":
        if np.isnan(value) or int(value) < 0:
            return False
        return str(int(value)) in node["threshold"].split("||")
    if np.isnan(value) and node["missing_type"] == "NaN":
        return bool(node["default_left"])
    return (0.0 if np.isnan(value) else value) <= float(node["threshold"])


def splits(tree: dict[str, Any]) -> list[dict[str, Any]]:
    found, waiting = [], [tree["tree_structure"]]
    while waiting:
        node = waiting.pop()
        if "left_child" in node:
            found.append(node)
            waiting += [node["left_child"], node["right_child"]]
    return found
