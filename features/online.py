"""The spec over packed state per key: read what a key's past comes to, apply an event to it.

A state has two parts. The *hot* part holds the window sums over closed days and today's head;
every event touches it. The *tiles*, one row of sums a day, are touched only when a day closes
or when an event of an earlier day is taken back, so that a busy key costs what a quiet one does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from features.layout import Layout
from features.spec import MISSING, Integers

_HEADER = 2  # the day, and how many pending rows follow


@dataclass
class State:
    """What is known of one key on one day.

    Shapes: M measures, W windows. `closed` (W, M) sums whole days before `day`; `head` (M,) sums
    today's events; `total` (M,) sums all that may be seen; `last` (M,) is the latest closed day
    whose measure is above zero; `pending` (P, 1 + M) sums what may be seen only once today
    has closed, each row led by the day it counts on; `tiles` (T, 1 + M) hold closed days, ascending,
    each row led by its day.
    """

    day: int
    closed: Integers
    head: Integers
    total: Integers
    last: Integers
    pending: Integers
    tiles: Integers | None

    #: What changed since the state was read, so that a store writes no more than it must.
    tiles_changed: bool = False


def empty_state(layout: Layout, *, day: int) -> State:
    """The state of a key never seen before `day`."""
    measures, windows = len(layout.measures), len(layout.windows)
    return State(
        day=day,
        closed=np.zeros((windows, measures), np.int64),
        head=np.zeros(measures, np.int64),
        total=np.zeros(measures, np.int64),
        last=np.full(measures, MISSING, np.int64),
        pending=np.zeros((0, 1 + measures), np.int64),
        tiles=np.zeros((0, 1 + measures), np.int64),
    )


def read(state: State, layout: Layout) -> list[int]:
    """Values of the layout's features, in its order, as of now; roll the state to today first."""
    visible = state.closed if layout.closed_days_only else state.closed + state.head
    window = {days: row for row, days in enumerate(layout.windows)}
    values = []
    for feature in layout.features:
        measure = layout.measures.index(feature.measure)
        if feature.aggregate == "sum":
            values.append(int(visible[window[feature.days], measure]))
        elif feature.aggregate == "ever":
            values.append(int(state.total[measure] > 0))
        elif not layout.closed_days_only and state.head[measure] > 0:
            values.append(state.day)
        else:
            last = int(state.last[measure])
            values.append(last if last >= state.day - feature.days else MISSING)
    return values


def apply(
    state: State, layout: Layout, amounts: Integers, *, tile_day: int, closed_days_only: bool
) -> None:
    """Add an event's measures (M,) to the state of today; roll the state to today first.

    A correction adds the original's measures negated, on the day the original stands
    (`tile_day` before today).
    """
    if closed_days_only or layout.closed_days_only:
        state.pending = _add_to_tiles(state.pending, tile_day, amounts)
        return
    state.total += amounts
    if tile_day == state.day:
        state.head += amounts
        return
    state.tiles = _add_to_tiles(_tiles(state), tile_day, amounts)
    state.tiles_changed = True
    for window, days in enumerate(layout.windows):
        if tile_day >= state.day - days:
            state.closed[window] += amounts
    state.last = _last_days(state.tiles)


def roll(state: State, layout: Layout, *, day: int, tiles: Callable[[], Integers]) -> None:
    """Close the days before `day`: the head and what was pending become tiles, windows move on.

    Args:
        state: Changed in place.
        layout: The layout of the state's kind of key.
        day: Today's UTC day number; not before the state's.
        tiles: Reads the state's tiles, called only when a day has closed.
    """
    if day == state.day:
        return
    if state.tiles is None:
        state.tiles = tiles()
    kept = state.tiles
    if state.head.any():
        kept = _add_to_tiles(kept, state.day, state.head)
    for row in state.pending:
        kept = _add_to_tiles(kept, int(row[0]), row[1:])
        state.total += row[1:]
    # A tile of zeros is one whose events were all taken back: it must not outlive them.
    kept = kept[(kept[:, 0] >= day - layout.longest) & kept[:, 1:].any(axis=1)]
    state.tiles = kept
    state.tiles_changed = True
    state.day = day
    state.head = np.zeros_like(state.head)
    state.pending = state.pending[:0]
    for row_index, days in enumerate(layout.windows):
        state.closed[row_index] = kept[kept[:, 0] >= day - days, 1:].sum(axis=0)
    state.last = _last_days(kept)


def pack(state: State) -> bytes:
    """The hot part as bytes: day, number of pending rows, last, total, head, closed, pending."""
    parts = (
        np.array([state.day, len(state.pending)], np.int64),
        state.last,
        state.total,
        state.head,
        state.closed.ravel(),
        state.pending.ravel(),
    )
    return np.concatenate(parts).tobytes()


def unpack(hot: bytes, layout: Layout) -> State:
    """The state whose hot part this is, its tiles not read yet."""
    numbers = np.frombuffer(hot, np.int64).copy()
    measures, windows = len(layout.measures), len(layout.windows)
    last, total, head = numbers[_HEADER : _HEADER + 3 * measures].reshape(3, measures)
    start = _HEADER + 3 * measures
    end = start + windows * measures
    return State(
        day=int(numbers[0]),
        closed=numbers[start:end].reshape(windows, measures),
        head=head,
        total=total,
        last=last,
        pending=numbers[end:].reshape(int(numbers[1]), 1 + measures),
        tiles=None,
    )


def pack_tiles(tiles: Integers) -> bytes:
    """Tiles (T, 1 + M) as bytes."""
    return np.ascontiguousarray(tiles).tobytes()


def unpack_tiles(packed: bytes, layout: Layout) -> Integers:
    """Tiles (T, 1 + M) from their bytes."""
    return np.frombuffer(packed, np.int64).reshape(-1, 1 + len(layout.measures)).copy()


def _tiles(state: State) -> Integers:
    if state.tiles is None:
        msg = "A state whose past changes needs its tiles read first."
        raise RuntimeError(msg)
    return state.tiles


def _add_to_tiles(tiles: Integers, day: int, amounts: Integers) -> Integers:
    place = int(np.searchsorted(tiles[:, 0], day))
    if place < len(tiles) and tiles[place, 0] == day:
        tiles = tiles.copy()
        tiles[place, 1:] += amounts
        return tiles
    return np.insert(tiles, place, np.concatenate(([day], amounts)), axis=0)


def _last_days(tiles: Integers) -> Integers:
    days: Integers = np.where(tiles[:, 1:] > 0, tiles[:, :1], MISSING)
    return np.asarray(days.max(axis=0, initial=MISSING), np.int64)
