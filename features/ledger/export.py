"""The ledger as Parquet by month: what the offline engine, training and partners read.

One row an event, in the order of u: identity and times, keys (`key_<kind>`), signed measures
(`m_<measure>`), the movement's own integers (`row_<name>`), an inspection's outcome, and a police report's type and
grades. `features.json` beside them says what the deployment's mappings add to the features.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pyarrow as pa
import pyarrow.parquet as pq
from sqlalchemy import Connection, Row, select

from features.errors import VardarError
from features.ledger import tables
from features.ledger.connection import reading
from features.ledger.entering import DAY_MICROSECONDS
from features.ledger.packing import unpack_measures
from features.ledger.store import Epoch, Ledger, features_of_epoch
from features.measures import MEASURES
from features.registry import SUBJECTS, FeatureSet
from features.spec import MISSING

_BATCH = 50_000
_FEATURES = "features.json"
_OUTCOME = ("result", "selection_reason", "control_level")
_REPORT = ("incident_type", "source_grade")


@dataclass(frozen=True)
class Exported:
    """How many rows went into which files."""

    rows: int
    files: tuple[Path, ...]


def export(ledger: Ledger, folder: Path, *, until_u: int | None = None) -> Exported:
    """Write the ledger's epoch, with its features, to `folder/events-YYYY-MM.parquet`, a file for each month of u.

    The same ledger gives the same bytes.

    Args:
        ledger: The ledger.
        folder: Emptied of earlier exports first.
        until_u: Leave out what became known at or after this moment.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("events-*.parquet"):
        old.unlink()
    epoch = ledger.epoch
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    (folder / _FEATURES).write_bytes(orjson.dumps(epoch.features.to_json(), option=options))
    schema = event_schema(epoch.features)
    count, files = 0, []
    with reading(ledger.engine) as connection:
        # A past score's features may be others than those the store's integers were made by.
        stored = features_of_epoch(connection, epoch.number) == epoch.features
        rows = _rows(connection, epoch, until_u)
        for month, of_month in groupby(rows, key=lambda row: _month(row.u)):
            path = folder / f"events-{month}.parquet"
            with pq.ParquetWriter(path, schema, compression="zstd") as writer:
                for batch in _batches(of_month):
                    writer.write_table(_table(batch, epoch.features, schema, stored=stored))
                    count += len(batch)
            files.append(path)
    return Exported(count, tuple(files))


def load_features(folder: Path) -> FeatureSet:
    """The features that an export in this folder was made with.

    Raises:
        VardarError: if there is no export in the folder.
    """
    path = folder / _FEATURES
    if not path.exists():
        raise VardarError(f"{folder} holds no export; make one with `vardar export {folder}`.")
    return FeatureSet.from_json(orjson.loads(path.read_bytes()))


def event_schema(features: FeatureSet) -> pa.Schema:
    """The columns of an export."""
    return pa.schema(
        [
            ("u", pa.int64()),
            ("epoch", pa.int32()),
            ("kind", pa.string()),
            ("source_system", pa.string()),
            ("source_record_id", pa.string()),
            ("record_version", pa.int32()),
            ("event_at", pa.int64()),
            ("known_at", pa.int64()),
            ("day", pa.int64()),
            ("tile_day", pa.int64()),
            ("closed_days_only", pa.bool_()),
            ("takes_back", pa.int64()),
            ("is_movement", pa.bool_()),
            ("movement_u", pa.int64()),
            ("owner_post", pa.string()),
            *((name, pa.string()) for name in _OUTCOME),
            ("selection_propensity", pa.float64()),
            *((name, pa.string()) for name in _REPORT),
            ("information_grade", pa.int64()),
            *((f"key_{kind}", pa.string()) for kind in features.key_kinds),
            *((f"m_{measure}", pa.int64()) for measure in MEASURES),
            *((name, pa.int64()) for name in row_columns(features)),
        ]
    )


def row_columns(features: FeatureSet) -> list[str]:
    """Columns of the movements' own integers, such as `row_consignment_hour`."""
    return [
        f"row_{subject}_{name}"
        for subject in SUBJECTS
        for name, _ in features.row_functions[subject]
    ]


def _table(
    rows: Sequence[Row[Any]], features: FeatureSet, schema: pa.Schema, *, stored: bool
) -> pa.Table:
    bodies = [orjson.loads(row.body) for row in rows]
    keys = [orjson.loads(row.derived_keys) for row in rows]
    measures = np.stack([unpack_measures(row.measures) for row in rows])
    columns: dict[str, Any] = {
        name: [getattr(row, name) for row in rows]
        for name in (
            "u", "epoch", "kind", "source_system", "source_record_id", "record_version",
            "event_at", "known_at", "tile_day", "closed_days_only", "takes_back", "movement_u",
        )
    }  # fmt: skip
    columns["day"] = [row.u // DAY_MICROSECONDS for row in rows]
    columns["is_movement"] = [r.kind in SUBJECTS and r.takes_back is None for r in rows]
    columns["owner_post"] = [body.get("owner_post") for body in bodies]
    for name in (*_OUTCOME, "selection_propensity", *_REPORT, "information_grade"):
        columns[name] = [body.get(name) for body in bodies]
    for kind in features.key_kinds:
        columns[f"key_{kind}"] = [of_row.get(kind) for of_row in keys]
    for place, measure in enumerate(MEASURES):
        columns[f"m_{measure}"] = measures[:, place]
    columns |= _row_integers(rows, bodies, features, stored=stored)
    return pa.table({f.name: pa.array(columns[f.name], f.type) for f in schema}, schema)


def _row_integers(
    rows: Sequence[Row[Any]],
    bodies: Sequence[dict[str, Any]],
    features: FeatureSet,
    *,
    stored: bool,
) -> dict[str, Any]:
    """The movements' own integers; null where the row is no such movement."""
    columns: dict[str, Any] = {}
    for subject in SUBJECTS:
        functions = features.row_functions[subject]
        values = np.full((len(rows), len(functions)), MISSING, np.int64)
        for place, row in enumerate(rows):
            if row.kind == subject and row.takes_back is None:
                values[place] = (
                    np.frombuffer(row.row_integers, np.int64)
                    if stored
                    else features.row_integers(subject, bodies[place])
                )
        for column, (name, _) in enumerate(functions):
            known = values[:, column]
            columns[f"row_{subject}_{name}"] = pa.array(known, mask=known == MISSING)
    return columns


def _rows(connection: Connection, epoch: Epoch, until_u: int | None) -> Iterator[Row[Any]]:
    ledger, made = tables.ledger.c, tables.derived.c
    query = (
        select(
            *tables.ledger.c, made["keys"].label("derived_keys"), made.measures, made.row_integers
        )
        .join(tables.derived, (made.epoch == ledger.epoch) & (made.u == ledger.u))
        .where(ledger.epoch == epoch.number)
        .order_by(ledger.u)
    )
    if until_u is not None:
        query = query.where(ledger.u < until_u)
    return iter(connection.execution_options(yield_per=_BATCH).execute(query))


def _batches(rows: Iterator[Row[Any]]) -> Iterator[list[Row[Any]]]:
    batch: list[Row[Any]] = []
    for row in rows:
        batch.append(row)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch


def _month(u: int) -> str:
    return datetime.fromtimestamp(u / 1e6, UTC).strftime("%Y-%m")
