"""Where a score stands among those recently seen."""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections import deque
from collections.abc import Mapping, Sequence
from typing import Any


class RecentScores:
    """Scores of the last movements, by name, sorted; a movement may lack some of them.

    Args:
        most: Movements kept at most.
        microseconds: Age at which they are forgotten.
    """

    def __init__(self, *, most: int, microseconds: int) -> None:
        self._most = most
        self._microseconds = microseconds
        self._movements: deque[tuple[int, dict[str, float]]] = deque()
        self._sorted: dict[str, list[float]] = {}

    def __len__(self) -> int:
        return len(self._movements)

    def add(self, at: int, scores: dict[str, float]) -> None:
        """Remember a movement, and forget what is too old or too many."""
        self._movements.append((at, scores))
        for name, score in scores.items():
            if name not in self._sorted:
                self._sorted[name] = []
            insort(self._sorted[name], score)
        oldest = at - self._microseconds
        while len(self._movements) > self._most or self._movements[0][0] < oldest:
            for name, score in self._movements.popleft()[1].items():
                among = self._sorted[name]
                del among[bisect_left(among, score)]

    @classmethod
    def of(cls, scores: Mapping[str, Sequence[float]]) -> RecentScores:
        """Scores that are never forgotten, by name, each list of its own length."""
        made = cls(most=0, microseconds=0)
        made._sorted = {name: sorted(values) for name, values in scores.items()}
        return made

    def number(self, name: str) -> int:
        """How many movements have such a score."""
        return len(self._sorted.get(name, ()))

    def part_within(self, name: str, score: float, share: float, *, among: int) -> float:
        """Which part of a new movement lies in the top share: 1 within, 0 outside, between on the edge.

        The new one is ranked with the others; those with equal scores share what is left for them.
        So, over scores in any order, the parts sum to the share, however few were seen.

        Args:
            name: Which score.
            score: The movement's.
            share: How much is the top.
            among: How many movements the share is of; those without such a score rank below all.
        """
        others = self._sorted.get(name, ())
        beyond = bisect_right(others, score)
        above = len(others) - beyond
        equal = beyond - bisect_left(others, score) + 1
        return min(1.0, max(0.0, (share * (among + 1) - above) / equal))

    def to_json(self) -> list[Any]:
        """The movements, oldest first, for JSON."""
        return [[at, dict(scores)] for at, scores in self._movements]

    def restore(self, movements: Sequence[tuple[int, Mapping[str, float]]]) -> None:
        """Remember what `to_json` told."""
        for at, scores in movements:
            self._movements.append((at, dict(scores)))
            for name, score in scores.items():
                self._sorted.setdefault(name, []).append(score)
        for among in self._sorted.values():
            among.sort()
