"""What was not taken: kept sealed with its reasons, and a way to hand it in again."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson
from sqlalchemy import Connection, func, insert, select, update

from features.ledger import tables
from features.ledger.sealed_bytes import Sealer
from features.records.problems import FieldProblem

#: Bytes of a refused line or body that are kept: enough to see and mend it.
LARGEST_KEPT = 64 * 1024


@dataclass(frozen=True)
class Quarantined:
    """One refused line or body.

    Attributes:
        quarantine_id: Its number.
        door: The file or endpoint it came through.
        line: Its line in the file; None for a request.
        received_at: Microseconds since 1970 UTC.
        problems: Field, rule and message of each problem.
        resubmitted_at: When it was handed in again; None if it waits.
    """

    quarantine_id: int
    door: str
    line: int | None
    received_at: int
    problems: list[dict[str, str]]
    resubmitted_at: int | None


def quarantine(
    connection: Connection,
    sealer: Sealer,
    raw: bytes,
    problems: Iterable[FieldProblem],
    *,
    door: str,
    line: int | None,
    at: int,
) -> None:
    """Keep a refused line or body, sealed, with its reasons."""
    month = datetime.fromtimestamp(at / 1e6, UTC).strftime("%Y-%m")
    connection.execute(
        insert(tables.quarantine).values(
            door=door,
            line=line,
            received_at=at,
            problems=orjson.dumps(
                [{"field": p.field, "rule": p.rule, "message": p.message} for p in problems]
            ).decode(),
            sealed=sealer.seal(connection, raw[:LARGEST_KEPT], month=month),
        )
    )


def waiting(connection: Connection, *, most: int = 1000) -> list[Quarantined]:
    """What waits to be mended, oldest first."""
    columns = tables.quarantine.c
    rows = connection.execute(
        select(tables.quarantine)
        .where(columns.resubmitted_at.is_(None))
        .order_by(columns.quarantine_id)
        .limit(most)
    )
    return [_quarantined(row) for row in rows]


def count_waiting(connection: Connection) -> int:
    """How many lines and bodies wait."""
    columns = tables.quarantine.c
    return connection.execute(
        select(func.count()).where(columns.resubmitted_at.is_(None))
    ).scalar_one()


def waiting_under(connection: Connection, quarantine_id: int) -> Quarantined | None:
    """What waits under a number; None if nothing does."""
    columns = tables.quarantine.c
    row = connection.execute(
        select(tables.quarantine).where(
            columns.quarantine_id == quarantine_id, columns.resubmitted_at.is_(None)
        )
    ).first()
    return None if row is None else _quarantined(row)


def opened(connection: Connection, sealer: Sealer, quarantine_id: int) -> bytes | None:
    """The line or body as it came in; None if there is no such number."""
    sealed = connection.execute(
        select(tables.quarantine.c.sealed).where(tables.quarantine.c.quarantine_id == quarantine_id)
    ).scalar()
    return None if sealed is None else sealer.open(connection, sealed)


def mark_resubmitted(connection: Connection, quarantine_id: int, *, at: int) -> None:
    """Say that it was handed in again."""
    connection.execute(
        update(tables.quarantine)
        .where(tables.quarantine.c.quarantine_id == quarantine_id)
        .values(resubmitted_at=at)
    )


def _quarantined(row: Any) -> Quarantined:
    return Quarantined(
        quarantine_id=row.quarantine_id,
        door=row.door,
        line=row.line,
        received_at=row.received_at,
        problems=orjson.loads(row.problems),
        resubmitted_at=row.resubmitted_at,
    )
