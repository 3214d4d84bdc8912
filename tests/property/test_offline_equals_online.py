"""The law: every cell of the offline table equals the online replay, bit for bit."""

from __future__ import annotations

import ibis
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features import online
from features.layout import Layout, layouts_of
from features.offline import history_table
from features.spec import MISSING, Feature
from tests.ledgers import Entry, events_frame, ledgers, packed

KINDS = ("party", "place")
MEASURES = ("events", "mass")
FEATURES = (
    Feature("party", "events", "sum", 2),
    Feature("party", "events", "sum", 7),
    Feature("party", "mass", "sum", 7),
    Feature("party", "events", "last", 7),
    Feature("party", "events", "ever", 0),
    Feature("place", "mass", "sum", 5),
    Feature("place", "events", "last", 5),
    Feature("place", "events", "ever", 0),
)
LAYOUTS = layouts_of(FEATURES, population=("place",))


@given(st.lists(ledgers(kinds=KINDS, measures=MEASURES), min_size=20, max_size=20))
@settings(max_examples=12)
def test_every_offline_cell_equals_the_online_replay(many: list[list[Entry]]) -> None:
    entries = packed(many)

    assert offline_cells(entries) == online_cells(entries)


def offline_cells(entries: list[Entry]) -> dict[tuple[int, str], int]:
    events = ibis.memtable(events_frame(entries, kinds=KINDS, measures=MEASURES))
    corrected = any(e.tile_day < e.day for e in entries)
    table = history_table(events, LAYOUTS.values(), corrected=corrected).to_pandas()
    return {
        (int(u), name): int(value)
        for name in table.columns.drop("u")
        for u, value in zip(table["u"], table[name], strict=True)
    }


def online_cells(entries: list[Entry]) -> dict[tuple[int, str], int]:
    """Replays the ledger through packed state, as a store would hold it."""
    store: dict[tuple[str, str], tuple[bytes, bytes]] = {}
    cells: dict[tuple[int, str], int] = {}
    for entry in entries:
        for kind, layout in LAYOUTS.items():
            key = entry.keys.get(kind)
            values = [MISSING] * len(layout.features)
            if key is not None:
                state = _read(store, layout, (kind, key), day=entry.day)
                values = online.read(state, layout)
                amounts = np.array([entry.measures[m] for m in layout.measures], np.int64)
                online.apply(
                    state,
                    layout,
                    amounts,
                    tile_day=entry.tile_day,
                    closed_days_only=entry.closed_days_only,
                )
                assert state.tiles is not None
                store[kind, key] = (online.pack(state), online.pack_tiles(state.tiles))
            if entry.is_movement:
                names = (f.name for f in layout.features)
                cells |= {(entry.u, n): v for n, v in zip(names, values, strict=True)}
    return cells


def _read(
    store: dict[tuple[str, str], tuple[bytes, bytes]],
    layout: Layout,
    key: tuple[str, str],
    *,
    day: int,
) -> online.State:
    if key not in store:
        return online.empty_state(layout, day=day)
    hot, tiles = store[key]
    state = online.unpack(hot, layout)
    state.tiles = online.unpack_tiles(tiles, layout)
    online.roll(state, layout, day=day, tiles=lambda: online.unpack_tiles(tiles, layout))
    return state
