"""CSV files as other people's systems export them: repeated lines, broken lines and all."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

import numpy as np

from training.scenario.profile import Dirt
from training.scenario.streams import Integers

Row = list[str]


@dataclass
class Planted:
    """What a file holds: all its lines, and how many are repeated, broken or second versions."""

    lines: int = 0
    duplicates: int = 0
    malformed: int = 0
    second_versions: int = 0


class Sheet:
    """One CSV file, written a day at a time.

    A broken line is a first sending: the line follows in order, so that no movement is lost. Each
    breakage puts a value that cannot be read into one column.
    """

    def __init__(
        self, path: Path, columns: Sequence[str], breakages: Mapping[str, str], dirt: Dirt
    ) -> None:
        self.planted = Planted()
        self._breakages = [(columns.index(name), value) for name, value in breakages.items()]
        self._dirt = dirt
        self._file = path.open("w", encoding="utf-8", newline="")
        self._csv = csv.writer(self._file, lineterminator="\n")
        self._csv.writerow(columns)

    def write(self, rows: Sequence[Row], rng: np.random.Generator, *, second: int = 0) -> None:
        """Adds these lines with the file's share of dirt; `second` of them are second versions."""
        n = len(rows)
        broken = rng.random(n) < self._dirt.malformed
        how = rng.integers(0, len(self._breakages), n)
        lines: list[Row] = []
        for row, is_broken, kind in zip(rows, broken.tolist(), how.tolist(), strict=True):
            if is_broken:
                column, value = self._breakages[kind]
                lines.append([*row[:column], value, *row[column + 1 :]])
            lines.append(row)
        repeated = np.flatnonzero(rng.random(n) < self._dirt.duplicates).tolist()
        lines += [rows[i] for i in repeated]
        self._csv.writerows(lines)
        self.planted.lines += len(lines)
        self.planted.duplicates += len(repeated)
        self.planted.malformed += int(broken.sum())
        self.planted.second_versions += second

    def __enter__(self) -> Sheet:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._file.close()


def moments(seconds: Integers) -> list[str]:
    """RFC 3339 moments in UTC, empty where negative."""
    text = np.datetime_as_string(np.maximum(seconds, 0).astype("M8[s]"))
    return [
        f"{one}Z" if known else ""
        for one, known in zip(text.tolist(), (seconds >= 0).tolist(), strict=True)
    ]


def yes_no(flag: bool) -> str:
    """Y or N, as these systems write it."""
    return "Y" if flag else "N"
