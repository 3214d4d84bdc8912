"""Where names can stand on a map without covering one another."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from training.scenario.describe.shapes import rule, text

_LINE = 15.0

#: Mean width of a character of a name, which is bold.
_CHARACTER = 7.6


#: A name that covers more than this of its own area in other things would be read as theirs.
_MOST_COVERED = 0.35

#: Nearer to a circle than this, a name seems to belong to it.
_NEAR = 6.0

#: How far names stand off that find no room beside their circle.
_AWAY = (16.0, 28.0, 44.0)

_Line = list[tuple[float, float]]


@dataclass(frozen=True)
class Box:
    """A rectangle, upright, in the units of the picture; down is more."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def area(self) -> float:
        """Width times height."""
        return (self.right - self.left) * (self.bottom - self.top)

    def shared(self, other: Box) -> float:
        """Area that two boxes share."""
        wide = min(self.right, other.right) - max(self.left, other.left)
        high = min(self.bottom, other.bottom) - max(self.top, other.top)
        return max(0.0, wide) * max(0.0, high)

    def within(self, other: Box) -> bool:
        """Whether it lies wholly in the other."""
        return (
            other.left <= self.left
            and other.top <= self.top
            and self.right <= other.right
            and self.bottom <= other.bottom
        )


@dataclass(frozen=True)
class Spot:
    """Where words might stand: the middle of their height at (x, y), starting, centred or ending."""

    x: float
    y: float
    anchor: str

    def box(self, words: str) -> Box:
        """What the words would cover."""
        wide = _CHARACTER * len(words)
        left = {"start": self.x, "middle": self.x - wide / 2, "end": self.x - wide}[self.anchor]
        return Box(left, self.y - _LINE / 2, left + wide, self.y + _LINE / 2)


@dataclass(frozen=True)
class Circle:
    """A circle with its middle at (x, y)."""

    x: float
    y: float
    radius: float

    def box(self) -> Box:
        """The square around it."""
        r = self.radius
        return Box(self.x - r, self.y - r, self.x + r, self.y + r)

    def near(self, box: Box) -> bool:
        """Whether it touches the box, or nearly so."""
        across = max(box.left - self.x, 0.0, self.x - box.right)
        down = max(box.top - self.y, 0.0, self.y - box.bottom)
        return math.hypot(across, down) < self.radius + _NEAR


def beside(circle: Circle, *, away: float = 0.0) -> list[Spot]:
    """Spots around a circle, the most usual first; `away` from it by so much more than usual."""
    x, y, r = circle.x, circle.y, circle.radius + away
    across, slant, down = r + 4, 0.7 * r + 4, r + _LINE / 2 + 1
    return [
        Spot(x + across, y, "start"), Spot(x - across, y, "end"),
        Spot(x, y - down, "middle"), Spot(x, y + down, "middle"),
        Spot(x + slant, y - 0.7 * down, "start"), Spot(x - slant, y - 0.7 * down, "end"),
        Spot(x + slant, y + 0.7 * down, "start"), Spot(x - slant, y + 0.7 * down, "end"),
    ]  # fmt: skip


class Labels:
    """Names on one picture: none over another, each over as little else as can be."""

    def __init__(self, frame: Box, *, kept_free: Iterable[Box], avoided: Iterable[Box]) -> None:
        self._frame, self._avoided = frame, list(avoided)
        self._written = list(kept_free)
        self._leaders: list[_Line] = []

    @property
    def taken(self) -> list[Box]:
        """What is written on, and what was kept free, in order."""
        return list(self._written)

    def written(
        self, words: str, spots: Iterable[Spot], *, look: str, rivals: Sequence[Circle] = ()
    ) -> str:
        """The words at the best of these spots; nothing where there is no room for them.

        Beside one of the `rivals` they would be read as its name.
        """
        free = [
            (cost, spot)
            for spot in spots
            if (cost := self._cost(spot.box(words))) is not None
            and not any(rival.near(spot.box(words)) for rival in rivals)
        ]
        if not free:
            return ""
        spot = min(free, key=lambda costs: costs[0])[1]
        self._written.append(spot.box(words))
        return text(spot.x, spot.y + 4, words, anchor=spot.anchor, look=look)

    def led(self, words: str, circle: Circle, *, look: str, rivals: Sequence[Circle] = ()) -> str:
        """The words at some distance from their circle, with a line that leads to it.

        The line runs through no name, crosses no other line, and few of the `rivals`.
        """
        best: tuple[float, Spot, _Line] | None = None
        for spot in (spot for away in _AWAY for spot in beside(circle, away=away)):
            box = spot.box(words)
            line = _leader(circle, box)
            cost = self._cost(box)
            if cost is None or any(
                _inside(point, name) for name in self._written for point in line
            ):
                continue
            if any(_cross(line, other) for other in self._leaders):
                continue
            cost += sum(_inside(point, r.box()) for r in rivals for point in line) / len(line)
            if best is None or cost < best[0] - 1e-9:
                best = cost, spot, line
        if best is None:
            return ""
        _, spot, line = best
        self._leaders.append(line)
        return rule(*line[0], *line[-1], look="leader") + self.written(words, [spot], look=look)

    def _cost(self, box: Box) -> float | None:
        """How much a name there would cover, of its own area; None where it cannot stand."""
        if not box.within(self._frame) or any(box.shared(other) for other in self._written):
            return None
        covered = sum(box.shared(other) for other in self._avoided) / box.area
        return covered if covered <= _MOST_COVERED else None


def _leader(circle: Circle, box: Box) -> _Line:
    """Points from a circle's middle to the nearest point of a box."""
    x = min(max(circle.x, box.left), box.right)
    y = min(max(circle.y, box.top), box.bottom)
    return [
        (circle.x + t * (x - circle.x), circle.y + t * (y - circle.y))
        for t in (k / 20 for k in range(21))
    ]


def _inside(point: tuple[float, float], box: Box) -> bool:
    return box.left < point[0] < box.right and box.top < point[1] < box.bottom


def _cross(one: _Line, other: _Line) -> bool:
    """Whether two straight lines cross: the ends of each lie on both sides of the other."""

    def side(line: _Line, point: tuple[float, float]) -> float:
        (x1, y1), (x2, y2) = line[0], line[-1]
        return (x2 - x1) * (point[1] - y1) - (y2 - y1) * (point[0] - x1)

    return (
        side(one, other[0]) * side(one, other[-1]) < 0
        and side(other, one[0]) * side(other, one[-1]) < 0
    )
