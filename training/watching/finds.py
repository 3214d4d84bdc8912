"""Do finds of a risk fall away, or rise, on everything inspected, whatever head speaks of it?"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from features.spec import Floats, Integers
from training.params import WatchParams
from training.watching.alarm_states import Acknowledgement, State, state_of
from training.watching.expected import Expectation, learnt, levelled
from training.watching.find_alarm import AlarmSettings, Direction, Evidence, evidence_by_day
from training.watching.scored import DAY, Scored, Span

_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, eq=False)
class Inspected:
    """What a head's n inspected movements with an outcome were expected to be, and were.

    Attributes:
        days: Day of each (n,), since 1970.
        known: Day on which its outcome was complete (n,).
        expected: Finds expected of it (n,).
        hit: Whether it is one, 0 or 1 (n,).
        expectation: What that follows from, beside the head's probability.
    """

    days: Integers
    known: Integers
    expected: Floats
    hit: Integers
    expectation: Expectation


@dataclass(frozen=True)
class Raised:
    """An alarm: the evening it was raised on, and whether finds were fewer or more than expected."""

    day: date
    direction: Direction


@dataclass(frozen=True)
class FindWatch:
    """Finds of a risk against what was expected.

    Attributes:
        risk: Which one.
        heads: Names and versions of the heads whose inspected movements are counted.
        evidence: What was known on each evening.
        alarms: Raised by it.
        state: Whether anybody has seen to them.
    """

    risk: str
    heads: tuple[str, ...]
    evidence: tuple[Evidence, ...]
    alarms: tuple[Raised, ...]
    state: State


def inspected(made: Scored, span: Span) -> Inspected:
    """The inspected movements of the time that is watched, with what the reference lets expect."""
    days = made.event_at // DAY
    known = np.maximum(made.labels.known_at // DAY, days)
    told = made.labels.searched & ~made.abstained
    before = told & ~made.watched & (made.labels.known_at < span.since)
    expectation = learnt(
        made.probability[before], made.labels.hit[before], made.labels.reason[before], days[before]
    )
    now = told & made.watched
    hit = made.labels.hit[now].astype(np.int64)
    expected = expectation.of(made.probability[now], made.labels.reason[now], days[now])
    return Inspected(
        days=days[now],
        known=known[now],
        expected=levelled(days[now], expected, hit, known[now]),
        hit=hit,
        expectation=expectation,
    )


def watch_finds(
    risk: str,
    parts: Sequence[tuple[str, Inspected]],
    *,
    until: int,
    settings: AlarmSettings,
    acknowledgements: Iterable[Acknowledgement] = (),
) -> FindWatch:
    """All heads of a risk together: a fall shows sooner in the sum of their finds.

    Args:
        risk: Which one.
        parts: Name and version of each head, and its inspected movements.
        until: Moment after everything that is looked at, microseconds.
        settings: How sure an alarm must be.
        acknowledgements: What was said of earlier alarms.
    """
    heads = tuple(name for name, _ in parts)
    evidence = tuple(
        evidence_by_day(
            np.concatenate([of.days for _, of in parts]),
            np.concatenate([of.expected for _, of in parts]),
            np.concatenate([of.hit for _, of in parts]),
            known=np.concatenate([of.known for _, of in parts]),
            settings=settings,
            until=(until - 1) // DAY,
        )
    )
    alarms = tuple(Raised(day_of(each.day), each.alarm) for each in evidence if each.alarm)
    # Alarms of other heads than these are another matter: new heads begin without one.
    seen_to = next((a for a in acknowledgements if (a.risk, a.heads) == (risk, heads)), None)
    state = state_of((alarm.day for alarm in alarms), seen_to)
    return FindWatch(risk, heads, evidence, alarms, state)


def alarm_settings(params: WatchParams, *, risks: int) -> AlarmSettings:
    """How sure an alarm must be: risks share the false alarms that are borne."""
    return AlarmSettings(
        false_alarms_in_two_years=params.false_alarms_in_two_years / max(1, risks),
        tolerance=params.tolerance,
        window_days=params.window_days,
    )


def day_of(number: int) -> date:
    """The day so many days after 1 January 1970."""
    return _EPOCH + timedelta(days=number)
