"""The benchmark's features by the same Ibis trees as DuckDB's, on Spark of one machine."""

from __future__ import annotations

import os
from pathlib import Path

import ibis.backends.pyspark  # noqa: F401 - or the first connection would load it

from bench.features_vardar import write_by
from features.engines import Engine


def write(events: Path, out: Path) -> None:
    """Write `u` and every feature, ordered by u, to `out` from the Parquet files in `events`."""
    write_by(Engine("spark", master=f"local[{os.cpu_count()}]"), events, out)
