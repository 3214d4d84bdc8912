"""The benchmark's features as a data scientist first writes them in pandas: `groupby().rolling()`.

One call a feature, as the features of a catalogue are written: in a loop over key, measure and
window. What the features of a key share (its sorted rows, today's sums) is made once a key.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from bench.features_data import LAYOUTS, MEASURES
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


def movements(events: Path) -> pd.DataFrame:
    """The movements in the order of u: `u`, `date`, `key_<kind>` and the measures by their names."""
    columns = ["u", "day", *(f"key_{k}" for k in LAYOUTS), *(f"m_{m}" for m in MEASURES)]
    rows: pd.DataFrame = pq.read_table(events, columns=columns).to_pandas()
    rows = rows.sort_values("u", ignore_index=True)
    rows.columns = rows.columns.str.removeprefix("m_")
    rows["date"] = pd.to_datetime(rows["day"], unit="D")
    return rows


def _of_key(rows: pd.DataFrame, layout: Layout) -> list[pd.Series[int]]:
    measures = list(layout.measures)
    # Windows come out key by key, each in the order of its rows: sorted likewise, they line up.
    known = rows.dropna(subset="key").sort_values(["key", "u"])
    of_key = known.set_index("date").groupby("key")
    if layout.closed_days_only:
        today = pd.DataFrame(0, index=known.index, columns=measures)
    else:
        today = known.groupby(["key", "date"])[measures].cumsum() - known[measures]
    made = []
    for feature in layout.features:
        # All rows of a day are at its midnight: closed on the left leaves out the whole of today.
        rolled = of_key[feature.measure].rolling(f"{feature.days}D", closed="left").sum()
        total = today[feature.measure] + rolled.fillna(0).to_numpy(np.int64)
        made.append(total.reindex(rows.index, fill_value=MISSING).rename(feature.name))
    return made
