"""States of all keys built at once from the ledger, equal to those that events build one by one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import orjson
import pandas as pd
from sqlalchemy import Connection, Row, delete, insert, select, update

from features import online
from features.derive import Derived, derived
from features.layout import Layout
from features.ledger import audit, tables
from features.ledger.connection import writing
from features.ledger.entering import DAY_MICROSECONDS, last_u
from features.ledger.identities import derived_at
from features.ledger.key_states import state_id
from features.ledger.packing import pack_integers, pack_measures, places, unpack_measures
from features.ledger.store import Epoch, Ledger, set_features
from features.spec import MISSING, Integers

_BATCH = 5000


def rebuild(ledger: Ledger, *, progress: Callable[[int], None] = lambda _: None) -> int:
    """Derive every event anew with today's features, then build all states.

    Returns:
        The number of ledger rows.
    """
    with writing(ledger.engine) as connection:
        ledger.forget_epoch()  # another program may have opened the next one
        there = ledger.epoch_within(connection)
        epoch = Epoch(there.number, there.features, there.features.sha256)
        count = derive_again(connection, epoch, progress=progress)
        build_states(connection, epoch)
        set_features(connection, epoch.number, epoch.features)
        event = audit.AuditEvent("rebuild", "rebuild", f"epoch {epoch.number}", {"rows": count})
        audit.record(connection, event, at=ledger.clock())
    ledger.forget_epoch()
    return count


def build_states(connection: Connection, epoch: Epoch) -> None:
    """Replace all states by those that follow from the epoch's derived rows."""
    connection.execute(delete(tables.states))
    connection.execute(delete(tables.tiles))
    today = last_u(connection, epoch.number) // DAY_MICROSECONDS
    contributions = _contributions(connection, epoch)
    for kind, layout in epoch.features.layouts.items():
        _build_kind(connection, kind, layout, contributions, today=today)


def _build_kind(
    connection: Connection,
    kind: str,
    layout: Layout,
    contributions: pd.DataFrame,
    *,
    today: int,
) -> None:
    keys = contributions["keys"].map(lambda k: k.get(kind))
    rows: pd.DataFrame = contributions.loc[keys.notna()]
    if rows.empty:
        return
    amounts = np.stack(rows["measures"].to_list())[:, places(layout.measures)]
    table = pd.DataFrame(amounts, columns=list(layout.measures), index=rows.index)
    table.insert(0, "key", keys[rows.index])
    table.insert(1, "tile_day", rows["tile_day"])
    tomorrow = (rows["day"] == today) & (rows["closed_days_only"] | layout.closed_days_only)
    table = table.loc[pd.Series(amounts.any(axis=1), index=rows.index)]
    tomorrow = tomorrow[table.index]
    by_tile = ["key", "tile_day"]
    parts = {
        "seen": table[~tomorrow].groupby(by_tile, sort=True).sum(),
        "pending": table[tomorrow].groupby(by_tile, sort=True).sum(),
    }
    totals = table[~tomorrow].drop(columns="tile_day").groupby("key").sum()
    hot: list[dict[str, object]] = []
    closed: list[dict[str, object]] = []
    grouped = {name: _by_key(part) for name, part in parts.items()}
    nothing = np.zeros((0, 1 + len(layout.measures)), np.int64)
    total_of = dict(zip(totals.index, totals.to_numpy(), strict=True))
    for key in sorted(set(grouped["seen"]) | set(grouped["pending"])):
        state = _state(
            layout,
            grouped["seen"].get(key, nothing),
            grouped["pending"].get(key, nothing),
            total_of.get(key),
            today=today,
        )
        name = state_id(kind, key)
        hot.append({"state_id": name, "hot": online.pack(state)})
        if state.tiles is not None and len(state.tiles):
            closed.append({"state_id": name, "tiles": online.pack_tiles(state.tiles)})
    for target, made in ((tables.states, hot), (tables.tiles, closed)):
        for start in range(0, len(made), _BATCH):
            connection.execute(insert(target), made[start : start + _BATCH])


def _state(
    layout: Layout, seen: Integers, pending: Integers, total: Integers | None, *, today: int
) -> online.State:
    """A state as of today from its sums by day, each row led by its day."""
    state = online.empty_state(layout, day=today)
    state.pending = pending
    if total is not None:
        state.total = total.astype(np.int64)
    is_today = seen[:, 0] == today
    if is_today.any():
        state.head = seen[is_today, 1:][0].copy()
    kept = seen[~is_today & (seen[:, 0] >= today - layout.longest)]
    state.tiles = kept[kept[:, 1:].any(axis=1)]
    for window, days in enumerate(layout.windows):
        state.closed[window] = state.tiles[state.tiles[:, 0] >= today - days, 1:].sum(axis=0)
    days_seen = np.where(state.tiles[:, 1:] > 0, state.tiles[:, :1], MISSING)
    state.last = days_seen.max(axis=0, initial=MISSING)
    return state


def _by_key(sums: pd.DataFrame) -> dict[str, Integers]:
    """Rows (n, 1 + M) led by their day, for each key."""
    if sums.empty:
        return {}
    keys = sums.index.get_level_values(0).to_numpy()
    days = sums.index.get_level_values(1).to_numpy(np.int64)
    rows = np.column_stack((days, sums.to_numpy(np.int64)))
    starts = np.flatnonzero(np.r_[True, keys[1:] != keys[:-1]])
    ends = np.r_[starts[1:], len(keys)]
    return {keys[s]: rows[s:e] for s, e in zip(starts, ends, strict=True)}


def _contributions(connection: Connection, epoch: Epoch) -> pd.DataFrame:
    """Keys, measures and days of every ledger row."""
    ledger, made = tables.ledger.c, tables.derived.c
    rows = connection.execute(
        select(ledger.u, ledger.tile_day, ledger.closed_days_only, made["keys"], made.measures)
        .join(tables.derived, (made.epoch == ledger.epoch) & (made.u == ledger.u))
        .where(ledger.epoch == epoch.number)
        .order_by(ledger.u)
    )
    columns: tuple[list[object], ...] = ([], [], [], [], [])
    for row in rows:
        columns[0].append(row.u // DAY_MICROSECONDS)
        columns[1].append(row.tile_day)
        columns[2].append(bool(row.closed_days_only))
        columns[3].append(orjson.loads(row[3]))
        columns[4].append(unpack_measures(row.measures))
    names = ("day", "tile_day", "closed_days_only", "keys", "measures")
    frame = pd.DataFrame(dict(zip(names, columns, strict=True)))
    return frame.astype({"closed_days_only": bool})


def derive_again(
    connection: Connection, epoch: Epoch, *, progress: Callable[[int], None] = lambda _: None
) -> int:
    """Keys, measures and row integers of every event of an epoch, by its features."""
    c = tables.ledger.c
    count, after = 0, -1
    while True:
        rows = connection.execute(
            select(tables.ledger)
            .where(c.epoch == epoch.number, c.u > after)
            .order_by(c.u)
            .limit(_BATCH)
        ).all()
        if not rows:
            return count
        for row in rows:
            made = _derived_of(connection, epoch, row)
            connection.execute(
                update(tables.derived)
                .where(tables.derived.c.epoch == epoch.number, tables.derived.c.u == row.u)
                .values(
                    keys=orjson.dumps(made.keys).decode(),
                    measures=pack_measures(made.measures),
                    row_integers=pack_integers(made.row),
                )
            )
        count, after = count + len(rows), rows[-1].u
        progress(count)


def _derived_of(connection: Connection, epoch: Epoch, row: Row[Any]) -> Derived:
    if row.takes_back is not None:
        original = derived_at(connection, epoch.number, row.takes_back)
        return original.taken_back()
    body = orjson.loads(row.body)
    keys = None
    if row.movement_u is not None:
        keys = derived_at(connection, epoch.number, row.movement_u).keys
    return derived(row.kind, body, epoch.features, movement_keys=keys)
