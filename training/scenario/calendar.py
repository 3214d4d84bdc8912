"""How busy a day and an hour are: season, weekday, feasts and night."""

from __future__ import annotations

from datetime import UTC, date, datetime, time

import numpy as np

from training.scenario.streams import Flags, Integers

#: Lorries Monday to Sunday: Sunday-Tuesday towards the EU, Thursday-Friday back.
_LORRY_WEEK = (1.15, 1.15, 0.95, 1.1, 1.1, 0.6, 0.95)
_CAR_WEEK = (0.9, 0.85, 0.85, 0.95, 1.2, 1.2, 1.05)
_TRADE_WEEK = (1.2, 1.2, 1.15, 1.15, 1.15, 0.65, 0.5)

#: Shares of passages by hour of the day outside the night (05-21) and within it (22-04).
_DAY_HOURS = np.arange(5, 22)
_NIGHT_HOURS = np.array([22, 23, 0, 1, 2, 3, 4])


def epoch_seconds(day: date) -> int:
    """Midnight UTC of that day, in seconds since 1970."""
    return int(datetime.combine(day, time(), tzinfo=UTC).timestamp())


def car_volume(day: date) -> float:
    """Cars against an average day: twice in July and August, 1.6 at the turn of the year."""
    season = 1.0
    if day.month in (7, 8):
        season = 2.0
    elif (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 8):
        season = 1.6
    elif (day.month == 5 and day.day <= 10) or _near_easter(day):
        season = 1.3
    return season * _CAR_WEEK[day.weekday()]


def lorry_volume(day: date) -> float:
    """Lorries against an average day: flat, but 40 % fewer in late December."""
    quiet = (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 6)
    return (0.6 if quiet else 1.0) * _LORRY_WEEK[day.weekday()]


def trade_volume(day: date) -> float:
    """Declarations against an average day: working days, and quiet with the lorries."""
    return _TRADE_WEEK[day.weekday()] * lorry_volume(day) / _LORRY_WEEK[day.weekday()]


def seconds_of_day(rng: np.random.Generator, at_night: Flags) -> Integers:
    """Seconds after midnight (n,): at night where told, otherwise in the day, busiest midday."""
    n = len(at_night)
    shape = 1.0 + 1.2 * np.exp(-(((_DAY_HOURS - 13) / 5.0) ** 2))
    by_day = rng.choice(_DAY_HOURS, n, p=shape / shape.sum())
    by_night = rng.choice(_NIGHT_HOURS, n)
    return (np.where(at_night, by_night, by_day) * 3600 + rng.integers(0, 3600, n)).astype(np.int64)


def is_night(seconds: Integers) -> Flags:
    """Whether these moments (seconds since 1970) fall between 22 and 05 UTC."""
    hour = seconds // 3600 % 24
    return np.asarray((hour >= 22) | (hour < 5))


def _near_easter(day: date) -> bool:
    return abs((day - _orthodox_easter(day.year)).days) <= 4


def _orthodox_easter(year: int) -> date:
    """Orthodox Easter in the Gregorian calendar, 1900-2099 (Meeus' Julian algorithm plus 13 days)."""
    d = (19 * (year % 19) + 15) % 30
    e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7
    julian_month, julian_day = divmod(d + e + 114, 31)
    return date.fromordinal(date(year, julian_month, julian_day + 1).toordinal() + 13)
