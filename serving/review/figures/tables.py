"""Tables of figures: what a page shows and what its CSV holds come from the same cells."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from models.languages import Language
from models.words import SMALL_SHARE, number
from serving.review.figures.shares import Ratio, Share

#: Signs with which a spreadsheet begins a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Cell:
    """One cell.

    Attributes:
        shown: What a person reads.
        value: What a program reads in its place, as it stands in the CSV.
        numeric: Whether it is set to the right.
    """

    shown: str
    value: str
    numeric: bool = False


@dataclass(frozen=True)
class Table:
    """A table, and a chart of it where one helps.

    Attributes:
        name: Part of its address as CSV.
        caption: Its title.
        heads: Titles of the columns.
        rows: Cells; the first of each names the row.
        notes: How it is to be read.
        chart: The same as a picture.
    """

    name: str
    caption: str
    heads: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[str, ...] = ()
    chart: Markup | None = None


def as_csv(table: Table) -> str:
    """The table as CSV (RFC 4180), its first line the titles; numbers in the signs of programs."""
    made = io.StringIO()
    writer = csv.writer(made)
    writer.writerow([_no_formula(head) for head in table.heads])
    for row in table.rows:
        writer.writerow([cell.value if cell.numeric else _no_formula(cell.value) for cell in row])
    return made.getvalue()


def words(text: str, value: str | None = None) -> Cell:
    """A cell of text; `value` is its code, if it has one."""
    return Cell(text, text if value is None else value)


def count(n: int, spoken: Language) -> Cell:
    """A number of things."""
    return Cell(spoken.signed(f"{n:,}"), str(n), numeric=True)


def measured(value: float, spoken: Language) -> Cell:
    """A measured number; a dash where there is none."""
    if math.isnan(value):
        return nothing()
    return Cell(number(value, language=spoken), _written(value), numeric=True)


def few(n: int, spoken: Language, *, least: int = 5) -> Cell:
    """A number of things of which fewer than some are not told: they might be pointed at."""
    if 0 < n < least:
        return Cell(spoken.say("fewer than {n}", n=least), f"<{least}", numeric=True)
    return count(n, spoken)


def nothing() -> Cell:
    """Where there is nothing to say."""
    return Cell("–", "", numeric=True)


def insufficient(spoken: Language) -> Cell:
    """Too little backs a figure: named, never left out."""
    return Cell(spoken.words("insufficient"), "insufficient", numeric=True)


def share_heads(spoken: Language, what: str) -> tuple[str, str, str]:
    """Titles of the columns that `share_cells` fills."""
    return what, spoken.words("95 % from"), spoken.words("95 % to")


def share_cells(share: Share, spoken: Language) -> tuple[Cell, Cell, Cell]:
    """A share and the ends of its interval."""
    if not share.sufficient:
        return insufficient(spoken), nothing(), nothing()
    return (
        part(share.value, spoken),
        part(share.low, spoken),
        part(share.high, spoken),
    )


def found_cells(share: Share, spoken: Language) -> tuple[Cell, Cell, Cell]:
    """The same of finds, of which there are few: how many in 1,000, so that lines compare."""
    if not share.sufficient:
        return insufficient(spoken), nothing(), nothing()
    return (
        in_1000(share.value, spoken),
        in_1000(share.low, spoken),
        in_1000(share.high, spoken),
    )


def in_1000(value: float, spoken: Language) -> Cell:
    """How many in 1,000."""
    if math.isnan(value):
        return nothing()
    return Cell(in_1000_in_words(value, spoken), _written(1000 * value), numeric=True)


def in_1000_in_words(value: float, spoken: Language) -> str:
    """The same as text."""
    return number(float(f"{1000 * value:.3g}"), language=spoken)


def part(value: float, spoken: Language) -> Cell:
    """A part of a whole."""
    if math.isnan(value):
        return nothing()
    return Cell(part_in_words(value, spoken), _written(value), numeric=True)


def ratio_cells(ratio: Ratio, spoken: Language) -> tuple[Cell, Cell, Cell]:
    """How many times as often, and the ends of its interval."""
    if not ratio.sufficient:
        return insufficient(spoken), nothing(), nothing()
    return tuple(_times(value, spoken) for value in (ratio.value, ratio.low, ratio.high))  # type: ignore[return-value]


def part_in_words(value: float, spoken: Language) -> str:
    """A part of a whole: small percentages are misread, "1 in 140" is not."""
    if 0 < value < SMALL_SHARE:
        one_in = number(float(f"{1 / value:.2g}"), language=spoken)
        return spoken.say("1 in {m}", m=one_in)
    return spoken.percent(number(float(f"{100 * value:.3g}"), language=spoken))


def rows_of(rows: Iterable[Sequence[Cell]]) -> tuple[tuple[Cell, ...], ...]:
    """Rows as a table keeps them."""
    return tuple(tuple(row) for row in rows)


def _times(value: float, spoken: Language) -> Cell:
    if math.isinf(value):
        return Cell("∞", "inf", numeric=True)
    return Cell(number(float(f"{value:.3g}"), language=spoken), _written(value), numeric=True)


def _written(value: float) -> str:
    return f"{value:.6g}"


def _no_formula(text: str) -> str:
    """What a spreadsheet must not run."""
    return f"'{text}" if text.startswith(_FORMULA) else text
