"""The integers of an export's movements, as training reads them."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from features.registry import FeatureSet
from features.table import integer_table


def write_movements(events: Path, folder: Path, *, features: FeatureSet, subject: str) -> pa.Table:
    """Make the integers of a subject's movements from an export, and write them to a file."""
    folder.mkdir(parents=True, exist_ok=True)
    movements = integer_table(events, features, subject)
    pq.write_table(movements, folder / f"{subject}.parquet", compression="zstd")
    return movements


def read_movements(folder: Path, subject: str) -> pa.Table:
    """What `write_movements` wrote."""
    return pq.read_table(folder / f"{subject}.parquet")
