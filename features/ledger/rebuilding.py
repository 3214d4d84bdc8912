"""States of all keys built at once from the ledger, equal to those that events build one by one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, delete, select, update

from features.derive import Derived, derived
from features.ledger import audit, tables
from features.ledger.building import packed_rows, spill
from features.ledger.connection import writing
from features.ledger.convoy_states import build_convoys
from features.ledger.entering import DAY_MICROSECONDS, last_u
from features.ledger.identities import derived_at
from features.ledger.key_states import upsert
from features.ledger.likeness import likeness
from features.ledger.packing import pack_integers, pack_measures
from features.ledger.store import Epoch, Ledger, set_features

_BATCH = 5000
_MADE = ("keys", "measures", "row_integers", "likeness")


def rebuild(ledger: Ledger, *, progress: Callable[[int], None] = lambda _: None) -> int:
    """Derive every event anew with today's features, then build all states.

    Returns:
        The number of ledger rows.
    """
    with writing(ledger.engine) as connection:
        ledger.forget_epoch()  # another program may have opened the next one
        there = ledger.epoch_within(connection)
        epoch = Epoch.of_today(there.number, there.features)
        count = derive_again(connection, epoch, progress=progress)
        build_states(connection, epoch)
        set_features(connection, epoch.number, epoch.features)
        event = audit.AuditEvent("rebuild", "rebuild", f"epoch {epoch.number}", {"rows": count})
        audit.record(connection, event, at=ledger.clock())
    ledger.forget_epoch()
    return count


def build_states(connection: Connection, epoch: Epoch) -> None:
    """Replace all states by those that follow from the epoch's derived rows.

    Needs some hundred megabytes whatever the ledger's size, and a temporary file of about 200
    bytes a row: keys and measures, nothing that names anyone.
    """
    connection.execute(delete(tables.states))
    connection.execute(delete(tables.tiles))
    today = last_u(connection, epoch.number) // DAY_MICROSECONDS
    with TemporaryDirectory(prefix="vardar-") as folder:
        spilled = spill(connection, epoch, Path(folder), today=today)
        for layout in epoch.features.layouts.values():
            for hot, tiles in packed_rows(spilled, layout):
                for start in range(0, len(hot), _BATCH):
                    upsert(connection, "states", hot[start : start + _BATCH])
                for start in range(0, len(tiles), _BATCH):
                    upsert(connection, "tiles", tiles[start : start + _BATCH])
    build_convoys(connection, epoch)


def derive_again(
    connection: Connection, epoch: Epoch, *, progress: Callable[[int], None] = lambda _: None
) -> int:
    """Keys, measures and row integers of every event of an epoch, by its features."""
    c, d = tables.ledger.c, tables.derived.c
    change = update(tables.derived).where(d.epoch == epoch.number, d.u == bindparam("of_u"))
    count, after = 0, -1
    while True:
        rows = connection.execute(
            select(c.u, c.kind, c.takes_back, c.movement_u, c.body)
            .where(c.epoch == epoch.number, c.u > after)
            .order_by(c.u)
            .limit(_BATCH)
        ).all()
        if not rows:
            return count
        fresh: dict[int, Derived] = {}
        for row in rows:
            fresh[row.u] = _derived_of(connection, epoch, row, fresh)
        connection.execute(
            change.values({name: bindparam(name) for name in _MADE}),
            [
                {
                    "of_u": row.u,
                    "keys": orjson.dumps(made.keys).decode(),
                    "measures": pack_measures(made.measures),
                    "row_integers": pack_integers(made.row),
                    "likeness": likeness(
                        row.kind, made.keys, takes_back=row.takes_back is not None
                    ),
                }
                for row in rows
                for made in (fresh[row.u],)
            ],
        )
        count, after = count + len(rows), rows[-1].u
        progress(count)


def _derived_of(
    connection: Connection, epoch: Epoch, row: Any, fresh: Mapping[int, Derived]
) -> Derived:
    """The row's derived integers; `fresh` holds the batch's earlier rows, not written yet."""

    def at(u: int) -> Derived:
        return fresh.get(u) or derived_at(connection, epoch.number, u)

    if row.takes_back is not None:
        return at(row.takes_back).taken_back()
    keys = at(row.movement_u).keys if row.movement_u is not None else None
    return derived(row.kind, orjson.loads(row.body), epoch.features, movement_keys=keys)
