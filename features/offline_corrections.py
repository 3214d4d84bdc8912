"""What taking back an event of an earlier day changes in the features of later movements.

A correction stands in the ledger at the moment it became known, and counts on the day of the
event it takes back. So it enters a window when it is known, and leaves it when that earlier
day leaves. Corrections are few: everything here runs over the keys that have one.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import ibis

from features.layout import Layout
from features.spec import Feature

Table = Any  # an ibis.Table: ibis ships no types

DAY_MICROSECONDS = 86_400_000_000

#: Stands for "no window" among window lengths, for features that know none.
_NO_WINDOW = 0


def joined(table: Table, rows: Table, layout: Layout) -> Table:
    """`table` with the columns that `change` and `last_day` read.

    Args:
        table: Movements with `u`, `key`, `day`.
        rows: All contributions to the kind of key, as `offline._contributions` makes them.
        layout: The layout of the kind of key.
    """
    fixes = rows.filter(rows.tile_day < rows.day)
    fixed_keys = fixes.select("key").distinct()
    movements = table.select("u", "key", "day").semi_join(fixed_keys, ["key"])
    table = _left_join(table, _closed_changes(movements, fixes, layout), ["key", "day"])
    table = _left_join(table, _todays_changes(movements, fixes, layout), ["u"])
    if any(f.aggregate == "last" for f in layout.features):
        table = _left_join(table, _last_days(movements, rows, layout), ["u"])
    return table


def change(table: Table, feature: Feature) -> Table:
    """What corrections known by then add to a sum, as a column of `table`."""
    days = _window(feature)
    closed = table[f"fixed_{feature.measure}_{days}"].fill_null(0)
    today = table[f"fixed_today_{feature.measure}_{days}"].fill_null(0)
    return closed + today


def last_day(table: Table, feature: Feature) -> Table:
    """The latest closed day in the window that survives, as a column of `table`."""
    # Keys none of whose days died keep the answer from the tiles alone.
    return ibis.ifelse(
        table.some_day_died.fill_null(False),
        table[f"surviving_{feature.name}"],
        table[f"closed_{feature.name}"],
    )


def _closed_changes(movements: Table, fixes: Table, layout: Layout) -> Table:
    """Sums of the corrections that whole days before each day hold, by key and day."""
    days_asked = movements.select("key", "day").distinct()
    steps = []
    for days in _windows(layout):
        # An entry acts on later days; the matching exit undoes it once the day it
        # counts on has left the window.
        entries = fixes if days == _NO_WINDOW else fixes.filter(fixes.tile_day + days > fixes.day)
        steps.append(_step(entries, layout, days=days, day=entries.day, sign=1))
        if days != _NO_WINDOW:
            exit_day = entries.tile_day + days
            steps.append(_step(entries, layout, days=days, day=exit_day, sign=-1))
        steps.append(
            days_asked.select(
                "key",
                "day",
                days=ibis.literal(days, "int64"),
                **{m: ibis.literal(0, "int64") for m in layout.measures},
            )
        )
    by_day = _union(steps).group_by(["key", "days", "day"])
    summed = by_day.agg(**_sums_by_name(layout))
    before = ibis.range_window(group_by=["key", "days"], order_by="day", preceding=(None, 1))
    running = summed.select(
        "key",
        "days",
        "day",
        **{m: summed[m].sum().over(before).fill_null(0).cast("int64") for m in layout.measures},
    )
    asked = running.semi_join(days_asked, ["key", "day"])
    return _widened(asked, layout, by=["key", "day"], prefix="fixed_")


def _todays_changes(movements: Table, fixes: Table, layout: Layout) -> Table:
    """Sums of today's corrections before each movement, by u."""
    visible = fixes.filter(~fixes.tomorrow)
    steps = []
    for days in _windows(layout):
        in_window = (
            visible
            if days == _NO_WINDOW
            else visible.filter(visible.tile_day >= visible.day - days)
        )
        steps.append(_step(in_window, layout, days=days, day=in_window.day, sign=1, keep_u=True))
    todays = _union(steps)
    asked = movements.semi_join(visible, ["key", "day"])
    asked = reduce(
        lambda whole, part: whole.union(part),
        [
            asked.select(
                "key",
                "day",
                "u",
                days=ibis.literal(days, "int64"),
                **{m: ibis.literal(0, "int64") for m in layout.measures},
                asked=ibis.literal(True),
            )
            for days in _windows(layout)
        ],
    )
    both = asked.union(todays.mutate(asked=ibis.literal(False)).select(*asked.columns))
    so_far = ibis.window(group_by=["key", "days", "day"], order_by="u", preceding=None, following=0)
    running = both.select(
        "u",
        "days",
        "asked",
        **{m: both[m].sum().over(so_far).cast("int64") for m in layout.measures},
    )
    return _widened(running.filter(running.asked), layout, by=["u"], prefix="fixed_today_")


def _last_days(movements: Table, rows: Table, layout: Layout) -> Table:
    """The latest surviving day in each "last" window, by u, for keys one of whose days died."""
    measures = sorted({f.measure for f in layout.features if f.aggregate == "last"})
    ordinary = rows.filter(rows.tile_day == rows.day)
    fixes = rows.filter(rows.tile_day < rows.day)
    tiles = ordinary.group_by(["key", "tile_day"]).agg(
        **{m: ordinary[m].sum().cast("int64") for m in measures}
    )
    deaths = [_deaths(tiles, fixes, measure) for measure in measures]
    died = _union([d.select("key") for d in deaths]).distinct()
    asked = movements.semi_join(died, ["key"])
    pairs = asked.join(
        tiles.rename(key_of_tile="key"),
        [asked.key == tiles.key, asked.day > tiles.tile_day],
    ).drop("key_of_tile")
    for measure, death in zip(measures, deaths, strict=True):
        pairs = _left_join(pairs, death, ["key", "tile_day"])
        alive = (pairs[measure] > 0) & (
            pairs[f"died_{measure}"].isnull() | (pairs[f"died_{measure}"] >= pairs.u)
        )
        pairs = pairs.mutate(**{f"alive_{measure}": alive})
    latest = {
        f"surviving_{f.name}": ibis.ifelse(
            pairs[f"alive_{f.measure}"] & (pairs.tile_day >= pairs.day - f.days),
            pairs.tile_day,
            None,
        ).max()
        for f in layout.features
        if f.aggregate == "last"
    }
    found = pairs.group_by("u").agg(**latest)
    marked = asked.select("u", some_day_died=ibis.literal(True))
    return _left_join(marked, found, ["u"])


def _deaths(tiles: Table, fixes: Table, measure: str) -> Table:
    """When the sum of a day first fell to zero: `key`, `tile_day`, `died_<measure>` (a u)."""
    # What only tomorrow may see is seen from the last microsecond of today on.
    tomorrow = (fixes.day + 1) * DAY_MICROSECONDS - 1
    seen = fixes.select(
        "key", "tile_day", seen=ibis.ifelse(fixes.tomorrow, tomorrow, fixes.u), taken=fixes[measure]
    )
    at_once = seen.group_by(["key", "tile_day", "seen"]).agg(taken=seen.taken.sum().cast("int64"))
    so_far = ibis.window(group_by=["key", "tile_day"], order_by="seen", preceding=None, following=0)
    running = at_once.mutate(taken=at_once.taken.sum().over(so_far).cast("int64"))
    left = tiles.select(
        tile_key=tiles.key, tile_of_key=tiles.tile_day, standing=tiles[measure]
    ).filter(lambda t: t.standing > 0)
    met = running.join(left, [running.key == left.tile_key, running.tile_day == left.tile_of_key])
    dead = met.filter(met.standing + met.taken <= 0)
    return dead.group_by(["key", "tile_day"]).agg(**{f"died_{measure}": dead.seen.min()})


def _step(
    rows: Table, layout: Layout, *, days: int, day: Table, sign: int, keep_u: bool = False
) -> Table:
    """The corrections as changes of one window's sums on a day."""
    return rows.select(
        "key",
        day=day.cast("int64"),
        **({"u": rows.u} if keep_u else {}),
        days=ibis.literal(days, "int64"),
        **{m: (rows[m] * sign).cast("int64") for m in layout.measures},
    )


def _widened(table: Table, layout: Layout, *, by: list[str], prefix: str) -> Table:
    """One row for each `by`, one column for each measure and window."""
    return table.group_by(by).agg(
        **{
            f"{prefix}{measure}_{days}": table[measure].sum(where=table.days == days).cast("int64")
            for measure in layout.measures
            for days in _windows(layout)
        }
    )


def _sums_by_name(layout: Layout) -> dict[str, Table]:
    return {m: ibis._[m].sum().cast("int64") for m in layout.measures}


def _windows(layout: Layout) -> list[int]:
    return sorted({_window(f) for f in layout.features})


def _window(feature: Feature) -> int:
    return _NO_WINDOW if feature.aggregate == "ever" else feature.days


def _union(tables: list[Table]) -> Table:
    return reduce(lambda whole, part: whole.union(part), tables)


def _left_join(left: Table, right: Table, on: list[str]) -> Table:
    names = {f"right_{column}": column for column in on}
    renamed = right.rename(**names)
    return left.left_join(renamed, [left[c] == renamed[f"right_{c}"] for c in on]).drop(*names)
