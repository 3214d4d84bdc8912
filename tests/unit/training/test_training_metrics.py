"""What a ranking is worth."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, roc_auc_score

from features.spec import Floats
from training.intervals import effective_number
from training.metrics import Ranking, Reliability, percent
from training.weights import measuring_weights, training_weights

RNG = np.random.default_rng(3)
SCORE = RNG.integers(0, 20, 300).astype(float)  # few values, many ties
HIT = RNG.random(300) < 1 / (1 + np.exp(3 - SCORE / 5))
WEIGHT = RNG.random(300) * 5


def figures(score: Floats, weight: Floats, *capacities: float) -> dict[str, float]:
    measured = Ranking(score, HIT, capacities=capacities).measures(weight[np.newaxis])
    return {name: float(value[0]) for name, value in measured.items()}


def test_areas_agree_with_scikit_learn_with_ties_and_weights() -> None:
    found = figures(SCORE, WEIGHT)

    assert found["auc"] == pytest.approx(roc_auc_score(HIT, SCORE, sample_weight=WEIGHT))
    expected = average_precision_score(HIT, SCORE, sample_weight=WEIGHT)
    assert found["average_precision"] == pytest.approx(expected)


def test_precision_at_capacity_is_the_share_of_hits_among_the_first() -> None:
    score = SCORE + np.linspace(0, 0.5, 300)  # no ties
    first = np.argsort(-score)[:30]

    found = figures(score, np.ones(300), 0.1)

    assert found["precision_at_10"] == pytest.approx(HIT[first].mean())
    assert found["recall_at_10"] == pytest.approx(HIT[first].sum() / HIT.sum())


def test_a_weight_of_two_counts_as_two_movements() -> None:
    weight = RNG.integers(1, 4, 300)
    repeated = np.repeat(np.arange(300), weight)
    twice = Ranking(SCORE[repeated], HIT[repeated], capacities=(0.05,))

    found = figures(SCORE, weight.astype(float), 0.05)

    expected = twice.measures(np.ones((1, len(repeated))))
    assert found == pytest.approx({name: value[0] for name, value in expected.items()})


def test_equal_scores_measure_chance() -> None:
    found = figures(np.zeros(300), WEIGHT, 0.03)

    assert found["precision_at_3"] == pytest.approx(found["base_rate"])
    assert found["recall_at_3"] == pytest.approx(0.03)
    assert found["auc"] == pytest.approx(0.5)


def test_probabilities_that_hold_have_no_calibration_error() -> None:
    p = np.repeat([0.25, 0.75], 400)
    hit = np.tile([True, False, False, False, True, True, True, False], 100)
    hit = np.concatenate([hit.reshape(-1, 8)[:, :4].ravel(), hit.reshape(-1, 8)[:, 4:].ravel()])

    error = Reliability(p, hit).measures(np.ones((1, 800)))["calibration_error"][0]

    assert error == pytest.approx(0.0, abs=1e-12)
    assert Reliability(p + 0.1, hit).measures(np.ones((1, 800)))[
        "calibration_error"
    ] == pytest.approx(0.1)


def test_training_weights_are_capped_and_one_where_chance_is_unknown() -> None:
    weights = training_weights(np.array([0.001, 0.5, np.nan]), cap=20)

    assert weights.tolist() == [20.0, 2.0, 1.0]


def test_measuring_weights_are_not_capped_and_a_tip_measures_nothing() -> None:
    weights = measuring_weights(np.array([0.001, 0.5, np.nan]))

    assert weights.tolist() == [1000.0, 2.0, 0.0]


def test_one_heavy_hit_is_hardly_more_than_one_hit() -> None:
    assert effective_number(np.ones(10)) == pytest.approx(10)
    assert effective_number(np.array([1000.0, 1, 1, 1])) == pytest.approx(1, abs=0.01)
    assert effective_number(np.empty(0)) == 0


def test_a_capacity_is_named_in_percent() -> None:
    assert (percent(0.05), percent(0.005)) == ("5", "0_5")
