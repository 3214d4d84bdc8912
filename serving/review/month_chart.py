"""A year in small bars: how much there was each month, and what checks came to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from babel.dates import format_date
from markupsafe import Markup, escape

from models.languages import Language
from models.words import number

_STEP, _BAR, _HEIGHT = 28, 18, 40
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
    left = 12
    parts = [
        Markup('<svg class="months" role="img" viewBox="0 0 {} {}"><title>{}</title>').format(
            left + _STEP * len(months), _BOTTOM, _title(name, months, spoken)
        )
    ]
    for place, month in enumerate(months):
        x = left + _STEP * place
        middle = x + _BAR / 2
        height = round(_HEIGHT * month.volume / most, 1)
        if month.volume:
            # Something is never drawn as nothing.
            height = max(height, 1.5)
        parts.append(
            Markup('<rect class="volume" x="{}" y="{}" width="{}" height="{}"/>').format(
                x, round(_BASE - height, 1), _BAR, height
            )
        )
        if month.volume == most:
            parts.append(_text(middle, round(_BASE - 3 - height, 1), number(most, language=spoken)))
        if month.clean:
            parts.append(
                Markup('<circle class="clean" cx="{}" cy="{}" r="7.5"/>').format(middle, _CLEAN_AT)
            )
            parts.append(_text(middle, _CLEAN_AT + 3.5, _short(month.clean)))
        if month.finds:
            y = _FIND_AT
            parts.append(
                Markup('<path class="find" d="M{} {} l9 -9 l9 9 l-9 9 Z"/>').format(middle - 9, y)
            )
            parts.append(_text(middle, y + 3.5, _short(month.finds), kind="on-find"))
        parts.append(_text(middle, _NAMES_AT, _initial(month.start, spoken)))
    parts.append(Markup("</svg>"))
    return Markup("").join(parts)


def _title(name: str, months: Sequence[Month], spoken: Language) -> str:
    return spoken.say(
        "{party}: {volume} declarations and crossings in {n} months, {clean} clean checks, {finds} finds",
        party=name,
        volume=number(sum(m.volume for m in months), language=spoken),
        n=len(months),
        clean=number(sum(m.clean for m in months), language=spoken),
        finds=number(sum(m.finds for m in months), language=spoken),
    )


def _text(x: float, y: float, text: str, *, kind: str = "") -> Markup:
    return Markup('<text x="{}" y="{}" text-anchor="middle"{}>{}</text>').format(
        x, y, Markup(' class="{}"').format(kind) if kind else "", escape(text)
    )


def _short(count: int) -> str:
    """Two signs at most fit into a mark; the table has the number."""
    return str(count) if count < 100 else "…"


def _initial(start: date, spoken: Language) -> str:
    return str(format_date(start, "LLLLL", locale=spoken.locale))
