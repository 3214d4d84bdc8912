"""What holds of the scenario's parts for any input."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from stdnum import iso6346

from training.scenario.days.history import FoundShare, LastDay, Window
from training.scenario.days.intercept import Intercept
from training.scenario.days.link import Link, either
from training.scenario.days.movements import Passages, nothing
from training.scenario.days.pairs import Pairs
from training.scenario.streams import Stream, stream, weighted
from training.scenario.typologies.all_links import LINKS
from training.scenario.typologies.shift import shift
from training.scenario.world.identifiers import container_numbers

# The generator is long settled; `make check` leaves it to `make test`.
pytestmark = pytest.mark.slow

ALL_LINKS = {
    f"{name}-{risk}-{stratum}": link
    for name, links in LINKS.items()
    for (risk, stratum), link in links.items()
}


@pytest.mark.parametrize("name", sorted(ALL_LINKS))
@given(seed=st.integers(0, 2**32))
def test_a_score_grows_with_every_signal_and_less_so_with_one_that_is_avoided(
    name: str, seed: int
) -> None:
    link: Link = ALL_LINKS[name]
    rng = np.random.default_rng(seed)
    signals = {key: rng.uniform(0, 3, 20) for key in link.weights}
    rows = np.arange(20)
    score = link.scores(signals, rows, eased={})
    for key in signals:
        raised = signals | {key: signals[key] + 0.5}
        more = link.scores(raised, rows, eased={}) - score
        assert (more > 0).all()
        avoided = {key: 0.2}
        less = link.scores(raised, rows, eased=avoided) - link.scores(signals, rows, eased=avoided)
        assert (less < more).all()


@given(seed=st.integers(0, 2**32), rate=st.floats(5e-3, 0.3), growth=st.floats(0, 3))
def test_probabilities_have_the_rate_that_was_asked_for_though_histories_grow(
    seed: int, rate: float, growth: float
) -> None:
    intercept, rng = Intercept(), np.random.default_rng(seed)
    total, days, n = 0.0, 150, 200
    for day in range(days):
        scores = rng.exponential(1.2, n) + growth * day / days
        p = intercept.probabilities(scores, rate)
        assert ((p > 0) & (p < 1)).all()
        assert (np.diff(p[np.argsort(scores)]) >= 0).all()
        total += p.sum()
    assert total == pytest.approx(rate * days * n, rel=0.1)


def test_nothing_is_carried_where_the_rate_is_zero_or_nobody_passes() -> None:
    intercept = Intercept()
    assert intercept.probabilities(np.array([3.0, 1.0]), 0.0).tolist() == [0.0, 0.0]
    assert len(intercept.probabilities(np.empty(0), 0.1)) == 0


@given(st.floats(0, 1), st.floats(0, 1))
def test_two_causes_are_at_least_as_likely_as_each_and_at_most_their_sum(
    one: float, other: float
) -> None:
    both = either(np.array([one]), np.array([other]))[0]
    assert max(one, other) - 1e-12 <= both <= min(1.0, one + other) + 1e-12


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


@given(st.integers(0, 60), st.integers(0, 60))
def test_finds_weigh_by_what_was_inspected_and_nobody_has_none(clean: int, found: int) -> None:
    share = FoundShare(2)
    inspected = np.array([0] * (clean + found) + [-1], dtype=np.int64)
    share.close_day(inspected, np.array([0] * found + [-1], dtype=np.int64))
    signal = share.signal(np.array([0, 1, -1]))
    assert signal[0] == pytest.approx(min(1.5, 10 * found / (clean + found + 10)))
    assert signal[1:].tolist() == [0.0, 0.0]


@given(st.lists(st.integers(0, 200), min_size=1, max_size=8, unique=True), st.integers(0, 260))
def test_an_entity_is_new_for_thirty_days_once_a_month_was_observed(
    days: list[int], after: int
) -> None:
    known = LastDay(2)
    for day in sorted(days):
        known.note(np.array([0]), day)
    today = max(days) + after
    new = known.new(np.array([0, 1, -1]), today)
    assert new.tolist() == [
        float(today >= 30 and today - min(days) <= 30),
        float(today >= 30),
        0.0,
    ]
    assert known.pause(np.array([0, 1]), today).tolist() == [after, 0]


@given(
    st.lists(
        st.lists(
            st.tuples(st.integers(0, 5), st.integers(0, 2), st.booleans(), st.integers(0, 4000)),
            max_size=12,
        ),
        min_size=1,
        max_size=4,
    )
)
def test_who_follows_whom_is_counted_as_one_would_by_hand(
    days: list[list[tuple[int, int, bool, int]]],
) -> None:
    pairs, together = Pairs(6), dict[tuple[int, int], int]()
    for day in days:
        moves = sorted(day, key=lambda move: move[3])
        found = pairs.behind(_passages(moves), np.ones(len(moves), dtype=bool))
        expected, today = [], set()
        for i, (vehicle, post, leaving, at) in enumerate(moves):
            ahead = [m for m in moves[:i] if m[1] == post and m[2] == leaving][-8:]
            near = [m[0] for m in ahead if at - m[3] <= 900 and m[0] != vehicle]
            times = max((together.get((lead, vehicle), 0) for lead in near), default=0)
            expected.append(min(np.log2(1 + times), 2.0))
            today |= {(lead, vehicle) for lead in near}
        assert found.tolist() == pytest.approx(expected)
        pairs.close_day()
        for pair in today:
            together[pair] = together.get(pair, 0) + 1


@given(st.lists(st.booleans(), min_size=1, max_size=20), st.floats(0, 1), st.integers(0, 99))
def test_a_behaviour_changes_those_who_show_it_and_nobody_else(
    active: list[bool], factor: float, seed: int
) -> None:
    flags = np.array(active)
    made = shift(flags, price=-2.0, seal_missing=True)
    assert made.price.tolist() == [-2.0 if one else 0.0 for one in active]
    assert made.seal_missing.tolist() == active
    assert not made.generic.any()
    both = made.joined(shift(~flags, price=1.0, generic=True))
    assert both.price.tolist() == [-2.0 if one else 1.0 for one in active]
    assert both.generic.tolist() == [not one for one in active]
    left = made.avoiding({"low_price": factor, "seal_missing": 0.0}, np.random.default_rng(seed))
    assert left.price == pytest.approx(made.price * factor)
    assert not left.seal_missing.any()


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


def _passages(moves: list[tuple[int, int, bool, int]]) -> Passages:
    n = len(moves)
    vehicle, post, leaving, at = (
        np.array([move[k] for move in moves], dtype=kind)
        for k, kind in enumerate((np.int64, np.int64, bool, np.int64))
    )
    return Passages(
        vehicle=vehicle,
        post=post,
        leaving=leaving,
        at=at,
        last_post=np.full(n, -1),
        last_at=np.full(n, -1),
        concealed=np.zeros(n, dtype=bool),
        trailer=np.full(n, -1),
        load_kg=np.zeros(n),
        references=np.full(n, "", dtype=object),
        goods=nothing(n),
    )
