"""When do finds leave what was expected of them? A sequential test with controlled false alarms.

Of the movements inspected on day d let e be what was expected of those whose outcomes are known, and
o how many of them were hits. While all is well, the mean of o lies between e / (1 + tolerance) and
e * (1 + tolerance); let m be the end of that band which a change leaves behind. For every day s on
which finds may have changed to r times m, r < 1 below the band and r > 1 above it,

    product over days d >= s of  r^o * exp((1 - r) * m)

is at most 1 in expectation for as long as they have not, whatever the mean does within the band:
it is Poisson's likelihood ratio, and of a single case 1 - p + p * r <= exp((r - 1) * p). Their sum over
s, mixed over r, is the Shiryaev-Roberts statistic (Roberts, Technometrics 1966) as an e-detector
(Shin, Ramdas and Rinaldo, New England Journal of Statistics in Data Science 2023). Each day adds one
change point worth 1, so its mean after T days is at most T, and it comes to A within T days with
probability at most T / A (Doob), or in the mean not before A days. A is two years divided by the
false alarms that are borne in them.

An outcome enters on the day it becomes known, with its own expectation, and counts for the day of
its movement. So late outcomes delay an alarm, and never look like a fall.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np

from features.spec import Floats, Integers
from training.errors import TrainingError

TWO_YEARS = 730

Direction = Literal["fall", "rise"]

#: Ratios to the end of the band, r above, mixed with equal weights.
FALLS = (0.15, 0.3, 0.5, 0.7)
RISES = (1.4, 2.0, 3.0)


@dataclass(frozen=True)
class AlarmSettings:
    """How sure an alarm must be.

    Attributes:
        false_alarms_in_two_years: How many there may be in the mean.
        tolerance: A ratio of finds to expected between 1 / (1 + tolerance) and 1 + tolerance is as
            expected.
        window_days: How long ago a change may have begun, so that small differences of years
            do not add up.
    """

    false_alarms_in_two_years: float = 1.0
    tolerance: float = 0.15
    window_days: int = 180

    @property
    def threshold(self) -> float:
        """What the evidence must reach."""
        return TWO_YEARS / self.false_alarms_in_two_years


@dataclass(frozen=True)
class Evidence:
    """What was known on an evening.

    Attributes:
        day: Which one.
        expected: Expected finds among outcomes known by then, of movements since the last alarm.
        observed: Finds among them.
        fall: Evidence that there are fewer than expected; its share of the threshold is what
            counts, and `rise` adds to it.
        rise: Evidence that there are more.
        alarm: Which of the two is told, if their sum reached the threshold.
    """

    day: int
    expected: float
    observed: int
    fall: float
    rise: float
    alarm: Direction | None


def find_alarm(
    days: Integers,
    expected: Floats,
    observed: Integers,
    *,
    known: Integers | None = None,
    settings: AlarmSettings = AlarmSettings(),
) -> int | None:
    """The first day on which an alarm is raised, or None; arguments as of `evidence_by_day`."""
    evidence = evidence_by_day(days, expected, observed, known=known, settings=settings)
    return next((evening.day for evening in evidence if evening.alarm), None)


def find_alarms(
    days: Integers,
    expected: Floats,
    observed: Integers,
    *,
    known: Integers | None = None,
    settings: AlarmSettings = AlarmSettings(),
) -> list[int]:
    """Every day on which one is raised; after each the count begins anew with the next day."""
    evidence = evidence_by_day(days, expected, observed, known=known, settings=settings)
    return [evening.day for evening in evidence if evening.alarm]


def evidence_by_day(
    days: Integers,
    expected: Floats,
    observed: Integers,
    *,
    known: Integers | None = None,
    settings: AlarmSettings = AlarmSettings(),
    until: int | None = None,
) -> Iterator[Evidence]:
    """What was known on each evening from the first day of a movement on.

    Args:
        days: The day of each inspected movement with an outcome, or of a group of them (n,).
        expected: The probability that it is a hit, or the sum of the group's (n,).
        observed: Whether it is one, 0 or 1, or how many of the group are (n,).
        known: The day on which the outcome became known (n,), not before the movement's; None
            where that is the same day.
        settings: How sure an alarm must be.
        until: The last evening; None for the last day named.

    Raises:
        TrainingError: when the arrays differ in length, an expectation is no probability or sum of
            some, or an outcome was known before the movement.
    """
    known = days if known is None else known
    _check(days, expected, observed, known)
    if not len(days):
        return
    first = int(days.min())
    last = int(known.max()) if until is None else until
    order = np.argsort(known, kind="stable")
    place, found, said = days[order] - first, observed[order], expected[order]
    arrived = np.searchsorted(known[order], np.arange(first, last + 1), side="right")
    finds = np.zeros(int(days.max()) - first + 1)
    means = np.zeros_like(finds)
    begun, before = 0, 0
    for day, until_row in zip(range(first, last + 1), arrived.tolist(), strict=True):
        np.add.at(finds, place[before:until_row], found[before:until_row])
        np.add.at(means, place[before:until_row], said[before:until_row])
        before = until_row
        today = min(day - first + 1, len(finds))
        since = max(begun, day - first + 1 - settings.window_days)
        fall = _evidence(
            finds[since:today], means[since:today], FALLS, 1 / (1 + settings.tolerance)
        )
        rise = _evidence(finds[since:today], means[since:today], RISES, 1 + settings.tolerance)
        told: Direction | None = None
        if fall + rise >= settings.threshold:
            told = "fall" if fall >= rise else "rise"
        yield Evidence(
            day, float(means[begun:].sum()), round(float(finds[begun:].sum())), fall, rise, told
        )
        if told:
            begun = day - first + 1


def _evidence(finds: Floats, means: Floats, ratios: tuple[float, ...], edge: float) -> float:
    """One side's evidence over days (d,), half the weight of both sides together."""
    if not len(finds):
        return 0.0
    r = np.array(ratios)[:, np.newaxis]
    steps = np.log(r) * finds - (r - 1) * edge * means
    since_each = steps[:, ::-1].cumsum(axis=1)
    # Beyond e^600 more evidence says nothing more, and would overflow.
    return 0.5 * float(np.exp(np.minimum(since_each, 600.0)).sum()) / len(ratios)


def _check(days: Integers, expected: Floats, observed: Integers, known: Integers) -> None:
    if not len(days) == len(expected) == len(observed) == len(known):
        raise TrainingError("Days, expected and observed finds, and days known differ in length.")
    if not (np.isfinite(expected).all() and (expected >= 0).all()):
        raise TrainingError("What is expected of an inspection is a probability; one is negative.")
    if (known < days).any():
        raise TrainingError("An outcome is known before its movement; check the dates.")
