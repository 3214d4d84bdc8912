"""95 % intervals hold the truth in 93 to 97 of 100 made-up seasons, and naive figures do not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pytest

from training.policy_value.coverage_table import METHODS, counted
from training.policy_value.measuring import Method
from training.simulated_selection import ESTIMANDS, Coverage, Estimand, Office, coverage

# Rare finds, a tenth left to chance, tips of unknown propensity, risk drawing the inspections.
FAST = Office(movements=4_000, base_rate=0.02)
PROMISED = (0.93, 0.97)
# One standard error of a share of 95 % among 400.
NOISE = 0.011

Found = Mapping[tuple[Method, Estimand], Coverage]


@pytest.fixture(scope="module")
def fast() -> Found:
    return coverage(FAST, METHODS, runs=400, seed=20)


@pytest.mark.slow
@pytest.mark.parametrize("what", ESTIMANDS)
@pytest.mark.parametrize("method", ["hajek", "doubly_robust"])
def test_intervals_hold_the_truth_as_often_as_promised(
    fast: Found, method: Method, what: Estimand
) -> None:
    found = fast[method, what]

    assert found.sufficient > 0.5
    assert PROMISED[0] - NOISE <= found.covered <= PROMISED[1] + NOISE
    assert found.width_ratio <= 1.5
    assert abs(found.bias) < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("what", ESTIMANDS)
def test_intervals_that_are_not_self_normalised_are_never_short(
    fast: Found, what: Estimand
) -> None:
    found = fast["horvitz_thompson", what]

    assert found.covered >= PROMISED[0] - NOISE
    assert found.width_ratio <= 1.5


@pytest.mark.slow
def test_the_naive_hit_rate_is_never_right(fast: Found) -> None:
    found = fast["naive", "hit_rate"]

    assert found.covered < 0.05
    assert found.bias > 1


@pytest.mark.slow
def test_the_naive_precision_is_wrong_in_most_seasons(fast: Found) -> None:
    found = fast["naive", "precision"]

    assert found.covered < 0.5
    assert found.bias > 0.3


@pytest.mark.slow
def test_naive_recall_fails_once_there_is_much_to_measure() -> None:
    found = coverage(
        replace(FAST, movements=10_000, softness=0.0), ("naive",), runs=100, seed=21
    )["naive", "recall"]  # fmt: skip

    assert found.covered < 0.5


@pytest.mark.slow
def test_the_random_slice_alone_is_unbiased_and_hardly_ever_enough(fast: Found) -> None:
    found = fast["random_slice", "hit_rate"]

    assert abs(found.bias) < 0.05
    assert found.sufficient < 0.5
    assert fast["random_slice", "precision"].sufficient < 0.05


@pytest.mark.slow
def test_intervals_of_what_such_movements_carry_are_never_short() -> None:
    found = coverage(
        FAST, ("doubly_robust",), runs=400, seed=22, about="such_movements"
    )  # fmt: skip

    for what in ESTIMANDS:
        assert found["doubly_robust", what].covered >= PROMISED[0] - NOISE
        assert found["doubly_robust", what].width_ratio <= 1.5


@pytest.mark.slow
def test_where_chance_is_too_thin_to_tell_nothing_is_told() -> None:
    # One in a hundred by chance, the rest sharply judged: sure hits abound, heavy ones are missing.
    thin = Office(movements=20_000, base_rate=0.01, floor=0.01, softness=0.0)

    found = coverage(thin, ("doubly_robust",), runs=60, seed=23)

    for what in ESTIMANDS:
        assert found["doubly_robust", what].sufficient < 0.2


@pytest.mark.nightly
def test_the_seasons_of_the_command_hold_what_is_promised() -> None:
    # `vardar coverage`, as it stands without options.
    found = coverage(Office(movements=10_000), METHODS, runs=400, seed=1)

    robust = counted(found["doubly_robust", "hit_rate"])
    assert PROMISED[0] <= robust.value <= PROMISED[1]
    assert found["doubly_robust", "hit_rate"].width_ratio <= 1.5
    for what in ESTIMANDS:
        assert PROMISED[0] - NOISE <= found["doubly_robust", what].covered <= PROMISED[1] + NOISE
        assert found["naive", what].covered < 0.5


@pytest.mark.nightly
@pytest.mark.parametrize(
    "office",
    [
        pytest.param(Office(movements=20_000, base_rate=0.005), id="rare"),
        pytest.param(Office(movements=10_000, base_rate=0.01), id="usual"),
        pytest.param(Office(movements=10_000, softness=0.0), id="sharp"),
        pytest.param(Office(movements=10_000, detection=0.7), id="imperfect"),
        pytest.param(Office(movements=10_000, together=10, kinship=1.0), id="clustered"),
    ],
)
def test_intervals_hold_as_promised_in_every_kind_of_office(office: Office) -> None:
    found = coverage(office, ("hajek", "doubly_robust"), runs=1_000, seed=24)

    for key, figures in found.items():
        assert figures.sufficient > 0.5, (key, figures)
        # One standard error of a share of 95 % among 1,000.
        assert PROMISED[0] - 0.007 <= figures.covered <= PROMISED[1] + 0.007, (key, figures)
        assert figures.width_ratio <= 1.5, (key, figures)
