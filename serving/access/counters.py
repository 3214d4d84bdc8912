"""How much was asked for of late, in the memory of this process: a sliding window counter.

Time is cut into windows. What was counted in the window before still counts, for the share of it that
lies less than a window ago, as if it had come evenly.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from math import floor, inf
from time import time

_BETWEEN_PURGES = 4096


@dataclass(slots=True)
class _Counted:
    """What was counted in a window and in the one before; both are over, and count for nothing, at `gone`."""

    window: int
    now: int
    before: int
    gone: float


class Counters:
    """Counts by name.

    Args:
        clock: Seconds since 1970 UTC.
    """

    def __init__(self, clock: Callable[[], float] = time) -> None:
        self._clock = clock
        self._counted: dict[tuple[str, str], _Counted] = {}
        self._draws = 0
        self._lock = threading.Lock()

    def draw(
        self, name: tuple[str, str], *, most: int, seconds: int, cost: int
    ) -> tuple[bool, int, float]:
        """Count a cost, unless that makes more than `most` in so many seconds.

        Returns:
            Whether it was counted, what is left, and the seconds until more is left (0 if nothing is counted).
        """
        with self._lock:
            moment = self._clock()
            self._purge_now_and_then(moment)
            window, past = divmod(moment, seconds)
            counted = self._here(name, int(window), seconds)
            still_counts = counted.before * (seconds - past) / seconds
            within = floor(still_counts) + counted.now + cost <= most
            if within:
                counted.now += cost
            left = max(0, most - floor(still_counts) - counted.now)
        next_window = seconds - past if counted.now else inf
        next_past = (seconds - past) % (seconds / counted.before) if counted.before else inf
        more = min(next_window, next_past)
        return within, left, 0.0 if more == inf else more

    def _here(self, name: tuple[str, str], window: int, seconds: int) -> _Counted:
        counted = self._counted.get(name)
        if counted is None:
            counted = self._counted[name] = _Counted(window, 0, 0, 0.0)
        if counted.window != window:
            counted.before = counted.now if counted.window == window - 1 else 0
            counted.window, counted.now = window, 0
        counted.gone = (window + 2) * seconds
        return counted

    def _purge_now_and_then(self, moment: float) -> None:
        self._draws += 1
        if self._draws % _BETWEEN_PURGES == 0:
            for name in [n for n, c in self._counted.items() if c.gone <= moment]:
                del self._counted[name]
