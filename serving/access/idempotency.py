"""The header Idempotency-Key: a request sent again gets the answer it got, for a day."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import orjson
from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from features.ledger import tables_access as tables
from features.ledger.connection import reading, writing
from serving.access.secret_values import DAY, MINUTE, real_now

_table, _columns = tables.idempotency, tables.idempotency.c

#: How long an answer is kept, in microseconds.
KEPT = DAY

#: A request that has not been answered for so long never will be: its process ended.
_GIVEN_UP = 2 * MINUTE


@dataclass(frozen=True)
class Stored:
    """An answer as it went out."""

    status: int
    headers: Mapping[str, str]
    body: bytes


#: first: answer it. running: the first is still being answered. other: the key stood for another request.
Beginning = Stored | Literal["first", "running", "other"]


def begin(engine: Engine, *, principal: str, key: str, request_sha256: str) -> Beginning:
    """Claim a key for a request, or say what stands under it already.

    Raises:
        SQLAlchemyError: when the store cannot be written.
    """
    now = real_now()
    try:
        with writing(engine) as connection:
            mine = (_columns.principal == principal) & (_columns.idempotency_key == key)
            too_old = (_columns.began_at < now - KEPT) | (
                _columns.status.is_(None) & (_columns.began_at < now - _GIVEN_UP)
            )
            connection.execute(delete(_table).where(mine & too_old))
            connection.execute(
                insert(_table).values(
                    principal=principal,
                    idempotency_key=key,
                    request_sha256=request_sha256,
                    began_at=now,
                )
            )
    except IntegrityError:
        return _standing(engine, principal, key, request_sha256)
    return "first"


def finish(engine: Engine, *, principal: str, key: str, answer: Stored) -> None:
    """Keep the answer under its key."""
    with writing(engine) as connection:
        connection.execute(
            update(_table)
            .where(_columns.principal == principal, _columns.idempotency_key == key)
            .values(
                status=answer.status,
                headers=orjson.dumps(dict(answer.headers)).decode(),
                body=answer.body,
            )
        )


def abandon(engine: Engine, *, principal: str, key: str) -> None:
    """Let the key go: the request failed in a way that may pass."""
    with writing(engine) as connection:
        connection.execute(
            delete(_table).where(
                _columns.principal == principal,
                _columns.idempotency_key == key,
                _columns.status.is_(None),
            )
        )


def forget_old(connection: Connection) -> None:
    """Delete answers older than a day."""
    connection.execute(delete(_table).where(_columns.began_at < real_now() - KEPT))


def _standing(engine: Engine, principal: str, key: str, request_sha256: str) -> Beginning:
    with reading(engine) as connection:
        row = connection.execute(
            select(_table).where(_columns.principal == principal, _columns.idempotency_key == key)
        ).first()
    if row is None:
        # It was let go between the two looks: whoever asks again comes first.
        return "running"
    if row.request_sha256 != request_sha256:
        return "other"
    if row.status is None:
        return "running"
    return Stored(row.status, orjson.loads(row.headers), row.body)
