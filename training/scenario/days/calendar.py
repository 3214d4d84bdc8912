"""How busy a day and an hour are: season, weekday, feasts and night, by class and by use."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time

import numpy as np

from training.scenario.streams import Flags, Floats, Integers

#: Lorries Monday to Sunday: Sunday-Tuesday towards the EU, Thursday-Friday back.
_LORRY_WEEK = (1.15, 1.15, 0.95, 1.1, 1.1, 0.6, 0.95)
_CAR_WEEK = (0.9, 0.85, 0.85, 0.95, 1.2, 1.2, 1.05)
#: Declarations January to December: slow after the turn of the year and in August, busy before
#: Christmas; assumed.
_TRADE_MONTHS = (0.86, 0.95, 1.04, 1.0, 1.02, 1.02, 0.99, 0.9, 1.04, 1.08, 1.1, 1.0)
_TRADE_WEEK = (1.2, 1.2, 1.15, 1.15, 1.15, 0.65, 0.5)

#: Hours outside the night (05-21 UTC) and within it (22-04).
_DAY_HOURS = np.arange(5, 22)
_NIGHT_HOURS = np.array([22, 23, 0, 1, 2, 3, 4])

#: When each class (car, van, lorry, bus, train) passes by day: a base, then peaks as hour, height
#: and width; assumed, after the hourly counts that crossing points publish.
_PEAKS = (
    (1.0, ((10, 0.8, 3.0), (17, 1.2, 2.5))),
    (1.0, ((8, 1.4, 2.5), (15, 0.7, 3.0))),
    (1.0, ((11, 0.8, 5.0),)),
    (1.0, ((6, 1.2, 2.0), (19, 1.3, 2.5))),
    (1.0, ()),
)

#: Each use of a vehicle, Monday to Sunday, where it differs from the others of its class.
_USE_WEEK = {
    "shift_worker": (1.3, 1.3, 1.3, 1.3, 1.2, 0.4, 0.3),
    "shopper": (0.6, 0.6, 0.7, 0.8, 1.1, 1.9, 1.2),
    "visitor": (0.8, 0.7, 0.7, 0.9, 1.3, 1.4, 1.3),
    "small_trader": (1.1, 1.1, 1.2, 1.1, 1.0, 0.9, 0.5),
    "courier": (1.2, 1.2, 1.2, 1.2, 1.1, 0.6, 0.3),
    "craftsman": (1.4, 1.2, 1.1, 1.1, 1.1, 0.5, 0.4),
}

#: Whoever works abroad comes home for the summer and the feasts.
_DIASPORA_SUMMER, _DIASPORA_FEASTS, _DIASPORA_ELSE = 3.0, 2.0, 0.4


def epoch_seconds(day: date) -> int:
    """Midnight UTC of that day, in seconds since 1970."""
    return int(datetime.combine(day, time(), tzinfo=UTC).timestamp())


def car_volume(day: date) -> float:
    """Cars against an average day: twice in July and August, 1.6 at the turn of the year."""
    season = 1.0
    if is_summer(day):
        season = 2.0
    elif _is_turn_of_year(day):
        season = 1.6
    elif (day.month == 5 and day.day <= 10) or _near_easter(day):
        season = 1.3
    return season * _CAR_WEEK[day.weekday()]


def lorry_volume(day: date) -> float:
    """Lorries against an average day: flat, but 40 % fewer in late December."""
    quiet = (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 6)
    return (0.6 if quiet else 1.0) * _LORRY_WEEK[day.weekday()]


def trade_volume(day: date) -> float:
    """Declarations against an average day: working days, months, and quiet with the lorries."""
    holidays = lorry_volume(day) / _LORRY_WEEK[day.weekday()]
    return _TRADE_WEEK[day.weekday()] * _TRADE_MONTHS[day.month - 1] * holidays


def use_volume(uses: Sequence[str], day: date) -> Floats:
    """Each of these uses of vehicles (uses,) on that day, against the others of its class."""
    factors = []
    for use in uses:
        if use == "diaspora":
            feast = _is_turn_of_year(day) or _near_easter(day)
            usual = _DIASPORA_FEASTS if feast else _DIASPORA_ELSE
            factors.append(_DIASPORA_SUMMER if is_summer(day) else usual)
        else:
            factors.append(_USE_WEEK.get(use, (1.0,) * 7)[day.weekday()])
    return np.array(factors)


def towards_eu(day: date) -> float:
    """Odds of lorries towards the EU on that weekday: they go early in the week and return late."""
    return (1.35, 1.35, 1.0, 0.75, 0.75, 1.0, 1.35)[day.weekday()]


def is_summer(day: date) -> bool:
    """The holiday months."""
    return day.month in (7, 8)


def seconds_of_day(
    rng: np.random.Generator, at_night: Flags, kind: Integers | None = None
) -> Integers:
    """Seconds after midnight (n,): at night where told, otherwise in the day.

    By day the hours follow the class of vehicle (n,), or, where none is given, midday.
    """
    n = len(at_night)
    by_night = _NIGHT_HOURS[rng.integers(0, len(_NIGHT_HOURS), n)]
    shapes = _MIDDAY[None, :] if kind is None else _BY_CLASS
    row = np.zeros(n, dtype=np.int64) if kind is None else kind
    by_day = _DAY_HOURS[(shapes[row] <= rng.random(n)[:, None]).sum(axis=1)]
    hour = np.where(at_night, by_night, by_day)
    return (hour * 3600 + rng.integers(0, 3600, n)).astype(np.int64)


def is_night(seconds: Integers) -> Flags:
    """Whether these moments (seconds since 1970) fall between 22 and 05 UTC."""
    hour = seconds // 3600 % 24
    return np.asarray((hour >= 22) | (hour < 5))


def _cumulative(shape: Floats) -> Floats:
    shares = np.cumsum(shape / shape.sum())
    shares[-1] = 1.0  # rounding must not leave a gap above the last hour
    return np.asarray(shares)


def _with_peaks(base: float, peaks: Sequence[tuple[float, float, float]]) -> Floats:
    shape = np.full(len(_DAY_HOURS), base)
    for hour, height, width in peaks:
        shape += height * np.exp(-(((_DAY_HOURS - hour) / width) ** 2))
    return _cumulative(shape)


_MIDDAY = _with_peaks(1.0, ((13, 1.2, 5.0),))
_BY_CLASS = np.array([_with_peaks(base, peaks) for base, peaks in _PEAKS])


def _is_turn_of_year(day: date) -> bool:
    return (day.month, day.day) >= (12, 20) or (day.month, day.day) <= (1, 8)


def _near_easter(day: date) -> bool:
    return abs((day - _orthodox_easter(day.year)).days) <= 4


def _orthodox_easter(year: int) -> date:
    """Orthodox Easter in the Gregorian calendar, 1900-2099 (Meeus' Julian algorithm plus 13 days)."""
    d = (19 * (year % 19) + 15) % 30
    e = (2 * (year % 4) + 4 * (year % 7) - d + 34) % 7
    julian_month, julian_day = divmod(d + e + 114, 31)
    return date.fromordinal(date(year, julian_month, julian_day + 1).toordinal() + 13)
