"""Parts of a table put side by side, movement by movement, in the order of u.

The parts hold only the movements they know, so each is laid onto the movements by u. Everything
is ordered by u and read in step, so that no more than a batch is in memory at a time.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features.errors import VardarError
from features.parts import Plan
from features.spec import MISSING, Integers

#: How many movements are put together at a time.
_BATCH = 1 << 16


class EventsDiffer(VardarError):
    """The events are not what a table can be made from."""


@dataclass(frozen=True)
class Laid:
    """Integers of some movements: `u` (n,) ascending, and columns (n,) by name."""

    u: Integers
    columns: Mapping[str, Integers]


class Stream:
    """A part's Parquet files read forward, in the order of u."""

    def __init__(self, folder: Path, columns: Iterable[str]) -> None:
        self._columns = list(columns)
        self._batches = self._read(sorted(folder.glob("*.parquet")))
        self._held = Laid(np.empty(0, np.int64), {c: np.empty(0, np.int64) for c in self._columns})

    def until(self, u: int) -> Laid:
        """The movements up to and including u that were not read yet."""
        while not len(self._held.u) or self._held.u[-1] <= u:
            batch = next(self._batches, None)
            if batch is None:
                break
            self._held = _appended(self._held, batch)
        end = int(np.searchsorted(self._held.u, u, side="right"))
        taken, self._held = _slice(self._held, 0, end), _slice(self._held, end, None)
        return taken

    def _read(self, files: list[Path]) -> Iterator[Laid]:
        for path in files:
            with pq.ParquetFile(path) as file:
                for batch in file.iter_batches(_BATCH, columns=["u", *self._columns]):
                    if len(batch):
                        yield laid(pa.table(batch), self._columns)


def laid(table: pa.Table, columns: Iterable[str]) -> Laid:
    """A part's table in memory."""
    return Laid(_numbers(table["u"]), {c: _numbers(table[c]) for c in columns})


def own_batches(file: Path, plan: Plan) -> Iterator[pa.Table]:
    """The subject's movements in a file of events: own columns and the record's integers.

    Raises:
        EventsDiffer: if they lack a column or are not in the order of u.
    """
    names = {*plan.own, *plan.row.values(), "u", "kind", "is_movement"}
    last = -1
    with pq.ParquetFile(file) as events:
        if missing := sorted(names - set(events.schema_arrow.names)):
            msg = f"{file} lacks {', '.join(missing)}: export the ledger again."
            raise EventsDiffer(msg)
        for batch in events.iter_batches(_BATCH, columns=sorted(names)):
            rows = pa.table(batch)
            rows = rows.filter(pc.and_(rows["is_movement"], pc.equal(rows["kind"], plan.subject)))
            if not len(rows):
                continue
            u = _numbers(rows["u"])
            if u[0] <= last or (np.diff(u) <= 0).any():
                msg = f"{file} is not in the order of u: export the ledger again."
                raise EventsDiffer(msg)
            last = int(u[-1])
            yield own_columns(rows, plan)


def own_columns(rows: pa.Table, plan: Plan) -> pa.Table:
    """Own columns and the record's integers of movements, with `MISSING` for null."""
    wanted = {name: column for name, column in plan.row.items() if name in plan.names}
    return pa.table(
        {name: rows[name] for name in plan.own}
        | {name: _numbers(rows[column]) for name, column in wanted.items()}
    )


def assembled(own: pa.Table, parts: Iterable[Laid], plan: Plan) -> pa.Table:
    """The movements `own` with the parts laid onto them, columns in the plan's order.

    Raises:
        EventsDiffer: if a part holds a movement that `own` lacks.
    """
    u = _numbers(own["u"])
    found: dict[str, Integers] = {}
    for part in parts:
        places = np.searchsorted(u, part.u)
        found_all = (
            np.array_equal(np.take(u, places, mode="clip"), part.u) if len(u) else not len(part.u)
        )
        if not found_all or (np.diff(part.u) <= 0).any():
            msg = "The events changed while the table was made: make it again."
            raise EventsDiffer(msg)
        for name, values in part.columns.items():
            if name in plan.names:
                found[name] = np.full(len(u), MISSING, np.int64)
                found[name][places] = values
    columns = {name: own[name] for name in plan.own}
    for name in plan.names:
        columns[name] = found[name] if name in found else own[name]
    return pa.table(columns)


def _numbers(column: pa.ChunkedArray) -> Integers:
    if column.null_count:
        column = pc.fill_null(column, MISSING)
    found: Integers = column.cast(pa.int64()).to_numpy()
    return found


def _appended(left: Laid, right: Laid) -> Laid:
    if not len(left.u):
        return right
    return Laid(
        np.concatenate((left.u, right.u)),
        {c: np.concatenate((v, right.columns[c])) for c, v in left.columns.items()},
    )


def _slice(rows: Laid, start: int, end: int | None) -> Laid:
    return Laid(rows.u[start:end], {c: v[start:end] for c, v in rows.columns.items()})
