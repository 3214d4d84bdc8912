"""The kill switch: with it off, no model is asked, and rules and chance decide until it is on again.

It is a row in the store, read in every transaction: so it holds on all workers and hosts from the next record on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

from sqlalchemy import Connection, insert, select

from features.errors import VardarError
from features.ledger import audit, tables
from features.ledger.connection import reading, writing
from features.ledger.prepared import Prepared
from features.ledger.store import Ledger

Mode = Literal["model", "rules"]
MODES: tuple[Mode, ...] = get_args(Mode)

_columns = tables.switches.c
_LATEST = Prepared(
    select(_columns.mode, _columns.at, _columns.actor, _columns.reason)
    .order_by(_columns.number.desc())
    .limit(1)
)
_INTO_SWITCHES = Prepared(insert(tables.switches), columns=("at", "mode", "actor", "reason"))


@dataclass(frozen=True)
class Switch:
    """What was switched last.

    Attributes:
        mode: "model": heads, rules and chance; "rules": rules and chance alone.
        at: Microseconds since 1970 UTC; None where nobody has switched anything.
    """

    mode: Mode
    at: int | None = None
    actor: str = ""
    reason: str = ""


class ReasonMissing(VardarError):
    """Whoever switches says why."""


def mode_within(connection: Connection) -> Mode:
    """What holds in this transaction."""
    return read_switch(connection).mode


def read_switch(connection: Connection) -> Switch:
    """What was switched last."""
    found = _LATEST.rows(connection, {})
    return Switch(*found[0]) if found else Switch("model")


def current_switch(ledger: Ledger) -> Switch:
    """The same, read from the store of a ledger."""
    with reading(ledger.engine) as connection:
        return read_switch(connection)


def switch(ledger: Ledger, mode: Mode, *, actor: str, reason: str) -> Switch:
    """Switch the models on or off; when this returns it holds for every later record.

    Args:
        ledger: Whose store all workers share.
        mode: What is to hold.
        actor: Who switches.
        reason: Why; it is kept.

    Raises:
        ReasonMissing: without one.
    """
    if not reason.strip():
        raise ReasonMissing("Say why: switching the models on or off is kept with its reason.")
    with writing(ledger.engine) as connection:
        at = ledger.clock()
        row = {"at": at, "mode": mode, "actor": actor, "reason": reason}
        _INTO_SWITCHES.run_many(connection, [row])
        event = audit.AuditEvent(actor, "switch", mode, {"reason": reason})
        audit.record(connection, event, at=at)
    return Switch(mode, at, actor, reason)
