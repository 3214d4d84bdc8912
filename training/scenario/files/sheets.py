"""How the lines of other people's systems are written: cells, repeated lines, broken lines and all.

Cells are texts that can stand in a CSV line as they are: whatever could hold a comma or a quote goes
through `field`. Lines are made a column at a time, for a period has millions of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from training.scenario.profile import Dirt
from training.scenario.streams import Flags, Floats, Integers

Row = list[str]
Columns = Sequence[Sequence[str]]
Labels = NDArray[np.object_]

_DAY = 86_400
_NEEDS_QUOTES = re.compile(r'[,"\r\n]')


@dataclass(frozen=True)
class Layout:
    """A file's columns, and values no reader can accept by the column they are put in."""

    columns: tuple[str, ...]
    breakages: Mapping[str, str]

    @property
    def header(self) -> str:
        """The file's first line."""
        return ",".join(self.columns) + "\n"


@dataclass(frozen=True)
class Planted:
    """What a file holds: all its lines, and how many are repeated, broken or second versions."""

    lines: int = 0
    duplicates: int = 0
    malformed: int = 0
    second_versions: int = 0

    def __add__(self, other: Planted) -> Planted:
        return Planted(
            self.lines + other.lines,
            self.duplicates + other.duplicates,
            self.malformed + other.malformed,
            self.second_versions + other.second_versions,
        )


@dataclass(frozen=True)
class Sent:
    """Lines of one file as they are sent, in UTF-8, and what was planted in them."""

    text: bytes
    planted: Planted


def sent(
    columns: Columns, layout: Layout, dirt: Dirt, rng: np.random.Generator, *, second: int = 0
) -> Sent:
    """A day's lines with the file's share of dirt; `second` of them are second versions.

    A broken line is a first sending: the line follows in order, so that no movement is lost. Each
    breakage puts a value that cannot be read into one column. Repeated lines come last.
    """
    lines = [",".join(cells) for cells in zip(*columns, strict=True)]
    n = len(lines)
    broken = np.flatnonzero(rng.random(n) < dirt.malformed).tolist()
    how = rng.integers(0, len(layout.breakages), len(broken)).tolist()
    repeated = np.flatnonzero(rng.random(n) < dirt.duplicates).tolist()
    breakages = [(layout.columns.index(c), field(v)) for c, v in layout.breakages.items()]
    out: list[str] = []
    start = 0
    for i, kind in zip(broken, how, strict=True):
        position, value = breakages[kind]
        cells = [column[i] for column in columns]
        cells[position] = value
        out += lines[start:i]
        out.append(",".join(cells))
        start = i
    out += lines[start:]
    out += [lines[i] for i in repeated]
    text = "\n".join([*out, ""]) if out else ""
    return Sent(text.encode(), Planted(len(out), len(repeated), len(broken), second))


def columns_of(rows: Sequence[Sequence[str]], width: int) -> Columns:
    """Rows of plain texts as columns of cells."""
    if not rows:
        return [[] for _ in range(width)]
    return [[field(text) for text in column] for column in zip(*rows, strict=True)]


def with_rows(columns: Columns, rows: Sequence[Row]) -> Columns:
    """The columns with these rows of cells added below."""
    if not rows:
        return columns
    below = zip(*rows, strict=True)
    return [[*column, *cells] for column, cells in zip(columns, below, strict=True)]


def field(text: str) -> str:
    """The text as a cell: in quotes if it holds a comma, a quote or the end of a line."""
    return '"' + text.replace('"', '""') + '"' if _NEEDS_QUOTES.search(text) else text


def labels(names: Iterable[str]) -> Labels:
    """Cells to look up by row; the last, which row -1 finds, is empty: there is nobody."""
    cells = [field(str(name)) for name in names]
    return np.array([*cells, ""], dtype=object)


def moments(seconds: Integers) -> list[str]:
    """RFC 3339 moments in UTC, empty where negative."""
    found = np.full(len(seconds), "", dtype=object)
    known = seconds >= 0
    if known.any():
        day, second = np.divmod(seconds[known], _DAY)
        first = int(day.min())
        dates = np.datetime_as_string(np.arange(first, day.max() + 1).astype("M8[D]"))
        found[known] = dates.astype(object)[day - first] + _clock()[second]
    return _cells(found)


def whole(values: Floats) -> list[str]:
    """Values without decimals, empty where there are none (NaN)."""
    found = np.full(len(values), "", dtype=object)
    known = ~np.isnan(values)
    found[known] = integers(np.rint(values[known]).astype(np.int64))
    return _cells(found)


def integers(values: Integers) -> list[str]:
    """Whole numbers."""
    return list(map(str, values.tolist()))


def where(flags: Flags, there: Iterable[str] | str, elsewhere: Iterable[str] | str) -> list[str]:
    """Cells of `there` where the flag is set, of `elsewhere` where not; either may be one text."""
    both = (
        np.asarray(c if isinstance(c, str) else list(c), dtype=object) for c in (there, elsewhere)
    )
    return _cells(np.where(flags, *both))


def yes_no(flags: Flags) -> list[str]:
    """Y or N, as these systems write it."""
    return where(flags, "Y", "N")


def _cells(found: Labels) -> list[str]:
    cells: list[str] = found.tolist()
    return cells


@cache
def _clock() -> Labels:
    """The text of each second of a day, as it follows a date."""
    hours = (f"T{h:02d}:{m:02d}:" for h in range(24) for m in range(60))
    return np.array([f"{minute}{s:02d}Z" for minute in hours for s in range(60)], dtype=object)
