"""The feature table of a whole ledger export: integers by the offline engine, then the finish."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import ibis
import numpy as np
import pyarrow as pa

from features.finish import finished
from features.measures import FINDS
from features.offline import history_table
from features.registry import FeatureSet
from features.spec import MISSING, Column, Feature, Floats, Integers

_OWN = ("u", "source_system", "source_record_id", "record_version", "event_at", "owner_post")


def integer_table(folder: Path, features: FeatureSet, subject: str) -> pa.Table:
    """Every integer the columns of a subject are made of, one row a movement, ordered by u.

    Args:
        folder: Holds an export of the ledger (`features.ledger.export`).
        features: The features the export was made with.
        subject: consignment or crossing.

    Returns:
        Identity columns and int64 columns named as `FeatureSet.integer_names` says.
    """
    connection = ibis.duckdb.connect()
    connection.raw_sql("SET preserve_insertion_order = false")
    events = connection.read_parquet(str(folder / "events-*.parquet"))
    return integers_of(events, features, subject)


def integers_of(events: Any, features: FeatureSet, subject: str) -> pa.Table:
    """`integer_table` from an Ibis table of events."""
    names = features.integer_names[subject]
    wanted = {
        feature.key: features.layouts[feature.key]
        for column in features.columns(subject, FINDS)
        for feature in column.inputs
        if isinstance(feature, Feature)
    }
    corrected = bool(events.filter(events.tile_day < events.day).count().execute())
    mine = events.mutate(is_movement=events.is_movement & (events.kind == subject))
    history = history_table(mine, [wanted[k] for k in sorted(wanted)], corrected=corrected)
    movements = mine.filter(mine.is_movement)
    row = {
        name: movements[f"row_{subject}_{name}"].fill_null(MISSING).cast("int64")
        for name, _ in features.row_functions[subject]
    }
    own = movements.select(*_OWN, **row, today=movements.day.cast("int64"))
    joined = own.left_join(history, "u")
    return joined.select(*_OWN, *names).order_by("u").to_pyarrow()


def matrix(integers: pa.Table, columns: Sequence[Column]) -> Floats:
    """The matrix (n, len(columns)) that a model reads, from a table of integers."""
    needed = {name for column in columns for name in column.input_names}
    arrays: dict[str, Integers] = {
        name: integers.column(name).to_numpy().astype(np.int64, copy=False) for name in needed
    }
    return finished(columns, arrays)
