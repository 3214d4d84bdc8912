"""The spec compiled to one Ibis tree: every feature of every movement as of its own moment.

Two levels for each kind of key: sums by key and day, windows of whole days over those sums,
and today's events strictly before the movement added on top. Integers and integer frames only,
so that DuckDB and Spark give the same bits; every sum is cast to int64 at once, because
DuckDB's sum of BIGINT is HUGEINT and would reach Parquet as DOUBLE.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

import ibis

from features import offline_corrections as corrections
from features.layout import Layout
from features.spec import MISSING, Feature

Table = Any  # an ibis.Table: ibis ships no types


def history_table(events: Table, layouts: Iterable[Layout], *, corrected: bool) -> Table:
    """History features of every movement, one row each.

    Args:
        events: One row an event, with int64 `u`, `day` (of u), `tile_day` (the day it counts
            on), booleans `closed_days_only` and `is_movement`, a text `key_<kind>` for each
            layout (null where it has none) and int64 `m_<measure>` for each measure.
        layouts: What to compute.
        corrected: Whether any event takes an earlier day's back; False leaves that part out.

    Returns:
        A table with `u` and one int64 column for each feature; `MISSING` where the movement
        lacks the key, or nothing was ever seen for a "last".
    """
    movements = events.filter(events.is_movement).select("u")
    return reduce(
        lambda table, layout: _join_key(table, events, layout, corrected=corrected),
        layouts,
        movements,
    )


def _join_key(table: Table, events: Table, layout: Layout, *, corrected: bool) -> Table:
    history = key_history(events, layout, corrected=corrected).rename(u_of_key="u")
    names = [f.name for f in layout.features]
    joined = table.left_join(history, table.u == history.u_of_key).drop("u_of_key")
    return joined.mutate(**{n: joined[n].fill_null(MISSING).cast("int64") for n in names})


def key_history(events: Table, layout: Layout, *, corrected: bool) -> Table:
    """The features of one kind of key, for the movements that have it: `u` and the features."""
    rows = _contributions(events, layout)
    ordinary = rows.filter(rows.tile_day == rows.day)
    closed = _closed_days(ordinary, layout)
    table = _today(ordinary, layout)
    table = table.filter(table.is_movement)
    table = table.left_join(closed, ["key", "day"]).select(
        *table.columns, *(c for c in closed.columns if c not in ("key", "day"))
    )
    if corrected:
        table = corrections.joined(table, rows, layout)
    values = {f.name: _value(table, f, corrected=corrected) for f in layout.features}
    return table.select("u", **values)


def _contributions(events: Table, layout: Layout) -> Table:
    """What the events add to this kind of key: key, days, measures, and whether today sees it."""
    key = events[f"key_{layout.key}"]
    return events.filter(key.notnull()).select(
        "u",
        "is_movement",
        "day",
        "tile_day",
        key=key,
        tomorrow=ibis.literal(True) if layout.closed_days_only else events.closed_days_only,
        **{m: events[f"m_{m}"] for m in layout.measures},
    )


def _closed_days(ordinary: Table, layout: Layout) -> Table:
    """Sums over the windows of whole days before each day, by key and day."""
    tiles = ordinary.group_by(["key", "day"]).agg(
        **{m: ordinary[m].sum().cast("int64") for m in layout.measures}
    )
    columns = {}
    for feature in layout.features:
        before = ibis.range_window(
            group_by="key",
            order_by="day",
            preceding=(None if feature.aggregate == "ever" else feature.days, 1),
        )
        measure = tiles[feature.measure]
        if feature.aggregate == "last":
            # With corrections a day may die later; offline_corrections answers for those keys.
            columns[closed_name(feature)] = (
                ibis.ifelse(measure > 0, tiles.day, None).max().over(before)
            )
        else:
            columns[closed_name(feature)] = measure.sum().over(before).cast("int64")
    return tiles.select("key", "day", **columns)


def _today(ordinary: Table, layout: Layout) -> Table:
    """Sums of today's events strictly before each one, named `today_<measure>`."""
    seen = ordinary.mutate(
        **{m: ibis.ifelse(ordinary.tomorrow, 0, ordinary[m]).cast("int64") for m in layout.measures}
    )
    so_far = ibis.window(group_by=["key", "day"], order_by="u", preceding=None, following=0)
    return seen.select(
        "u",
        "key",
        "day",
        "is_movement",
        **{
            f"today_{m}": (seen[m].sum().over(so_far) - seen[m]).cast("int64")
            for m in layout.measures
        },
    )


def _value(table: Table, feature: Feature, *, corrected: bool) -> Table:
    today = table[f"today_{feature.measure}"]
    closed = table[closed_name(feature)]
    if feature.aggregate == "last":
        last = corrections.last_day(table, feature) if corrected else closed
        return ibis.ifelse(today > 0, table.day, last).fill_null(MISSING).cast("int64")
    total = closed.fill_null(0) + today
    if corrected:
        total = total + corrections.change(table, feature)
    if feature.aggregate == "ever":
        return (total > 0).cast("int64")
    return total.cast("int64")


def closed_name(feature: Feature) -> str:
    """The column of a feature's part from closed days, as if nothing had been taken back."""
    return f"closed_{feature.name}"
