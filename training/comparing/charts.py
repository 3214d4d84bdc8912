"""Charts as inline SVG: told apart by dash and name as well as by colour, in light and in dark."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from html import escape

_WIDTH, _HEIGHT, _LEFT, _RIGHT, _TOP, _BOTTOM = 400, 270, 48, 70, 14, 46
_LINE = 13.0
_ROW = 24

#: Dashes by who ranks; colours stand in `report.css` under the same names.
_DASHES = {
    "head": "",
    "challenger": "9 3 2 3",
    "logistic": "7 4",
    "rules": "2 4",
    "random": "1 5",
    "oracle": "12 3",
}


@dataclass(frozen=True)
class Point:
    """A figure at some place; without an interval both ends are NaN."""

    x: float
    y: float
    low: float = math.nan
    high: float = math.nan


@dataclass(frozen=True)
class Row:
    """A named line of a dot chart: one figure with its interval, and others as marks."""

    name: str
    figure: Point
    marks: Mapping[str, float]


Tick = tuple[float, str]
Place = Callable[[float, float], tuple[float, float]]


def curves(lines: Mapping[str, Sequence[Point]], *, title: str, x: str, y: str) -> str:
    """Shares by capacity, a line for each ranking; intervals of head and challenger are shaded.

    Args:
        lines: Points by who ranks, from the smallest capacity on; all are shares.
        title: What a reader without the picture is told.
        x: What the horizontal axis counts.
        y: What the vertical axis counts.
    """
    ends = [e for line in lines.values() for p in line for e in (p.y, p.high) if e == e]
    top = min(1.0, _rounded_up(max(ends, default=1.0)))
    last = max(p.x for line in lines.values() for p in line)

    def at(capacity: float, value: float) -> tuple[float, float]:
        across = _WIDTH - _LEFT - _RIGHT
        up = _HEIGHT - _BOTTOM - _TOP
        kept = min(max(value, 0.0), top)
        return _LEFT + across * capacity / last, _HEIGHT - _BOTTOM - up * kept / top

    across = [last * i / 4 for i in range(5)]
    drawn = [_grid(at, _shares(across), _shares([top * i / 4 for i in range(5)]), x, y)]
    drawn.append(_lines(lines, at))
    return _svg(title, _HEIGHT, drawn)


def over_months(
    lines: Mapping[str, Sequence[Point]], months: Sequence[str], *, title: str, y: str
) -> str:
    """Shares by month, a line for each ranking; a month without a figure is a gap.

    Args:
        lines: Points by who ranks; their places are those of their months.
        months: Names of the months, in order.
        title: What a reader without the picture is told.
        y: What the vertical axis counts.
    """
    lines = {who: [p for p in line if p.y == p.y] for who, line in lines.items()}
    lines = {who: line for who, line in lines.items() if line}
    ends = [e for line in lines.values() for p in line for e in (p.y, p.high) if e == e]
    top = min(1.0, _rounded_up(max(ends, default=1.0)))

    def at(month: float, value: float) -> tuple[float, float]:
        across = _WIDTH - _LEFT - _RIGHT
        up = _HEIGHT - _BOTTOM - _TOP
        kept = min(max(value, 0.0), top)
        share = month / (len(months) - 1) if len(months) > 1 else 0.5
        return _LEFT + across * share, _HEIGHT - _BOTTOM - up * kept / top

    every = -(-len(months) // 5)
    ticks = [(float(i), month) for i, month in enumerate(months) if i % every == 0]
    drawn = [_grid(at, ticks, _shares([top * i / 4 for i in range(5)]), "Month", y)]
    drawn.append(_lines(lines, at))
    return _svg(title, _HEIGHT, drawn)


def _lines(lines: Mapping[str, Sequence[Point]], at: Place) -> str:
    """Shaded intervals, lines over them, and names at their ends."""
    drawn = []
    for who, line in lines.items():
        told = [p for p in line if p.low == p.low]
        if who in ("head", "challenger") and len(told) > 1:
            around = [(p.x, p.high) for p in told] + [(p.x, p.low) for p in reversed(told)]
            drawn.append(f'<polygon class="area {who}" points="{_points(at, around)}"/>')
    for who, line in lines.items():
        points = _points(at, [(p.x, p.y) for p in line])
        drawn.append(
            f'<polyline class="line {who}" points="{points}" stroke-dasharray="{_DASHES[who]}"/>'
        )
    drawn.append(_names({who: at(line[-1].x, line[-1].y) for who, line in lines.items()}))
    return "".join(drawn)


def agreement(lines: Mapping[str, Sequence[Point]], *, title: str) -> str:
    """Probability said against share observed, both on a logarithmic scale; equal on the diagonal.

    Args:
        lines: Points by who ranks: what was said, what was observed, its interval.
        title: What a reader without the picture is told.
    """
    values = [v for line in lines.values() for p in line for v in (p.x, p.y, p.low, p.high)]
    known = [v for v in values if v == v and v > 0]
    low = 10 ** math.floor(math.log10(min(known, default=0.001)))
    high = min(1.0, 10 ** math.ceil(math.log10(max(known, default=1.0))))
    low, high = min(low, high / 10), max(high, low * 10)

    def place(value: float) -> float:
        return math.log(min(max(value, low), high) / low) / math.log(high / low)

    def at(said: float, observed: float) -> tuple[float, float]:
        across = _WIDTH - _LEFT - _RIGHT
        up = _HEIGHT - _BOTTOM - _TOP
        return _LEFT + across * place(said), _HEIGHT - _BOTTOM - up * place(observed)

    steps = [low * 10**i for i in range(round(math.log10(high / low)) + 1)]
    ticks = _shares(steps)
    drawn = [_grid(at, ticks, ticks, "Mean probability said", "Share of hits")]
    drawn.append(f'<polyline class="diagonal" points="{_points(at, [(low, low), (high, high)])}"/>')
    ends: dict[str, tuple[float, float]] = {}
    for who, line in lines.items():
        for p in line:
            (x, y), (_, bottom), (_, above) = (at(p.x, v) for v in (p.y, p.low, p.high))
            if p.low == p.low:
                drawn.append(
                    f'<line class="line {who}" x1="{x:.1f}" x2="{x:.1f}" y1="{bottom:.1f}" '
                    f'y2="{above:.1f}"/>'
                )
            drawn.append(f'<circle class="dot {who}" cx="{x:.1f}" cy="{y:.1f}" r="4"/>')
            ends[who] = (x, y)
    drawn.append(_names(ends))
    return _svg(title, _HEIGHT, drawn)


def dots(rows: Sequence[Row], *, title: str, x: str) -> str:
    """A figure and its interval for each row, with what others reach as marks with names.

    Args:
        rows: From top to bottom; shares.
        title: What a reader without the picture is told.
        x: What the axis counts.
    """
    bottom = _TOP + _ROW * len(rows)

    def across(value: float) -> float:
        return 76 + (_WIDTH - 76 - 16) * min(max(value, 0.0), 1.0)

    drawn = []
    for step in range(5):
        place = across(step / 4)
        drawn.append(
            f'<line class="grid" x1="{place:.1f}" x2="{place:.1f}" y1="{_TOP}" y2="{bottom}"/>'
            f'<text x="{place:.1f}" y="{bottom + 16}" text-anchor="middle">{25 * step}&#8239;%'
            "</text>"
        )
    drawn.append(
        f'<text x="{across(0.5):.1f}" y="{bottom + 32}" text-anchor="middle">{escape(x)}</text>'
    )
    for i, row in enumerate(rows):
        y = _TOP + _ROW * (i + 0.5)
        drawn.append(f'<text x="0" y="{y + 4:.1f}">{escape(row.name)}</text>')
        if row.figure.y != row.figure.y:
            drawn.append(f'<text x="{across(0):.1f}" y="{y + 4:.1f}">insufficient</text>')
            continue
        left, right = across(row.figure.low), across(row.figure.high)
        drawn.append(
            f'<line class="line head" x1="{left:.1f}" x2="{right:.1f}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<circle class="dot head" cx="{across(row.figure.y):.1f}" cy="{y:.1f}" r="5"/>'
        )
        for who, value in row.marks.items():
            place = across(value)
            drawn.append(
                f'<line class="line {who}" x1="{place:.1f}" x2="{place:.1f}" y1="{y - 8:.1f}" '
                f'y2="{y + 8:.1f}"><title>{escape(who)}</title></line>'
            )
    return _svg(title, bottom + 40, drawn)


def _svg(title: str, height: float, drawn: Sequence[str]) -> str:
    return (
        f'<svg viewBox="0 0 {_WIDTH} {height:.0f}" role="img" aria-label="{escape(title)}">'
        f"{''.join(drawn)}</svg>"
    )


def _grid(at: Place, across: Sequence[Tick], up: Sequence[Tick], x: str, y: str) -> str:
    parts = []
    for value, text in up:
        left, place = at(across[0][0], value)
        parts.append(
            f'<line class="grid" x1="{left:.1f}" y1="{place:.1f}" x2="{_WIDTH - _RIGHT}" '
            f'y2="{place:.1f}"/><text x="{_LEFT - 5}" y="{place + 4:.1f}" '
            f'text-anchor="end">{escape(text)}</text>'
        )
    for value, text in across:
        place, bottom = at(value, up[0][0])
        parts.append(
            f'<text x="{place:.1f}" y="{bottom + 16:.1f}" text-anchor="middle">{escape(text)}'
            "</text>"
        )
    middle = (_LEFT + _WIDTH - _RIGHT) / 2
    parts.append(
        f'<text x="{middle:.1f}" y="{_HEIGHT - 8}" text-anchor="middle">{escape(x)}</text>'
        f'<text class="axis" transform="rotate(-90)" x="{-(_HEIGHT - _BOTTOM + _TOP) / 2:.1f}" '
        f'y="10" text-anchor="middle">{escape(y)}</text>'
    )
    return "".join(parts)


def _names(ends: Mapping[str, tuple[float, float]]) -> str:
    """Each line's name beside its end; moved where it would cover another, or the axis."""
    order = sorted(ends.items(), key=lambda named: named[1][1])
    places: list[float] = []
    for _, (_, y) in order:
        places.append(max(y + 4, places[-1] + _LINE if places else 0.0))
    lowest = float(_HEIGHT - _BOTTOM)
    for i in reversed(range(len(places))):
        places[i] = min(places[i], lowest)
        lowest = places[i] - _LINE
    return "".join(
        f'<text class="name {who}" x="{x + 7:.1f}" y="{place:.1f}">{who}</text>'
        for (who, (x, _)), place in zip(order, places, strict=True)
    )


def _points(at: Place, points: Sequence[tuple[float, float]]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in (at(*point) for point in points))


def _rounded_up(value: float) -> float:
    """A round end of an axis: 1, 2, 4 or 8 tenths of a power of ten, or the next one."""
    power = 10.0 ** math.floor(math.log10(value)) if value > 0 else 1.0
    return float(next(step * power for step in (1, 2, 4, 8, 10) if step * power >= value - 1e-12))


def _shares(values: Sequence[float]) -> list[Tick]:
    """Places on an axis, with what is written there: percent, after a narrow space."""
    return [(value, f"{100 * value:.3g}\u202f%") for value in values]
