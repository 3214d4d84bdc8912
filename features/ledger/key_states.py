"""States of keys within one transaction: read once, changed in memory, written at the end."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from sys import byteorder
from typing import Literal

import numpy as np
import orjson
from sqlalchemy import Connection

from features import online
from features.hot_rows import Reader, row_size
from features.layout import Layout
from features.ledger.packing import measure_vector, places
from features.ledger.prepared import fetched, sent
from features.registry import FeatureSet
from features.spec import MISSING, Integers

# Text for the driver itself: with two dozen rows an event, building statements costs more than
# the store does. One parameter holds all names, so that each is prepared once.
_SELECT = {
    ("sqlite", "states"): (
        "SELECT state_id, hot FROM json_each(?) CROSS JOIN states ON state_id = value"
    ),
    ("sqlite", "tiles"): (
        "SELECT state_id, tiles FROM json_each(?) CROSS JOIN tiles ON state_id = value"
    ),
    ("postgresql", "states"): "SELECT state_id, hot FROM states WHERE state_id = ANY(%s)",
    ("postgresql", "tiles"): "SELECT state_id, tiles FROM tiles WHERE state_id = ANY(%s)",
}
_UPSERT = {
    ("sqlite", "states"): (
        "INSERT INTO states (state_id, hot) VALUES (?, ?) "
        "ON CONFLICT (state_id) DO UPDATE SET hot = excluded.hot"
    ),
    ("sqlite", "tiles"): (
        "INSERT INTO tiles (state_id, tiles) VALUES (?, ?) "
        "ON CONFLICT (state_id) DO UPDATE SET tiles = excluded.tiles"
    ),
    ("postgresql", "states"): (
        "INSERT INTO states (state_id, hot) SELECT * FROM unnest(%s::text[], %b::bytea[]) "
        "ON CONFLICT (state_id) DO UPDATE SET hot = excluded.hot"
    ),
    ("postgresql", "tiles"): (
        "INSERT INTO tiles (state_id, tiles) SELECT * FROM unnest(%s::text[], %b::bytea[]) "
        "ON CONFLICT (state_id) DO UPDATE SET tiles = excluded.tiles"
    ),
}

StateTable = Literal["states", "tiles"]


class KeyStates:
    """An overlay over the stored states, and over further packed rows kept beside them.

    Attributes:
        names: Names of all history features, in the order `history` gives them.
    """

    def __init__(self, connection: Connection, features: FeatureSet) -> None:
        self._connection = connection
        self._compiled = _compiled(features)
        self._layouts = self._compiled.layouts
        self.names = self._compiled.names
        #: Rows as stored, b"" where there is none; a key's row only until its state is opened.
        self._packed: dict[str, bytes] = {}
        self._states: dict[str, online.State] = {}
        self._changed: set[str] = set()
        self._prefetch: set[str] = set()

    def history(self, keys: Mapping[str, str], *, day: int) -> Integers:
        """Every history feature (F,) as of now; `MISSING` for keys the movement lacks."""
        names = self._of_today(keys, day=day)
        rows: list[bytes | memoryview] = []
        absent: list[slice] = []
        for kind, (size, empty) in self._compiled.rows.items():
            name = names.get(kind)
            if name is None:
                absent.append(self._compiled.reader.spans[kind])
                rows.append(empty)
            elif name in self._states:
                rows.append(self._states[name].row.data)
            else:
                rows.append(self._packed[name][:size] or empty)
        values = self._compiled.reader.read(np.frombuffer(b"".join(rows), np.int64), day=day)
        for span in absent:
            values[span] = MISSING
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
        touched = self._compiled.amounts(keys, measure_vector(measures))
        names = self._of_today({kind: keys[kind] for kind in touched}, day=day)
        if tile_day != day:
            self._read_tiles(
                (kind, names[kind])
                for kind in touched
                if online.touches_tiles(
                    self._opened(kind, names[kind], day=day), self._layouts[kind], tile_day=tile_day
                )
            )
        # Most events are of today and add to keys seen before: their rows need not be opened.
        only_adds = tile_day == day and not closed_days_only
        for kind, amounts in touched.items():
            name, layout = names[kind], self._layouts[kind]
            self._changed.add(name)
            packed = self._packed.get(name) if only_adds else None
            added = online.apply_packed(packed, layout, amounts, day=day) if packed else None
            if added is not None:
                self._packed[name] = added
                continue
            online.apply(
                self._opened(kind, name, day=day),
                layout,
                amounts,
                tile_day=tile_day,
                closed_days_only=closed_days_only,
            )

    def prefetch(self, names: Iterable[str]) -> None:
        """Say which further rows will be asked for, so that they come with the keys' own."""
        self._prefetch.update(names)

    def blob(self, name: str) -> bytes:
        """A further packed row as of now; b"" if there is none."""
        if name not in self._packed:
            self._load([name])
        return self._packed[name]

    def set_blob(self, name: str, packed: bytes) -> None:
        """Change a further packed row; its name begins with no kind of key."""
        self._packed[name] = packed
        self._changed.add(name)

    def write(self) -> None:
        """Write what was changed; days that closed are written too."""
        hot: list[tuple[str, bytes]] = []
        closed: list[tuple[str, bytes]] = []
        for name in sorted(self._changed):
            state = self._states.get(name)
            if state is None:
                hot.append((name, self._packed[name]))
                continue
            hot.append((name, online.pack(state)))
            if state.tiles_changed and state.tiles is not None:
                closed.append((name, online.pack_tiles(state.tiles)))
                state.tiles_changed = False
        upsert(self._connection, "states", hot)
        upsert(self._connection, "tiles", closed)
        self._changed.clear()

    def _of_today(self, keys: Mapping[str, str], *, day: int) -> dict[str, str]:
        """Names of the keys' states by kind, all of them loaded and as of today."""
        names = {kind: state_id(kind, key) for kind, key in keys.items() if kind in self._layouts}
        missing = [name for name in names.values() if not self._is_loaded(name)]
        if missing:
            self._load(missing)
        # A row begins with its day.
        today = day.to_bytes(8, byteorder, signed=True)
        behind = [
            (kind, name)
            for kind, name in names.items()
            if (
                self._states[name].day != day
                if name in self._states
                else not self._packed[name].startswith(today) and self._packed[name]
            )
        ]
        if behind:
            self._roll(behind, day=day)
        return names

    def _roll(self, behind: Sequence[tuple[str, str]], *, day: int) -> None:
        for kind, name in behind:
            self._opened(kind, name, day=day)
        self._read_tiles(behind)
        for kind, name in behind:
            state = self._states[name]
            online.roll(state, self._layouts[kind], day=day)
            self._changed.add(name)

    def _opened(self, kind: str, name: str, *, day: int) -> online.State:
        state = self._states.get(name)
        if state is None:
            packed, layout = self._packed.pop(name), self._layouts[kind]
            state = online.unpack(packed, layout) if packed else online.empty_state(layout, day=day)
            self._states[name] = state
        return state

    def _read_tiles(self, wanted: Iterable[tuple[str, str]]) -> None:
        """Read the tiles of opened states that lack them, all at once."""
        lacking = {name: kind for kind, name in wanted if self._states[name].tiles is None}
        stored = select_rows(self._connection, "tiles", lacking)
        for name, kind in lacking.items():
            packed = stored.get(name, b"")
            self._states[name].tiles = online.unpack_tiles(packed, self._layouts[kind])

    def _is_loaded(self, name: str) -> bool:
        return name in self._packed or name in self._states

    def _load(self, names: Iterable[str]) -> None:
        wanted = {*names, *(n for n in self._prefetch if not self._is_loaded(n))}
        self._prefetch.clear()
        self._packed.update(dict.fromkeys(wanted, b""))
        self._packed.update(select_rows(self._connection, "states", wanted))


class _Compiled:
    """What reading and applying need to know of a feature set's layouts."""

    def __init__(self, features: FeatureSet) -> None:
        self.layouts: dict[str, Layout] = features.layouts
        self.reader = Reader(tuple(self.layouts.values()))
        self.names = tuple(feature.name for feature in self.reader.features)
        #: How many bytes a key's row has without what is pending, and the row of a key never seen.
        self.rows = {
            kind: (8 * row_size(layout), online.empty_row(layout).tobytes())
            for kind, layout in self.layouts.items()
        }
        ends = np.cumsum([len(layout.measures) for layout in self.layouts.values()]).tolist()
        starts = [0, *ends[:-1]]
        self._spans = dict(zip(self.layouts, map(slice, starts, ends), strict=True))
        #: Where the measures of all kinds of key lie in an event's vector, one kind after the other.
        self._places = np.array(
            [place for layout in self.layouts.values() for place in places(layout.measures)],
            np.intp,
        )

    def amounts(self, keys: Iterable[str], vector: Integers) -> dict[str, Integers]:
        """What an event adds to each kind of key (M,), of those to which it adds something."""
        everything = vector[self._places]
        something = (everything != 0).tolist()
        return {
            kind: everything[span]
            for kind in keys
            if (span := self._spans.get(kind)) is not None and any(something[span])
        }


@lru_cache(maxsize=16)
def _compiled(features: FeatureSet) -> _Compiled:
    return _Compiled(features)


def state_id(kind: str, key: str) -> str:
    """What a key's state is stored under."""
    return f"{kind}:{key}"


def select_rows(
    connection: Connection, table: StateTable, names: Iterable[str]
) -> dict[str, bytes]:
    """Packed rows by `state_id`; those not stored are left out."""
    asked = list(names)
    if not asked:
        return {}
    dialect = connection.dialect.name
    parameter = orjson.dumps(asked).decode() if dialect == "sqlite" else asked
    return dict(fetched(connection, _SELECT[dialect, table], (parameter,)))


def upsert(connection: Connection, table: StateTable, rows: Sequence[tuple[str, bytes]]) -> None:
    """Insert rows of `state_id` and its packed integers, or replace those that are there."""
    if not rows:
        return
    dialect = connection.dialect.name
    if dialect == "sqlite":
        sent(connection, _UPSERT[dialect, table], list(rows))
    else:
        names, packed = zip(*rows, strict=True)
        sent(connection, _UPSERT[dialect, table], [(list(names), list(packed))])
