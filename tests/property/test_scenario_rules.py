"""What holds of the scenario's parts for any input."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso6346

from training.scenario import link
from training.scenario.control import TIP, selected
from training.scenario.history import Window
from training.scenario.identifiers import container_numbers
from training.scenario.profile import load_profile
from training.scenario.streams import Stream, stream, weighted

LINKS = {name: one for name, one in vars(link).items() if isinstance(one, link.Link)}


@pytest.mark.parametrize("name", sorted(LINKS))
@given(seed=st.integers(0, 2**32), rate=st.floats(0.5, 50))
def test_a_risk_is_a_probability_that_grows_with_every_signal(
    name: str, seed: int, rate: float
) -> None:
    one = LINKS[name]
    rng = np.random.default_rng(seed)
    signals = {key: rng.uniform(0, 3, 20) for key in one.weights}
    risk = one.risk(signals, rate=rate)
    assert ((risk > 0) & (risk < 1)).all()
    for key in signals:
        more = one.risk(signals | {key: signals[key] + 0.5}, rate=rate)
        assert (more > risk).all()


@given(
    st.lists(st.lists(st.integers(0, 4), max_size=6), min_size=1, max_size=20), st.integers(1, 5)
)
def test_a_window_holds_the_days_before_today_and_no_others(
    days: list[list[int]], length: int
) -> None:
    window = Window(5, days=length)
    for number, day in enumerate(days):
        earlier = [e for past in days[max(0, number - length) : number] for e in past]
        assert window.total.tolist() == [earlier.count(entity) for entity in range(5)]
        window.close_day(np.array(day, dtype=np.int64))


@given(st.integers(0, 2**32), st.floats(0.1, 8))
def test_selection_is_as_likely_as_its_propensity_says(seed: int, multiplier: float) -> None:
    controls = dataclasses.replace(load_profile("demo").controls, multiplier=multiplier)
    n = 4000
    rng = np.random.default_rng(seed)
    score = np.repeat(rng.normal(0, 1), n)
    nobody = np.zeros(n, dtype=bool)
    chosen = selected(score, np.full(n, 0.03), nobody, controls, mean_exp=1.6, rng=rng)
    known = chosen.propensity[chosen.reason != TIP]
    assert ((known > 0) & (known <= 1)).all()
    if len(known):
        p = known[0]
        assert (known == p).all()
        assert abs(len(known) - n * p) < 6 * np.sqrt(n * p * (1 - p)) + 2


@given(st.lists(st.booleans(), max_size=30), st.integers(0, 2**32))
def test_container_numbers_check_where_they_should(valid: list[bool], seed: int) -> None:
    numbers = container_numbers(np.random.default_rng(seed), np.array(valid, dtype=bool))
    assert [iso6346.is_valid(number) for number in numbers] == valid


@given(st.integers(0, 2**63), st.integers(0, 5000))
def test_streams_of_different_purposes_and_days_differ(seed: int, day: int) -> None:
    draws = {
        stream(seed, purpose, d).integers(0, 2**62).item()
        for purpose in Stream
        for d in (day, day + 1)
    }
    assert len(draws) == 2 * len(Stream)


@given(st.lists(st.sampled_from([0.0, 1.0, 3.0]), min_size=1, max_size=20), st.integers(0, 999))
def test_nothing_without_weight_is_drawn(weights: list[float], seed: int) -> None:
    weights[-1] = 1.0
    drawn = weighted(np.random.default_rng(seed), np.array(weights), 100)
    assert all(weights[index] > 0 for index in drawn.tolist())
