"""What packed states say equals a plain reading of every earlier event."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from features import online
from features.hot_rows import Reader
from features.layout import layouts_of
from features.spec import MISSING, Feature
from tests.ledgers import Entry, ledgers

KINDS = ("party", "place")
MEASURES = ("events", "mass")
LAYOUTS = layouts_of(
    (
        *(Feature("party", "events", "sum", days) for days in (1, 2, 7)),
        *(Feature("party", measure, "first", 7) for measure in MEASURES),
        *(Feature("party", measure, "last", days) for measure in MEASURES for days in (2, 7)),
        Feature("party", "mass", "ever", 0),
        Feature("place", "mass", "sum", 5),
        Feature("place", "mass", "first", 5),
        Feature("place", "events", "last", 5),
    ),
    population=("place",),
)

Store = dict[tuple[str, str], tuple[bytes, bytes]]
RANDOM = ledgers(kinds=KINDS, measures=MEASURES, most=40)


@given(RANDOM)
@settings(max_examples=200)
def test_every_feature_equals_a_plain_reading_of_the_past(entries: list[Entry]) -> None:
    entries = [_with_negative_masses(entry) for entry in entries]

    for place, (entry, values) in enumerate(_replayed(entries)):
        for kind, found in values.items():
            features = LAYOUTS[kind].features
            expected = [_plainly(entries[:place], entry, feature) for feature in features]
            assert dict(zip(features, found, strict=True)) == dict(
                zip(features, expected, strict=True)
            )


@given(RANDOM, st.lists(st.booleans(), min_size=40, max_size=40))
@settings(max_examples=200)
def test_throwing_empty_states_away_changes_no_later_feature(
    entries: list[Entry], thrown: list[bool]
) -> None:
    plain = [values for _, values in _replayed(entries)]

    assert [values for _, values in _replayed(entries, thrown=thrown)] == plain


@given(RANDOM, st.lists(st.integers(-9, 9), min_size=2, max_size=2))
@settings(max_examples=200)
def test_adding_to_a_packed_row_equals_opening_it_first(
    entries: list[Entry], amounts: list[int]
) -> None:
    store: Store = {}
    for _ in _replayed(entries, store=store):
        pass
    added = 0
    for day in (entries[-1].day, entries[-1].day + 1):
        for layout in LAYOUTS.values():
            more = np.array(amounts[: len(layout.measures)], np.int64)
            state = _state(store, layout.key, "a", day=day)
            packed = online.pack(state)
            quick = online.apply_packed(packed, layout, more, day=day)
            online.apply(state, layout, more, tile_day=day, closed_days_only=False)
            assert quick in (None, online.pack(state))
            added += quick is not None

    # What is seen at once can always be added to.
    assert added >= 2


@given(RANDOM)
@settings(max_examples=50)
def test_reading_all_keys_at_once_equals_reading_each(entries: list[Entry]) -> None:
    store: Store = {}
    for _ in _replayed(entries, store=store):
        pass
    layouts = tuple(LAYOUTS.values())
    reader, day = Reader(layouts), entries[-1].day + 1

    states = [_state(store, layout.key, "a", day=day) for layout in layouts]

    together = reader.read(np.concatenate([state.row for state in states]), day=day)
    apart = [online.read(s, one) for s, one in zip(states, layouts, strict=True)]
    assert together.tolist() == [value for values in apart for value in values]
    assert [reader.spans[one.key] for one in layouts] == [slice(0, 10), slice(10, 13)]


def _replayed(
    entries: list[Entry], *, thrown: list[bool] | None = None, store: Store | None = None
) -> Iterator[tuple[Entry, dict[str, list[int]]]]:
    """Each entry with what its keys' states say just before it.

    Where `thrown` says so, all states that are empty as of the latest entry are thrown away.
    """
    store = {} if store is None else store
    for place, entry in enumerate(entries):
        values = {}
        for kind, key in entry.keys.items():
            layout = LAYOUTS[kind]
            state = _state(store, kind, key, day=entry.day)
            values[kind] = online.read(state, layout)
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
        yield entry, values
        if thrown is not None and thrown[place]:
            for kind, key in list(store):
                state = _state(store, kind, key, day=entry.day)
                if online.is_empty(state, LAYOUTS[kind]):
                    del store[kind, key]


def _state(store: Store, kind: str, key: str, *, day: int) -> online.State:
    layout = LAYOUTS[kind]
    if (kind, key) not in store:
        return online.empty_state(layout, day=day)
    hot, tiles = store[kind, key]
    state = online.unpack(hot, layout)
    state.tiles = online.unpack_tiles(tiles, layout)
    online.roll(state, layout, day=day)
    return state


def _plainly(before: list[Entry], entry: Entry, feature: Feature) -> int:
    """The feature's definition, read from the events themselves."""
    population = LAYOUTS[feature.key].closed_days_only
    sums: dict[int, int] = {}
    for other in before:
        hidden = population or other.closed_days_only
        if other.keys.get(feature.key) != entry.keys[feature.key]:
            continue
        if not (hidden and other.day == entry.day):
            amount = other.measures[feature.measure]
            sums[other.tile_day] = sums.get(other.tile_day, 0) + amount
    if feature.aggregate == "ever":
        return int(sum(sums.values()) > 0)
    inside = {day: amount for day, amount in sums.items() if day >= entry.day - feature.days}
    if feature.aggregate == "sum":
        return sum(inside.values())
    days = [day for day, amount in inside.items() if amount > 0]
    return (min if feature.aggregate == "first" else max)(days, default=MISSING)


def _with_negative_masses(entry: Entry) -> Entry:
    """Some masses turned, the same for an event and what takes it back."""
    turned = -1 if abs(entry.measures["events"]) == 3 else 1
    return replace(entry, measures=entry.measures | {"mass": turned * entry.measures["mass"]})
