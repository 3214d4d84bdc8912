"""How staged history becomes ledger: sorted by what was known first, numbered, its states built.

Sorted by (known_at, rank, identity). In an empty ledger a record's u is the moment it was
known. In one that is live already, whatever arrives is known from now on, however old.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, case, delete, func, insert, select

from features.derive import Derived, derived
from features.ledger import audit, tables
from features.ledger.connection import writing
from features.ledger.entering import DAY_MICROSECONDS, last_u
from features.ledger.identities import Movement, Standing, derived_at, latest_movement, versions
from features.ledger.packing import pack_integers, pack_measures
from features.ledger.rebuilding import build_states
from features.ledger.store import Epoch, Ledger, current_epoch, open_epoch, set_features
from features.registry import SUBJECTS, FeatureSet

_BATCH = 5000


@dataclass(frozen=True)
class Sealed:
    """How many records were sealed, and the first and last u; zeros if there was nothing."""

    records: int
    first_u: int
    last_u: int


def seal(
    ledger: Ledger,
    *,
    features: FeatureSet | None = None,
    backfill: bool = False,
    actor: str = "import",
    progress: Callable[[int], None] = lambda _: None,
) -> Sealed:
    """Enter everything staged, in one transaction.

    Args:
        ledger: The ledger.
        features: What the import mappings add to the features; None keeps those there are.
        backfill: Number the whole ledger anew in a new epoch, so that old events take the
            place in time that they had; without it they are known from now on.
        actor: Who seals.
        progress: Told how many records were entered.
    """
    with writing(ledger.engine) as connection:
        epoch = _epoch(ledger, connection, features, backfill=backfill)
        sealing = _Sealing(connection, epoch, floor=_floor(ledger, connection, epoch))
        for count, row in enumerate(_staged_rows(connection), start=1):
            sealing.enter(row)
            if count % _BATCH == 0:
                sealing.write()
                progress(count)
        sealing.write()
        build_states(connection, epoch)
        connection.execute(delete(tables.staged))
        sealed = sealing.result()
        event = audit.AuditEvent(
            actor,
            "seal",
            f"epoch {epoch.number}",
            {"records": sealed.records, "first_u": sealed.first_u, "last_u": sealed.last_u},
        )
        audit.record(connection, event, at=ledger.clock())
    ledger.forget_epoch()
    return sealed


class _Sealing:
    """Enters staged rows in order; rows are written in batches."""

    def __init__(self, connection: Connection, epoch: Epoch, *, floor: int) -> None:
        self._connection = connection
        self._epoch = epoch
        self._last_u = last_u(connection, epoch.number)
        self._floor = floor
        self._first_u = 0
        self._records = 0
        self._ledger_rows: list[dict[str, object]] = []
        self._derived_rows: list[dict[str, object]] = []
        #: Movements of the batch that is not written yet, by system and id.
        self._fresh: dict[tuple[str, str], Movement] = {}
        self._amended = _identities_with_versions(connection, epoch.number)

    def enter(self, row: Row[Any]) -> None:
        """Number a record; a version that became known after its successor changes nothing."""
        identity = (row.kind, row.source_system, row.source_record_id)
        if identity in self._amended:
            self.write()  # earlier versions may still lie in the batch
            stand = versions(self._connection, self._epoch.number, *identity)
            if stand and stand[-1].record_version > row.record_version:
                return
            if stand:
                self._take_back(row, stand[-1])
        body = orjson.loads(row.body)
        movement = self._movement(body) if row.kind == "inspection" else None
        made = derived(
            row.kind,
            body,
            self._epoch.features,
            movement_keys=movement.keys if movement else None,
        )
        u = self._next_u(row.known_at)
        self._add(row, made, u=u, takes_back=None, movement_u=movement.u if movement else None)
        if row.kind in SUBJECTS:
            self._fresh[row.source_system, row.source_record_id] = Movement(u, made.keys)
        self._records += 1

    def _movement(self, inspection: dict[str, Any]) -> Movement | None:
        system = inspection.get("movement_source_system") or inspection["source_system"]
        fresh = self._fresh.get((system, inspection["movement_source_record_id"]))
        return fresh or latest_movement(self._connection, self._epoch.number, inspection)

    def write(self) -> None:
        if self._ledger_rows:
            self._connection.execute(insert(tables.ledger), self._ledger_rows)
            self._connection.execute(insert(tables.derived), self._derived_rows)
            self._ledger_rows, self._derived_rows = [], []
            self._fresh.clear()

    def result(self) -> Sealed:
        return Sealed(self._records, self._first_u, self._last_u if self._records else 0)

    def _take_back(self, row: Row[Any], original: Standing) -> None:
        made = derived_at(self._connection, self._epoch.number, original.u).taken_back()
        self._add(row, made, u=self._next_u(row.known_at), takes_back=original, movement_u=None)

    def _next_u(self, known_at: int) -> int:
        self._last_u = max(known_at, self._floor, self._last_u + 1)
        self._first_u = self._first_u or self._last_u
        return self._last_u

    def _add(
        self,
        row: Row[Any],
        made: Derived,
        *,
        u: int,
        takes_back: Standing | None,
        movement_u: int | None,
    ) -> None:
        stands = takes_back or row
        self._ledger_rows.append(
            {
                "epoch": self._epoch.number,
                "u": u,
                "kind": row.kind,
                "source_system": row.source_system,
                "source_record_id": row.source_record_id,
                "record_version": stands.record_version,
                "content_code": stands.content_code,
                "event_at": row.event_at,
                "known_at": row.known_at,
                "tile_day": takes_back.tile_day if takes_back else u // DAY_MICROSECONDS,
                "closed_days_only": stands.closed_days_only,
                "takes_back": takes_back.u if takes_back else None,
                "movement_u": movement_u,
                "body": "{}" if takes_back else row.body,
            }
        )
        self._derived_rows.append(
            {
                "epoch": self._epoch.number,
                "u": u,
                "keys": orjson.dumps(made.keys).decode(),
                "measures": pack_measures(made.measures),
                "row_integers": pack_integers(made.row),
            }
        )


def _epoch(
    ledger: Ledger, connection: Connection, features: FeatureSet | None, *, backfill: bool
) -> Epoch:
    epoch = current_epoch(connection)
    at = ledger.clock()
    if epoch is None:
        return open_epoch(
            connection, features or FeatureSet(), number=1, at=at, reason="history sealed"
        )
    features = features or epoch.features
    if backfill:
        _stage_again(connection, epoch)
        return open_epoch(connection, features, number=epoch.number + 1, at=at, reason="backfill")
    if features != epoch.features:
        set_features(connection, epoch.number, features)
    return Epoch(epoch.number, features, features.sha256)


def _floor(ledger: Ledger, connection: Connection, epoch: Epoch) -> int:
    """The earliest u: now in a ledger that has rows, no bound in an empty one."""
    return ledger.clock() if last_u(connection, epoch.number) else 0


def _stage_again(connection: Connection, epoch: Epoch) -> None:
    """Stage a whole epoch; what it had learned when stays its knowledge time."""
    c = tables.ledger.c
    outcome = c.kind.in_(("inspection", "incident"))
    source = select(
        case((outcome, 0), else_=1).label("rank"),
        c.kind,
        c.source_system,
        c.source_record_id,
        c.record_version,
        c.content_code,
        c.event_at,
        c.u,
        c.closed_days_only,
        c.body,
    ).where(c.epoch == epoch.number, c.takes_back.is_(None))
    names = [
        "rank", "kind", "source_system", "source_record_id", "record_version", "content_code",
        "event_at", "known_at", "closed_days_only", "body",
    ]  # fmt: skip
    connection.execute(insert(tables.staged).from_select(names, source))


def _staged_rows(connection: Connection) -> Iterator[Row[Any]]:
    """Staged rows in the order of the seal, a batch at a time."""
    c = tables.staged.c
    order = (c.known_at, c.rank, c.kind, c.source_system, c.source_record_id, c.record_version)
    identifiers = connection.execute(select(c.staged_id).order_by(*order)).scalars().all()
    for start in range(0, len(identifiers), _BATCH):
        some = identifiers[start : start + _BATCH]
        rows = connection.execute(select(tables.staged).where(c.staged_id.in_(some)))
        by_id = {row.staged_id: row for row in rows}
        yield from (by_id[i] for i in some)


def _identities_with_versions(connection: Connection, epoch: int) -> set[tuple[str, str, str]]:
    """Identities that are staged more than once, or staged and entered already."""
    s, ledger = tables.staged.c, tables.ledger.c
    identity = (s.kind, s.source_system, s.source_record_id)
    several = select(*identity).group_by(*identity).having(func.count() > 1)
    entered = select(*identity).where(
        s.kind == ledger.kind,
        s.source_system == ledger.source_system,
        s.source_record_id == ledger.source_record_id,
        ledger.epoch == epoch,
    )
    return {(r[0], r[1], r[2]) for q in (several, entered) for r in connection.execute(q)}
