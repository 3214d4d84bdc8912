"""How features are read off the hot rows of many keys at once: a few gathers, compiled beforehand."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.layout import Layout
from features.spec import MISSING, Feature, Integers

HEADER = 2  # the day, and how many pending rows follow

_FIRST, _LAST, _HEAD, _TOTAL, _CLOSED = range(5)


def row_size(layout: Layout) -> int:
    """How many integers the fixed part of a hot row has: header, four of each measure, windows."""
    return HEADER + len(layout.measures) * (_CLOSED + len(layout.windows))


class Reader:
    """Reads all features of several kinds of key from their rows laid end to end.

    Attributes:
        features: The features read, in the order of the values: layout by layout.
        spans: Where each kind of key's values lie.
    """

    def __init__(self, layouts: Sequence[Layout]) -> None:
        self.features: tuple[Feature, ...] = tuple(f for one in layouts for f in one.features)
        self.spans: dict[str, slice] = {}
        places: dict[str, list[tuple[int, ...]]] = {a: [] for a in ("sum", "ever", "last", "first")}
        start, value = 0, 0
        for layout in layouts:
            self.spans[layout.key] = slice(value, value + len(layout.features))
            for feature in layout.features:
                places[feature.aggregate].append((value, *_places(feature, layout, start)))
                value += 1
            start += row_size(layout)
        self._sums, self._evers, self._lasts, self._firsts = (
            np.ascontiguousarray(np.array(places[a], np.intp).reshape(-1, 4).T)
            for a in ("sum", "ever", "last", "first")
        )

    def read(self, rows: Integers, *, day: int) -> Integers:
        """Values of the features (F,) from rows that are all as of `day`.

        A population key's head is always zero, so that nothing of today is seen of it.
        """
        values = np.empty(len(self.features), np.int64)
        place, closed, head, _ = self._sums
        values[place] = rows[closed] + rows[head]
        place, total, _, _ = self._evers
        values[place] = rows[total] > 0
        place, at, head, days = self._lasts
        last = rows[at]
        last[last < day - days] = MISSING
        last[rows[head] > 0] = day
        values[place] = last
        place, at, head, _ = self._firsts
        first = rows[at]
        first[(first == MISSING) & (rows[head] > 0)] = day
        values[place] = first
        return values


def _places(feature: Feature, layout: Layout, start: int) -> tuple[int, int, int]:
    """What a feature is read from, today's head, and the days of its window."""
    measures = len(layout.measures)
    measure = start + HEADER + layout.measures.index(feature.measure)
    match feature.aggregate:
        case "sum":
            part = _CLOSED + layout.windows.index(feature.days)
        case "ever":
            part = _TOTAL
        case "last":
            part = _LAST
        case "first":
            part = _FIRST
    return measure + part * measures, measure + _HEAD * measures, feature.days
