"""Charts of the watch as inline SVG: lines over days, points with intervals over months, bars.

Colours come from the page's style, so that they follow light and dark; lines are told apart by
dashes too. The numbers behind a chart stand in a table beside it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from html import escape

_WIDTH, _HEIGHT = 640.0, 240.0
_LEFT, _RIGHT, _TOP, _BOTTOM = 56.0, 110.0, 14.0, 34.0
_TICKS = 4
_BAR, _NAMES = 20.0, 270.0


@dataclass(frozen=True)
class Line:
    """A line through (day, value) points; `look` is a class of the page's style."""

    name: str
    points: Sequence[tuple[date, float]]
    look: str = "one"


@dataclass(frozen=True)
class Point:
    """A value over a label, and its interval; NaN ends where it has none."""

    label: str
    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Bar:
    """A bar from 0, and the words written at its end."""

    label: str
    value: float
    words: str


def lines(
    series: Sequence[Line], *, title: str, unit: str, marks: Sequence[tuple[date, str]] = (),
    level: tuple[float, str] | None = None,
) -> str:  # fmt: skip
    """Lines over days from 0 on.

    Args:
        series: At least one, of at least one point.
        title: What a reader who cannot see it is told.
        unit: Of the values.
        marks: Days to point at, with a word each.
        level: A level to compare with, and its name.
    """
    days = [day.toordinal() for line in series for day, _ in line.points]
    values = [value for line in series for _, value in line.points]
    first, last = min(days), max(max(days), min(days) + 1)
    top = _rounded_up(max([*values, level[0] if level else 0.0]))

    def at(day: date, value: float) -> tuple[float, float]:
        x = _LEFT + (_WIDTH - _LEFT - _RIGHT) * (day.toordinal() - first) / (last - first)
        return x, _y(value, top)

    drawn = [_grid(top, unit)]
    for step in range(_TICKS):
        day = date.fromordinal(first + round((last - first) * step / (_TICKS - 1)))
        x, _ = at(day, 0)
        drawn.append(_text(x, _HEIGHT - 12, day.isoformat(), anchor="middle"))
    for day, word in marks:
        x, _ = at(day, 0)
        drawn.append(f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{_TOP}" '
                     f'y2="{_HEIGHT - _BOTTOM}"/>')  # fmt: skip
        drawn.append(_text(x + 3, _TOP + 10, word))
    if level:
        y = _y(level[0], top)
        drawn.append(f'<line class="level" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" '
                     f'y2="{y:.1f}"/>')  # fmt: skip
        drawn.append(_text(_LEFT + 4, y - 4, level[1]))
    ends = []
    for line in series:
        path = " ".join("{:.1f},{:.1f}".format(*at(day, value)) for day, value in line.points)
        drawn.append(f'<polyline class="line {line.look}" points="{path}"/>')
        ends.append((at(*line.points[-1])[1], line))
    free = 0.0
    for y, line in sorted(ends, key=lambda end: end[0]):
        free = max(y + 4, free)
        drawn.append(_text(_WIDTH - _RIGHT + 6, free, line.name, look=line.look))
        free += 14
    return _picture("".join(drawn), title=title)


def intervals(
    points: Sequence[Point], *, title: str, unit: str, level: tuple[float, str] | None = None
) -> str:
    """Points with their intervals side by side; a point without an interval is hollow."""
    told = [value for of in points for value in (of.value, of.high) if math.isfinite(value)]
    top = _rounded_up(max([*told, level[0] if level else 0.0]))
    drawn = [_grid(top, unit)]
    if level:
        y = _y(level[0], top)
        drawn.append(f'<line class="level" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" '
                     f'y2="{y:.1f}"/>')  # fmt: skip
        drawn.append(_text(_WIDTH - _RIGHT + 6, y + 4, level[1]))
    room = (_WIDTH - _LEFT - _RIGHT) / max(1, len(points))
    for place, of in enumerate(points):
        x = _LEFT + room * (place + 0.5)
        if len(points) <= 14 or place % 3 == 0:
            drawn.append(_text(x, _HEIGHT - 12, of.label.removeprefix("20"), anchor="middle"))
        if not math.isfinite(of.value):
            continue
        sure = math.isfinite(of.low) and math.isfinite(of.high)
        if sure:
            drawn.append(f'<line class="line one" x1="{x:.1f}" x2="{x:.1f}" '
                         f'y1="{_y(of.low, top):.1f}" y2="{_y(of.high, top):.1f}"/>')  # fmt: skip
        look = "dot" if sure else "dot hollow"
        drawn.append(f'<circle class="{look}" cx="{x:.1f}" cy="{_y(of.value, top):.1f}" r="4"/>')
    return _picture("".join(drawn), title=title)


def bars(rows: Sequence[Bar], *, title: str) -> str:
    """Bars from 0, one under the other."""
    most = max([of.value for of in rows if math.isfinite(of.value)], default=0.0) or 1.0
    drawn = []
    for place, of in enumerate(rows):
        y = place * _BAR
        long = (_WIDTH - _NAMES - 60) * min(max(of.value, 0.0), most) / most
        drawn.append(_text(_NAMES - 6, y + 14, of.label, anchor="end"))
        drawn.append(f'<rect class="bar" x="{_NAMES}" y="{y + 3}" width="{long:.1f}" '
                     f'height="{_BAR - 6}"/>')  # fmt: skip
        drawn.append(_text(_NAMES + long + 5, y + 14, of.words))
    return _picture("".join(drawn), title=title, height=max(1, len(rows)) * _BAR + 4)


def _picture(drawn: str, *, title: str, height: float = _HEIGHT) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH:g} {height:g}" role="img">'
        f"<title>{escape(title)}</title>{drawn}</svg>"
    )


def _grid(top: float, unit: str) -> str:
    drawn = []
    for step in range(_TICKS + 1):
        value = top * step / _TICKS
        y = _y(value, top)
        drawn.append(f'<line class="grid" x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{y:.1f}" '
                     f'y2="{y:.1f}"/>')  # fmt: skip
        drawn.append(_text(_LEFT - 6, y + 4, f"{value:.3g}", anchor="end"))
    drawn.append(_text(4, 10, unit))
    return "".join(drawn)


def _text(x: float, y: float, words: str, *, anchor: str = "start", look: str = "") -> str:
    style = f' class="{look}-words"' if look else ""
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{style}>{escape(words)}</text>'


def _y(value: float, top: float) -> float:
    return _HEIGHT - _BOTTOM - (_HEIGHT - _BOTTOM - _TOP) * min(max(value, 0.0), top) / top


def _rounded_up(most: float) -> float:
    """A round number, at least `most`."""
    if not math.isfinite(most) or most <= 0:
        return 1.0
    unit = 10.0 ** math.floor(math.log10(most))
    return next(step * unit for step in (1, 2, 2.5, 4, 5, 10) if step * unit >= most * (1 - 1e-9))
