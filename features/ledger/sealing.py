"""How staged history becomes ledger: sorted by what was known first, numbered, its states built.

Sorted by (known_at, rank, identity). In an empty ledger a record's u is the moment it was
known. In one that is live already, whatever arrives is known from now on, however old.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, case, collate, delete, exists, insert, select

from features.ledger import audit, tables
from features.ledger.connection import writing
from features.ledger.entering import last_u
from features.ledger.numbering import Numbering
from features.ledger.rebuilding import build_states, derive_again
from features.ledger.store import Epoch, Ledger, current_epoch, open_epoch, set_features
from features.registry import FeatureSet

_BATCH = 5000


@dataclass(frozen=True)
class Sealed:
    """What became of the staged records.

    Attributes:
        records: How many were entered.
        left_out: How many changed nothing: their version, or a later one, stood already. Those
            that said something else than what stood wait in quarantine.
        first_u: The first u; 0 if nothing was entered.
        last_u: The last u; 0 if nothing was entered.
    """

    records: int
    left_out: int
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
        numbering = Numbering(ledger, connection, epoch, floor=_floor(ledger, connection, epoch))
        for count, row in enumerate(_staged_rows(connection), start=1):
            numbering.enter(row)
            if count % _BATCH == 0:
                numbering.write()
                progress(count)
        numbering.finish()
        build_states(connection, epoch)
        connection.execute(delete(tables.staged))
        n = numbering
        sealed = Sealed(n.records, n.left_out, n.first_u, n.last_u if n.records else 0)
        event = audit.AuditEvent(
            actor,
            "seal",
            f"epoch {epoch.number}",
            {"records": sealed.records, "first_u": sealed.first_u, "last_u": sealed.last_u},
        )
        audit.record(connection, event, at=ledger.clock())
    ledger.forget_epoch()
    return sealed


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
        derive_again(connection, Epoch.of_today(epoch.number, features))
    return Epoch.of_today(epoch.number, features)


def _floor(ledger: Ledger, connection: Connection, epoch: Epoch) -> int | None:
    """The earliest u: now in a ledger that has rows, no bound in an empty one."""
    return ledger.clock() if last_u(connection, epoch.number) else None


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
    _unstage_standing(connection, epoch)
    connection.execute(insert(tables.staged).from_select(names, source))


def _unstage_standing(connection: Connection, epoch: Epoch) -> None:
    """Forget staged versions that came in live meanwhile: what was answered stands."""
    s, c = tables.staged.c, tables.ledger.c
    stands = exists().where(
        c.epoch == epoch.number,
        c.takes_back.is_(None),
        c.kind == s.kind,
        c.source_system == s.source_system,
        c.source_record_id == s.source_record_id,
        c.record_version == s.record_version,
    )
    connection.execute(delete(tables.staged).where(stands))


def _staged_rows(connection: Connection) -> Iterator[Row[Any]]:
    """Staged rows in the order of the seal, a batch at a time."""
    c = tables.staged.c
    order: tuple[Any, ...] = (
        c.known_at,
        c.rank,
        c.kind,
        c.source_system,
        c.source_record_id,
        c.record_version,
    )
    if connection.dialect.name == "postgresql":
        # By code point as on SQLite, whatever the database's own collation.
        order = tuple(collate(o, "C") if o.type.python_type is str else o for o in order)
    identifiers = connection.execute(select(c.staged_id).order_by(*order)).scalars().all()
    for start in range(0, len(identifiers), _BATCH):
        some = identifiers[start : start + _BATCH]
        rows = connection.execute(select(tables.staged).where(c.staged_id.in_(some)))
        by_id = {row.staged_id: row for row in rows}
        yield from (by_id[i] for i in some)
