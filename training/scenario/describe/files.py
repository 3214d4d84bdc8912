"""How a drawn period is read back for its description: in pieces, whatever its length.

Lines that cannot be read are left out; numbers that cannot be read are NaN, moments -1. Totals are
those of `truth/scenario.json`, which counted the lines as they were written.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from features.errors import VardarError
from training.scenario.streams import Floats, Integers

DAY = 86_400

_BLOCK = 16 << 20
_ROWS = 1 << 18


@dataclass(frozen=True)
class Drawn:
    """A drawn period on disk.

    Attributes:
        profile: The profile it was drawn from, as plain values.
        planted: For each file its lines, duplicates, malformed lines and second versions.
        configured: For each risk and stratum, how many movements were meant to carry something.
        movements: How many movements each stratum has.
    """

    folder: Path
    profile: Mapping[str, Any]
    seed: int
    planted: Mapping[str, Mapping[str, int]]
    configured: Mapping[str, Mapping[str, float]]
    movements: Mapping[str, int]

    @property
    def first_day(self) -> date:
        """The first day of the period."""
        return date.fromisoformat(self.profile["first_day"])

    @property
    def days(self) -> int:
        """How many days it lasts."""
        return int(self.profile["days"])

    @property
    def total(self) -> int:
        """Movements of all strata."""
        return sum(self.movements.values())


def load_drawn(folder: Path) -> Drawn:
    """The period drawn into that folder.

    Raises:
        VardarError: There is none, or not the whole of it.
    """
    facts = folder / "truth" / "scenario.json"
    names = ("consignments.csv", "crossings.csv", "inspections.csv", "truth/truth.parquet")
    if lacking := [path for path in (facts, *(folder / n for n in names)) if not path.is_file()]:
        raise VardarError(
            f"{folder} does not hold a drawn period ({lacking[0].name} is missing): "
            "draw one with `vardar scenario draw --out`."
        )
    stored = json.loads(facts.read_text(encoding="utf-8"))
    return Drawn(
        folder,
        stored["profile"],
        int(stored["seed"]),
        stored["planted"],
        stored["configured"],
        stored["movements"],
    )


def lines(path: Path, columns: Sequence[str]) -> Iterator[pa.Table]:
    """These columns of a CSV file, all as text, some ten thousands of lines at a time.

    Raises:
        VardarError: The file lacks one of the columns.
    """
    try:
        reader = pacsv.open_csv(
            path,
            read_options=pacsv.ReadOptions(block_size=_BLOCK),
            parse_options=pacsv.ParseOptions(invalid_row_handler=lambda _: "skip"),
            convert_options=pacsv.ConvertOptions(
                include_columns=list(columns),
                column_types=dict.fromkeys(columns, pa.string()),
                strings_can_be_null=False,
            ),
        )
    except (KeyError, pa.ArrowKeyError) as error:
        raise VardarError(f"{path.name} is not as this version draws it: {error}.") from error
    with reader:
        # A file of nothing but its header has no batch, but it has columns.
        yield reader.schema.empty_table()
        for batch in reader:
            yield pa.Table.from_batches([batch])


def truth(folder: Path, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """These columns of the truth, a quarter of a million movements at a time."""
    with pq.ParquetFile(folder / "truth" / "truth.parquet") as file:
        yield from file.iter_batches(batch_size=_ROWS, columns=list(columns))


def once(table: pa.Table, number: str) -> pa.Table:
    """The lines with a number, each number once: as it was sent last in this piece."""
    numbers = table[number].to_numpy(zero_copy_only=False)
    last = ~pd.Series(numbers).duplicated(keep="last").to_numpy() & (numbers != "")
    return table.filter(pa.array(last))


def numeric(column: pa.ChunkedArray) -> Floats:
    """Numbers (n,); NaN where there is none, or none that can be read."""
    values = pd.to_numeric(column.to_pandas(), errors="coerce")
    return np.asarray(values, dtype=np.float64)


def moments(column: pa.ChunkedArray) -> Integers:
    """Seconds since 1970 (n,); -1 where there is no moment, or none that can be read."""
    parsed = pc.strptime(column, format="%Y-%m-%dT%H:%M:%SZ", unit="s", error_is_null=True)
    return np.asarray(pc.fill_null(parsed.cast(pa.int64()), -1).to_numpy(), dtype=np.int64)


def places(column: pa.Array | pa.ChunkedArray, among: pa.Array) -> Integers:
    """Where each value (n,) stands among those values; -1 where it does not."""
    found = pc.index_in(column, value_set=among)
    return np.asarray(pc.fill_null(found, -1).to_numpy(zero_copy_only=False), dtype=np.int64)
