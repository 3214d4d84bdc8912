"""The benchmark's features by Polars' own expressions: `rolling_sum_by` over the key."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from bench.features_data import LAYOUTS, MEASURES
from features.layout import Layout
from features.spec import MISSING, Feature


def write(events: Path, out: Path) -> None:
    """Write `u` and every feature, ordered by u, to `out` from the Parquet files in `events`."""
    columns = ["u", "day", *(f"key_{k}" for k in LAYOUTS), *(f"m_{m}" for m in MEASURES)]
    rows = pl.scan_parquet(events / "events-*.parquet").select(columns).sort("u")
    rows = rows.with_columns(date=pl.from_epoch("day", time_unit="d"))
    made = [_cells(layout, feature) for layout in LAYOUTS.values() for feature in layout.features]
    rows.select("u", *made).collect().write_parquet(out / "table.parquet", compression="zstd")


def _cells(layout: Layout, feature: Feature) -> pl.Expr:
    measure, key = pl.col(f"m_{feature.measure}"), pl.col(f"key_{layout.key}")
    # Closed on the left leaves out the whole of today, as the dates of its rows are equal.
    total = measure.rolling_sum_by("date", f"{feature.days}d", closed="left").over(key)
    if not layout.closed_days_only:
        total += measure.cum_sum().over(key, "date") - measure
    return pl.when(key.is_null()).then(MISSING).otherwise(total).alias(feature.name)
