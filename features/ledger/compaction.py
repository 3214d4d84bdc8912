"""Which states are dead weight, and how they are thrown away: nothing read later can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection, delete, func, select

from features import online
from features.convoy_online import COMPANIONS, companions_as_of
from features.layout import Layout
from features.ledger import audit, tables
from features.ledger.connection import writing
from features.ledger.entering import DAY_MICROSECONDS, last_u
from features.ledger.key_states import select_rows
from features.ledger.store import Ledger, StatesOutdated, current_epoch
from features.spec import Integers

_BATCH = 1000


@dataclass(frozen=True)
class Compacted:
    """What was thrown away.

    Attributes:
        keys: How many keys' states were looked at.
        rows: Rows removed from the states and their tiles.
        bytes: Bytes of these rows.
    """

    keys: int
    rows: int
    bytes: int


def compact(
    ledger: Ledger, *, actor: str = "compact", progress: Callable[[int], None] = lambda _: None
) -> Compacted:
    """Throw away the states of keys whose windows are empty and that no "ever" remembers.

    A missing state reads as an empty one, so every later feature stays what it would have been.
    Each batch is a transaction of its own; the service may go on in between.

    Args:
        ledger: The ledger.
        actor: Who compacts.
        progress: Told how many keys were looked at.

    Raises:
        StatesOutdated: if the states follow from other features than this program's.
    """
    ledger.forget_epoch()
    ledger.check_states_current()
    features, spec_sha256 = ledger.features, ledger.epoch.spec_sha256
    after, total = "", Compacted(0, 0, 0)
    while True:
        with writing(ledger.engine) as connection:
            # Another program may have opened the next epoch since the last batch.
            epoch = current_epoch(connection)
            if epoch is None or epoch.spec_sha256 != spec_sha256:
                msg = "The store's features were changed meanwhile; compact again."
                raise StatesOutdated(msg)
            states = _states_after(connection, after)
            # Whatever comes later is known after the last u, whatever a clock says.
            today = last_u(connection, epoch.number) // DAY_MICROSECONDS
            dead = list(_dead(connection, states, features.layouts, today=today))
            removed = _remove(connection, dead)
            total = Compacted(
                total.keys + len(states), total.rows + removed.rows, total.bytes + removed.bytes
            )
            if not states:
                detail = {"rows": total.rows, "bytes": total.bytes}
                event = audit.AuditEvent(actor, "compact", f"epoch {epoch.number}", detail)
                audit.record(connection, event, at=ledger.clock())
                return total
        after = states[-1][0]
        progress(total.keys)


def _states_after(connection: Connection, after: str) -> Sequence[tuple[str, bytes]]:
    c = tables.states.c
    rows = connection.execute(
        select(c.state_id, c.hot).where(c.state_id > after).order_by(c.state_id).limit(_BATCH)
    )
    return [(name, hot) for name, hot in rows]


def _dead(
    connection: Connection,
    states: Sequence[tuple[str, bytes]],
    layouts: Mapping[str, Layout],
    *,
    today: int,
) -> Iterator[str]:
    """Names of the states that are empty once they are rolled to today."""
    unsure: dict[str, tuple[online.State, Layout]] = {}
    for name, hot in states:
        kind = name.partition(":")[0]
        layout = layouts.get(kind)
        if layout is None:
            # Lanes are few and stay; whom a vehicle met is forgotten with its last day.
            if kind == COMPANIONS and not len(companions_as_of(hot, day=today)):
                yield name
            continue
        state = online.unpack(hot, layout)
        if state.day < today - layout.longest:
            # All its days have left the windows, so its tiles need no reading.
            state.tiles = _no_tiles(layout)
            online.roll(state, layout, day=today)
            if online.is_empty(state, layout):
                yield name
        elif not _is_alive(state, layout, today=today):
            unsure[name] = state, layout
    tiles = select_rows(connection, "tiles", unsure)
    for name, (state, layout) in unsure.items():
        state.tiles = online.unpack_tiles(tiles.get(name, b""), layout)
        online.roll(state, layout, day=today)
        if online.is_empty(state, layout):
            yield name


def _is_alive(state: online.State, layout: Layout, *, today: int) -> bool:
    """Whether the hot row alone shows that something lies in a window."""
    return bool(state.head.any() or (state.last >= today - layout.longest).any())


def _no_tiles(layout: Layout) -> Integers:
    return np.zeros((0, 1 + len(layout.measures)), np.int64)


def _remove(connection: Connection, names: Sequence[str]) -> Compacted:
    rows, size = 0, 0
    if names:
        for table, packed in ((tables.states, "hot"), (tables.tiles, "tiles")):
            mine = table.c.state_id.in_(names)
            lengths = func.length(table.c[packed]) + func.length(table.c.state_id)
            size += connection.execute(select(func.sum(lengths)).where(mine)).scalar() or 0
            rows += connection.execute(delete(table).where(mine)).rowcount
    return Compacted(0, rows, int(size))
