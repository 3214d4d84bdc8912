"""What the keys of a movement had come to, day by day, before the day on which it became known."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from sqlalchemy import Connection

from features import online
from features.layout import Layout
from features.ledger.key_states import select_rows, state_id
from features.registry import FeatureSet
from features.spec import Integers


@dataclass(frozen=True)
class KeyPast:
    """The past of one key.

    Attributes:
        kind: The kind of key.
        measures: Names of the measures, in the order of the columns of `amounts`.
        days: UTC day numbers (T,), ascending, none twice.
        amounts: Sums of each day (T, M).
    """

    kind: str
    measures: tuple[str, ...]
    days: Integers
    amounts: Integers

    def of(self, measure: str) -> Integers | None:
        """Sums of a measure by day (T,); None where none are kept for this kind of key."""
        if measure not in self.measures:
            return None
        column: Integers = self.amounts[:, self.measures.index(measure)]
        return column


def past_before(
    connection: Connection, features: FeatureSet, keys: Mapping[str, str], *, day: int
) -> list[KeyPast]:
    """Sums by day of each key that has any, on days before `day` only.

    What became known on that day or later is left out: its tiles stand on later days. A record that
    was corrected since counts as corrected, for that is what a tile holds. Tiles reach back as far
    as the longest window of the kind of key.

    Args:
        connection: A transaction.
        features: Of the current epoch, whose states are read.
        keys: Keys by kind of key; kinds without history are passed over.
        day: The UTC day number to stop before.
    """
    layouts = features.layouts
    names = {kind: state_id(kind, key) for kind, key in keys.items() if kind in layouts}
    hot = select_rows(connection, "states", names.values())
    tiles = select_rows(connection, "tiles", names.values())
    found = []
    for kind, name in names.items():
        if name in hot:
            past = _past(kind, layouts[kind], hot[name], tiles.get(name, b""), day=day)
            if len(past.days):
                found.append(past)
    return found


def _past(kind: str, layout: Layout, hot: bytes, tiles: bytes, *, day: int) -> KeyPast:
    state = online.unpack(hot, layout)
    rows = [online.unpack_tiles(tiles, layout), state.pending]
    if state.head.any():
        # A day stays the state's head until the key's next event closes it.
        rows.append(np.concatenate(([state.day], state.head))[np.newaxis])
    every = np.concatenate(rows)
    every = every[every[:, 0] < day]
    days, places = np.unique(every[:, 0], return_inverse=True)
    amounts = np.zeros((len(days), len(layout.measures)), np.int64)
    np.add.at(amounts, places, every[:, 1:])
    return KeyPast(kind, layout.measures, days, amounts)
