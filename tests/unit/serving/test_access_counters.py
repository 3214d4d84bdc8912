"""How much was asked for of late."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from serving.access import counters
from serving.access.counters import Counters

WHO = ("views", "key:1")
DRAWS = st.lists(st.tuples(st.integers(0, 150), st.integers(1, 4)), max_size=60)


def counting(moments: list[float]) -> Counters:
    return Counters(lambda: moments[-1])


def test_what_is_left_goes_down_to_nothing_and_then_all_is_refused() -> None:
    counter = counting([600.0])
    answers = [counter.draw(WHO, most=3, seconds=60, cost=1) for _ in range(4)]
    assert answers == [(True, 2, 60.0), (True, 1, 60.0), (True, 0, 60.0), (False, 0, 60.0)]


def test_who_draws_is_charged_alone() -> None:
    counter = counting([600.0])
    assert counter.draw(WHO, most=1, seconds=60, cost=1)[0]
    assert not counter.draw(WHO, most=1, seconds=60, cost=1)[0]
    assert counter.draw(("views", "key:2"), most=1, seconds=60, cost=1)[0]


def test_the_window_before_counts_for_the_share_that_is_not_a_window_ago() -> None:
    moments = [600.0]
    counter = counting(moments)
    counter.draw(WHO, most=10, seconds=60, cost=10)
    moments.append(660.0 + 15)
    # 10 in the window before, of which 3/4 still lie within the last 60 s; one more is free every 6 s.
    assert counter.draw(WHO, most=10, seconds=60, cost=4) == (False, 3, 3.0)
    assert counter.draw(WHO, most=10, seconds=60, cost=3) == (True, 0, 3.0)
    moments.append(720.0 + 1)
    # 3 in the window before, of which 2.95 count still.
    assert counter.draw(WHO, most=10, seconds=60, cost=1) == (True, 7, 19.0)


def test_two_windows_later_nothing_counts() -> None:
    moments = [659.0]
    counter = counting(moments)
    counter.draw(WHO, most=10, seconds=60, cost=10)
    moments.append(720.0)
    assert counter.draw(WHO, most=10, seconds=60, cost=10) == (True, 0, 60.0)


@given(draws=DRAWS, most=st.integers(1, 8))
def test_no_window_holds_more_than_is_granted_and_a_refusal_counts_for_nothing(
    draws: list[tuple[int, int]], most: int
) -> None:
    moments = [0.0]
    counter = counting(moments)
    taken: dict[int, int] = {}
    for step, cost in draws:
        moments.append(moments[-1] + step / 10)
        window, past = divmod(moments[-1], 10)
        free = most - int(taken.get(int(window) - 1, 0) * (10 - past) / 10)
        expected = taken.get(int(window), 0) + cost <= free
        within, left, more = counter.draw(WHO, most=most, seconds=10, cost=cost)
        assert within == expected
        taken[int(window)] = taken.get(int(window), 0) + cost * within
        assert left == max(0, free - taken[int(window)])
        assert 0 <= more <= 10
    assert all(count <= most for count in taken.values())


def test_names_that_count_for_nothing_any_more_are_forgotten() -> None:
    moments = [0.0]
    counter = counting(moments)
    for n in range(1000):
        counter.draw(("views", str(n)), most=1, seconds=60, cost=1)
    moments.append(120.0)
    for _ in range(counters._BETWEEN_PURGES):
        counter.draw(WHO, most=1, seconds=60, cost=1)
    assert list(counter._counted) == [WHO]
