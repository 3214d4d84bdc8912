"""The spec over packed state per key: read what a key's past comes to, apply an event to it.

A state has two parts. The *hot* part is a row of fixed size: window sums over closed days,
today's head, totals, first and last days; every event touches it. The *tiles*, one row of sums a
day, are touched only when a day closes or when an event of an earlier day is taken back, so that
a busy key costs what a quiet one does.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from features.hot_rows import HEADER, Reader, row_size
from features.layout import Layout
from features.spec import MISSING, Integers

#: Goes up when the rows below come to lie otherwise, so that older stores are built anew.
STATE_FORMAT = 2


@dataclass
class State:
    """What is known of one key on one day.

    Shapes: M measures, W windows. `row` holds the day, the number of pending rows and then what
    the other names show of it: `first` and `last` (M,), the earliest and latest closed day of the
    longest window whose measure is above zero; `head` (M,) sums today's events; `total` (M,) sums
    all that may be seen; `closed` (W, M) sums whole days before today. `pending` (P, 1 + M) sums
    what may be seen only once today has closed, each row led by the day it counts on; `tiles`
    (T, 1 + M) hold closed days, ascending, each row led by its day.
    """

    row: Integers
    first: Integers
    last: Integers
    head: Integers
    total: Integers
    closed: Integers
    pending: Integers
    tiles: Integers | None

    #: What changed since the state was read, so that a store writes no more than it must.
    tiles_changed: bool = False

    @property
    def day(self) -> int:
        """The UTC day number the state is as of."""
        return int(self.row[0])


def empty_state(layout: Layout, *, day: int) -> State:
    """The state of a key never seen before `day`."""
    row = empty_row(layout)
    row[0] = day
    state = _state(row, layout)
    state.tiles = np.zeros((0, 1 + len(layout.measures)), np.int64)
    return state


def empty_row(layout: Layout) -> Integers:
    """The fixed part of a key never seen, as of no day."""
    row = np.zeros(row_size(layout), np.int64)
    row[0] = MISSING
    row[HEADER : HEADER + 2 * len(layout.measures)] = MISSING
    return row


def read(state: State, layout: Layout) -> list[int]:
    """Values of the layout's features, in its order, as of now; roll the state to today first."""
    values: list[int] = _reader_of(layout).read(state.row, day=state.day).tolist()
    return values


def apply(
    state: State, layout: Layout, amounts: Integers, *, tile_day: int, closed_days_only: bool
) -> None:
    """Add an event's measures (M,) to the state of today; roll the state to today first.

    A correction adds the original's measures negated, on the day the original stands
    (`tile_day` before today; `touches_tiles` says whether the tiles must be read for it).
    """
    if closed_days_only or layout.closed_days_only:
        state.pending = _add_to_tiles(state.pending, tile_day, amounts)
        return
    state.total += amounts
    if tile_day == state.day:
        state.head += amounts
        return
    if not touches_tiles(state, layout, tile_day=tile_day):
        return
    _add_closed(state, layout, tile_day, amounts)
    _find_first_and_last(state)


def apply_packed(hot: bytes, layout: Layout, amounts: Integers, *, day: int) -> bytes | None:
    """The hot part with an event of today added to it, without opening it.

    Args:
        hot: A hot part as of today.
        layout: Its layout.
        amounts: The event's measures (M,).
        day: Today's UTC day number.

    Returns:
        None where there is more to do than to add: the state must be opened then.
    """
    numbers = np.frombuffer(hot, np.int64).copy()
    measures = len(amounts)
    if not layout.closed_days_only:
        # Head and total stand side by side.
        start = HEADER + 2 * measures
        numbers[start : start + 2 * measures].reshape(2, measures)[...] += amounts
        return numbers.tobytes()
    last = len(numbers) - 1 - measures
    if numbers[1] and numbers[last] == day:
        numbers[last + 1 :] += amounts
        # A row of zeros goes.
        return numbers.tobytes() if numbers[last + 1 :].any() else None
    return None


def touches_tiles(state: State, layout: Layout, *, tile_day: int) -> bool:
    """Whether an event on `tile_day` changes a closed day that a window still holds."""
    return state.day - layout.longest <= tile_day < state.day


def roll(
    state: State, layout: Layout, *, day: int, tiles: Callable[[], Integers] | None = None
) -> None:
    """Close the days before `day`: the head and what was pending become tiles, windows move on.

    Args:
        state: Changed in place.
        layout: The layout of the state's kind of key.
        day: Today's UTC day number; not before the state's.
        tiles: Reads the state's tiles if it lacks them, called only when a day has closed.
    """
    before = state.day
    if day == before:
        return
    if state.tiles is None and tiles is not None:
        state.tiles = tiles()
    state.tiles = _tiles(state)
    past_changed = False
    for row in state.pending:
        state.total += row[1:]
        past_changed |= row[0] < before
        _add_closed(state, layout, int(row[0]), row[1:])
    state.pending = state.pending[:0]
    if state.head.any():
        _add_closed(state, layout, before, state.head)
        state.head[:] = 0
    state.row[0] = day
    _let_days_leave(state, layout, before)
    if len(state.tiles) and state.tiles[-1, 0] == before:
        above = state.tiles[-1, 1:] > 0
        state.last[above] = before
        state.first[above & (state.first == MISSING)] = before
    state.last[state.last < day - layout.longest] = MISSING
    first_left = (state.first < day - layout.longest) & (state.first != MISSING)
    if past_changed or first_left.any():
        _find_first_and_last(state)


def _add_closed(state: State, layout: Layout, day: int, amounts: Integers) -> None:
    """Add to the tile of a day that closes, or has closed, and to the windows that hold it."""
    if not layout.windows or day < state.day - layout.longest:
        return
    state.tiles = _add_to_tiles(_tiles(state), day, amounts)
    state.tiles_changed = True
    for closed, days in zip(state.closed, layout.windows, strict=True):
        if day >= state.day - days:
            closed += amounts


def _let_days_leave(state: State, layout: Layout, before: int) -> None:
    """Subtract the tiles that leave each window between the day `before` and today."""
    tiles = _tiles(state)
    bounds = [(day - days) for day in (before, state.day) for days in layout.windows]
    places = np.searchsorted(tiles[:, 0], bounds).reshape(2, -1)
    for closed, start, end in zip(state.closed, *places.tolist(), strict=True):
        if start < end:
            closed -= tiles[start:end, 1:].sum(axis=0)
    gone = int(places[1, -1]) if layout.windows else len(tiles)
    if gone:
        state.tiles = tiles[gone:]
        state.tiles_changed = True


def is_empty(state: State, layout: Layout) -> bool:
    """Whether no feature, now or later, can tell the state from a key never seen.

    Roll the state to the ledger's last day first. A total counts only where an "ever" feature
    reads it.
    """
    if len(state.pending) or state.head.any() or len(_tiles(state)):
        return False
    return not state.total[_ever_measures(layout)].any()


def pack(state: State) -> bytes:
    """The hot part as bytes: the fixed part, then the pending rows."""
    state.row[1] = len(state.pending)
    if not len(state.pending):
        return state.row.tobytes()
    return state.row.tobytes() + state.pending.tobytes()


def unpack(hot: bytes, layout: Layout) -> State:
    """The state whose hot part this is, its tiles not read yet."""
    numbers = np.frombuffer(hot, np.int64).copy()
    size = row_size(layout)
    state = _state(numbers[:size], layout)
    if numbers[1]:
        state.pending = numbers[size:].reshape(int(numbers[1]), 1 + len(layout.measures))
    return state


def pack_tiles(tiles: Integers) -> bytes:
    """Tiles (T, 1 + M) as bytes."""
    return tiles.tobytes()


def unpack_tiles(packed: bytes, layout: Layout) -> Integers:
    """Tiles (T, 1 + M) from their bytes; not to be changed in place."""
    return np.frombuffer(packed, np.int64).reshape(-1, 1 + len(layout.measures))


def _state(row: Integers, layout: Layout) -> State:
    measures = len(layout.measures)
    middle = HEADER + 4 * measures
    first, last, head, total = row[HEADER:middle].reshape(4, measures)
    return State(
        row=row,
        first=first,
        last=last,
        head=head,
        total=total,
        closed=row[middle:].reshape(len(layout.windows), measures),
        pending=np.zeros((0, 1 + measures), np.int64),
        tiles=None,
    )


@lru_cache(maxsize=256)
def _reader_of(layout: Layout) -> Reader:
    return Reader((layout,))


def _ever_measures(layout: Layout) -> list[int]:
    read_by_ever = {f.measure for f in layout.features if f.aggregate == "ever"}
    return [place for place, measure in enumerate(layout.measures) if measure in read_by_ever]


def _tiles(state: State) -> Integers:
    if state.tiles is None:
        msg = "A state whose past changes needs its tiles read first."
        raise RuntimeError(msg)
    return state.tiles


def _add_to_tiles(tiles: Integers, day: int, amounts: Integers) -> Integers:
    """Rows led by their day (n, 1 + M) with a day's amounts added.

    A row of zeros goes: its events were all taken back, and it must not outlive them.
    """
    place = int(np.searchsorted(tiles[:, 0], day))
    if place < len(tiles) and tiles[place, 0] == day:
        tiles = tiles.copy()
        tiles[place, 1:] += amounts
        return tiles if tiles[place, 1:].any() else np.delete(tiles, place, axis=0)
    row = np.empty((1, 1 + len(amounts)), np.int64)
    row[0, 0], row[0, 1:] = day, amounts
    return np.concatenate((tiles[:place], row, tiles[place:]))


def _find_first_and_last(state: State) -> None:
    """Set the earliest and latest day of each measure above zero; tiles are ascending."""
    tiles = _tiles(state)
    above = tiles[:, 1:] > 0
    known = above.any(axis=0)
    state.first[:] = state.last[:] = MISSING
    if known.any():
        days = tiles[:, 0]
        state.first[known] = days[above.argmax(axis=0)[known]]
        state.last[known] = days[::-1][above[::-1].argmax(axis=0)[known]]
