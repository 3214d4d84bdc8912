"""How files of history are staged: every line ends as accepted, flagged, quarantined or duplicate.

A batch of lines and the count of lines read are committed together, so that an interrupted
import goes on where it stopped and counts nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from hashlib import sha256
from itertools import islice
from pathlib import Path

import orjson
from sqlalchemy import Connection, insert, select, update

from features.ledger import tables
from features.ledger.arrivals import Arrival, arrival, microseconds
from features.ledger.connection import writing
from features.ledger.entering import set_plate_countries_aside
from features.ledger.quarantine import quarantine
from features.ledger.store import Ledger, current_epoch
from features.records.check import CheckSettings, check_record
from features.records.mapping import ImportMapping, Line, MappingInput, payloads
from features.records.problems import FieldProblem, RecordRefused
from features.records.pseudonyms import Identifier

_BATCH = 2000
_NUMBERS_A_QUERY = 1000

#: Outcomes and reports that become known at the same moment as a movement come before it.
_RANKS = {"inspection": 0, "incident": 0, "consignment": 1, "crossing": 1}

# History may be of any age.
_HISTORY = CheckSettings(retention_days=None)

Identity = tuple[str, str, str, int]


@dataclass(frozen=True)
class Counts:
    """What became of the lines read; the four last add up to the first."""

    lines_read: int = 0
    accepted: int = 0
    flagged: int = 0
    quarantined: int = 0
    duplicate: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(getattr(self, f.name) + getattr(other, f.name) for f in fields(self)))

    def plus(self, outcome: str) -> Counts:
        """One line more with this outcome."""
        return replace(
            self,
            lines_read=self.lines_read + 1,
            **{outcome: getattr(self, outcome) + 1},
        )


def stage_file(
    ledger: Ledger,
    mapping: ImportMapping,
    path: Path,
    *,
    progress: Callable[[Counts], None] = lambda _: None,
) -> Counts:
    """Stage a file's lines; lines staged by an earlier run of the same file are not read again.

    Args:
        ledger: Where to.
        mapping: How a line becomes records.
        path: The file.
        progress: Told the counts after each batch.

    Returns:
        The counts of the whole file, earlier runs included.

    Raises:
        MappingRefused: if the file lacks mapped columns.
    """
    import_id = _import_id(mapping, path)
    counts = _begun(ledger, import_id, path)
    lines = mapping.lines(path, skip=counts.lines_read)
    source = mapping.input_of(path)
    while batch := list(islice(lines, _BATCH)):
        with _staging(ledger) as connection:
            counts += _stage_batch(ledger, connection, source, batch, door=path.name)
            _keep_counts(connection, import_id, counts, finished=False)
        progress(counts)
    with writing(ledger.engine) as connection:
        _keep_counts(connection, import_id, counts, finished=True)
    return counts


def stage_lines(ledger: Ledger, source: MappingInput, lines: list[Line], *, door: str) -> Counts:
    """Stage mended lines that came through a door before."""
    with _staging(ledger) as connection:
        return _stage_batch(ledger, connection, source, lines, door=door)


@contextmanager
def _staging(ledger: Ledger) -> Iterator[Connection]:
    """A transaction that may seal identifiers; rolled back, it forgets them too."""
    try:
        with writing(ledger.engine) as connection:
            yield connection
    except BaseException:
        ledger.sealer.forget_unsaved()
        raise


def _stage_batch(
    ledger: Ledger, connection: Connection, source: MappingInput, lines: list[Line], *, door: str
) -> Counts:
    now = ledger.clock()
    read = [_read_line(ledger, source, line) for line in lines]
    wanted = [a.identity for made in read if isinstance(made, list) for a in made]
    epoch = current_epoch(connection)
    standing = _standing(connection, epoch.number if epoch else 0, wanted)
    counts = Counts()
    taken: list[Arrival] = []
    for line, made in zip(lines, read, strict=True):
        outcome = made if isinstance(made, RecordRefused) else _outcome(made, standing)
        if isinstance(outcome, RecordRefused):
            quarantine(
                connection,
                ledger.sealer,
                orjson.dumps(line.raw, default=str),
                outcome.problems,
                door=door,
                line=line.number,
                at=now,
            )
            counts = counts.plus("quarantined")
            continue
        counts = counts.plus(outcome)
        if outcome == "duplicate" or isinstance(made, RecordRefused):
            continue
        for one in made:
            if one.identity in standing:
                continue
            standing[one.identity] = one.content_code
            taken.append(one)
    if taken:
        connection.execute(insert(tables.staged), [_row(one) for one in taken])
        _set_aside(ledger, connection, taken)
    return counts


def _read_line(ledger: Ledger, source: MappingInput, line: Line) -> list[Arrival] | RecordRefused:
    now = datetime.fromtimestamp(ledger.clock() / 1e6, UTC)
    try:
        return [
            arrival(
                kind,
                check_record(kind, payload, now=now, settings=_HISTORY),
                ledger.pseudonymiser,
            )
            for kind, payload in payloads(source, line)
        ]
    except RecordRefused as refused:
        return refused


def _outcome(arrivals: list[Arrival], standing: dict[Identity, str]) -> str | RecordRefused:
    """What becomes of a line that reads well; a line of several records is taken whole or not."""
    known = [standing.get(one.identity) for one in arrivals]
    for one, code in zip(arrivals, known, strict=True):
        if code is not None and code != one.content_code:
            return RecordRefused(
                [
                    FieldProblem(
                        "/source_record_id",
                        "conflicting_duplicate",
                        "This record stands already with other content; "
                        "give the correction the next record_version.",
                    )
                ]
            )
    if arrivals and all(code is not None for code in known):
        return "duplicate"
    return "flagged" if any(one.record.quality_flags for one in arrivals) else "accepted"


def _standing(
    connection: Connection, epoch: int, identities: list[Identity]
) -> dict[Identity, str]:
    """Content codes of those identities that are staged or entered already."""
    wanted: dict[tuple[str, str], list[str]] = {}
    for kind, system, number, _ in identities:
        wanted.setdefault((kind, system), []).append(number)
    found: dict[Identity, str] = {}
    for table, extra in (
        (tables.staged, []),
        (tables.ledger, [tables.ledger.c.epoch == epoch, tables.ledger.c.takes_back.is_(None)]),
    ):
        c = table.c
        for (kind, system), numbers in wanted.items():
            for start in range(0, len(numbers), _NUMBERS_A_QUERY):
                query = select(c.source_record_id, c.record_version, c.content_code).where(
                    *extra,
                    c.kind == kind,
                    c.source_system == system,
                    c.source_record_id.in_(numbers[start : start + _NUMBERS_A_QUERY]),
                )
                for number, version, code in connection.execute(query):
                    found[kind, system, number, version] = code
    return found


def _row(one: Arrival) -> dict[str, object]:
    record = one.record
    event_at = microseconds(record.event_at)
    return {
        "rank": _RANKS[one.kind],
        "kind": one.kind,
        "source_system": record.source_system,
        "source_record_id": record.source_record_id,
        "record_version": record.record_version,
        "content_code": one.content_code,
        "event_at": event_at,
        "known_at": event_at if record.known_at is None else microseconds(record.known_at),
        "closed_days_only": one.closed_days_only,
        "body": orjson.dumps(one.body).decode(),
    }


def _set_aside(ledger: Ledger, connection: Connection, arrivals: list[Arrival]) -> None:
    """Seal what pseudonyms stand for, and keep plates' countries apart."""
    by_month: dict[str, list[Identifier]] = {}
    for one in arrivals:
        month = one.record.event_at.strftime("%Y-%m")
        by_month.setdefault(month, []).extend(one.identifiers)
    for month, identifiers in by_month.items():
        ledger.sealer.seal_identifiers(connection, identifiers, month=month)
    set_plate_countries_aside(connection, arrivals)


def _begun(ledger: Ledger, import_id: str, path: Path) -> Counts:
    """Counts of an earlier run of the same file, or a fresh start."""
    names = [f.name for f in fields(Counts)]
    with writing(ledger.engine) as connection:
        row = connection.execute(
            select(*(tables.imports.c[n] for n in names)).where(
                tables.imports.c.import_id == import_id
            )
        ).first()
        if row is not None:
            return Counts(*row)
        connection.execute(
            insert(tables.imports).values(
                import_id=import_id, file=path.name, finished=False, **dict.fromkeys(names, 0)
            )
        )
    return Counts()


def _keep_counts(connection: Connection, import_id: str, counts: Counts, *, finished: bool) -> None:
    connection.execute(
        update(tables.imports)
        .where(tables.imports.c.import_id == import_id)
        .values(finished=finished, **{f.name: getattr(counts, f.name) for f in fields(Counts)})
    )


def _import_id(mapping: ImportMapping, path: Path) -> str:
    # A mended mapping reads the file anew, and so does another name; what stands is a duplicate.
    digest = sha256(f"{mapping.sha256}\0{path.name}\0".encode())
    for chunk in _chunks(path):
        digest.update(chunk)
    return digest.hexdigest()


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            yield chunk
