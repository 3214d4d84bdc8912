"""Ways to look at the queue that somebody keeps under a name."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, func, insert, select

from features.ledger import tables_review as tables
from features.ledger.audit import AuditEvent, record
from features.ledger.connection import writing
from serving.access.desk import Access
from serving.access.principal import Principal
from serving.review.queue_filters import Filters

#: Of one account.
MOST = 20
LONGEST_NAME = 60

_views = tables.saved_views.c


@dataclass(frozen=True)
class SavedView:
    """One of them; `query` is that of the queue's address."""

    name: str
    query: str


class TooMany(Exception):
    """The account has as many as it may."""


def of(connection: Connection, by: Principal) -> list[SavedView]:
    """Those of one account, by name."""
    rows = connection.execute(
        select(_views.name, _views.query).where(_mine(by)).order_by(func.lower(_views.name))
    )
    return [SavedView(*row) for row in rows]


def save(access: Access, by: Principal, name: str, filters: Filters) -> None:
    """Keep a view; one of the same name is replaced.

    Raises:
        TooMany: where the account keeps `MOST` already.
    """
    with writing(access.ledger.engine) as connection:
        connection.execute(delete(tables.saved_views).where(_mine(by), _views.name == name))
        kept = connection.execute(
            select(func.count()).select_from(tables.saved_views).where(_mine(by))
        ).scalar_one()
        if kept >= MOST:
            raise TooMany
        connection.execute(
            insert(tables.saved_views).values(
                account_id=_account(by), name=name, query=filters.query
            )
        )
        _audit(connection, access, by, "save view", {"query": filters.query})


def remove(access: Access, by: Principal, name: str) -> None:
    """Forget a view; nothing happens where there is none of this name."""
    with writing(access.ledger.engine) as connection:
        gone = connection.execute(delete(tables.saved_views).where(_mine(by), _views.name == name))
        if gone.rowcount:
            _audit(connection, access, by, "remove view", {})


def _mine(by: Principal) -> ColumnElement[bool]:
    return _views.account_id == _account(by)


def _account(by: Principal) -> str:
    return by.id.removeprefix("account:")


def _audit(
    connection: Connection, access: Access, by: Principal, action: str, detail: Mapping[str, str]
) -> None:
    # Without the name: people write what they like.
    record(connection, AuditEvent(by.id, action, "queue", detail), at=access.ledger.clock())
