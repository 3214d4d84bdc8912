"""What an office learns from its own outcomes: how much each indicator raises the odds of a find.

The weight of an indicator is the Mantel-Haenszel log odds ratio over the strata (Mantel and
Haenszel 1959), with as many finds added on either side as make a few finds mean little:

    weight = log((R + s) / (S + s)),  R = sum of a d / n,  S = sum of b c / n

where, of n inspected in a stratum, a were found and b clean with the indicator, c and d without.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.scenario.days.movements import Inspections
from training.scenario.office.control import ARMS, INCONCLUSIVE, NOT_SEARCHED, PERSONS
from training.scenario.streams import Flags, Floats, Integers

#: Finds added on either side, s in the formula.
_SMOOTHING = 1.0

#: Days for which the indicators of an inspected movement are remembered; later news is lost.
_REMEMBERED_DAYS = 400

#: Inspections begin on the day of selection or soon after.
_LATEST_START_DAYS = 3

#: Rows of a day are fewer than this, so that day and row make one sortable key.
_ROWS = 1 << 32


class OfficeModel:
    """Indicator bits of the inspected, and the counts of finds made of them. Memory is bounded."""

    def __init__(self, *, strata: int, indicators: int, first_midnight: int) -> None:
        self.weights: Floats = np.zeros(indicators)
        self._first_midnight = first_midnight
        self._key = np.empty(0, dtype=np.int64)
        self._entity = np.empty(0, dtype=np.int64)
        self._stratum = np.empty(0, dtype=np.int64)
        self._bits = np.empty((0, indicators), dtype=bool)
        self._searched = np.zeros(strata, dtype=np.int64)
        self._found = np.zeros(strata, dtype=np.int64)
        self._searched_with = np.zeros((strata, indicators), dtype=np.int64)
        self._found_with = np.zeros((strata, indicators), dtype=np.int64)

    def score(self, bits: Flags) -> Floats:
        """Log-odds (n,) of movements with these indicators (n, indicators), up to a constant."""
        return np.asarray(bits @ self.weights)

    def remember(
        self, day: int, row: Integers, *, entity: Integers, stratum: Integers, bits: Flags
    ) -> None:
        """Keeps what is seen of the movements chosen today, until their outcomes arrive."""
        kept = slice(np.searchsorted(self._key, (day - _REMEMBERED_DAYS) * _ROWS), None)
        self._key = np.concatenate([self._key[kept], day * _ROWS + row])
        self._entity = np.concatenate([self._entity[kept], entity])
        self._stratum = np.concatenate([self._stratum[kept], stratum])
        self._bits = np.concatenate([self._bits[kept], bits])

    def learn(self, outcomes: Sequence[Inspections]) -> None:
        """Counts outcomes known today; a corrected one can add a find, but no second inspection."""
        for done in outcomes:
            place = self._place(done)
            find = (done.result == ARMS) | (done.result == PERSONS)
            searched = (done.result != INCONCLUSIVE) & (done.result != NOT_SEARCHED)
            self._count(place[(done.version == 1) & searched & (place >= 0)], found=False)
            self._count(place[find & (place >= 0)], found=True)

    def refresh(self) -> None:
        """Computes the weights anew from all that is counted so far."""
        n = np.maximum(self._searched, 1)[:, None]
        a, b = self._found_with, self._searched_with - self._found_with
        c = self._found[:, None] - a
        d = n - self._searched_with - c
        with_it, without = (a * d / n).sum(axis=0), (b * c / n).sum(axis=0)
        self.weights = np.log((with_it + _SMOOTHING) / (without + _SMOOTHING))

    def _count(self, place: Integers, *, found: bool) -> None:
        every, with_it = (
            (self._found, self._found_with) if found else (self._searched, self._searched_with)
        )
        np.add.at(every, self._stratum[place], 1)
        np.add.at(with_it, self._stratum[place], self._bits[place].astype(np.int64))

    def _place(self, done: Inspections) -> Integers:
        """Where in memory each outcome's movement (n,) is, -1 where forgotten.

        Row and entity together name a movement of the few days it can be of.
        """
        place = np.full(len(done.row), -1, dtype=np.int64)
        if not len(self._key):
            return place
        begun = (done.started - self._first_midnight) // 86_400
        for earlier in range(_LATEST_START_DAYS + 1):
            key = (begun - earlier) * _ROWS + done.row
            at = np.minimum(np.searchsorted(self._key, key), len(self._key) - 1)
            same = (self._key[at] == key) & (self._entity[at] == done.entity)
            place = np.where((place < 0) & same, at, place)
        return place
