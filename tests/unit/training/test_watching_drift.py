"""Drift is told by its size, and what chance makes of few rows is none."""

from __future__ import annotations

import numpy as np
import pytest

from features.spec import Floats
from training.watching.drift import Drift, bins_of, drift, population_stability_index


def compared(before: Floats, now: Floats, *, categorical: bool = False, columns: int = 1) -> Drift:
    bins = bins_of(before, categorical=categorical)
    return drift("mass", bins.counts(now), bins.counts(before), columns=columns)


def test_without_drift_the_index_is_in_the_mean_what_chance_makes_of_so_few_rows() -> None:
    rng = np.random.default_rng(1)
    found = [compared(rng.normal(size=2000), rng.normal(size=300)) for _ in range(200)]

    mean = np.mean([of.index for of in found])

    assert mean == pytest.approx(found[0].noise, rel=0.15)


@pytest.mark.parametrize("rows", [40, 120, 5000])
def test_small_samples_do_not_look_like_drift(rows: int) -> None:
    rng = np.random.default_rng(2)
    columns = 50

    sizes = [
        compared(rng.gamma(1.0, size=4000), rng.gamma(1.0, size=rows), columns=columns).size
        for _ in range(columns)
    ]

    assert set(sizes) <= {"none", "insufficient"}


def test_too_few_rows_say_nothing() -> None:
    rng = np.random.default_rng(3)

    assert compared(rng.normal(size=4000), rng.normal(3.0, size=12)).size == "insufficient"


@pytest.mark.parametrize(
    ("shift", "size"),
    [pytest.param(0.0, "none"), pytest.param(0.4, "moderate"), pytest.param(1.5, "strong")],
)
def test_a_shift_is_told_by_its_size(shift: float, size: str) -> None:
    rng = np.random.default_rng(4)

    assert compared(rng.normal(size=4000), rng.normal(shift, size=2000)).size == size


def test_more_missing_values_are_drift() -> None:
    rng = np.random.default_rng(5)
    before, now = rng.normal(size=4000), rng.normal(size=2000)
    now[:800] = np.nan

    found = compared(before, now)

    assert found.size == "strong"
    assert (found.missing_before, found.missing) == (0.0, 0.4)


def test_a_category_that_was_not_there_counts_as_another() -> None:
    before = np.repeat([1.0, 2.0, 3.0], 300)

    bins = bins_of(before, categorical=True)

    assert bins.counts(np.array([1.0, 3.0, 3.0, 7.0, np.nan])).tolist() == [1, 0, 2, 1, 1]
    assert compared(before, np.full(500, 7.0), categorical=True).size == "strong"


def test_counts_that_repeat_take_whole_bins() -> None:
    bins = bins_of(np.repeat([0.0, 1.0, 2.0], [90, 5, 5]), categorical=False)

    counts = bins.counts(np.array([0.0, 0.0, 1.0, 2.0, 9.0]))

    assert counts[0] == 2
    assert counts.sum() == 5


def test_an_empty_bin_does_not_weigh_infinitely() -> None:
    index = population_stability_index(np.array([100, 0]), np.array([0, 100]))

    assert 5 < index < 20
