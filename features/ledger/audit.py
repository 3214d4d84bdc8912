"""What happened, to what, by whom: written in the transaction of the change itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import orjson
from sqlalchemy import Connection, insert

from features.ledger import tables
from features.ledger.prepared import Prepared

_INTO_AUDIT = Prepared(insert(tables.audit), columns=("at", "actor", "action", "object", "detail"))


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
    record_all(connection, [(event, at)])


def record_all(connection: Connection, events: Sequence[tuple[AuditEvent, int]]) -> None:
    """Store events, each at its time in microseconds, in the caller's transaction."""
    _INTO_AUDIT.run_many(
        connection,
        [
            {
                "at": at,
                "actor": event.actor,
                "action": event.action,
                "object": event.subject,
                "detail": orjson.dumps(dict(event.detail), option=orjson.OPT_SORT_KEYS).decode(),
            }
            for event, at in events
        ],
    )
