"""Every cell of a random ledger's features, by the online replay and by the offline trees."""

from __future__ import annotations

from collections.abc import Mapping

import ibis
import numpy as np
import pyarrow as pa
from hypothesis import Phase, given, seed, settings

from features import online
from features.engines import Session
from features.layout import Layout, layouts_of
from features.offline import key_history
from features.spec import Feature
from tests.ledgers import Entry, events_frame, ledgers, packed

KINDS = ("party", "place")
MEASURES = ("events", "mass")
LAYOUTS = layouts_of(
    (
        Feature("party", "events", "sum", 2),
        Feature("party", "events", "sum", 7),
        Feature("party", "mass", "sum", 7),
        Feature("party", "events", "first", 7),
        Feature("party", "mass", "first", 7),
        Feature("party", "events", "last", 7),
        Feature("party", "mass", "last", 2),
        Feature("party", "events", "ever", 0),
        Feature("place", "mass", "sum", 5),
        Feature("place", "events", "first", 5),
        Feature("place", "events", "last", 5),
        Feature("place", "events", "ever", 0),
    ),
    population=("place",),
)


def online_table(entries: list[Entry], kind: str) -> pa.Table:
    """The ledger replayed through packed states, as a store would hold them: u and features."""
    layout = LAYOUTS[kind]
    store: dict[str, tuple[bytes, bytes]] = {}
    found: list[list[int]] = []
    for entry in entries:
        key = entry.keys.get(kind)
        if key is None:
            continue
        state = _read(store, layout, key, day=entry.day)
        if entry.is_movement:
            found.append([entry.u, *online.read(state, layout)])
        online.apply(
            state,
            layout,
            np.array([entry.measures[m] for m in layout.measures], np.int64),
            tile_day=entry.tile_day,
            closed_days_only=entry.closed_days_only,
        )
        assert state.tiles is not None
        store[key] = (online.pack(state), online.pack_tiles(state.tiles))
    names = ["u", *(f.name for f in layout.features)]
    columns = np.array(found, np.int64).reshape(-1, len(names)).T
    return pa.table(dict(zip(names, columns, strict=True)))


def offline_table(
    events: ibis.Table,
    kind: str,
    *,
    corrected: bool,
    few: bool = False,
    by: Session | None = None,
) -> pa.Table:
    """The same by the offline tree, on DuckDB or on the engine that holds the events."""
    table = key_history(events, LAYOUTS[kind], corrected=corrected, few=few).order_by("u")
    found: pa.Table = by.arrow(table) if by else table.to_pyarrow()
    return found


def random_ledgers(many: int) -> list[Entry]:
    """The same random ledgers each time, as one."""
    drawn: list[list[Entry]] = []

    @seed(1)
    @settings(max_examples=many, database=None, phases=[Phase.generate])
    @given(ledgers(kinds=KINDS, measures=MEASURES))
    def draw(entries: list[Entry]) -> None:
        drawn.append(entries)

    draw()
    return packed(drawn)


def memory_table(entries: list[Entry]) -> ibis.Table:
    """The entries as an Ibis table of events on DuckDB."""
    return ibis.memtable(events_frame(entries, kinds=KINDS, measures=MEASURES))


def is_corrected(entries: list[Entry]) -> bool:
    """Whether any entry takes back what an earlier day holds."""
    return any(e.tile_day < e.day for e in entries)


def _read(
    store: Mapping[str, tuple[bytes, bytes]], layout: Layout, key: str, *, day: int
) -> online.State:
    if key not in store:
        return online.empty_state(layout, day=day)
    hot, tiles = store[key]
    state = online.unpack(hot, layout)
    state.tiles = online.unpack_tiles(tiles, layout)
    online.roll(state, layout, day=day)
    return state
