"""When firms and vehicles live: birth, growth, a pause, an end, and who takes their place."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.scenario.streams import Floats, Integers

#: A day no period reaches: the pause of those who never pause.
_NEVER = 10**6

#: What a firm trades on its first day, against its usual trade.
_FIRST_LEVEL = 0.1

#: A pause lasts so many days (from, to), and may have begun so long before the period.
_PAUSE_DAYS = (60, 181)


@dataclass(frozen=True)
class Lives:
    """Lives as columns (n,), in days since the period began; negative ones lie before it.

    Attributes:
        born: First day; `ends` the first day after the last.
        pause_from: First day of the pause; `pause_until` the first after it.
        growth: Days in which the usual level is reached; 0: at once.
    """

    born: Integers
    ends: Integers
    pause_from: Integers
    pause_until: Integers
    growth: float

    def level(self, day: int) -> Floats:
        """Activity (n,) in [0, 1] on that day: 0 unborn, ended or pausing, less than 1 while growing."""
        alive = (self.born <= day) & (day < self.ends)
        alive &= (day < self.pause_from) | (day >= self.pause_until)
        if self.growth <= 0:
            return alive.astype(np.float64)
        grown = _FIRST_LEVEL + (1 - _FIRST_LEVEL) * (day - self.born) / self.growth
        return np.asarray(np.where(alive, np.minimum(grown, 1.0), 0.0))


def successive_lives(
    rng: np.random.Generator,
    *,
    places: int,
    days: int,
    mean_days: float,
    growth: float = 0.0,
    dormant: float = 0.0,
) -> tuple[Integers, Lives]:
    """Lives (n,) and the place (n,) each one fills, by place and birth.

    Each of the places is filled on every day: where one life ends, the next begins, so that as many
    live on the last day as on the first. Lives end by chance alone (a Poisson process), so those
    that live on the first day have ages and remaining lives of the same exponential law.

    Args:
        rng: Randomness.
        places: How many live on any day.
        days: Length of the period.
        mean_days: Mean length of a life.
        growth: Days in which a life reaches its usual level.
        dormant: Share that pauses once, for two to six months of the period.
    """
    later = rng.poisson(days / mean_days, places)
    place = np.concatenate([np.arange(places), np.repeat(np.arange(places), later)])
    age = 1 + rng.exponential(mean_days, places).astype(np.int64)
    born = np.concatenate([-age, rng.integers(1, max(days, 2), int(later.sum()))])
    order = np.lexsort((born, place))
    place, born = place[order], born[order]
    follows = np.append(place[1:] == place[:-1], False)
    rest = days + 1 + rng.exponential(mean_days, len(place)).astype(np.int64)
    ends = np.where(follows, np.append(born[1:], 0), rest)
    lived = ends > born  # two births in one place on one day: the second takes it
    place, born, ends = place[lived], born[lived], ends[lived]
    pauses = rng.random(len(place)) < dormant
    length = rng.integers(*_PAUSE_DAYS, len(place))
    # From so early on that as many pause on the first day as on the last.
    earliest, latest = np.maximum(born, -_PAUSE_DAYS[1]), np.minimum(ends, days)
    start = earliest + (rng.random(len(place)) * (latest - earliest)).astype(np.int64)
    pause_from = np.where(pauses, start, _NEVER)
    return place, Lives(born, ends, pause_from, pause_from + length, growth)
