"""A post's traffic is learnt by hour of the week, from what was seen and nothing else."""

from __future__ import annotations

import json

import numpy as np
import pytest

from models.random_moments import DAY, HOUR, WEEK
from models.traffic import Traffic
from tests.post_traffic import MONDAY


def seen(a_day: list[int], *, weeks: int, usual: float = 1.0) -> Traffic:
    """Traffic of a post with so many movements on each day of the week, all at noon."""
    learnt = Traffic(usual)
    for day in range(7 * weeks):
        learnt.reach(MONDAY + day * DAY + 12 * HOUR)
        for _ in range(a_day[day % 7]):
            learnt.count()
    learnt.reach(MONDAY + weeks * WEEK)
    return learnt


def test_hours_of_the_week_are_told_apart() -> None:
    learnt = seen([10, 20, 30, 40, 50, 60, 0], weeks=7)

    to_come = np.reshape(learnt.hourly(MONDAY + 7 * WEEK, 168), (7, 24))

    assert to_come[:, 12] == pytest.approx([10, 20, 30, 40, 50, 60, 0], abs=1)
    assert to_come.sum() == pytest.approx(210, rel=0.02)


def test_what_comes_later_is_not_known_before() -> None:
    learnt = seen([10] * 7, weeks=2)
    before = learnt.hourly(MONDAY + 2 * WEEK, 24)

    for _ in range(500):
        learnt.count()

    assert learnt.hourly(MONDAY + 2 * WEEK, 24) == before
    learnt.reach(MONDAY + 2 * WEEK + HOUR)
    assert learnt.hourly(MONDAY + 2 * WEEK, 24) != before


def test_a_post_nobody_has_seen_has_what_is_usual() -> None:
    unseen = Traffic(2.5)

    assert unseen.hourly(MONDAY, 24) == [2.5] * 24
    assert not unseen.is_known


def test_a_day_says_what_to_expect_of_another_day() -> None:
    learnt = Traffic(1.0)
    learnt.reach(MONDAY + 12 * HOUR)
    for _ in range(48):
        learnt.count()
    learnt.reach(MONDAY + DAY + 12 * HOUR)

    to_come = learnt.hourly(MONDAY + 2 * DAY, 24)

    assert learnt.is_known
    assert np.argmax(to_come) == 12
    assert to_come[12] > 10


def test_a_season_that_doubles_raises_what_is_expected_within_days() -> None:
    learnt = seen([20] * 7, weeks=6)

    for day in range(42, 47):
        learnt.reach(MONDAY + day * DAY + 12 * HOUR)
        for _ in range(40):
            learnt.count()
        learnt.reach(MONDAY + (day + 1) * DAY)

    assert sum(learnt.hourly(MONDAY + 47 * DAY, 24)) > 30


def test_a_post_that_closed_is_expected_to_stay_closed() -> None:
    learnt = seen([20] * 7, weeks=6)

    learnt.reach(MONDAY + 60 * WEEK)

    assert sum(learnt.hourly(MONDAY + 60 * WEEK, 168)) < 2


def test_the_state_goes_through_json_unchanged() -> None:
    learnt = seen([3, 1, 4, 1, 5, 9, 2], weeks=3)

    again = Traffic.from_json(json.loads(json.dumps(learnt.to_json())), 1.0)

    assert again.to_json() == learnt.to_json()
    assert again.hourly(MONDAY, 168) == learnt.hourly(MONDAY, 168)
