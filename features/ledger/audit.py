"""What happened, to what, by whom: written in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import orjson
from sqlalchemy import Connection, insert

from features.ledger import tables


@dataclass(frozen=True)
class AuditEvent:
    """One change, to be stored with it.

    Attributes:
        actor: Who did it: a user, a system, or a command.
        action: What was done, such as "score".
        subject: What it was done to, such as a score's id.
        detail: Further facts; ids and codes, never people's data.
    """

    actor: str
    action: str
    subject: str
    detail: Mapping[str, object] = field(default_factory=dict)


def record(connection: Connection, event: AuditEvent, *, at: int) -> None:
    """Store an event at a time in microseconds, in the caller's transaction."""
    connection.execute(
        insert(tables.audit).values(
            at=at,
            actor=event.actor,
            action=event.action,
            object=event.subject,
            detail=orjson.dumps(dict(event.detail), option=orjson.OPT_SORT_KEYS).decode(),
        )
    )
