"""The benchmark's features by the offline engine, as `vardar` itself writes a feature table."""

from __future__ import annotations

from pathlib import Path

import ibis.backends.duckdb.converter  # noqa: F401 - or the first query would load it, at the run's cost

from bench.features_data import FEATURES, LAYOUTS
from features.engines import Engine
from features.parts import KeyPart, Plan
from features.table import write_planned


def write(events: Path, out: Path) -> None:
    """Write `u` and every feature, ordered by u, to `out` from the Parquet files in `events`."""
    write_by(Engine("duckdb"), events, out)


def write_by(engine: Engine, events: Path, out: Path) -> None:
    """`write` by any engine."""
    plan = Plan(
        subject="consignment",
        own=("u",),
        row={},
        parts=tuple(KeyPart(layout) for layout in LAYOUTS.values()),
        names=tuple(feature.name for feature in FEATURES),
        version="benchmark",
    )
    write_planned(events, out, plan, engine=engine)
