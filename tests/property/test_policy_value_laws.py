"""Laws of every estimate, whatever was inspected."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.policy_value.figures import (
    Estimate,
    finds,
    hit_rate,
    lift_over_chance,
    precision,
    recall,
)
from training.policy_value.limits import total
from training.policy_value.logged import Logged, at_capacity
from training.policy_value.measuring import Method, measuring

METHODS: tuple[Method, ...] = (
    "naive",
    "random_slice",
    "horvitz_thompson",
    "hajek",
    "doubly_robust",
)


@st.composite
def logs(draw: st.DrawFn) -> Logged:
    n = draw(st.integers(1, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    p = rng.choice([0.05, 0.3, 1.0], n)
    inspected = rng.random(n) < p
    hit = inspected & (rng.random(n) < draw(st.sampled_from([0.0, 0.2, 0.6, 1.0])))
    known = rng.random(n) < 0.9
    return Logged(
        np.where(known, p, np.nan), inspected, hit, {"new": rng.integers(0, 9, n).astype(float)},
        random=rng.random(n) < 0.3,
        cluster=rng.integers(0, 8, n) if draw(st.booleans()) else None,
    )  # fmt: skip


def _told(logged: Logged, method: Method, capacity: float) -> list[Estimate]:
    made = measuring(logged, method=method)
    chosen = at_capacity(logged.margins["new"], capacity)
    return [hit_rate(made), precision(made, chosen), recall(made, chosen)]


@given(logged=logs(), method=st.sampled_from(METHODS), capacity=st.sampled_from([0.1, 0.5, 1.0]))
def test_shares_and_their_intervals_stay_between_0_and_1(
    logged: Logged, method: Method, capacity: float
) -> None:
    for told in _told(logged, method, capacity):
        assert math.isnan(told.value) or 0 <= told.value <= 1 + 1e-12
        assert told.sufficient == (not math.isnan(told.low))
        assert told.sufficient == (told.effective_hits >= 10 and not math.isnan(told.value))
        if told.sufficient:
            assert 0 <= told.low <= told.value + 1e-9
            assert told.value - 1e-9 <= told.high <= 1 + 1e-12
        assert told.effective_hits <= told.hits + 1e-9
        assert told.effective_rows <= told.rows + 1e-9
        assert told.bias_bound >= 0 or math.isnan(told.bias_bound)


@given(logged=logs(), method=st.sampled_from(METHODS))
def test_what_was_never_inspected_changes_nothing(logged: Logged, method: Method) -> None:
    other = replace(
        logged,
        hit=logged.hit | ~logged.inspected,
        propensity=np.where(logged.inspected, logged.propensity, np.nan),
    )

    # As texts, so that one NaN equals another.
    assert repr(_told(other, method, 0.5)) == repr(_told(logged, method, 0.5))


@given(logged=logs(), method=st.sampled_from(METHODS))
def test_selecting_everything_is_the_hit_rate_and_finds_all(logged: Logged, method: Method) -> None:
    made = measuring(logged, method=method)
    everything = np.ones(logged.rows)

    rate = hit_rate(made)
    assert repr(replace(precision(made, everything), what="hit_rate")) == repr(rate)
    np.testing.assert_allclose(finds(made, everything).value, rate.value * logged.rows)
    if rate.value > 0:
        assert recall(made, everything).value == 1
        assert lift_over_chance(made, everything).value == 1


@given(logged=logs(), capacity=st.sampled_from([0.1, 0.5]))
def test_the_parts_of_a_total_sum_to_it(logged: Logged, capacity: float) -> None:
    made = measuring(logged, method="horvitz_thompson", clip=math.inf)
    chosen = at_capacity(logged.margins["new"], capacity)
    # Beyond the number of movements the estimate is cut; so weigh by little.
    inside, outside, both = (
        total(replace(made, weight=made.weight / 20), part)
        for part in (chosen, 1 - chosen, np.ones(logged.rows))
    )

    np.testing.assert_allclose(inside.value + outside.value, both.value, atol=1e-9)


@given(
    scores=st.lists(st.integers(0, 5), min_size=1, max_size=50),
    capacity=st.floats(0.01, 1),
)
def test_a_selection_fills_its_capacity_from_the_top(scores: list[int], capacity: float) -> None:
    score = np.array(scores, dtype=np.float64)

    chosen = at_capacity(score, capacity)

    np.testing.assert_allclose(chosen.sum(), capacity * len(score))
    for value in set(scores):
        assert len(set(chosen[score == value])) == 1
        if chosen[score == value][0] > 0:
            assert (chosen[score > value] == 1).all()


@given(logged=logs(), seed=st.integers(0, 99))
def test_the_order_of_movements_says_nothing_to_weights(logged: Logged, seed: int) -> None:
    order = np.random.default_rng(seed).permutation(logged.rows)
    shuffled = replace(
        logged,
        propensity=logged.propensity[order], inspected=logged.inspected[order],
        hit=logged.hit[order], margins={},
        random=None if logged.random is None else logged.random[order],
        cluster=None if logged.cluster is None else logged.cluster[order],
    )  # fmt: skip
    before = hit_rate(measuring(replace(logged, margins={}), method="hajek"))
    after = hit_rate(measuring(shuffled, method="hajek"))

    for name in ("value", "low", "high", "standard_error", "effective_hits"):
        np.testing.assert_allclose(getattr(before, name), getattr(after, name), atol=1e-9)
