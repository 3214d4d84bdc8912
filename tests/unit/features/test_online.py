"""Corners of one key's state."""

from __future__ import annotations

import numpy as np
import pytest

from features import online
from features.layout import layouts_of
from features.spec import MISSING, Feature, Integers

FEATURES = (
    Feature("party", "events", "sum", 30),
    Feature("party", "events", "first", 30),
    Feature("party", "events", "ever", 0),
    Feature("party", "mass", "sum", 7),
)
LAYOUT = layouts_of(FEATURES)["party"]
ONE = np.array([1, 500], np.int64)


def test_a_busy_keys_row_is_as_long_as_a_quiet_ones() -> None:
    quiet, busy = (online.empty_state(LAYOUT, day=100) for _ in range(2))
    online.apply(quiet, LAYOUT, ONE, tile_day=100, closed_days_only=False)
    for day in range(100, 140):
        online.roll(busy, LAYOUT, day=day)
        online.apply(busy, LAYOUT, ONE * 25_000, tile_day=day, closed_days_only=False)

    assert len(online.pack(busy)) == len(online.pack(quiet))
    assert _read(busy)["party_events_30d"] == 31 * 25_000


def test_tiles_are_read_only_when_a_day_has_closed() -> None:
    state = online.unpack(online.pack(_state_of(5)), LAYOUT)

    online.roll(state, LAYOUT, day=5, tiles=_must_not_be_read)
    online.apply(state, LAYOUT, ONE, tile_day=5, closed_days_only=False)

    with pytest.raises(AssertionError, match="read"):
        online.roll(state, LAYOUT, day=6, tiles=_must_not_be_read)


def test_taking_back_what_left_all_windows_needs_no_tiles_and_is_forgotten_by_ever() -> None:
    state = _state_of(5)
    online.roll(state, LAYOUT, day=60)
    state = online.unpack(online.pack(state), LAYOUT)

    assert not online.touches_tiles(state, LAYOUT, tile_day=5)
    online.apply(state, LAYOUT, -ONE, tile_day=5, closed_days_only=False)

    assert _read(state)["party_events_ever"] == 0


@pytest.mark.parametrize(
    ("today", "first"),
    [
        pytest.param(5, 5, id="today counts while nothing closed does"),
        pytest.param(6, 5, id="yesterday"),
        pytest.param(35, 5, id="the thirtieth day counts"),
        pytest.param(36, MISSING, id="the thirty-first does not"),
    ],
)
def test_the_first_day_is_the_earliest_in_the_window(today: int, first: int) -> None:
    state = _state_of(5)

    online.roll(state, LAYOUT, day=today)

    assert _read(state)["party_events_first_30d"] == first


def test_the_first_day_moves_on_when_the_earliest_leaves_or_is_taken_back() -> None:
    state = _state_of(5)
    for day in (10, 20):
        online.roll(state, LAYOUT, day=day)
        online.apply(state, LAYOUT, ONE, tile_day=day, closed_days_only=False)

    online.roll(state, LAYOUT, day=36)
    left = _read(state)["party_events_first_30d"]
    online.apply(state, LAYOUT, -ONE, tile_day=10, closed_days_only=False)

    assert (left, _read(state)["party_events_first_30d"]) == (10, 20)


def test_a_first_with_a_shorter_window_than_its_keys_longest_is_refused() -> None:
    with pytest.raises(ValueError, match="longest window"):
        layouts_of((*FEATURES, Feature("party", "mass", "first", 7)))


def test_a_key_an_ever_remembers_is_not_empty() -> None:
    state = _state_of(5)
    online.roll(state, LAYOUT, day=60)
    remembered = online.is_empty(state, LAYOUT)
    online.apply(state, LAYOUT, -ONE, tile_day=5, closed_days_only=False)

    assert (remembered, online.is_empty(state, LAYOUT)) == (False, True)


def _state_of(day: int) -> online.State:
    state = online.empty_state(LAYOUT, day=day)
    online.apply(state, LAYOUT, ONE, tile_day=day, closed_days_only=False)
    return state


def _read(state: online.State) -> dict[str, int]:
    names = [feature.name for feature in LAYOUT.features]
    return dict(zip(names, online.read(state, LAYOUT), strict=True))


def _must_not_be_read() -> Integers:
    msg = "The tiles were read."
    raise AssertionError(msg)
