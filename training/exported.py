"""An export of the ledger as training reads it: its features, and the integers of its movements."""

from __future__ import annotations

from pathlib import Path

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from features.registry import FeatureSet
from features.table import integer_table
from models.files import canonical_json, write_whole

_FEATURES = "features.json"


def save_features(features: FeatureSet, events: Path) -> None:
    """Note beside an export which features its ledger has."""
    write_whole(events / _FEATURES, canonical_json(features.to_json()))


def load_features(events: Path) -> FeatureSet:
    """The features of an export's ledger."""
    return FeatureSet.from_json(orjson.loads((events / _FEATURES).read_bytes()))


def write_movements(events: Path, folder: Path, *, features: FeatureSet, subject: str) -> pa.Table:
    """Make the integers of a subject's movements from an export, and write them to a file."""
    folder.mkdir(parents=True, exist_ok=True)
    movements = integer_table(events, features, subject)
    pq.write_table(movements, folder / f"{subject}.parquet", compression="zstd")
    return movements


def read_movements(folder: Path, subject: str) -> pa.Table:
    """What `write_movements` wrote."""
    return pq.read_table(folder / f"{subject}.parquet")
