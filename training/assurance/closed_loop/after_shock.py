"""How long until a shock is noticed, and until the office is as good as before."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.spec import Floats, Integers
from training.assurance.closed_loop.journal import RISKS
from training.assurance.closed_loop.loop import YEAR_DAYS
from training.assurance.closed_loop.years import (
    LEAST_CASES,
    MONTH_DAYS,
    calibration_errors,
)
from training.labels import Flags
from training.shares import Z_95, wilson
from training.watching.find_alarm import AlarmSettings, find_alarms

#: Days before the shock that say what was usual.
_BEFORE_DAYS = 180

#: Recall is back within this share of what it was, the calibration error within so much of it.
_RECALL_WITHIN, _CALIBRATION_WITHIN = 0.1, 0.2

#: Recall has left where even the upper end of its 99.9 % interval lies below what was usual:
#: a hundred windows of thirty days are looked at.
_SURE = 3.290527

#: What leaves later than this after the shock, leaves for another reason.
_LEAVES_WITHIN_DAYS = 120

#: So many finds, found as promised, the level of what is promised leans on.
_LEVEL_PRIOR = 5.0

#: The calibration error is looked at so often.
_CALIBRATION_STEP_DAYS = 3


@dataclass(frozen=True)
class AfterShock:
    """What a shock did to an arm.

    Attributes:
        name: Of the shock; `day` of the period on which it began.
        alarm_after_days: By risk: days until the first alarm; None if none was raised.
        false_alarms: By risk: alarms in the year before the shock.
        recall_before: Of the half year before it.
        worst_recall: The lowest of thirty days after it.
        recall_back_after_days: Days until recall of the last thirty days was back for thirty days
            on end; 0 if it never left; None if it did not come back.
        calibration_before: Mean calibration error of the heads in the half year before.
        calibration_back_after_days: The same of the calibration error.
    """

    name: str
    day: int
    alarm_after_days: dict[str, int | None]
    false_alarms: dict[str, int]
    recall_before: float
    worst_recall: float
    recall_back_after_days: int | None
    calibration_before: float
    calibration_back_after_days: int | None


def after_shock(rows: pd.DataFrame, name: str, day: int, *, settings: AlarmSettings) -> AfterShock:
    """What happened after a shock.

    Args:
        rows: A `years.frame` that has at least sixty days after it.
        name: The shock's.
        day: On which it began.
        settings: How sure an alarm must be.
    """
    raised = {risk: _alarms(rows, risk, settings) for risk in RISKS}
    cases, reached = _trailing_cases(rows)
    first = max(0, day - _BEFORE_DAYS)
    before = rows[(rows["day"] >= first) & (rows["day"] < day)]
    recall_before = _share_reached(before)
    recall, upper = _recall(cases[day:], reached[day:], z=Z_95)
    _, surely_below = _recall(cases[day:], reached[day:], z=_SURE)
    calibration = _trailing_calibration(rows, since=first)
    calibration_before = _mean(calibration[first:day])
    allowed = _CALIBRATION_WITHIN + (0.0 if np.isnan(calibration_before) else calibration_before)
    return AfterShock(
        name=name,
        day=day,
        alarm_after_days={
            risk: next((at - day for at in days if at >= day), None)
            for risk, days in raised.items()
        },
        false_alarms={
            risk: sum(day - YEAR_DAYS <= at < day for at in days) for risk, days in raised.items()
        },
        recall_before=recall_before,
        worst_recall=float(np.nanmin(recall[MONTH_DAYS:], initial=math.inf)),
        # Thirty days with few cases may fall short of what is usual, and be as good.
        recall_back_after_days=_back(
            left=surely_below < recall_before,
            well=(recall >= (1 - _RECALL_WITHIN) * recall_before) | (upper >= recall_before),
        ),
        calibration_before=calibration_before,
        calibration_back_after_days=_back(
            left=calibration[day:] > allowed, well=~(calibration[day:] > allowed)
        ),
    )


def _alarms(rows: pd.DataFrame, risk: str, settings: AlarmSettings) -> list[int]:
    """Days on which observed finds had left what was expected, of all that was inspected."""
    of = rows[(rows["known"] >= 0) & rows[f"probability_{risk}"].notna()]
    if of.empty:
        return []
    days, known = (of[name].to_numpy(dtype=np.int64) for name in ("day", "known"))
    found = (of[f"found_{risk}"].to_numpy() == 1).astype(np.int64)
    said = of[f"probability_{risk}"].to_numpy(dtype=np.float64)
    expected = said * _level(said, found, days, known)
    return find_alarms(days, expected, found, known=known, settings=settings)


def _level(said: Floats, found: Integers, days: Integers, known: Integers) -> Floats:
    """Finds by what probabilities had promised (n,), in outcomes known a month before and earlier.

    What is inspected is what the heads overrate, and heads change every month: without this level
    every alarm would tell of the heads and none of the world.
    """
    level = np.ones(len(said))
    for month in np.unique(days // MONTH_DAYS).tolist():
        begin = month * MONTH_DAYS
        before = (known < begin - MONTH_DAYS) & (known >= begin - MONTH_DAYS - _BEFORE_DAYS)
        level[days // MONTH_DAYS == month] = (found[before].sum() + _LEVEL_PRIOR) / (
            said[before].sum() + _LEVEL_PRIOR
        )
    return level


def _trailing_cases(rows: pd.DataFrame) -> tuple[Integers, Integers]:
    """Cases, and those reached, in the thirty days that end with each day (days,)."""
    day, own = rows["day"].to_numpy(), rows["own"].to_numpy(dtype=bool)
    cases, reached = (np.zeros(int(day.max()) + 1, dtype=np.int64) for _ in range(2))
    for risk in RISKS:
        carried = rows[f"carries_{risk}"].to_numpy(dtype=bool)
        cases += np.bincount(day[carried], minlength=len(cases))
        reached += np.bincount(day[carried & own], minlength=len(cases))
    return _trailing(cases), _trailing(reached)


def _trailing(daily: Integers) -> Integers:
    """Sums (days,) of the thirty days that end with each day."""
    until = np.cumsum(daily)
    before = np.concatenate([np.zeros(MONTH_DAYS, dtype=np.int64), until])[: len(until)]
    return np.asarray(until - before, dtype=np.int64)


def _recall(cases: Integers, reached: Integers, *, z: float) -> tuple[Floats, Floats]:
    """Recall (days,) and the upper end of its interval; NaN where there were too few cases."""
    told = [
        wilson(float(r), int(c), z=z) if c >= LEAST_CASES else None
        for c, r in zip(cases.tolist(), reached.tolist(), strict=True)
    ]
    value = np.array([of.value if of else math.nan for of in told])
    return value, np.array([of.high if of else math.nan for of in told])


def _share_reached(rows: pd.DataFrame) -> float:
    carried = [rows[f"carries_{risk}"].to_numpy(dtype=bool) for risk in RISKS]
    own = rows["own"].to_numpy(dtype=bool)
    cases = sum(int(of.sum()) for of in carried)
    return sum(int((of & own).sum()) for of in carried) / cases if cases else math.nan


def _trailing_calibration(rows: pd.DataFrame, *, since: int) -> Floats:
    """Mean calibration error of the heads in the thirty days that end with each day (days,)."""
    day = rows["day"].to_numpy()
    found = np.full(int(day.max()) + 1, math.nan)
    for last in range(max(since, MONTH_DAYS - 1), len(found), _CALIBRATION_STEP_DAYS):
        begin, end = np.searchsorted(day, [last - MONTH_DAYS + 1, last + 1])
        errors = calibration_errors(rows.iloc[begin:end])
        found[last : last + _CALIBRATION_STEP_DAYS] = _mean(np.array(list(errors.values())))
    return found


def _mean(values: Floats) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if len(known) else math.nan


def _back(*, left: Flags, well: Flags) -> int | None:
    """The first day from which all is well for thirty days, once it had left; 0 if it never left."""
    gone = np.flatnonzero(left[:_LEAVES_WITHIN_DAYS])
    if not len(gone):
        return 0
    for start in range(int(gone[0]) + 1, len(well) - MONTH_DAYS + 1):
        if well[start : start + MONTH_DAYS].all():
            return start
    return None
