"""The benchmark's features in pandas tuned for this definition: windows over daily sums.

A window is of whole days, so the rows of a key and day may be one row before any window rolls.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from bench.features_data import LAYOUTS
from bench.features_pandas import movements
from features.layout import Layout
from features.spec import MISSING


def write(events: Path, out: Path) -> None:
    """Write `u` and every feature, ordered by u, to `out` from the Parquet files in `events`."""
    rows = movements(events)
    made = [rows["u"]]
    for kind, layout in LAYOUTS.items():
        rows["key"] = rows[f"key_{kind}"]
        made += _of_key(rows, layout)
    pd.concat(made, axis=1).to_parquet(out / "table.parquet", index=False, compression="zstd")


def _of_key(rows: pd.DataFrame, layout: Layout) -> list[pd.Series[int]]:
    measures = list(layout.measures)
    daily = rows.groupby(["key", "date"])[measures].sum().reset_index()
    of_key = daily.groupby("key")
    for days in layout.windows:
        # Closed on the left: the `days` whole days before, and nothing of the day itself.
        rolled = of_key.rolling(f"{days}D", on="date", closed="left")[measures].sum()
        daily[[f"{m}_{days}" for m in measures]] = rolled.fillna(0).to_numpy(np.int64)
    closed = rows[["key", "date"]].merge(daily, how="left", on=["key", "date"])
    if layout.closed_days_only:
        today = pd.DataFrame(0, index=rows.index, columns=measures)
    else:
        today = rows.groupby(["key", "date"])[measures].cumsum() - rows[measures]
    absent = rows["key"].isna()
    made = []
    for feature in layout.features:
        total = closed[f"{feature.measure}_{feature.days}"] + today[feature.measure]
        total = total.fillna(0).astype("int64").mask(absent, MISSING)
        made.append(total.rename(feature.name))
    return made
