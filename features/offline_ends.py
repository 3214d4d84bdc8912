"""First and last days where corrections take whole days away again.

A day *dies* when corrections bring its sum to zero. The windows over the days' final sums know
the days that live on; the few that die answer for the days and movements before their death.
"""

from __future__ import annotations

from functools import reduce
from typing import Any

import ibis

from features import offline
from features.layout import Layout
from features.spec import Feature

Table = Any  # an ibis.Table: ibis ships no types

DAY_MICROSECONDS = 86_400_000_000


def doomed_days(tiles: Table, fixes: Table, layout: Layout) -> Table | None:
    """The days that die, once for each later day on which they may still be in a window.

    Args:
        tiles: Final sums by `key` and `day`.
        fixes: The corrections of earlier days, as contributions to the kind of key.
        layout: The layout of the kind of key.

    Returns:
        `key`, `tile_day` (the day that dies), `day`, and for each measure `died_<measure>` (the u
        that saw it die) and `dead_<measure>` (from which day on), null where it lives on. None
        if the layout asks for no first or last day.
    """
    measures = sorted({f.measure for f in _ends(layout)})
    if not measures:
        return None
    died = _deaths(tiles, fixes, measures)
    dead = [died[f"dead_{m}"] for m in measures]
    some_died = reduce(lambda any_of, day: any_of | day.notnull(), dead[1:], dead[0].notnull())
    dead_at_last = reduce(ibis.greatest, [day.fill_null(0) for day in dead])
    doomed = died.mutate(
        first=died.tile_day + 1,
        end=ibis.least(dead_at_last, died.tile_day + layout.longest) + 1,
    ).filter(some_died)
    return doomed.select(*died.columns, day=ibis.range(doomed.first, doomed.end).unnest())


def as_known_then(days: Table, doomed: Table | None, layout: Layout) -> Table:
    """`days` with the first and last of those that die later: `mortal_<feature>`."""
    if doomed is None:
        return days
    mortal = doomed.group_by(["key", "day"]).agg(
        **{
            f"mortal_{f.name}": _end(f, doomed, doomed[f"dead_{f.measure}"] > doomed.day)
            for f in _ends(layout)
        }
    )
    return offline.left_join(days, mortal, ["key", "day"])


def with_todays(table: Table, doomed: Table | None, layout: Layout) -> Table:
    """`table` with the first and last of those that die later on the same day: `dying_<feature>`."""
    if doomed is None or layout.closed_days_only:
        return table
    dying = table.select("u", "key", "day").inner_join(doomed, ["key", "day"])
    by_movement = dying.group_by("u").agg(
        **{
            f"dying_{f.name}": _end(
                f,
                dying,
                (dying[f"dead_{f.measure}"] == dying.day) & (dying[f"died_{f.measure}"] >= dying.u),
            )
            for f in _ends(layout)
        }
    )
    return offline.left_join(table, by_movement, ["u"])


def known(table: Table, feature: Feature, layout: Layout) -> Table:
    """The first or last closed day in the window as known to each movement, or null."""
    nearest = ibis.least if feature.aggregate == "first" else ibis.greatest
    days = [table[offline.closed_name(feature)], table[f"mortal_{feature.name}"]]
    if not layout.closed_days_only:
        days.append(table[f"dying_{feature.name}"])
    return nearest(*days)  # which leave out nulls, on every engine


def _deaths(tiles: Table, fixes: Table, measures: list[str]) -> Table:
    """When the sum of a day first fell to zero, for the days that have corrections."""
    # What only tomorrow may see is seen from the last microsecond of today on.
    seen = fixes.select(
        "key",
        "tile_day",
        *measures,
        seen=ibis.ifelse(fixes.tomorrow, (fixes.day + 1) * DAY_MICROSECONDS - 1, fixes.u),
        seen_day=ibis.ifelse(fixes.tomorrow, fixes.day + 1, fixes.day),
    )
    whole = ibis.window(group_by=["key", "tile_day"])
    later = ibis.window(group_by=["key", "tile_day"], order_by="seen", preceding=None, following=0)
    running = seen.select(
        "key",
        "tile_day",
        "seen",
        "seen_day",
        **{f"taken_{m}": offline.exact(seen[m].sum().over(later)) for m in measures},
        **{f"all_{m}": offline.exact(seen[m].sum().over(whole)) for m in measures},
    )
    final = tiles.select("key", *measures, tile_day=tiles.day)
    met = running.inner_join(final, ["key", "tile_day"])
    died = {}
    for m in measures:
        stood = met[m] - met[f"all_{m}"]
        dead = (stood > 0) & (stood + met[f"taken_{m}"] <= 0)
        died[f"died_{m}"] = ibis.ifelse(dead, met.seen, None).min()
        died[f"dead_{m}"] = ibis.ifelse(dead, met.seen_day, None).min()
    return met.group_by(["key", "tile_day"]).agg(**died)


def _end(feature: Feature, doomed: Table, alive: Table) -> Table:
    """The first or last doomed day that is alive and in the window."""
    in_window = doomed.tile_day >= doomed.day - feature.days
    day = ibis.ifelse(alive & in_window, doomed.tile_day, None)
    return day.min() if feature.aggregate == "first" else day.max()


def _ends(layout: Layout) -> list[Feature]:
    return [f for f in layout.features if f.aggregate in ("first", "last")]
