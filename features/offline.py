"""The spec compiled to Ibis trees: every feature of every movement as of its own moment.

Two levels for each kind of key: sums by key and day, windows of whole days over those sums,
and today's events strictly before the movement added on top. Integers and integer frames only,
so that DuckDB and Spark give the same bits; every sum is cast to int64 at once (`exact`).
"""

from __future__ import annotations

from typing import Any

import ibis
import ibis.expr.datatypes as dt

from features import offline_corrections as corrections
from features import offline_ends as ends
from features.layout import Layout
from features.spec import MISSING, Feature

Table = Any  # an ibis.Table: ibis ships no types

# DuckDB's sum of BIGINT is HUGEINT and would reach Parquet as DOUBLE. Ibis takes every sum for an
# int64 already and drops a cast to it, but not one to an int64 that is never null.
_INT64 = dt.Int64(nullable=False)


def exact(total: Table) -> Table:
    """A sum, or a window's sum, as the int64 it is on every engine."""
    return total.cast(_INT64)


def key_history(events: Table, layout: Layout, *, corrected: bool, few: bool = False) -> Table:
    """The features of one kind of key, for the movements that have it.

    Args:
        events: One row an event, with int64 `u`, `day` (of u), `tile_day` (the day it counts
            on: an earlier one where it takes an event back), booleans `closed_days_only` and
            `is_movement`, a text `key_<kind>` (null where it has none) and int64 `m_<measure>`
            for each measure. What a "first" or a "last" reads is never negative in an event
            that takes nothing back.
        layout: What to compute.
        corrected: Whether any event takes an earlier day's back; False leaves that part out.
        few: Whether to look at the keys of the movements alone: faster if these are few.

    Returns:
        A table with `u` and one int64 column for each feature; `MISSING` where no day answers
        a "first" or a "last".
    """
    rows = _contributions(events, layout, few=few)
    tiles = rows.group_by(key=rows.key, day=rows.tile_day).agg(
        **{m: exact(rows[m].sum()) for m in layout.measures}
    )
    days = _closed_days(tiles, layout)
    table = _today(rows, layout, corrected=corrected)
    if corrected:
        fixes = rows.filter(rows.tile_day < rows.day)
        days = corrections.as_known_then(days, fixes, layout)
        doomed = ends.doomed_days(tiles, fixes, layout)
        days = ends.as_known_then(days, doomed, layout)
        table = corrections.with_todays(table, fixes, layout)
        table = ends.with_todays(table, doomed, layout)
    table = left_join(table, days, ["key", "day"])
    values = {f.name: _value(table, f, layout, corrected=corrected) for f in layout.features}
    return table.select("u", **values)


def left_join(left: Table, right: Table, on: list[str]) -> Table:
    """`left` with the other columns of `right`, null where it has no such row."""
    return left.left_join(right, on).select(
        *left.columns, *(c for c in right.columns if c not in on)
    )


def _contributions(events: Table, layout: Layout, *, few: bool) -> Table:
    """What the events add to this kind of key: key, days, measures, and whether today sees it.

    The key is the first u it has, of its own as no event has two keys of a kind: integers are
    sorted and compared in a fraction of the time texts take.
    """
    text = events[f"key_{layout.key}"]
    rows = events.filter(text.notnull()).select(
        "u",
        "is_movement",
        "day",
        "tile_day",
        text=text,
        tomorrow=ibis.literal(True) if layout.closed_days_only else events.closed_days_only,
        **{m: events[f"m_{m}"] for m in layout.measures},
    )
    # From the events, not from `rows`: an engine would keep the texts of these for both uses.
    known = events.filter(text.notnull())
    keys = known.group_by(text=text).agg(key=known.u.min(), asked=known.is_movement.any())
    if few:
        keys = keys.filter(keys.asked)
    numbered = rows.inner_join(keys, ["text"])
    return numbered.select("u", "key", *(c for c in rows.columns if c not in ("u", "text")))


def _closed_days(tiles: Table, layout: Layout) -> Table:
    """Windows of whole days before each day, by key and day: `closed_<feature>`.

    They hold what the days come to in the end; what was not known yet then is taken off by
    `corrections.as_known_then` and `ends.as_known_then`.
    """
    summed = sorted({f.measure for f in corrections.summed(layout)})
    if summed:
        tiles = tiles.mutate(before=_before(tiles, summed))
    columns = {}
    for feature in layout.features:
        days = None if feature.aggregate == "ever" else feature.days
        preceding = ibis.range_window(group_by="key", order_by="day", preceding=(days, 1))
        standing_day = ibis.ifelse(tiles[feature.measure] > 0, tiles.day, None)
        match feature.aggregate:
            case "first":
                closed = standing_day.min().over(preceding)
            case "last":
                closed = standing_day.max().over(preceding)
            case "ever":
                closed = tiles.before[feature.measure]
            case "sum":
                since = ibis.range_window(
                    group_by="key", order_by="day", preceding=days, following=0
                )
                begun = tiles.before.first(include_null=True).over(since)
                closed = tiles.before[feature.measure] - begun[feature.measure]
        columns[closed_name(feature)] = closed
    return tiles.select("key", "day", **columns)


def _before(tiles: Table, measures: list[str]) -> Table:
    """What each measure comes to over all days before each day of a key, as one struct.

    A window's sum is the difference of two of these, in two thirds of the time of a sum of its own;
    one struct finds where a window begins once for all measures. Over the whole history of a key
    they stay within int64 as the windows do (the bounds in `features.measures`), or the engine
    refuses.
    """
    so_far = ibis.window(group_by="key", order_by="day", preceding=None, following=0)
    return ibis.struct({m: exact(tiles[m].sum().over(so_far)) - tiles[m] for m in measures})


def _today(rows: Table, layout: Layout, *, corrected: bool) -> Table:
    """The movements: `u`, `key`, `day`, and sums of today's events before each: `today_<measure>`."""
    if layout.closed_days_only:
        return rows.filter(rows.is_movement).select("u", "key", "day")
    ordinary = rows.filter(rows.tile_day == rows.day) if corrected else rows
    seen = ordinary.mutate(
        **{m: ibis.ifelse(ordinary.tomorrow, 0, ordinary[m]) for m in layout.measures}
    )
    so_far = ibis.window(group_by=["key", "day"], order_by="u", preceding=None, following=0)
    running = seen.select(
        "u",
        "key",
        "day",
        "is_movement",
        **{f"today_{m}": exact(seen[m].sum().over(so_far)) - seen[m] for m in layout.measures},
    )
    return running.filter(running.is_movement).drop("is_movement")


def _value(table: Table, feature: Feature, layout: Layout, *, corrected: bool) -> Table:
    closed = table[closed_name(feature)]
    if feature.aggregate in ("first", "last"):
        if corrected:
            closed = ends.known(table, feature, layout)
        if not layout.closed_days_only:
            seen_today = ibis.ifelse(table[f"today_{feature.measure}"] > 0, table.day, None)
            nearest = (closed, seen_today) if feature.aggregate == "first" else (seen_today, closed)
            closed = ibis.coalesce(*nearest)
        return closed.fill_null(MISSING)
    total = closed.fill_null(0)
    if not layout.closed_days_only:
        total = total + table[f"today_{feature.measure}"]
    if corrected:
        total = total + corrections.change(table, feature, layout)
    return (total > 0).cast("int64") if feature.aggregate == "ever" else total


def closed_name(feature: Feature) -> str:
    """The column of a feature's part from closed days, as they stand in the end."""
    return f"closed_{feature.name}"
