"""The pieces charts are made of: escaped text, lines, marks and legends, as inline SVG.

Colours are classes (`one`, `two`, `three`, `soft`), which the page's style fills for light and for
dark; whatever is told apart by colour is told apart by its shape or dash too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Literal, NewType

#: Markup that is complete and escaped.
Svg = NewType("Svg", str)

Look = Literal["one", "two", "three", "soft"]
Kind = Literal["line", "dash", "dots", "dot", "diamond", "area", "outline"]

#: Width of a chart; text is drawn at its true size where a chart is shown that wide.
WIDTH = 360
#: Mean width of a character of such text.
CHARACTER = 6.9
_ROW = 19


@dataclass(frozen=True)
class Entry:
    """A line of a legend: the mark and what it stands for."""

    kind: Kind
    look: Look
    words: str


def picture(drawn: Sequence[str], *, width: float, height: float, label: str) -> Svg:
    """A whole SVG element that a screen reader reads as its label."""
    return Svg(
        f'<svg viewBox="0 0 {width:g} {height:.0f}" role="img" aria-label="{escape(label)}">'
        f"{''.join(drawn)}</svg>"
    )


def text(
    x: float, y: float, words: str, *, anchor: str = "start", look: str = "ink", extra: str = ""
) -> str:
    """Words at a place, escaped."""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" class="t-{look}"{extra}>'
        f"{escape(words)}</text>"
    )


def rule(x1: float, y1: float, x2: float, y2: float, *, look: str = "grid") -> str:
    """A straight line."""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="s-{look}"/>'


def path(points: Sequence[tuple[float, float]], *, look: Look, kind: Kind = "line") -> str:
    """A line through points; "dash" and "dots" break it up."""
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polyline points="{places}" class="line s-{look} {kind}"/>'


def area(points: Sequence[tuple[float, float]], *, look: Look) -> str:
    """A shaded surface without an outline."""
    places = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    return f'<polygon points="{places}" class="area f-{look}"/>'


def dot(x: float, y: float, *, look: Look) -> str:
    """A full point: something measured."""
    return f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4.5" class="f-{look}"/>'


def diamond(x: float, y: float) -> str:
    """A hollow diamond: what was configured."""
    return f'<path d="M{x:.1f} {y - 7:.1f}l6 7l-6 7l-6 -7z" class="meant"/>'


def legend(entries: Sequence[Entry], *, top: float, width: float = WIDTH) -> tuple[str, float]:
    """Marks with their words, in as many rows as they need; and where it ends."""
    drawn, x, y = [], 2.0, top + 12.0
    for entry in entries:
        needs = 30 + CHARACTER * len(entry.words)
        if x > 2.0 and x + needs > width:
            x, y = 2.0, y + _ROW
        drawn.append(_sample(entry, x, y - 4) + text(x + 28, y, entry.words))
        x += needs + 12
    return "".join(drawn), y + 8


def _sample(entry: Entry, x: float, y: float) -> str:
    if entry.kind == "dot":
        return dot(x + 12, y, look=entry.look)
    if entry.kind == "diamond":
        return diamond(x + 12, y)
    corners = [(x, y + 6), (x, y - 6), (x + 24, y - 6), (x + 24, y + 6)]
    if entry.kind == "area":
        return area(corners, look=entry.look)
    if entry.kind == "outline":
        return path(corners, look=entry.look)
    return path([(x, y), (x + 24, y)], look=entry.look, kind=entry.kind)
