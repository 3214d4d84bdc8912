"""How many movements a post is to expect, learnt by hour of the week from those it saw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from models.random_moments import DAY, HOUR

_WEEK_HOURS = 168
#: An hour of the week is a mean over about so many weeks.
_WEEKS = 6.0
#: The level, the season's, is that of about so many hours. A shift's traffic at the offices of a
#: made-up year was then missed by 1.5 times Poisson's variance; without a level by 1.9 times.
_LEVEL_HOURS = 96.0
#: So many movements must come before they say half of what there is to know about the level: days
#: of one post differ by a fifth beyond Poisson's chance, a gamma prior of shape 25.
LEVEL_PRIOR = 25.0


class Traffic:
    """Movements an hour at one post.

    Args:
        usual: Movements an hour to expect before any was seen.
    """

    def __init__(self, usual: float) -> None:
        self._usual = usual
        self._hour: int | None = None
        self._count = 0
        self._learnt = 0
        self._means = [0.0] * _WEEK_HOURS
        self._weeks = [0.0] * _WEEK_HOURS
        # Of the seven hours of the week that are one hour of the day: their sums and weeks.
        self._day_sums = [0.0] * 24
        self._day_weeks = [0.0] * 24
        self._seen = 0.0
        self._expected = 0.0

    @property
    def is_known(self) -> bool:
        """Whether a whole day was seen."""
        return self._learnt >= 24

    def reach(self, at: int) -> None:
        """Learn from the hours that ended before this moment, those without a movement too."""
        hour = at // HOUR
        if self._hour is None:
            self._hour = hour
        # After half a year without a movement nothing is left of what was learnt before.
        for ended in range(max(self._hour, hour - 26 * _WEEK_HOURS), hour):
            self._learn(ended, self._count)
            self._count = 0
        self._hour = hour

    def count(self) -> None:
        """One more movement in the hour reached."""
        self._count += 1

    def hourly(self, begin: int, hours: int) -> list[float]:
        """Movements to expect in each of the hours from a moment on, at the present level."""
        level = (self._seen + LEVEL_PRIOR) / (self._expected + LEVEL_PRIOR)
        any_hour = self._any_hour()
        first = begin // HOUR
        return [level * self._usually(hour, any_hour) for hour in range(first, first + hours)]

    def to_json(self) -> dict[str, Any]:
        """The state, for JSON."""
        return {name: getattr(self, f"_{name}") for name in _STATE} | {
            name: list(getattr(self, f"_{name}")) for name in _LISTS
        }

    @classmethod
    def from_json(cls, state: Mapping[str, Any], usual: float) -> Traffic:
        """What `to_json` told."""
        made = cls(usual)
        for name in _STATE:
            setattr(made, f"_{name}", state[name])
        for name in _LISTS:
            setattr(made, f"_{name}", list(state[name]))
        return made

    def _learn(self, hour: int, count: int) -> None:
        place, hour_of_day = _place(hour), hour % 24
        # On the first day there is no forecast worth comparing with: the level is 1.
        usually = self._usually(hour, self._any_hour()) if self.is_known else count
        kept = 1 - 1 / _LEVEL_HOURS
        self._seen = kept * self._seen + count
        self._expected = kept * self._expected + usually
        self._learnt += 1
        weeks, mean = self._weeks[place], self._means[place]
        self._weeks[place] = min(weeks + 1, _WEEKS)
        self._means[place] += (count - mean) / self._weeks[place]
        self._day_sums[hour_of_day] += self._weeks[place] * self._means[place] - weeks * mean
        self._day_weeks[hour_of_day] += self._weeks[place] - weeks

    def _usually(self, hour: int, any_hour: float) -> float:
        """The mean of this hour of the week; while young drawn towards that of any day, of any hour."""
        place, hour_of_day = _place(hour), hour % 24
        weeks = self._weeks[place]
        if weeks >= _WEEKS:
            return self._means[place]
        any_day = (self._day_sums[hour_of_day] + any_hour) / (self._day_weeks[hour_of_day] + 1)
        return (weeks * self._means[place] + any_day) / (weeks + 1)

    def _any_hour(self) -> float:
        return (sum(self._day_sums) + self._usual) / (sum(self._day_weeks) + 1)


_STATE = ("hour", "count", "learnt", "seen", "expected")
_LISTS = ("means", "weeks", "day_sums", "day_weeks")


def _place(hour: int) -> int:
    """The hour of the week, from Monday 00:00 UTC."""
    return (hour - 4 * DAY // HOUR) % _WEEK_HOURS
