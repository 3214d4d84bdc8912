"""What a meeting at the border is, and how far meetings exceed chance."""

from __future__ import annotations

import math

import numpy as np
import pytest

from features.convoy import MEETING_DAYS, MEETING_SIGHTINGS, PLACES, convoy_excess
from features.convoy_online import (
    COMPANION_ROW,
    LANE_ROW,
    Sighting,
    companions_as_of,
    meet,
    vehicle_number,
)
from features.spec import MISSING

DAY = 86_400_000_000
MINUTE = 60_000_000
MONDAY = 19_000 * DAY


class Border:
    """Packed rows of one post, as a store holds them."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}

    def sees(
        self, vehicle: str, at: int, *, post: str = "p", leaving: int = 0, crossings: int = 0
    ) -> dict[str, int]:
        """A sighting, and its integers without "convoy_"."""
        sighting = Sighting(post, leaving, vehicle)
        met = meet(
            sighting,
            u=at,
            crossings=crossings,
            lane=self.rows.get(sighting.lane_id, b""),
            companions=self.rows.get(sighting.companions_id, b""),
        )
        self.rows[sighting.lane_id] = met.lane
        self.rows[sighting.companions_id] = met.companions
        return {name.removeprefix("convoy_"): value for name, value in met.integers.items()}


def test_the_third_time_behind_the_same_car_shows_two_meetings_before() -> None:
    border = Border()
    for day in range(2):
        border.sees("car", MONDAY + day * DAY, crossings=day)
        border.sees("van", MONDAY + day * DAY + 5 * MINUTE)

    border.sees("car", MONDAY + 2 * DAY, crossings=2)

    assert border.sees("van", MONDAY + 2 * DAY + 5 * MINUTE) == {
        "candidates": 1,
        "meetings": 2,
        "leaders": 1,
        "leader_crossings": 2,
    }


def test_who_is_ahead_counts() -> None:
    border = Border()
    for day in range(3):
        border.sees("car", MONDAY + day * DAY)
        border.sees("van", MONDAY + day * DAY + MINUTE)

    border.sees("van", MONDAY + 3 * DAY)

    assert border.sees("car", MONDAY + 3 * DAY + MINUTE)["meetings"] == 0


def test_fifteen_minutes_are_within_reach_and_a_microsecond_more_is_not() -> None:
    border = Border()
    border.sees("car", MONDAY)
    assert border.sees("van", MONDAY + 15 * MINUTE)["candidates"] == 1
    assert border.sees("bus", MONDAY + 15 * MINUTE + 1)["candidates"] == 1


def test_another_post_or_direction_is_another_lane() -> None:
    border = Border()
    border.sees("car", MONDAY)
    assert border.sees("van", MONDAY + 1, post="q")["candidates"] == 0
    assert border.sees("van", MONDAY + 2, leaving=1)["candidates"] == 0


def test_meetings_at_every_post_count_together() -> None:
    border = Border()
    for day, post in enumerate("pqr"):
        border.sees("car", MONDAY + day * DAY, post=post)
        last = border.sees("van", MONDAY + day * DAY + MINUTE, post=post)
    assert last["meetings"] == 2


def test_a_vehicle_that_comes_twice_is_one_candidate_and_its_latest_sighting_counts() -> None:
    border = Border()
    border.sees("car", MONDAY)
    border.sees("van", MONDAY + MINUTE)
    border.sees("car", MONDAY + 2 * MINUTE, crossings=5)
    border.sees("car", MONDAY + 3 * MINUTE, crossings=6)

    found = border.sees("van", MONDAY + 4 * MINUTE)

    assert (found["candidates"], found["leader_crossings"]) == (1, 6)


def test_a_meeting_counts_for_ninety_whole_days_after_its_own() -> None:
    border = Border()
    border.sees("car", MONDAY)
    border.sees("van", MONDAY + MINUTE)
    found = {}
    for day in (90, 91):
        fresh = Border()
        fresh.rows = dict(border.rows)
        fresh.sees("car", MONDAY + day * DAY)
        found[day] = fresh.sees("van", MONDAY + day * DAY + MINUTE)["meetings"]
    assert found == {90: 1, 91: 0}


def test_of_equal_leaders_the_one_with_the_fewest_crossings_is_named() -> None:
    border = Border()
    for day in range(2):
        border.sees("car", MONDAY + day * DAY, crossings=40)
        border.sees("bus", MONDAY + day * DAY + 1, crossings=3)
        found = border.sees("van", MONDAY + day * DAY + MINUTE)
    assert (found["meetings"], found["leader_crossings"]) == (1, 3)


def test_without_a_meeting_before_there_is_no_leader() -> None:
    border = Border()
    assert border.sees("car", MONDAY) == {
        "candidates": 0,
        "meetings": 0,
        "leaders": 0,
        "leader_crossings": MISSING,
    }


def test_sixteen_sightings_are_looked_back_on() -> None:
    border = Border()
    for number in range(20):
        border.sees(f"car {number}", MONDAY + number)
    assert border.sees("van", MONDAY + 20)["candidates"] == PLACES
    assert len(border.rows["lane:p:0"]) == PLACES * LANE_ROW.itemsize


def test_a_vehicle_that_never_stops_crossing_keeps_bounded_rows() -> None:
    border = Border()
    u = MONDAY
    for day in range(MEETING_DAYS + 10):
        for nth in range(MEETING_SIGHTINGS + 2):
            for other in range(PLACES):
                border.sees(f"{day} {nth} {other}", u := u + 1)
            border.sees("shuttle", u := u + 1)
        u = MONDAY + (day + 1) * DAY

    most_rows = (MEETING_DAYS + 1) * (MEETING_SIGHTINGS * PLACES + 1)
    rows = np.frombuffer(border.rows["companions:shuttle"], COMPANION_ROW)
    assert len(rows) == most_rows
    assert rows["times"][rows["leader"] == vehicle_number("shuttle")].max() == MEETING_SIGHTINGS
    assert len(companions_as_of(border.rows["companions:shuttle"], day=10**6)) == 0


def test_the_excess_is_the_poisson_distance_from_what_chance_brings() -> None:
    # 36 crossings of each, all in one hour of the week: 36 * 36 * 7 / 360 = 25.2 meetings.
    excess = convoy_excess(*(np.array([v]) for v in (30.2, 36.0, 36.0, 50.0, 50.0)))
    assert excess[0] == pytest.approx(5.0 / math.sqrt(26.2))


def test_chance_explains_meetings_of_commuters_better_than_those_of_rare_guests() -> None:
    commuters = convoy_excess(*(np.array([v]) for v in (5.0, 90.0, 90.0, 500.0, 10_000.0)))
    guests = convoy_excess(*(np.array([v]) for v in (5.0, 6.0, 6.0, 500.0, 10_000.0)))
    assert commuters[0] < 1 < guests[0]


def test_without_meetings_the_excess_is_zero_and_without_knowledge_it_is_not_known() -> None:
    meetings = np.array([0.0, np.nan, 2.0, 2.0])
    leader = np.array([np.nan, np.nan, 4.0, 4.0])
    at_post = np.array([10.0, 10.0, 10.0, 0.0])
    with np.errstate(divide="ignore", invalid="ignore"):
        excess = convoy_excess(meetings, leader, np.full(4, 3.0), np.zeros(4), at_post)
    assert excess.tolist()[0] == 0.0
    assert np.isnan(excess).tolist() == [False, True, False, True]
