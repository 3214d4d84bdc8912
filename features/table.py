"""The feature table of a whole ledger export: integers by the offline engine, then the finish.

Each kind of key is computed alone and laid onto the movements afterwards: together they would
take as much memory as the table is wide.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from features import spilling
from features.assembly import EventsDiffer, Laid, Stream, assembled, laid, own_batches, own_columns
from features.engines import Engine, Session, session, session_of
from features.finish import finished
from features.parts import EVENTS_VIEW, Part, Plan, Source, fix_counts, part_table, plan_of
from features.registry import FeatureSet
from features.spec import Column, Floats, Integers

Table = Any  # an ibis.Table: ibis ships no types

#: Where most events are no movement asked for, only their keys' events are looked at.
_FEW = 10


@dataclass(frozen=True)
class Written:
    """A table as Parquet by month.

    Attributes:
        files: `<subject>-YYYY-MM.parquet`, in order.
        rows: Movements in all of them.
        made: Names of the parts that were computed.
        kept: Names of the parts, or files, an earlier run with the same events had left.
    """

    files: tuple[Path, ...]
    rows: int
    made: tuple[str, ...]
    kept: tuple[str, ...]


@dataclass(frozen=True)
class Cell:
    """One value of a table that is not what was expected; None is null, or a column that is not there."""

    u: int
    name: str
    expected: object
    found: object


def write_table(
    events: Path,
    out: Path,
    features: FeatureSet,
    subject: str,
    *,
    engine: Engine,
    progress: Callable[[str], None] = lambda _: None,
) -> Written:
    """Write every integer the columns of a subject are made of to `out/<subject>-YYYY-MM.parquet`.

    One row a movement, ordered by u: identity columns, then int64 columns named as
    `FeatureSet.integer_names` says, and `today`. An interrupted run goes on where it stopped.

    Args:
        events: Holds an export of the ledger (`features.ledger.export`).
        out: Where the table goes, and the parts until it is whole.
        features: The features the export was made with.
        subject: consignment or crossing.
        engine: What computes it.
        progress: Is told each step.

    Raises:
        EventsDiffer: if there are no events, or they are none of these features.
    """
    return write_planned(events, out, plan_of(features, subject), engine=engine, progress=progress)


def write_planned(
    events: Path,
    out: Path,
    plan: Plan,
    *,
    engine: Engine,
    progress: Callable[[str], None] = lambda _: None,
) -> Written:
    """`write_table` of any plan."""
    files = _files_of(events)
    origin = {
        "events": spilling.fingerprint(files),
        "features": plan.version,
        "code": spilling.code_sha256(),
        "engine": engine.kind,
    }
    manifest = out / f"{plan.subject}.manifest.json"
    whole = origin | {"names": [*plan.own, *plan.names], "parts": [repr(p) for p in plan.parts]}
    stored = spilling.read_manifest(manifest)
    if stored and stored["origin"] == whole and _all_there(out, stored["files"]):
        paths = tuple(out / name for name in stored["files"])
        return Written(paths, stored["rows"], made=(), kept=tuple(p.name for p in paths))
    manifest.unlink(missing_ok=True)

    parts = out / f"{plan.subject}.parts"
    made = _spill_parts(files, parts, plan, origin, engine=engine, progress=progress)
    for old in out.glob(f"{plan.subject}-*.parquet"):
        old.unlink()
    written = dict(_months(files, out, plan, parts, progress=progress))
    spilling.write_manifest(
        manifest,
        {
            "origin": whole,
            "rows": sum(written.values()),
            "files": {path.name: path.stat().st_size for path in written},
        },
    )
    shutil.rmtree(parts)
    kept = tuple(part.name for part in plan.parts if part.name not in made)
    return Written(tuple(written), sum(written.values()), made=made, kept=kept)


def integer_table(folder: Path, features: FeatureSet, subject: str) -> pa.Table:
    """What `write_table` writes, in memory, by DuckDB.

    Args:
        folder: Holds an export of the ledger (`features.ledger.export`).
        features: The features the export was made with.
        subject: consignment or crossing.
    """
    plan = plan_of(features, subject)
    files = _files_of(folder)
    with TemporaryDirectory() as work, session(Engine(), Path(work)) as opened:
        events = _of_subject(opened.read(files), subject)
        parts = _in_memory(opened, events, plan)
        own = [batch for file in files for batch in own_batches(file, plan)]
        return assembled(pa.concat_tables(own) if own else _no_rows(files[0], plan), parts, plan)


def integers_of(events: Table, features: FeatureSet, subject: str) -> pa.Table:
    """`integer_table` from an Ibis table of events; of the movements that `is_movement` asks for."""
    plan = plan_of(features, subject)
    mine = _of_subject(events, subject)
    asked = mine.filter(mine.is_movement).select(*{*plan.own, *plan.row.values()})
    own = own_columns(asked.order_by("u").to_pyarrow(), plan)
    with TemporaryDirectory() as work:
        return assembled(own, _in_memory(session_of(events, Path(work)), mine, plan), plan)


def matrix(integers: pa.Table, columns: Sequence[Column]) -> Floats:
    """The matrix (n, len(columns)) that a model reads, from a table of integers."""
    needed = {name for column in columns for name in column.input_names}
    arrays: dict[str, Integers] = {
        name: integers.column(name).to_numpy().astype(np.int64, copy=False) for name in needed
    }
    return finished(columns, arrays)


def differing_cells(expected: pa.Table, found: pa.Table) -> list[Cell]:
    """Every cell of two tables of the same movements that is not the same, row by row of `u`.

    A movement that one of them has more often than the other is one cell named `u`, with how often
    each has it. A column that one of them lacks, or has as another type, differs as a whole.
    """
    ours, theirs = _places_by_u(expected), _places_by_u(found)
    cells = [
        Cell(u, "u", len(ours.get(u, ())), len(theirs.get(u, ())))
        for u in sorted({*ours, *theirs})
        if len(ours.get(u, ())) != len(theirs.get(u, ()))
    ]
    both = sorted(u for u in ours if len(ours[u]) == len(theirs.get(u, ())))
    left = expected.take(pa.array((p for u in both for p in ours[u]), pa.int64()))
    right = found.take(pa.array((p for u in both for p in theirs[u]), pa.int64()))
    for name in dict.fromkeys((*expected.column_names, *found.column_names)):
        one, other = _column(left, name), _column(right, name)
        for place in np.flatnonzero(_unlike(one, other)).tolist():
            values = (None if c is None else c[place].as_py() for c in (one, other))
            cells.append(Cell(left["u"][place].as_py(), name, *values))
    return sorted(cells, key=lambda cell: cell.u)


def _files_of(folder: Path) -> list[Path]:
    files = sorted(folder.glob("events-*.parquet"))
    if not files:
        msg = f"{folder} holds no events-YYYY-MM.parquet: export the ledger into it first."
        raise EventsDiffer(msg)
    return files


def _of_subject(events: Table, subject: str) -> Table:
    return events.mutate(is_movement=events.is_movement & (events.kind == subject))


def _spill_parts(
    files: Sequence[Path],
    folder: Path,
    plan: Plan,
    origin: Mapping[str, object],
    *,
    engine: Engine,
    progress: Callable[[str], None],
) -> tuple[str, ...]:
    """Compute the parts that are not there yet; their names."""
    made = []
    folder.mkdir(parents=True, exist_ok=True)
    with (
        TemporaryDirectory(dir=folder, prefix="work-") as work,
        session(engine, Path(work)) as opened,
    ):
        events = _of_subject(opened.read(files), plan.subject)
        for part, source in _sources(opened, events, plan, few=False):
            path, of_part = folder / part.name, {**origin, "part": repr(part)}
            if not spilling.is_made(path, of_part):
                progress(f"{plan.subject}: {part.name}")
                asked = part_table(opened, part, source)
                spilling.make(path, of_part, lambda to, asked=asked: opened.write(asked, to))  # type: ignore[misc]
                made.append(part.name)
    return tuple(made)


def _in_memory(opened: Session, events: Table, plan: Plan) -> Iterator[Laid]:
    counts = events.agg(movements=events.is_movement.cast("int64").sum(), events=events.count())
    (count,) = opened.arrow(counts).to_pylist()
    few = (count["movements"] or 0) * _FEW < count["events"]
    for part, source in _sources(opened, events, plan, few=few):
        yield laid(opened.arrow(part_table(opened, part, source)), part.columns)


def _sources(
    opened: Session, events: Table, plan: Plan, *, few: bool
) -> Iterator[tuple[Part, Source]]:
    keys = [part.key for part in plan.parts if part.key is not None]
    fixes = fix_counts(opened, events, keys)
    # Once for all parts: making it takes a third of the time of a replay.
    opened.view(EVENTS_VIEW, events)
    for part in plan.parts:
        corrected = fixes[part.key] > 0
        yield part, Source(events, corrected=corrected, few=few, keep=opened.keep)


def _months(
    files: Sequence[Path],
    out: Path,
    plan: Plan,
    parts: Path,
    *,
    progress: Callable[[str], None],
) -> Iterator[tuple[Path, int]]:
    """Put the parts together month by month; each file with its number of movements."""
    streams = [Stream(parts / part.name, part.columns) for part in plan.parts]
    for file in files:
        path = out / file.name.replace("events", plan.subject, 1)
        progress(path.name)
        yield path, _month(file, path, plan, streams)


def _month(file: Path, path: Path, plan: Plan, streams: Sequence[Stream]) -> int:
    rows = 0

    def write(unfinished: Path) -> None:
        nonlocal rows
        schema = _schema(file, plan)
        # Integers of many values gain nothing by a dictionary, which takes longer to make.
        texts = [name for name in plan.own if name != "u"]
        with pq.ParquetWriter(
            unfinished, schema, compression="zstd", use_dictionary=texts
        ) as writer:
            for own in own_batches(file, plan):
                last = own["u"][-1].as_py()
                table = assembled(own, [stream.until(last) for stream in streams], plan)
                writer.write_table(table.cast(schema))
                rows += len(table)

    spilling.write_file(path, write)
    return rows


def _schema(file: Path, plan: Plan) -> pa.Schema:
    events = pq.read_schema(file)
    integers = [(name, pa.int64()) for name in plan.names]
    return pa.schema([*(events.field(name) for name in plan.own), *integers])


def _no_rows(file: Path, plan: Plan) -> pa.Table:
    names = [*plan.own, *(n for n in plan.row if n in plan.names)]
    kinds = {field.name: field.type for field in _schema(file, plan)}
    return pa.table({name: pa.array([], kinds[name]) for name in names})


def _all_there(out: Path, files: Mapping[str, int]) -> bool:
    paths = {out / name: size for name, size in files.items()}
    return all(path.exists() and path.stat().st_size == size for path, size in paths.items())


def _places_by_u(table: pa.Table) -> dict[int, list[int]]:
    places: dict[int, list[int]] = {}
    for place, u in enumerate(table["u"].to_pylist()):
        places.setdefault(u, []).append(place)
    return places


def _column(table: pa.Table, name: str) -> Any:
    return table[name] if name in table.column_names else None


def _unlike(one: Any, other: Any) -> pa.Array:
    """Where two columns differ (n,); two nulls do not."""
    if one is None or other is None or one.type != other.type:
        length = len(other) if one is None else len(one)
        return pa.array([True] * length)
    unequal = pc.fill_null(pc.not_equal(one, other), fill_value=False)
    return pc.or_(unequal, pc.xor(pc.is_null(one), pc.is_null(other)))
