"""States of all keys made at once from the ledger's derived rows, in bounded memory.

The rows are spilled to one Parquet file first. Then each kind of key is summed by key and day for
itself, a range of keys after the other, and what a key's row holds is cut from running sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.json as pj
import pyarrow.parquet as pq
from numpy.typing import NDArray
from sqlalchemy import Connection, select

from features.hot_rows import HEADER, row_size
from features.layout import Layout
from features.ledger import tables
from features.ledger.entering import DAY_MICROSECONDS
from features.ledger.key_states import state_id
from features.ledger.store import Epoch
from features.measures import MEASURES
from features.spec import MISSING, Integers

_BATCH = 25_000
_LATER_THAN_ALL = 2**63 - 1

#: Rows of one kind of key summed at once; about half a gigabyte with a dozen measures.
_MOST_AT_ONCE = 1_000_000

PackedRow = tuple[str, bytes]


@dataclass(frozen=True)
class Spilled:
    """The ledger's contributions in a file: keys, measures and days of each row."""

    path: Path
    today: int


@dataclass(frozen=True)
class _Sums:
    """Sums by key, whether they wait for tomorrow, and day; sorted by these once summed.

    Shapes: `keys`, `waiting` and `days` (n,), `amounts` (n, M).
    """

    keys: pa.Array
    waiting: NDArray[np.bool_]
    days: Integers
    amounts: Integers


def spill(connection: Connection, epoch: Epoch, folder: Path, *, today: int) -> Spilled:
    """Write what each row of the epoch adds to which keys into a file in `folder`."""
    path = folder / "contributions.parquet"
    kinds = list(epoch.features.layouts)
    schema = pa.schema(
        [
            ("of_today", pa.bool_()),
            ("closed_days_only", pa.bool_()),
            ("tile_day", pa.int64()),
            *((f"key_{kind}", pa.string()) for kind in kinds),
            *((f"m_{measure}", pa.int64()) for measure in MEASURES),
        ]
    )
    ledger, made = tables.ledger.c, tables.derived.c
    query = (
        select(ledger.u, ledger.tile_day, ledger.closed_days_only, made["keys"], made.measures)
        .join(tables.derived, (made.epoch == ledger.epoch) & (made.u == ledger.u))
        .where(ledger.epoch == epoch.number)
        .order_by(ledger.u)
        .execution_options(yield_per=_BATCH)
    )
    with pq.ParquetWriter(path, schema, compression="lz4") as writer:
        for rows in connection.execute(query).partitions():
            writer.write_table(_contributions(rows, kinds, schema, today=today))
    return Spilled(path, today)


def packed_rows(
    spilled: Spilled, layout: Layout
) -> Iterator[tuple[list[PackedRow], list[PackedRow]]]:
    """Hot rows and tiles of all keys of a kind, by ranges of keys, ascending."""
    with pq.ParquetFile(spilled.path) as file:
        for lowest, below in _ranges(file, f"key_{layout.key}"):
            parts = [
                _summed(part)
                for group in range(file.num_row_groups)
                if (part := _part(file, group, layout, lowest, below)) is not None
            ]
            if parts:
                yield _packed(_summed(_joined(parts)), layout, today=spilled.today)


def _contributions(rows: Any, kinds: list[str], schema: pa.Schema, *, today: int) -> pa.Table:
    u, tile_day, closed, keys, measures = zip(*rows, strict=True)
    amounts = np.frombuffer(b"".join(measures), np.int64).reshape(len(rows), len(MEASURES))
    day = np.array(u, np.int64) // DAY_MICROSECONDS
    columns: dict[str, Any] = {
        "of_today": pa.array(day == today),
        "closed_days_only": pa.array([bool(c) for c in closed]),
        "tile_day": pa.array(tile_day, pa.int64()),
        **{f"m_{name}": pa.array(amounts[:, place]) for place, name in enumerate(MEASURES)},
    }
    parsed = pj.read_json(
        BytesIO("\n".join(keys).encode()),
        parse_options=pj.ParseOptions(
            explicit_schema=pa.schema([(kind, pa.string()) for kind in kinds]),
            unexpected_field_behavior="ignore",
        ),
    )
    columns |= {f"key_{kind}": parsed[kind] for kind in kinds}
    return pa.table([columns[field.name] for field in schema], schema)


def _ranges(file: pq.ParquetFile, column: str) -> list[tuple[str | None, str | None]]:
    """Ranges of keys (from, below) that hold about `_MOST_AT_ONCE` rows each."""
    pieces = -(-file.metadata.num_rows // _MOST_AT_ONCE)
    if pieces <= 1:
        return [(None, None)]
    every = -(-file.num_row_groups // 10)
    sample = file.read_row_groups(list(range(0, file.num_row_groups, every)), [column])[column]
    known = sample.combine_chunks().drop_null()
    if not len(known):
        return []
    ordered = known.take(pc.sort_indices(known))
    cuts = [ordered[len(ordered) * piece // pieces].as_py() for piece in range(1, pieces)]
    cuts = sorted(set(cuts))
    return list(zip([None, *cuts], [*cuts, None], strict=True))


def _part(
    file: pq.ParquetFile, group: int, layout: Layout, lowest: str | None, below: str | None
) -> _Sums | None:
    """The rows of a group that add something to a key of the range; None if there are none."""
    key = f"key_{layout.key}"
    names = [key, "of_today", "closed_days_only", "tile_day", *(f"m_{m}" for m in layout.measures)]
    table = file.read_row_group(group, names)
    wanted = pc.is_valid(table[key])
    if lowest is not None:
        wanted = pc.and_(wanted, pc.greater_equal(table[key], lowest))
    if below is not None:
        wanted = pc.and_(wanted, pc.less(table[key], below))
    table = table.filter(wanted)
    amounts = np.column_stack([table[f"m_{m}"].to_numpy() for m in layout.measures])
    adds = amounts.any(axis=1)
    if not adds.any():
        return None
    table = table.filter(pa.array(adds))
    waiting = table["of_today"].to_numpy()
    if not layout.closed_days_only:
        waiting = waiting & table["closed_days_only"].to_numpy()
    return _Sums(table[key].combine_chunks(), waiting, table["tile_day"].to_numpy(), amounts[adds])


def _joined(parts: list[_Sums]) -> _Sums:
    return _Sums(
        pa.concat_arrays([part.keys for part in parts]),
        np.concatenate([part.waiting for part in parts]),
        np.concatenate([part.days for part in parts]),
        np.concatenate([part.amounts for part in parts]),
    )


def _summed(rows: _Sums) -> _Sums:
    encoded = rows.keys.dictionary_encode()
    ascending = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(ascending), np.int64)
    rank[ascending] = np.arange(len(ascending))
    key = rank[encoded.indices.to_numpy()]
    day = rows.days - rows.days.min()
    place = (key * 2 + rows.waiting) * (int(day.max()) + 1) + day
    order = np.argsort(place, kind="stable")
    place = place[order]
    starts = np.flatnonzero(np.r_[True, place[1:] != place[:-1]])
    first = order[starts]
    return _Sums(
        rows.keys.take(pa.array(first)),
        rows.waiting[first],
        rows.days[first],
        np.add.reduceat(rows.amounts[order], starts, axis=0),
    )


def _packed(sums: _Sums, layout: Layout, *, today: int) -> tuple[list[PackedRow], list[PackedRow]]:
    """Hot rows and tiles of the keys; a key's sums lie together: seen by day, then waiting."""
    codes = sums.keys.dictionary_encode().indices.to_numpy()
    starts = np.flatnonzero(np.r_[True, codes[1:] != codes[:-1]])
    ends = np.r_[starts[1:], len(codes)]
    seen, days, amounts = ~sums.waiting, sums.days, sums.amounts
    running = np.concatenate((np.zeros_like(amounts[:1]), amounts.cumsum(axis=0)))

    def end_of(rows: NDArray[np.bool_]) -> Integers:
        """Where in each key's sums these rows, its earliest, end."""
        counted = np.r_[0, rows.cumsum()]
        ended: Integers = starts + counted[ends] - counted[starts]
        return ended

    end_seen, end_closed = end_of(seen), end_of(seen & (days < today))
    rows = np.zeros((len(starts), row_size(layout)), np.int64)
    rows[:, 0] = today
    width = len(layout.measures)
    part = [rows[:, at : at + width] for at in range(HEADER, row_size(layout), width)]
    in_window = seen & (days < today) & (days >= today - layout.longest)
    above = (amounts > 0) & in_window[:, None]
    first = np.minimum.reduceat(np.where(above, days[:, None], _LATER_THAN_ALL), starts)
    part[0][:] = np.where(first == _LATER_THAN_ALL, MISSING, first)
    part[1][:] = np.maximum.reduceat(np.where(above, days[:, None], MISSING), starts)
    part[2][:] = running[end_seen] - running[end_closed]
    part[3][:] = running[end_seen] - running[starts]
    for closed, length in zip(part[4:], layout.windows, strict=True):
        closed[:] = running[end_closed] - running[end_of(seen & (days < today - length))]
    names = [state_id(layout.key, key) for key in sums.keys.take(pa.array(starts)).to_pylist()]
    nonzero = amounts.any(axis=1)
    waiting = _Runs(days, amounts, sums.waiting & nonzero, starts, ends)
    tiles = _Runs(days, amounts, in_window & nonzero, starts, ends)
    rows[:, 1] = waiting.lengths
    hot = [
        (name, row.tobytes() + pending)
        for name, row, pending in zip(names, rows, waiting.packed(), strict=True)
    ]
    closed_days = zip(names, tiles.packed(), strict=True)
    return hot, [(name, packed) for name, packed in closed_days if packed]


class _Runs:
    """Some of the rows of each key, led by their day.

    Attributes:
        lengths: How many rows of each key there are.
    """

    def __init__(
        self,
        days: Integers,
        amounts: Integers,
        wanted: NDArray[np.bool_],
        starts: Integers,
        ends: Integers,
    ) -> None:
        counted = np.r_[0, wanted.cumsum()]
        self._starts, self._ends = counted[starts], counted[ends]
        self._rows = np.column_stack((days[wanted], amounts[wanted]))
        self.lengths: Integers = self._ends - self._starts

    def packed(self) -> list[bytes]:
        """The bytes of each key's rows."""
        every = self._rows.tobytes()
        size = self._rows.shape[1] * self._rows.itemsize
        return [
            every[start * size : end * size]
            for start, end in zip(self._starts.tolist(), self._ends.tolist(), strict=True)
        ]
