"""Probabilities beside the truth: what is compared, and how far off it is said to be."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from training.assurance.calibration_by_truth import (
    Judged,
    calibrated,
    detection_by_stratum,
)
from training.assurance.calibration_table import (
    calibration_figures,
    calibration_table,
    lines_of,
)
from training.scenario.profile import load_profile

OUTCOMES = load_profile("measure").outcomes


def a_judged(*, factor: float = 1.0, seed: int = 1, head: str = "crossing-arms") -> Judged:
    """A head that says the truth times a factor, of 4,000 movements in three bands."""
    risk = np.random.default_rng(seed).uniform(0.001, 0.1, 4000)
    finding = risk * 0.5
    said = finding * factor
    return Judged(
        head=head,
        seed=seed,
        probability=said,
        risk=risk,
        finding=finding,
        band=np.searchsorted([0.03, 0.045], said),
    )


def test_controls_that_see_half_find_half_of_what_is_carried() -> None:
    controls = pd.DataFrame(
        {"stratum": ["car", "car", "lorry"], "level": ["visual", "documentary", "full_unload"]}
    )

    found = detection_by_stratum(controls, risk="smuggling", outcomes=OUTCOMES)

    kept = 1 - OUTCOMES.wrong_finds
    assert found == pytest.approx({"car": kept * 0.35 / 2, "lorry": kept * 0.95})


def test_a_gas_probe_finds_people_and_of_arms_as_much_as_a_look() -> None:
    controls = pd.DataFrame({"stratum": ["lorry"], "level": ["gas_probe"]})

    people = detection_by_stratum(controls, risk="smuggling", outcomes=OUTCOMES)["lorry"]
    arms = detection_by_stratum(controls, risk="arms", outcomes=OUTCOMES)["lorry"]

    assert people / arms == pytest.approx(0.8 / 0.35)


def test_a_head_that_says_the_truth_is_off_by_nothing() -> None:
    of = a_judged()

    for found in calibrated(of, of.finding, seed=1):
        assert found.error.value == pytest.approx(0, abs=1e-12)
        assert found.by_tenths == pytest.approx(0, abs=1e-12)


def test_a_head_that_says_a_fifth_too_much_is_off_by_a_fifth_in_every_band() -> None:
    of = a_judged(factor=1.2)

    found = calibrated(of, of.finding, seed=1)

    assert [one.band for one in found] == [None, "low", "medium", "high"]
    for one in found:
        assert one.error.value == pytest.approx(0.2)
        assert one.error.low <= 0.2 + 1e-9
        assert one.error.high >= 0.2 - 1e-9
    assert sum(one.movements for one in found[1:]) == found[0].movements == 4000


def test_errors_of_opposite_sign_in_two_bands_do_not_cancel() -> None:
    of = a_judged()
    low = of.band == 0
    wrong = Judged(
        of.head, 1, np.where(low, of.finding * 1.5, of.finding * 0.5), of.risk, of.finding, of.band
    )

    whole, *_ = calibrated(wrong, of.finding, seed=1)

    assert whole.error.value == pytest.approx(0.5)


def test_errors_within_a_band_show_over_tenths_alone() -> None:
    said = np.linspace(0.01, 0.03, 1000)
    flat = Judged("a", 1, said, np.full(1000, 0.02), np.full(1000, 0.02), np.zeros(1000, np.int64))

    whole, band = calibrated(flat, flat.finding, seed=1)

    assert whole.error.value == pytest.approx(0, abs=1e-9)
    assert whole.by_tenths == band.by_tenths == pytest.approx(0.25, abs=0.01)


def test_beside_what_is_carried_the_same_head_is_off_by_what_controls_miss() -> None:
    (line, *_) = lines_of([a_judged()])

    assert line.error.value == pytest.approx(0, abs=1e-12)
    assert line.error_carrying.value == pytest.approx(0.5)


def test_over_several_periods_the_interval_is_of_periods() -> None:
    lines = lines_of([a_judged(factor=f, seed=s) for s, f in ((1, 1.1), (2, 1.2), (3, 1.3))])

    assert lines[0].error.value == pytest.approx(0.2)
    # Student's t with two degrees of freedom: 4.303 * 0.1 / sqrt(3).
    assert lines[0].error.high == pytest.approx(0.2 + 0.2484, abs=1e-3)
    assert lines[0].movements == 12_000


def test_the_worst_head_is_the_figure() -> None:
    lines = lines_of([a_judged(factor=1.1), a_judged(factor=1.3, head="crossing-smuggling")])

    figures = calibration_figures(lines)

    assert figures["calibration_error"] == pytest.approx(0.3)
    assert figures["crossing-arms_all"] == pytest.approx(0.1)
    assert figures["crossing-smuggling_low"] == pytest.approx(0.3)
    assert calibration_table(lines).row_count == len(lines)
