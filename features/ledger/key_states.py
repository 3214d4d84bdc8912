"""States of keys within one transaction: read once, changed in memory, written at the end."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from sqlalchemy import Connection, Table, select
from sqlalchemy.dialects import postgresql, sqlite

from features import online
from features.layout import Layout
from features.ledger import tables
from features.spec import MISSING, Integers


class KeyStates:
    """An overlay over the stored states."""

    def __init__(self, connection: Connection, layouts: Mapping[str, Layout]) -> None:
        self._connection = connection
        self._layouts = layouts
        self._states: dict[str, online.State] = {}
        self._changed: set[str] = set()

    def history(self, keys: Mapping[str, str], *, day: int) -> dict[str, int]:
        """Every history feature by name, as of now; `MISSING` for keys the movement lacks."""
        self._load(keys, day=day)
        values: dict[str, int] = {}
        for kind, layout in self._layouts.items():
            key = keys.get(kind)
            if key is None:
                read = [MISSING] * len(layout.features)
            else:
                read = online.read(self._rolled(kind, key, day=day), layout)
            values.update(zip((f.name for f in layout.features), read, strict=True))
        return values

    def apply(
        self,
        keys: Mapping[str, str],
        measures: Mapping[str, int],
        *,
        day: int,
        tile_day: int,
        closed_days_only: bool,
    ) -> None:
        """Add an event's measures to the states of its keys."""
        self._load(keys, day=day)
        for kind, key in keys.items():
            layout = self._layouts.get(kind)
            if layout is None:
                continue
            amounts = np.array([measures.get(m, 0) for m in layout.measures], np.int64)
            if not amounts.any():
                continue
            state = self._rolled(kind, key, day=day)
            if tile_day != day and state.tiles is None:
                state.tiles = self._stored_tiles(state_id(kind, key), layout)
            online.apply(
                state, layout, amounts, tile_day=tile_day, closed_days_only=closed_days_only
            )
            self._changed.add(state_id(kind, key))

    def write(self) -> None:
        """Write what was changed; days that closed are written too."""
        hot: list[dict[str, object]] = []
        closed: list[dict[str, object]] = []
        for name in sorted(self._changed):
            state = self._states[name]
            hot.append({"state_id": name, "hot": online.pack(state)})
            if state.tiles_changed and state.tiles is not None:
                closed.append({"state_id": name, "tiles": online.pack_tiles(state.tiles)})
                state.tiles_changed = False
        upsert(self._connection, tables.states, hot)
        upsert(self._connection, tables.tiles, closed)
        self._changed.clear()

    def _load(self, keys: Mapping[str, str], *, day: int) -> None:
        wanted = {
            state_id(kind, key): kind
            for kind, key in keys.items()
            if kind in self._layouts and state_id(kind, key) not in self._states
        }
        if not wanted:
            return
        columns = tables.states.c
        stored = self._connection.execute(
            select(columns.state_id, columns.hot).where(columns.state_id.in_(sorted(wanted)))
        )
        for name, hot in stored:
            self._states[name] = online.unpack(hot, self._layouts[wanted.pop(name)])
        for name, kind in wanted.items():
            self._states[name] = online.empty_state(self._layouts[kind], day=day)

    def _rolled(self, kind: str, key: str, *, day: int) -> online.State:
        name, layout = state_id(kind, key), self._layouts[kind]
        state = self._states[name]
        if state.day != day:
            online.roll(state, layout, day=day, tiles=lambda: self._stored_tiles(name, layout))
            self._changed.add(name)
        return state

    def _stored_tiles(self, name: str, layout: Layout) -> Integers:
        columns = tables.tiles.c
        packed = self._connection.execute(
            select(columns.tiles).where(columns.state_id == name)
        ).scalar()
        return online.unpack_tiles(packed or b"", layout)


def state_id(kind: str, key: str) -> str:
    """What a key's state is stored under."""
    return f"{kind}:{key}"


def upsert(connection: Connection, table: Table, rows: list[dict[str, object]]) -> None:
    """Insert rows, or replace those whose `state_id` is there already."""
    if not rows:
        return
    dialect = sqlite if connection.dialect.name == "sqlite" else postgresql
    statement = dialect.insert(table)
    column = next(c.name for c in table.columns if c.name != "state_id")
    statement = statement.on_conflict_do_update(
        index_elements=["state_id"], set_={column: statement.excluded[column]}
    )
    connection.execute(statement, rows)
