"""Charts as inline SVG: bars, points with intervals, lines, outlines and a week by its hours.

All are `WIDTH` units wide, which fits a telephone; a page sets them side by side where there is room.
Axes of quantities start at 0.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from training.scenario.describe.figures import short, ticks
from training.scenario.describe.shapes import (
    WIDTH,
    Entry,
    Kind,
    Look,
    Svg,
    area,
    diamond,
    dot,
    legend,
    path,
    picture,
    rule,
    text,
)
from training.scenario.streams import Floats

_LEFT, _RIGHT, _BOTTOM = 48.0, WIDTH - 14.0, 40.0
_PLOT = 150.0

At = Callable[[float], float]


@dataclass(frozen=True)
class Bar:
    """A bar: what it is of, how long, and the number written at its end."""

    label: str
    value: float
    words: str


@dataclass(frozen=True)
class Point:
    """A measured value with its interval, and what was configured, if anything was."""

    label: str
    value: float
    low: float
    high: float
    words: str
    meant: float | None = None


@dataclass(frozen=True)
class Line:
    """A line through (x, y) points; `band` holds (low, high) for each of them."""

    name: str
    points: Sequence[tuple[float, float]]
    look: Look = "one"
    kind: Kind = "line"
    dots: bool = False
    band: Sequence[tuple[float, float]] = ()


@dataclass(frozen=True)
class Mark:
    """A place to point at: a dot, or a diamond for what was configured, with words beside it."""

    x: float
    y: float
    words: str = ""
    configured: bool = False


def bars(rows: Sequence[Bar], *, label: str) -> Svg:
    """Horizontal bars from 0, the words above each."""
    longest = max((row.value for row in rows), default=0.0) or 1.0
    drawn = []
    for k, row in enumerate(rows):
        y = 34.0 * k + 13
        length = max(0.0, WIDTH * row.value / longest)
        drawn.append(text(0, y, row.label) + text(WIDTH, y, row.words, anchor="end"))
        drawn.append(rule(0, y + 11, WIDTH, y + 11))
        drawn.append(
            f'<rect x="0" y="{y + 6:.1f}" width="{length:.1f}" height="10" class="f-one"/>'
        )
    return picture(drawn, width=WIDTH, height=34.0 * len(rows), label=label)


def points(
    rows: Sequence[Point], *, unit: str, label: str, configured: bool, top: float | None = None
) -> Svg:
    """Values with 95 % intervals on one axis from 0, and diamonds where one was configured."""
    entries = [Entry("dot", "one", "measured, with 95 % interval")]
    entries += [Entry("diamond", "three", "configured")] if configured else []
    head, y = legend(entries, top=0)
    highest = max((max(r.value, r.meant or 0, min(r.high, 3 * r.value)) for r in rows), default=1.0)
    steps = ticks(top or highest)
    x: At = lambda v: 8 + (WIDTH - 28) * min(v, steps[-1]) / steps[-1]  # noqa: E731
    bottom = y + 36.0 * len(rows) + 6
    drawn = [head]
    for step in steps:
        drawn.append(rule(x(step), y, x(step), bottom))
        drawn.append(text(x(step), bottom + 15, short(step), anchor="middle", look="soft"))
    for k, row in enumerate(rows):
        middle = y + 36.0 * k + 27
        drawn.append(
            text(0, middle - 11, row.label) + text(WIDTH, middle - 11, row.words, anchor="end")
        )
        drawn.append(rule(x(row.low), middle, x(row.high), middle, look="interval"))
        if row.high > steps[-1]:
            drawn.append(text(x(steps[-1]) + 3, middle + 4, "→"))
        if row.meant is not None:
            drawn.append(diamond(x(row.meant), middle))
        drawn.append(dot(x(row.value), middle, look="one"))
    drawn.append(text(WIDTH, bottom + 32, unit, anchor="end", look="soft"))
    return picture(drawn, width=WIDTH, height=bottom + 38, label=label)


def lines(
    series: Sequence[Line],
    *,
    x_ticks: Sequence[tuple[float, str]],
    x_unit: str,
    y_unit: str,
    label: str,
    x_ends: tuple[float, float] | None = None,
    y_top: float | None = None,
    marks: Sequence[Mark] = (),
    entries: Sequence[Entry] = (),
) -> Svg:
    """Lines over a common axis; the y axis starts at 0. More than one line makes a legend."""
    xs = [x for line in series for x, _ in line.points]
    first, last = x_ends or (min(xs), max(xs))
    highest = max(y for line in series for _, y in line.points)
    y_steps = ticks(y_top or highest * 1.02)
    named = [Entry(line.kind, line.look, line.name) for line in series] if len(series) > 1 else []
    head, top = legend([*named, *entries], top=0) if named or entries else ("", 0.0)
    top += 24
    at_x, at_y = _across(first, last), _up(top, y_steps[-1])
    drawn = [head, _frame(x_ticks, y_steps, at_x, at_y, x_unit, y_unit)]
    for line in series:
        if line.band:
            low = [
                (at_x(x), at_y(b)) for (x, _), (b, _) in zip(line.points, line.band, strict=True)
            ]
            high = [
                (at_x(x), at_y(b)) for (x, _), (_, b) in zip(line.points, line.band, strict=True)
            ]
            drawn.append(area([*low, *reversed(high)], look=line.look))
        places = [(at_x(x), at_y(y)) for x, y in line.points]
        drawn.append(path(places, look=line.look, kind=line.kind))
        drawn += [dot(x, y, look=line.look) for x, y in places if line.dots]
    drawn += [_mark(mark, at_x, at_y) for mark in marks]
    return picture(drawn, width=WIDTH, height=top + _PLOT + _BOTTOM, label=label)


def outlines(
    shares: tuple[Floats, Floats],
    places: Floats,
    *,
    names: tuple[str, str],
    x_ticks: Sequence[tuple[float, str]],
    x_unit: str,
    label: str,
) -> Svg:
    """Two distributions over the same columns: the second shaded, the first as an outline.

    Args:
        shares: Shares (columns,) of the first and of the second.
        places: Ends (columns + 1,) of the columns along the axis.
        names: What the two are.
        x_ticks: Places along the axis that are written out.
        x_unit: What the axis counts.
        label: For screen readers.
    """
    entries = [Entry("outline", "two", names[0]), Entry("area", "one", names[1])]
    head, top = legend(entries, top=0)
    top += 24
    y_steps = ticks(100 * max(float(s.max()) for s in shares) * 1.02, most=4)
    at_x, at_y = _across(float(places[0]), float(places[-1])), _up(top, y_steps[-1])
    drawn = [head, _frame(x_ticks, y_steps, at_x, at_y, x_unit, "% of the movements")]
    stairs = []
    for share in shares:
        corners = [(at_x(float(places[0])), at_y(0.0))]
        for k, value in enumerate(share.tolist()):
            height = at_y(100 * value)
            corners += [(at_x(float(places[k])), height), (at_x(float(places[k + 1])), height)]
        stairs.append([*corners, (at_x(float(places[-1])), at_y(0.0))])
    drawn += [area(stairs[1], look="one"), path(stairs[0], look="two")]
    return picture(drawn, width=WIDTH, height=top + _PLOT + _BOTTOM, label=label)


def week(grid: Floats, *, days: Sequence[str], top: float, label: str) -> Svg:
    """A week (7, 24) by its hours: the stronger, the busier; the scale goes from 0 to `top`."""
    left, width, height = 36.0, (WIDTH - 36.0) / 24, 20.0
    scale = ticks(top, most=6)
    drawn = []
    for d, name in enumerate(days):
        drawn.append(text(0, height * d + 14, name[:3], look="soft"))
        drawn += [
            _cell(left + width * h, height * d, width - 1, height - 1, float(value) / scale[-1])
            for h, value in enumerate(grid[d])
        ]
    bottom = 7 * height
    for hour in (0, 6, 12, 18, 24):
        anchor = "end" if hour == 24 else "middle" if hour else "start"
        drawn.append(text(left + width * hour, bottom + 15, f"{hour}", anchor=anchor, look="soft"))
    drawn.append(text(WIDTH, bottom + 32, "hour of the day, UTC", anchor="end", look="soft"))
    for k, value in enumerate(scale):
        x = 44.0 * k
        drawn.append(_cell(x, bottom + 42, 40, 14, value / scale[-1]))
        drawn.append(text(x + 20, bottom + 71, f"{short(value)}×", anchor="middle", look="soft"))
    return picture(drawn, width=WIDTH, height=bottom + 78, label=label)


def _cell(x: float, y: float, wide: float, high: float, strength: float) -> str:
    return (
        f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" class="f-one" '
        f'opacity="{0.04 + 0.96 * min(strength, 1.0):.2f}"/>'
    )


def _across(first: float, last: float) -> At:
    return lambda v: _LEFT + (_RIGHT - _LEFT) * (v - first) / ((last - first) or 1.0)


def _up(top: float, highest: float) -> At:
    return lambda v: top + _PLOT * (1 - min(v, highest) / highest)


def _frame(
    x_ticks: Sequence[tuple[float, str]],
    y_steps: Sequence[float],
    at_x: At,
    at_y: At,
    x_unit: str,
    y_unit: str,
) -> str:
    """Grid lines, the words beside them, and the units of both axes."""
    drawn = [text(0, at_y(y_steps[-1]) - 12, y_unit, look="soft")]
    for step in y_steps:
        drawn.append(rule(_LEFT, at_y(step), _RIGHT, at_y(step)))
        drawn.append(text(_LEFT - 6, at_y(step) + 4, short(step), anchor="end", look="soft"))
    for place, words in x_ticks:
        drawn.append(rule(at_x(place), at_y(0), at_x(place), at_y(0) + 4, look="axis"))
        drawn.append(text(at_x(place), at_y(0) + 18, words, anchor="middle", look="soft"))
    drawn.append(rule(_LEFT, at_y(0), _RIGHT, at_y(0), look="axis"))
    drawn.append(text(_RIGHT, at_y(0) + 34, x_unit, anchor="end", look="soft"))
    return "".join(drawn)


def _mark(mark: Mark, at_x: At, at_y: At) -> str:
    x, y = at_x(mark.x), at_y(mark.y)
    shape = diamond(x, y) if mark.configured else dot(x, y, look="one")
    if not mark.words:
        return shape
    # A rising line passes above what stands right and below; near the end there is no room for it.
    beyond = x > (_LEFT + _RIGHT) / 2
    return shape + text(
        x + 8 if beyond else x + 10, y + 24 if beyond else y + 16, mark.words,
        anchor="end" if beyond else "start",
    )  # fmt: skip
