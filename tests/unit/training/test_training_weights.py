"""No inspected movement counts so much that it dominates."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.intervals import effective_number
from training.weights import training_cap, training_weights, uninspected_weights

PROPENSITIES = st.lists(st.sampled_from([0.01, 0.05, 0.2, 0.5, 1.0]), min_size=1, max_size=40)


@given(propensities=PROPENSITIES, least=st.sampled_from([0.5, 0.8, 1.0]))
def test_the_hits_are_worth_the_share_asked_for_and_no_higher_cap_would_do(
    propensities: list[float], least: float
) -> None:
    p = np.array(propensities)
    hit = np.ones(len(p), dtype=bool)

    cap = training_cap(p, hit, most=100, least_effective=least)

    assert 1 <= cap <= 100
    assert effective_number(training_weights(p, cap=cap)) >= least * len(p) - 1e-9
    for higher in training_weights(p, cap=100):
        if higher > cap:
            assert effective_number(training_weights(p, cap=float(higher))) < least * len(p)


def test_misses_do_not_lower_the_cap() -> None:
    p, hit = np.array([0.2, 0.2, 0.01]), np.array([True, True, False])

    assert training_cap(p, hit, most=10, least_effective=0.8) == 5


@pytest.mark.parametrize("p", [np.nan, 1.0])
def test_what_nobody_could_foretell_counts_once(p: float) -> None:
    assert training_weights(np.array([p]), cap=5).tolist() == [1]


@given(propensities=PROPENSITIES, seed=st.integers(0, 1000))
def test_the_inspected_stand_for_as_many_as_were_not(propensities: list[float], seed: int) -> None:
    p = np.repeat(propensities, 20_000)
    inspected = np.random.default_rng(seed).random(len(p)) < p

    stands_for = uninspected_weights(p[inspected]).sum()

    spread = np.sqrt(((1 - p) / p).sum())
    assert stands_for == pytest.approx((1 - p).sum(), abs=5 * spread + 1e-6)


def test_what_was_sure_or_tipped_stands_for_nobody_else() -> None:
    assert uninspected_weights(np.array([1.0, np.nan])).tolist() == [0, 0]
