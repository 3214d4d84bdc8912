"""Probabilities hold on data they were not fitted on, keep ranks, and never claim 0 or 1."""

from __future__ import annotations

import numpy as np
import pytest

from features.spec import Floats
from models.calibration import Calibration
from training.calibrate import calibrate, carried_over
from training.labels import Flags


def probability(margins: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(3 - 0.5 * margins)))


def drawn(n: int) -> tuple[Floats, Flags]:
    rng = np.random.default_rng(4)
    margins = rng.normal(0, 2, n)
    return margins, rng.random(n) < probability(margins)


@pytest.mark.parametrize("isotonic_from_hits", [pytest.param(2, id="isotonic"),
                                                pytest.param(10**9, id="platt")])  # fmt: skip
def test_probabilities_hold_on_other_data(isotonic_from_hits: int) -> None:
    margins, hit = drawn(20_000)
    others = np.random.default_rng(5).normal(0, 2, 20_000)

    made = calibrate(margins, hit, np.ones(len(hit)), isotonic_from_hits=isotonic_from_hits)

    p = made.probability(others)
    for tenth in np.array_split(np.argsort(others), 10):
        assert p[tenth].mean() == pytest.approx(probability(others[tenth]).mean(), abs=0.015)


def test_weights_undo_an_uneven_selection() -> None:
    margins, hit = drawn(40_000)
    propensity = np.where(hit, 0.8, 0.2)
    chosen = np.random.default_rng(6).random(len(hit)) < propensity

    made = calibrate(margins[chosen], hit[chosen], 1 / propensity[chosen], isotonic_from_hits=10**9)

    assert made.probability(margins).mean() == pytest.approx(hit.mean(), rel=0.1)


@pytest.mark.parametrize("hits", [0, 1, 3])
@pytest.mark.parametrize("isotonic_from_hits", [2, 1000])
def test_few_hits_still_give_probabilities_between_0_and_1(
    hits: int, isotonic_from_hits: int
) -> None:
    margins = np.linspace(-4, 4, 200)
    hit = np.arange(200) >= 200 - hits

    made = calibrate(margins, hit, np.ones(200), isotonic_from_hits=isotonic_from_hits)

    p = made.probability(margins)
    assert (p > 0).all()
    assert (p < 1).all()
    assert (np.diff(p) >= 0).all()


def test_with_few_hits_higher_margins_keep_higher_probabilities() -> None:
    margins, hit = drawn(300)

    made = calibrate(margins, hit, np.ones(300), isotonic_from_hits=10**9)

    assert (np.diff(made.probability(np.sort(margins))) > 0).all()


def test_a_calibration_carried_over_gives_the_same_rank_the_same_probability() -> None:
    margins, hit = drawn(5_000)
    made = calibrate(margins, hit, np.ones(5_000), isotonic_from_hits=10**9)
    bolder = 2 * margins + 1

    carried = carried_over(made, before=margins, after=bolder)

    assert carried.probability(bolder) == pytest.approx(made.probability(margins), abs=0.005)


def test_of_margins_that_fall_together_the_highest_probability_is_carried_over() -> None:
    made = Calibration((-3.0, -2.0, -1.0, 0.0, 1.0, 2.0), (0.01, 0.02, 0.05, 0.1, 0.3, 0.6))
    before = np.random.default_rng(0).normal(0, 1.5, 5_000)
    lumped = np.where(before > -0.5, 0.7, before)

    carried = carried_over(made, before=before, after=lumped)

    assert carried.probability_of(0.7) == pytest.approx(0.6)
    assert carried.probability_of(-2.0) == pytest.approx(0.02, abs=0.001)


def test_equal_margins_are_calibrated_to_the_base_rate() -> None:
    hit = np.arange(400) < 100

    made = calibrate(np.zeros(400), hit, np.ones(400), isotonic_from_hits=2)

    assert made.probability(np.zeros(1))[0] == pytest.approx(0.25, abs=0.01)
