"""The truth on the side: true risks and what was carried. No import mapping reads it."""

from __future__ import annotations

import json
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from training.scenario.streams import Flags, Floats, Integers
from training.scenario.typologies import NAMES

_SCHEMA = pa.schema([
    ("source_record_id", pa.string()),
    ("kind", pa.string()),
    ("vehicle_class", pa.string()),
    ("event_at", pa.timestamp("us", tz="UTC")),
    ("post", pa.string()),
    ("true_risk_arms", pa.float64()),
    ("true_risk_smuggling", pa.float64()),
    ("carries_arms", pa.bool_()),
    ("carries_people", pa.bool_()),
    ("typology", pa.string()),
])  # fmt: skip


class Truth:
    """Writes `truth.parquet`, a row a movement, and `planted.json`."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self._parquet = pq.ParquetWriter(folder / "truth.parquet", _SCHEMA)

    def add(
        self,
        kind: str,
        numbers: list[str],
        *,
        vehicle_class: list[str],
        at: Integers,
        post: list[str],
        risks: tuple[Floats, Floats],
        carries: tuple[Flags, Flags],
        typology: Integers,
    ) -> None:
        """Adds a day's movements of one kind; risks and carries are of arms, then of people."""
        columns = [
            numbers,
            [kind] * len(numbers),
            vehicle_class,
            at * 1_000_000,
            post,
            *risks,
            *carries,
            np.array(NAMES)[typology].tolist(),
        ]
        arrays = [pa.array(c, type=t) for c, t in zip(columns, _SCHEMA.types, strict=True)]
        self._parquet.write_table(pa.table(arrays, schema=_SCHEMA))

    def write_planted(self, numbers: dict[str, dict[str, int]]) -> None:
        """Writes how many lines of each sort every file holds."""
        text = json.dumps(numbers, indent=2, sort_keys=True) + "\n"
        (self._folder / "planted.json").write_text(text, encoding="utf-8")

    def __enter__(self) -> Truth:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._parquet.close()
