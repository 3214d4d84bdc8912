"""One random moment a post and week: uniform, secret, and met with a probability known to all."""

import numpy as np
import pytest

from models.errors import InvalidPolicyError
from models.random_moments import DAY, HOUR, WEEK, Window, moment, week_begin, window
from tests.post_traffic import MONDAY, SECRET

WHOLE = Window(MONDAY, MONDAY + WEEK)


def test_weeks_begin_on_monday_at_midnight_utc() -> None:
    assert week_begin(MONDAY) == MONDAY
    assert week_begin(MONDAY + WEEK - 1) == MONDAY
    assert week_begin(MONDAY - 1) == MONDAY - WEEK


@pytest.mark.parametrize(
    ("previous", "at", "days"),
    [
        pytest.param(None, 1, 1, id="the first has all that went before"),
        pytest.param(1, 3, 2, id="the next has what lies between"),
        pytest.param(3, 3, 0, id="no time, no probability"),
        pytest.param(5, 6.5, 1, id="only what lies in the window counts"),
        pytest.param(6, 7, 0, id="after the window"),
        pytest.param(None, 7, 6, id="a first one after the window has it all"),
    ],
)
def test_the_probability_is_the_distance_over_the_window(
    previous: float | None, at: float, days: float
) -> None:
    within = Window(MONDAY, MONDAY + 6 * DAY)

    given = within.probability(
        None if previous is None else MONDAY + int(previous * DAY), MONDAY + int(at * DAY)
    )

    assert given == pytest.approx(days / 6)


def test_exactly_one_movement_of_a_week_meets_the_moment() -> None:
    rng = np.random.default_rng(1)
    within = Window(MONDAY, MONDAY + 6 * DAY)
    for post in range(200):
        at = np.sort(MONDAY + rng.integers(0, WEEK, 20)).tolist()
        at[-1] = MONDAY + 6 * DAY + HOUR
        when = moment(SECRET, str(post), within)

        met = [within.met(when, a, b) for a, b in zip([None, *at[:-1]], at, strict=True)]

        assert sum(met) == 1
        assert at[met.index(True)] >= when


def test_moments_are_spread_evenly_over_posts_and_weeks() -> None:
    share = [
        (moment(SECRET, f"MK-{post}", Window(begin, begin + WEEK)) - begin) / WEEK
        for post in range(200)
        for begin in range(MONDAY, MONDAY + 50 * WEEK, WEEK)
    ]

    counts, _ = np.histogram(share, bins=20, range=(0, 1))

    # Chi-square with 19 degrees of freedom exceeds 43.8 once in a thousand.
    assert ((counts - 500) ** 2 / 500).sum() < 43.8


def test_a_moment_can_be_replayed_and_differs_by_secret_post_and_week() -> None:
    when = moment(SECRET, "MK-RS-01", WHOLE)

    assert when == moment(SECRET, "MK-RS-01", WHOLE)
    assert when != moment(SECRET[::-1], "MK-RS-01", WHOLE)
    assert when != moment(SECRET, "MK-RS-02", WHOLE)
    later = Window(MONDAY + WEEK, MONDAY + 2 * WEEK)
    assert when + WEEK != moment(SECRET, "MK-RS-01", later)


def test_a_window_closes_while_movements_are_still_to_come() -> None:
    busy, quiet = [30.0] * 168, [0.1] * 168

    assert window(MONDAY, busy) == Window(MONDAY, MONDAY + 167 * HOUR)
    # Sixty hours with a tenth of a movement each: six are still expected.
    assert window(MONDAY, quiet).end in (MONDAY + 107 * HOUR, MONDAY + 108 * HOUR)
    assert window(MONDAY, [0.0] * 168) == Window(MONDAY, MONDAY + DAY)
    assert window(MONDAY, None) == Window(MONDAY, MONDAY + 6 * DAY)


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(InvalidPolicyError, match="32 bytes"):
        moment(b"short", "MK-RS-01", WHOLE)
