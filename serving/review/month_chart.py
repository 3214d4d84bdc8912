"""A year in small bars: how much there was each month, and what checks came to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from markupsafe import Markup, escape

from models.languages import Language
from models.words import number

_LEFT, _STEP, _BAR, _HEIGHT = 12, 28, 18, 40
#: Where rows stand, from the top.
_BASE, _CLEAN_AT, _FIND_AT, _NAMES_AT, _BOTTOM = 54, 66, 85, 106, 110


@dataclass(frozen=True)
class Month:
    """One calendar month, UTC.

    Attributes:
        volume: Declarations and crossings.
        clean: Inspections that found nothing.
        finds: Inspections that found something.
    """

    start: date
    volume: int
    clean: int
    finds: int

    def name(self, spoken: Language) -> str:
        """The month in words."""
        return str(format_date(self.start, "MMM y", locale=spoken.locale))


def month_chart(name: str, months: Sequence[Month], spoken: Language) -> Markup:
    """Bars from zero for the volume; under them the clean checks (circles) and finds (diamonds)."""
    most = max(1, *(month.volume for month in months))
    width = _LEFT + _STEP * len(months)
    parts = [
        f'<svg class="months" role="img" viewBox="0 0 {width} {_BOTTOM}">'
        f"<title>{escape(_title(name, months, spoken))}</title>"
    ]
    for place, month in enumerate(months):
        parts += _drawn(month, _LEFT + _STEP * place, most, spoken)
    parts.append("</svg>")
    # Every text among the parts was escaped above and below; the rest are numbers.
    return Markup("".join(parts))  # noqa: S704


def _drawn(month: Month, x: int, most: int, spoken: Language) -> Iterator[str]:
    """One month, with the volume that the tallest bar stands for."""
    middle = x + _BAR / 2
    # Something is never drawn as nothing.
    height = max(round(_HEIGHT * month.volume / most, 1), 1.5) if month.volume else 0
    top = round(_BASE - height, 1)
    yield f'<rect class="volume" x="{x}" y="{top}" width="{_BAR}" height="{height}"/>'
    if month.volume == most:
        yield _text(middle, round(top - 3, 1), number(most, language=spoken))
    if month.clean:
        yield f'<circle class="clean" cx="{middle}" cy="{_CLEAN_AT}" r="7.5"/>'
        yield _text(middle, _CLEAN_AT + 3.5, _short(month.clean))
    if month.finds:
        yield f'<path class="find" d="M{middle - 9} {_FIND_AT} l9 -9 l9 9 l-9 9 Z"/>'
        yield _text(middle, _FIND_AT + 3.5, _short(month.finds), kind="on-find")
    yield _text(middle, _NAMES_AT, _initial(month.start, spoken))


def _title(name: str, months: Sequence[Month], spoken: Language) -> str:
    return spoken.say(
        "{party}: {volume} declarations and crossings in {n} months, {clean} clean checks, {finds} finds",
        party=name,
        volume=number(sum(m.volume for m in months), language=spoken),
        n=len(months),
        clean=number(sum(m.clean for m in months), language=spoken),
        finds=number(sum(m.finds for m in months), language=spoken),
    )


def _text(x: float, y: float, text: str, *, kind: str = "month") -> str:
    return f'<text x="{x}" y="{y}" text-anchor="middle" class="{kind}">{escape(text)}</text>'


def _short(count: int) -> str:
    """Two signs at most fit into a mark; the table has the number."""
    return str(count) if count < 100 else "…"


def _initial(start: date, spoken: Language) -> str:
    return str(format_date(start, "LLLLL", locale=spoken.locale))
