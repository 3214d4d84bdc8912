"""What is known of an entity when a day begins: counts in windows, and when something was found."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.scenario.streams import Floats, Integers

NEVER = -(10**6)


class Window:
    """Sums per entity over the whole days before today; today is added once it is over.

    Integers throughout, so that the sums do not depend on the order they were made in.
    """

    def __init__(self, entities: int, *, days: int) -> None:
        self._slots: NDArray[np.int32] = np.zeros((days, entities), dtype=np.int32)
        self._today = 0
        self.total: NDArray[np.int32] = np.zeros(entities, dtype=np.int32)

    def close_day(self, entities: Integers, amounts: Integers | int = 1) -> None:
        """Adds today's amounts and lets the oldest day go."""
        self.total -= self._slots[self._today]
        today = np.zeros(len(self.total), dtype=np.int32)
        np.add.at(today, entities, amounts)
        self._slots[self._today] = today
        self.total += today
        self._today = (self._today + 1) % len(self._slots)


class FoundShare:
    """How much of what was inspected of each entity in 90 days was found to carry something."""

    def __init__(self, entities: int) -> None:
        self._inspected = Window(entities, days=90)
        self._found = Window(entities, days=90)

    def close_day(self, inspected: Integers, found: Integers) -> None:
        """Takes the entities inspected today, and those with finds, by outcomes known today."""
        self._inspected.close_day(inspected)
        self._found.close_day(found)

    def signal(self, entities: Integers) -> Floats:
        """10 * found / (inspected + 10), at most 1.5: large entities are not riskier for their size."""
        inspected, found = self._inspected.total[entities], self._found.total[entities]
        return np.asarray(np.minimum(10 * found / (inspected + 10), 1.5), dtype=np.float64)


class LastDay:
    """The last day something was known of each entity."""

    def __init__(self, entities: int) -> None:
        self.day = np.full(entities, NEVER, dtype=np.int64)

    def note(self, entities: Integers, day: int) -> None:
        """Something became known of these entities on that day; negative indices are nobody."""
        self.day[entities[entities >= 0]] = day

    def within(self, entities: Integers, today: int, days: int) -> Floats:
        """1.0 (n,) where something was known in so many days before today, else 0.0."""
        recent = (today - self.day[entities] <= days) & (entities >= 0)
        return np.asarray(recent, dtype=np.float64)
