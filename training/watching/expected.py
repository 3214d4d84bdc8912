"""How many finds are to be expected of what was inspected, honestly?

A head's probability is that of movements at large. Three things lie between it and finds:

- who pointed at the movement: a tip knows more than the record, so each selection reason has a
  ratio of its own, learnt in the reference and pulled towards the common one where finds are few;
- the season, where the reference holds most of a year: two yearly waves, fitted to the hit rates of
  each reason (Poisson regression with a ridge), not to the head's sums, which in the reference
  have already seen their outcomes;
- the level: for the same reason the reference cannot tell whether the head says too much or too
  little on the whole. It is believed at first, and corrected by what is known of movements watched
  long enough ago that a fall under way is not taken for the usual (posterior mean of a Gamma level).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.spec import Floats, Integers
from training.labels import Flags

#: Finds, expected and seen at the common ratio, that every reason is granted.
_GRANTED = 5.0
#: Days of reference from which on a season can be told.
_SEASON_FROM_DAYS = 300
_YEAR_DAYS = 365.25
_WAVES = 2
#: How firmly the yearly wave is held at none, in finds; the k-th k² times as firmly.
_SEASON_PRIOR = 20.0
_NEWTON_STEPS = 30

#: The level: how many finds the belief in the head counts for, how many days a movement must be
#: old to correct it, and for how long it does.
_LEVEL_PRIOR = 30.0
_LEVEL_FROM_DAYS = 60
_LEVEL_DAYS = 365


@dataclass(frozen=True)
class Expectation:
    """What a reference says of finds among the inspected.

    Attributes:
        by_reason: Ratio of finds to the head's sums, by selection reason, against all together.
        season: Coefficients of cosine and sine of each yearly wave; empty where none can be told.
        finds: Finds it was learnt from.
    """

    by_reason: Mapping[str, float]
    season: tuple[float, ...]
    finds: int

    def of(self, probability: Floats, reason: NDArray[np.object_], days: Integers) -> Floats:
        """Expected finds (n,) of inspected movements, before the level.

        Args:
            probability: The head's (n,).
            reason: Why each was selected (n,).
            days: Day of each (n,), since 1970.
        """
        ratio = np.array([self.by_reason.get(str(each), 1.0) for each in reason])
        return np.asarray(probability * ratio * self.seasonal(days))

    def seasonal(self, days: Integers) -> Floats:
        """Factor of the season on days (n,), 1 in the mean of a year."""
        if not self.season:
            return np.ones(len(days))
        b = np.array(self.season)
        year = np.exp(_waves(np.arange(np.floor(_YEAR_DAYS))) @ b)
        return np.asarray(np.exp(_waves(days) @ b) / year.mean())


def learnt(
    probability: Floats, hit: Flags, reason: NDArray[np.object_], days: Integers
) -> Expectation:
    """What inspected movements (n,) of a reference say; arguments as of `Expectation.of`."""
    if not len(days):
        return Expectation({}, (), 0)
    common = float((hit.sum() + _GRANTED) / (probability.sum() + _GRANTED))
    ratios, rates = {}, np.zeros(len(days))
    for name in sorted(set(reason.tolist())):
        mine = reason == name
        found, said = float(hit[mine].sum()), float(probability[mine].sum())
        ratios[str(name)] = (found + _GRANTED * common) / (said + _GRANTED) / common
        rates[mine] = found / mine.sum()
    long_enough = int(days.max() - days.min()) + 1 >= _SEASON_FROM_DAYS
    season = _season(hit, rates, days) if long_enough and hit.any() else ()
    return Expectation(ratios, season, int(hit.sum()))


def levelled(days: Integers, expected: Floats, observed: Integers, known: Integers) -> Floats:
    """The expectation (n,) at the level that older outcomes tell; arguments as of `find_alarm`.

    The level of a day is made of what was known before it, so no outcome has a say in what was
    expected of it.
    """
    if not len(days):
        return expected
    first, last = int(days.min()), int(days.max())
    found, said = np.zeros(last - first + 1), np.zeros(last - first + 1)
    order = np.argsort(known, kind="stable")
    arrived = np.searchsorted(known[order], np.arange(first, last + 1), side="left")
    level, before = np.ones(last - first + 1), 0
    for place, until_row in enumerate(arrived.tolist()):
        rows = order[before:until_row]
        np.add.at(found, days[rows] - first, observed[rows])
        np.add.at(said, days[rows] - first, expected[rows])
        before = until_row
        old = slice(max(0, place - _LEVEL_DAYS), max(0, place - _LEVEL_FROM_DAYS + 1))
        level[place] = (_LEVEL_PRIOR + found[old].sum()) / (_LEVEL_PRIOR + said[old].sum())
    return np.asarray(expected * level[days - first])


def _season(hit: Flags, rates: Floats, days: Integers) -> tuple[float, ...]:
    """Poisson regression of finds on the waves, at the rates (n,) of their reasons."""
    first = int(days.min())
    found = np.bincount(days - first, weights=hit)
    at_rate = np.bincount(days - first, weights=rates)
    X = np.column_stack([np.ones(len(found)), _waves(first + np.arange(len(found)))])
    held = np.diag([0.0] + [_SEASON_PRIOR * k**2 for k in range(1, _WAVES + 1) for _ in range(2)])
    b = np.zeros(X.shape[1])
    for _ in range(_NEWTON_STEPS):
        mean = at_rate * np.exp(np.clip(X @ b, -5, 5))
        b = b + np.linalg.solve((X.T * mean) @ X + held, X.T @ (found - mean) - held @ b)
    return tuple(float(each) for each in b[1:])


def _waves(days: Floats | Integers) -> Floats:
    """Cosine and sine of each yearly wave (n, 2 * waves) on days (n,) since 1970."""
    turns = 2 * np.pi * np.asarray(days, dtype=np.float64) / _YEAR_DAYS
    return np.column_stack(
        [wave(k * turns) for k in range(1, _WAVES + 1) for wave in (np.cos, np.sin)]
    )
