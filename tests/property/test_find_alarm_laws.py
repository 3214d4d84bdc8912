"""False alarms are as rare as asked for, falls are seen, and late outcomes look like nothing."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.spec import Floats, Integers
from training.errors import TrainingError
from training.watching.find_alarm import (
    AlarmSettings,
    evidence_by_day,
    find_alarm,
    find_alarms,
)

#: Two years are 730 days, so that evidence of 100 raises an alarm.
A_HUNDRED = 7.3


def a_history(
    ratio: Floats, rng: np.random.Generator, *, finds_a_day: float = 4.0, parts: int = 10
) -> tuple[Integers, Floats, Integers]:
    """Days, expectations and finds; of what is expected on each day this ratio (d,) is found."""
    days = np.repeat(np.arange(len(ratio)), parts)
    expected = np.full(len(days), finds_a_day / parts)
    return days, expected, rng.poisson(expected * ratio[days])


def late(days: Integers, rng: np.random.Generator) -> Integers:
    """When outcomes became known: half within two days, a twentieth after 45 or more."""
    delay = np.ceil(2 * np.exp(1.89 * rng.normal(size=len(days))))
    return np.asarray(days + delay.astype(np.int64), dtype=np.int64)


def share_with_an_alarm(ratio: Floats, settings: AlarmSettings, *, histories: int) -> float:
    rng = np.random.default_rng(5)
    cried = 0
    for _ in range(histories):
        days, expected, observed = a_history(ratio, rng)
        cried += find_alarm(days, expected, observed, settings=settings) is not None
    return cried / histories


def most_by_chance(bound: float, histories: int) -> float:
    """What a share below the bound stays under but once in a thousand times."""
    return bound + 3.1 * float(np.sqrt(bound * (1 - bound) / histories))


def test_false_alarms_within_some_days_are_no_more_than_the_days_by_the_threshold() -> None:
    settings = AlarmSettings(false_alarms_in_two_years=A_HUNDRED, tolerance=0.0)

    share = share_with_an_alarm(np.ones(20), settings, histories=400)

    assert 0 < share <= most_by_chance(20 / 100, 400)


@pytest.mark.parametrize(
    "ratio",
    [
        pytest.param(np.full(20, 1 / 1.5), id="at the lower end of the tolerance"),
        pytest.param(np.full(20, 1.5), id="at the upper end"),
        pytest.param(np.where(np.arange(20) % 10 < 5, 1 / 1.5, 1.5), id="wandering between"),
    ],
)
def test_whatever_the_ratio_does_within_the_tolerance_alarms_are_as_rare(ratio: Floats) -> None:
    settings = AlarmSettings(false_alarms_in_two_years=A_HUNDRED, tolerance=0.5)

    assert share_with_an_alarm(ratio, settings, histories=100) <= most_by_chance(20 / 100, 100)


def test_a_fall_to_22_percent_is_seen_within_30_days_where_four_finds_are_expected_a_day() -> None:
    rng = np.random.default_rng(3)
    delays = []
    for _ in range(60):
        days, expected, observed = a_history(np.where(np.arange(130) < 90, 1.0, 0.22), rng)
        known = late(days, rng)
        told = known < 130
        alarms = find_alarms(
            days[told], expected[told], observed[told], known=known[told], settings=AlarmSettings()
        )
        delays.append(next((day - 90 for day in alarms if day >= 90), 999))

    assert np.quantile(delays, 0.95) <= 30
    assert np.median(delays) <= 14


def test_a_rise_is_told_from_a_fall() -> None:
    rng = np.random.default_rng(4)
    days, expected, observed = a_history(np.full(40, 3.0), rng)

    told = [evening.alarm for evening in evidence_by_day(days, expected, observed)]

    assert "rise" in told
    assert "fall" not in told


def test_outcomes_still_out_do_not_look_like_a_fall() -> None:
    rng = np.random.default_rng(6)
    days, expected, observed = a_history(np.ones(60), rng)
    known = late(days, rng)
    # An office that for ten days hears of nothing, and then of everything.
    known = np.where((known >= 30) & (known < 40), 40, known)

    evidence = list(evidence_by_day(days, expected, observed, known=known, until=59))

    assert max(evening.fall for evening in evidence) < 20
    silent = evidence[30:40]
    assert {(evening.expected, evening.observed) for evening in silent} == {
        (silent[0].expected, silent[0].observed)
    }


def test_an_outcome_counts_for_the_day_of_its_movement() -> None:
    """A change is dated by movements: what was still found in good days is no sign of it."""
    days = np.array([0, 10, 10, 10])
    expected = np.array([30.0, 5.0, 5.0, 5.0])
    observed = np.array([30, 0, 0, 0])
    known = np.array([12, 12, 12, 12])

    of_movements = list(evidence_by_day(days, expected, observed, known=known))[-1]
    of_knowing = list(evidence_by_day(known, expected, observed))[-1]

    assert of_movements.fall > 100 * of_knowing.fall


def test_after_an_alarm_the_count_begins_anew() -> None:
    days = np.arange(100)
    expected, observed = np.full(100, 4.0), np.where(days < 50, 0, 4)

    evidence = list(evidence_by_day(days, expected, observed))
    alarms = [evening.day for evening in evidence if evening.alarm]

    assert len(alarms) > 1
    assert alarms[-1] <= 52
    after = evidence[alarms[0] + 1]
    assert after.expected == pytest.approx(4.0)


@given(
    st.lists(
        st.tuples(st.integers(0, 6), st.floats(0.01, 3), st.integers(0, 4), st.integers(0, 4)),
        min_size=1,
        max_size=12,
    )
)
def test_movements_of_a_day_may_be_told_one_by_one_or_together(
    rows: list[tuple[int, float, int, int]],
) -> None:
    days, expected, observed, delay = (np.array(column) for column in zip(*rows, strict=True))
    known = days + delay
    sums: dict[tuple[int, int], tuple[float, int]] = {}
    for day, when, mean, found in zip(days, known, expected, observed, strict=True):
        before = sums.get((int(day), int(when)), (0.0, 0))
        sums[int(day), int(when)] = (before[0] + float(mean), before[1] + int(found))

    alone = list(evidence_by_day(days, expected, observed, known=known))
    together = list(
        evidence_by_day(
            np.array([day for day, _ in sums]),
            np.array([mean for mean, _ in sums.values()]),
            np.array([found for _, found in sums.values()]),
            known=np.array([when for _, when in sums]),
        )
    )

    assert [evening.fall for evening in together] == pytest.approx([e.fall for e in alone])
    assert [evening.rise for evening in together] == pytest.approx([e.rise for e in alone])
    assert [evening.observed for evening in together] == [e.observed for e in alone]


@pytest.mark.parametrize(
    ("days", "expected", "observed", "known"),
    [
        pytest.param([0, 1], [1.0], [0, 0], [0, 1], id="of different lengths"),
        pytest.param([0], [-0.1], [0], [0], id="a negative expectation"),
        pytest.param([0], [np.nan], [0], [0], id="an expectation that is not known"),
        pytest.param([3], [0.1], [0], [2], id="known before the movement"),
    ],
)
def test_what_cannot_be_is_refused(
    days: list[int], expected: list[float], observed: list[int], known: list[int]
) -> None:
    with pytest.raises(TrainingError):
        find_alarm(np.array(days), np.array(expected), np.array(observed), known=np.array(known))


def test_where_nothing_was_inspected_there_is_no_alarm() -> None:
    none = np.empty(0, dtype=np.int64)

    assert find_alarm(none, np.empty(0), none) is None
