"""What is known of an entity when a day begins: counts in windows, and when something was found."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from training.scenario.streams import Floats, Integers

NEVER = -(10**6)


class Window:
    """Sums per entity over the whole days before today; today is added once it is over.

    Integers throughout, so that the sums do not depend on the order they were made in. Memory
    grows with what happened in the window, not with how many entities there are.
    """

    def __init__(self, entities: int, *, days: int) -> None:
        self._days: deque[tuple[Integers, Integers]] = deque()
        self._length = days
        self.total: NDArray[np.int64] = np.zeros(entities, dtype=np.int64)

    def close_day(self, entities: Integers, amounts: Integers | int = 1) -> None:
        """Adds today's amounts and lets the oldest day go."""
        counted = np.broadcast_to(np.asarray(amounts, dtype=np.int64), entities.shape)
        self._days.append((entities, counted))
        np.add.at(self.total, entities, counted)
        if len(self._days) > self._length:
            np.subtract.at(self.total, *self._days.popleft())


class FoundShare:
    """How much of what was inspected of each entity in 90 days was found to carry something."""

    def __init__(self, entities: int) -> None:
        self._inspected = Window(entities, days=90)
        self._found = Window(entities, days=90)

    def close_day(self, inspected: Integers, found: Integers) -> None:
        """Takes the entities inspected today, and those with finds, by outcomes known today.

        Negative indices are nobody.
        """
        self._inspected.close_day(inspected[inspected >= 0])
        self._found.close_day(found[found >= 0])

    def signal(self, entities: Integers) -> Floats:
        """10 * found / (inspected + 10), at most 1.5: large entities are not riskier for their size.

        0 for negative indices.
        """
        inspected, found = self._inspected.total[entities], self._found.total[entities]
        share = np.minimum(10 * found / (inspected + 10), 1.5)
        return np.where(entities >= 0, share, 0.0)


class LastDay:
    """The last day something was known of each entity, and the first."""

    def __init__(self, entities: int) -> None:
        self.last = np.full(entities, NEVER, dtype=np.int64)
        self.first = np.full(entities, NEVER, dtype=np.int64)

    def note(self, entities: Integers, day: int) -> None:
        """Something became known of these entities on that day; negative indices are nobody."""
        seen = entities[entities >= 0]
        self.last[seen] = day
        self.first[seen[self.first[seen] == NEVER]] = day

    def within(self, entities: Integers, today: int, days: int) -> Floats:
        """1.0 (n,) where something was known in so many days before today, else 0.0."""
        recent = (today - self.last[entities] <= days) & (entities >= 0)
        return np.asarray(recent, dtype=np.float64)

    def new(self, entities: Integers, today: int) -> Floats:
        """1.0 (n,) where nothing was known until 30 days ago.

        A young ledger is not a new entity: novelty counts once a month has been observed.
        """
        first = self.first[entities]
        fresh = (first == NEVER) | (today - first <= 30)
        return np.asarray(fresh & (today >= 30) & (entities >= 0), dtype=np.float64)

    def pause(self, entities: Integers, today: int) -> Floats:
        """Days (n,) since something was known; 0 where nothing ever was."""
        last = self.last[entities]
        return np.where((last == NEVER) | (entities < 0), 0.0, today - last)
