"""The benchmark's features in Polars tuned for this definition: prefix sums and searches.

With the events in the order of key and day, a window is the difference of two running sums.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from bench.features_data import LAYOUTS, MEASURES
from features.layout import Layout
from features.spec import MISSING

# Days are below this and windows are short, so that a window never reaches another key's days.
_DAYS_OF_A_KEY = 2**20


def write(events: Path, out: Path) -> None:
    """Write `u` and every feature, ordered by u, to `out` from the Parquet files in `events`."""
    columns = ["u", "day", *(f"key_{k}" for k in LAYOUTS), *(f"m_{m}" for m in MEASURES)]
    rows = pl.scan_parquet(events / "events-*.parquet").select(columns).sort("u").collect()
    made = [rows.select("u")]
    made += [_of_key(rows, kind, layout) for kind, layout in LAYOUTS.items()]
    pl.concat(made, how="horizontal").write_parquet(out / "table.parquet", compression="zstd")


def _of_key(events: pl.DataFrame, kind: str, layout: Layout) -> pl.DataFrame:
    measures = [f"m_{m}" for m in layout.measures]
    key = pl.col(f"key_{kind}")
    code = key.cast(pl.Categorical).to_physical().cast(pl.Int64)
    rows = (
        events.lazy()
        .with_row_index("row")
        .select("row", *measures, at=code * _DAYS_OF_A_KEY + pl.col("day"), absent=key.is_null())
        .sort("at", "row")
        .collect()
    )
    at = rows["at"]
    before = rows.select(pl.col(measures).cum_sum() - pl.col(measures))
    until = _taken(before, at.search_sorted(at, "left")) if layout.closed_days_only else before
    columns = [rows["row"], rows["absent"]]
    for days in layout.windows:
        since = _taken(before, at.search_sorted(at - days, "left"))
        columns += [
            (until[f"m_{m}"] - since[f"m_{m}"]).alias(f"{kind}_{m}_{days}d")
            for m in layout.measures
        ]
    names = [f.name for f in layout.features]
    values = pl.when(pl.col("absent")).then(MISSING).otherwise(pl.col(names)).name.keep()
    return pl.DataFrame(columns).with_columns(values).sort("row").select(names)


def _taken(sums: pl.DataFrame, places: pl.Series) -> pl.DataFrame:
    return sums.select(pl.all().gather(places))
