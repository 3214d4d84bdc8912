"""What taking back an event of an earlier day changes in the sums of later movements.

A correction stands in the ledger at the moment it became known, and counts on the day of the
event it takes back. The sums by key and day hold it from that day on, so it is put back for the
days until it was known (usually few), and taken off again for movements later on the day it
became known.
"""

from __future__ import annotations

from typing import Any

import ibis

from features import offline
from features.layout import Layout
from features.spec import Feature

Table = Any  # an ibis.Table: ibis ships no types


def as_known_then(days: Table, fixes: Table, layout: Layout) -> Table:
    """`days` with what the corrections not yet known on each day take away: `unknown_<sum>`.

    Args:
        days: Windows by `key` and `day`.
        fixes: The corrections of earlier days, as contributions to the kind of key.
        layout: The layout of the kind of key.
    """
    by_lag = fixes.group_by(["key", "tile_day", "day"]).agg(
        **{m: offline.exact(fixes[m].sum()) for m in _measures(layout)}
    )
    # One row for each day that had the corrected day behind it and did not know of the correction.
    first, end = by_lag.tile_day + 1, by_lag.day + 1
    unaware = by_lag.select(
        "key", "tile_day", *_measures(layout), day=ibis.range(first, end).unnest()
    )
    unknown = unaware.group_by(["key", "day"]).agg(
        **{f"unknown_{f.name}": offline.exact(_in_window(unaware, f).sum()) for f in summed(layout)}
    )
    return offline.left_join(days, unknown, ["key", "day"])


def with_todays(table: Table, fixes: Table, layout: Layout) -> Table:
    """`table` with the sums of today's corrections before each movement: `fixed_<sum>`."""
    if layout.closed_days_only:
        return table
    visible = fixes.filter(~fixes.tomorrow)
    names = {f"fixed_{f.name}": f for f in summed(layout)}
    steps = visible.select(
        "u",
        "key",
        "day",
        asked=ibis.literal(False),
        **{name: _in_window(visible, f) for name, f in names.items()},
    )
    # Few (key, day) see a correction: only their movements are sorted among them.
    asked = table.semi_join(visible, ["key", "day"]).select(
        "u",
        "key",
        "day",
        asked=ibis.literal(True),
        **{name: ibis.literal(0, "int64") for name in names},
    )
    both = asked.union(steps)
    so_far = ibis.window(group_by=["key", "day"], order_by="u", preceding=None, following=0)
    running = both.select(
        "u", "asked", **{name: offline.exact(both[name].sum().over(so_far)) for name in names}
    )
    return offline.left_join(table, running.filter(running.asked).drop("asked"), ["u"])


def change(table: Table, feature: Feature, layout: Layout) -> Table:
    """What the corrections known by then add to the closed days' sum as it stands in the end."""
    put_back = -table[f"unknown_{feature.name}"].fill_null(0)
    if layout.closed_days_only:
        return put_back
    return put_back + table[f"fixed_{feature.name}"].fill_null(0)


def summed(layout: Layout) -> list[Feature]:
    """The features that are made of sums."""
    return [f for f in layout.features if f.aggregate in ("sum", "ever")]


def _measures(layout: Layout) -> list[str]:
    return sorted({f.measure for f in summed(layout)})


def _in_window(rows: Table, feature: Feature) -> Table:
    """The measure where the corrected day is in the feature's window on `day`, else 0."""
    measure = rows[feature.measure]
    if feature.aggregate == "ever":
        return measure
    return ibis.ifelse(rows.tile_day >= rows.day - feature.days, measure, 0)
