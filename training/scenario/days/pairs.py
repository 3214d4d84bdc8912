"""Which vehicles keep passing one behind the other: the memory behind the forerunner signal."""

from __future__ import annotations

from collections import deque

import numpy as np

from training.scenario.days.movements import Passages
from training.scenario.streams import Flags, Floats, Integers

#: One behind the other: the same post and direction within so many seconds.
_SECONDS = 15 * 60
#: How many vehicles ahead are looked at, so that a queue of hundreds costs no more than one of ten.
_AHEAD = 8
_DAYS = 60


class Pairs:
    """Pairs of vehicles seen one behind the other in the 60 days before today."""

    def __init__(self, vehicles: int) -> None:
        self._vehicles = vehicles
        self._days: deque[Integers] = deque()
        self._codes = np.empty(0, dtype=np.int64)
        self._times = np.empty(0, dtype=np.int64)
        self._today = np.empty(0, dtype=np.int64)

    def behind(self, passages: Passages, considered: Flags) -> Floats:
        """How often each passage's vehicle was seen, on earlier days, behind one just ahead of it.

        Args:
            passages: Today's passages (n,) in the order of time.
            considered: Which of them take part (n,): lorries queue behind each other all day.

        Returns:
            log2(1 + times) for the most frequent vehicle ahead (n,), at most 2.
        """
        times = np.zeros(len(passages.vehicle), dtype=np.int64)
        rows = np.flatnonzero(considered)
        place = passages.post[rows] * 2 + passages.leaving[rows]
        rows = rows[np.argsort(place, kind="stable")]
        place = passages.post[rows] * 2 + passages.leaving[rows]
        seen = [np.empty(0, dtype=np.int64)]
        for ahead in range(1, _AHEAD + 1):
            one, other = rows[:-ahead], rows[ahead:]
            near = place[ahead:] == place[:-ahead]
            near &= passages.at[other] - passages.at[one] <= _SECONDS
            near &= passages.vehicle[other] != passages.vehicle[one]
            if not near.any():
                break
            one, other = one[near], other[near]
            codes = passages.vehicle[one] * self._vehicles + passages.vehicle[other]
            np.maximum.at(times, other, self._known(codes))
            seen.append(codes)
        self._today = np.unique(np.concatenate(seen))
        return np.asarray(np.minimum(np.log2(1.0 + times), 2.0))

    def close_day(self) -> None:
        """Takes today's pairs into the memory and lets the oldest day go."""
        self._days.append(self._today)
        if len(self._days) > _DAYS:
            self._days.popleft()
        self._codes, self._times = np.unique(np.concatenate(self._days), return_counts=True)

    def _known(self, codes: Integers) -> Integers:
        if not len(self._codes):
            return np.zeros(len(codes), dtype=np.int64)
        place = np.minimum(np.searchsorted(self._codes, codes), len(self._codes) - 1)
        return np.where(self._codes[place] == codes, self._times[place], 0)
