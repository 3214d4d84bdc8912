"""Charts as inline SVG: points with their intervals, expected beside found, counts by week.

Colours come from the page's style through classes, so that they follow light and dark. The numbers
behind each stand in the table beside it.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH = 400.0
_ROW, _LEFT, _RIGHT, _AXIS = 38.0, 12.0, 14.0, 40.0
_TICKS = 3
_SQUARE = 260.0

Words = Callable[[float], str]


@dataclass(frozen=True)
class Dot:
    """A value and its interval; NaN ends where it has none, a NaN value where nothing is known."""

    name: str
    value: float
    low: float
    high: float


def dots(
    rows: Sequence[Dot],
    *,
    title: str,
    unit: str,
    words: Words,
    missing: str,
    strip: tuple[float, float] | None = None,
) -> Markup:
    """A name, and below it a point with the interval as a bar through it; one a row.

    Args:
        rows: From top to bottom.
        title: What a reader who cannot see it is told.
        unit: Of the axis.
        words: How a value on the axis reads.
        missing: What stands in the place of a row without a value.
        strip: Two values between which the ground is shaded.
    """
    ends = [x for row in rows for x in (row.value, row.high) if math.isfinite(x)]
    top = _rounded_up(max(ends, default=1.0))
    height = _ROW * len(rows) + _AXIS

    def x(value: float) -> float:
        return _LEFT + (_WIDTH - _LEFT - _RIGHT) * min(value / top, 1.0)

    drawn = [_vertical_grid(x, top, height - _AXIS, unit, words)]
    if strip is not None:
        low, high = (x(end) for end in strip)
        drawn.append(
            f'<rect class="strip" x="{low:.1f}" y="0" width="{high - low:.1f}" '
            f'height="{height - _AXIS:.1f}"/>'
        )
    for place, row in enumerate(rows):
        y = _ROW * place + 26
        drawn.append(_text(_LEFT, y - 10, row.name))
        if math.isnan(row.value):
            drawn.append(_text(_LEFT, y + 4, missing, look="faint"))
            continue
        if math.isfinite(row.low):
            high = min(row.high, top)
            drawn.append(_line(x(row.low), y, x(high), y, "whisker"))
            drawn += [_line(x(end), y - 5, x(end), y + 5, "whisker") for end in (row.low, high)]
        drawn.append(_circle(x(row.value), y))
    return _svg(drawn, _WIDTH, height, title)


@dataclass(frozen=True)
class Against:
    """What was expected and what was found, with its interval."""

    name: str
    expected: float
    found: float
    low: float
    high: float


def against(points: Sequence[Against], *, title: str, across: str, up: str, words: Words) -> Markup:
    """Found over expected, with the line on which both are equal.

    Args:
        points: At least one with a finite value.
        title: What a reader who cannot see it is told.
        across: Title of the expected.
        up: Title of the found.
        words: How a value on an axis reads.
    """
    values = [v for p in points for v in (p.expected, p.found, p.high) if math.isfinite(v)]
    top = _rounded_up(max(values, default=1.0))
    left, bottom, size = 70.0, 44.0, _SQUARE - 60.0
    base = 12.0 + size

    def x(value: float) -> float:
        return left + size * min(value / top, 1.0)

    def y(value: float) -> float:
        return base - size * min(value / top, 1.0)

    drawn = [_line(x(0), y(0), x(top), y(top), "even")]
    for step in range(_TICKS + 1):
        value = top * step / _TICKS
        drawn.append(_line(x(0), y(value), x(top), y(value), "grid"))
        drawn.append(_text(left - 6, y(value) + 4, words(value), anchor="end"))
        if step:
            drawn.append(_text(x(value), base + 16, words(value), anchor="middle"))
    drawn.append(_text(left + size / 2, base + 34, across, anchor="middle", look="faint"))
    drawn.append(_text(left + 6, 10, up, look="faint"))
    for point in points:
        if not math.isfinite(point.found):
            continue
        if math.isfinite(point.low):
            drawn.append(
                _line(x(point.expected), y(point.low), x(point.expected), y(point.high), "whisker")
            )
        drawn.append(_circle(x(point.expected), y(point.found)))
        drawn.append(_text(x(point.expected) + 8, y(point.found) + 4, point.name))
    return _svg(drawn, _WIDTH, base + bottom, title)


@dataclass(frozen=True)
class Bar:
    """Counts of one week: the whole and, within it, a part."""

    name: str
    whole: int
    part: int


def bars(weeks: Sequence[Bar], *, title: str, unit: str) -> Markup:
    """Counts by week: a column each, the part filled, the rest outlined."""
    top = _rounded_up(max([week.whole for week in weeks] or [1]) or 1)
    left, height, bottom = 40.0, 130.0, 34.0
    wide = (_WIDTH - left - _RIGHT) / max(len(weeks), 1)

    def y(value: float) -> float:
        return 14 + (height - 14) * (1 - value / top)

    drawn = []
    for value in (0.0, top):
        drawn.append(_line(left, y(value), _WIDTH - _RIGHT, y(value), "grid"))
        drawn.append(_text(left - 6, y(value) + 4, f"{value:g}", anchor="end"))
    drawn.append(_text(left, 10, unit, look="faint"))
    for place, week in enumerate(weeks):
        at = left + wide * place + wide * 0.12
        for value, look in ((week.whole, "whole"), (week.part, "part")):
            drawn.append(
                f'<rect class="{look}" x="{at:.1f}" y="{y(value):.1f}" width="{wide * 0.76:.1f}" '
                f'height="{y(0) - y(value):.1f}"/>'
            )
        if place in (0, len(weeks) - 1):
            last = place and place == len(weeks) - 1
            edge = _WIDTH - _RIGHT if last else left
            drawn.append(_text(edge, height + 18, week.name, anchor="end" if last else "start"))
    return _svg(drawn, _WIDTH, height + bottom, title)


def _vertical_grid(x: Words | Callable[[float], float], top: float, base: float, unit: str, words: Words) -> str:  # fmt: skip
    drawn = []
    for step in range(_TICKS + 1):
        value = top * step / _TICKS
        at = float(x(value))
        drawn.append(_line(at, 0, at, base, "grid"))
        drawn.append(
            _text(at, base + 16, words(value), anchor="end" if step == _TICKS else "middle")
        )
    drawn.append(_text(_WIDTH - _RIGHT, base + 34, unit, anchor="end", look="faint"))
    return "".join(drawn)


def _svg(drawn: Sequence[str], width: float, height: float, title: str) -> Markup:
    # Everything within was escaped where it was written.
    return Markup(  # noqa: S704
        f'<svg class="chart" viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(title)}">'
        f"<title>{escape(title)}</title>{''.join(drawn)}</svg>"
    )


def _line(x1: float, y1: float, x2: float, y2: float, look: str) -> str:
    return f'<line class="{look}" x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}"/>'


def _circle(x: float, y: float) -> str:
    return f'<circle class="dot" cx="{x:.1f}" cy="{y:.1f}" r="4.5"/>'


def _text(x: float, y: float, words: str, *, anchor: str = "start", look: str = "") -> str:
    told = f' class="{look}"' if look else ""
    return f'<text{told} x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(words)}</text>'


def _rounded_up(value: float) -> float:
    """The next of 1, 2, 3, 6 times a power of ten, so that thirds of it read well."""
    if value <= 0:
        return 1.0
    value = max(value, 1e-9)
    power = 10.0 ** math.floor(math.log10(value))
    return next(
        float(f"{m * power:.6g}")
        for m in (1, 1.5, 2, 3, 4.5, 6, 10)
        if m * power >= value * (1 - 1e-12)
    )
