"""The truth on the side: true risks, what was carried, and how the period was asked for.

No import mapping reads it.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from datetime import date
from pathlib import Path
from types import TracebackType
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from training.scenario.days.movements import DECLARED_STRATA, Carriage, Day
from training.scenario.files.sheets import Planted
from training.scenario.streams import Integers
from training.scenario.typologies import NAMES
from training.scenario.world.reference import Names
from training.scenario.world.vehicles import CLASSES
from training.scenario.world.world import World

SCHEMA = pa.schema([
    ("source_record_id", pa.string()),
    ("kind", pa.string()),
    ("stratum", pa.string()),
    ("event_at", pa.timestamp("us", tz="UTC")),
    ("post", pa.string()),
    ("true_risk_arms", pa.float64()),
    ("true_risk_smuggling", pa.float64()),
    ("carries_arms", pa.bool_()),
    ("carries_people", pa.bool_()),
    ("typology_arms", pa.string()),
    ("typology_smuggling", pa.string()),
    ("pieces", pa.int64()),
    ("behaviour", pa.string()),
])  # fmt: skip

STRATA = (*DECLARED_STRATA, *CLASSES)

#: A row group is written once this many movements are waiting; they stay whole days.
_GROUP = 1 << 17


class Truth:
    """Writes `truth.parquet`, a row a movement, and counts the movements of each stratum."""

    def __init__(self, folder: Path, world: World) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._world = folder, world
        # Written last: while it is not there, the folder does not hold a whole period.
        (folder / "scenario.json").unlink(missing_ok=True)
        self._parquet = pq.ParquetWriter(folder / "truth.parquet", SCHEMA)
        self._waiting: list[pa.Table] = []
        self._counts = np.zeros(len(STRATA), dtype=np.int64)

    @property
    def movements(self) -> dict[str, int]:
        """Movements so far, by stratum."""
        return dict(zip(STRATA, self._counts.tolist(), strict=True))

    def add(self, today: Day) -> None:
        """Adds a day's movements: declarations, then crossings."""
        declared, crossed = today.declared, today.crossed
        lanes = self._world.firms.lanes
        self._add(
            "consignment",
            today.declaration_numbers,
            stratum=declared.stratum,
            at=declared.lodged,
            post=lanes.post[declared.lane],
            carries=declared.carries,
            behaviour=declared.behaviour,
        )
        self._add(
            "crossing",
            today.crossing_numbers,
            stratum=len(DECLARED_STRATA) + crossed.kind,
            at=crossed.passages.at,
            post=crossed.passages.post,
            carries=crossed.carries,
            behaviour=crossed.behaviour,
        )
        if sum(table.num_rows for table in self._waiting) >= _GROUP:
            self._write()

    def finish(
        self, planted: Mapping[str, Planted], configured: Mapping[str, Mapping[str, float]]
    ) -> None:
        """Writes `scenario.json`: what was asked for, and what became of it.

        Args:
            planted: For each file how many lines of each sort it holds.
            configured: For each risk and stratum how many movements were meant to carry something.
        """
        known = {
            "profile": asdict(self._world.profile),
            "seed": self._world.seed,
            "planted": {name: asdict(numbers) for name, numbers in planted.items()},
            "configured": configured,
            "movements": self.movements,
        }
        text = json.dumps(known, indent=2, sort_keys=True, default=_plain) + "\n"
        (self._folder / "scenario.json").write_text(text, encoding="utf-8")

    def _add(
        self,
        kind: str,
        numbers: list[str],
        *,
        stratum: Integers,
        at: Integers,
        post: Integers,
        carries: Carriage,
        behaviour: Integers,
    ) -> None:
        columns = (
            numbers,
            pa.repeat(kind, len(numbers)),
            _named(STRATA, stratum),
            at * 1_000_000,
            _named(self._world.posts.ids, post),
            carries.risk_arms,
            carries.risk_people,
            carries.arms,
            carries.people,
            _named(NAMES, carries.arms_by),
            _named(NAMES, carries.people_by),
            carries.pieces,
            _named(NAMES, behaviour),
        )
        arrays = [
            pa.array(values, type=kind) for values, kind in zip(columns, SCHEMA.types, strict=True)
        ]
        self._waiting.append(pa.table(arrays, schema=SCHEMA))
        self._counts += np.bincount(stratum, minlength=len(STRATA))

    def _write(self) -> None:
        together = pa.concat_tables(self._waiting)
        self._parquet.write_table(together, row_group_size=together.num_rows)
        self._waiting = []

    def __enter__(self) -> Truth:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._waiting and error is None:
            self._write()
        self._parquet.close()


def _named(names: tuple[str, ...] | Names, rows: Integers) -> pa.Array:
    """The names at these rows (n,)."""
    return pa.array(list(names)).take(pa.array(rows))


def _plain(value: object) -> Any:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, np.generic):
        return value.item()
    raise TypeError(f"{type(value).__name__} has no plain JSON: {value!r}")
