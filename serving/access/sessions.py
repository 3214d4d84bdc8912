"""Sessions of people who signed in: kept in the store, so that signing out ends them at once."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Literal

import orjson
from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from features.ledger import tables_access as tables
from features.ledger.audit import AuditEvent, record
from features.ledger.connection import reading, writing
from serving.access.accounts import Account
from serving.access.policy import Policy, Sessions
from serving.access.principal import Principal, Rights
from serving.access.secret_values import HOUR, MINUTE, new_secret, real_now, recognised_by

_sessions, _accounts = tables.sessions.c, tables.accounts.c

#: When a session was seen last is written down no oftener than this, in microseconds.
_SEEN_EVERY = MINUTE

#: Of what a session is known by, so much names it in a list; to sign in by it takes all of the secret.
_ID_LENGTH = 16
_id = func.substr(_sessions.session_sha256, 1, _ID_LENGTH)


@dataclass(frozen=True)
class Session:
    """A session as its owner sees it; times are microseconds since 1970 UTC by the real clock.

    Attributes:
        session_id: Names it; opens nothing.
        ends_at: When it ends however much it is used.
    """

    session_id: str
    began_at: int
    seen_at: int
    ends_at: int


@dataclass(frozen=True)
class Ended:
    """What a cookie stands for that opens nothing any more.

    Attributes:
        because: `idle` for too long, of `age`, or `ended`: signed out, switched off, never one.
    """

    because: Literal["idle", "age", "ended"]


def begin(
    connection: Connection, account: Account, *, by: str, at: int, instead_of: str | None = None
) -> str:
    """A session of an account, and its audit event; what it returns is for the cookie alone.

    Args:
        connection: A transaction that may write.
        account: Whose.
        by: How the person was recognised, such as `password`.
        at: By the service's clock, for the audit.
        instead_of: The secret the browser came with; whoever's session that was ends here.
    """
    token = new_secret()
    now = real_now()
    if instead_of is not None:
        _delete(connection, _sessions.session_sha256 == recognised_by(instead_of))
    connection.execute(
        insert(tables.sessions).values(
            session_sha256=recognised_by(token),
            account_id=account.account_id,
            created_at=now,
            seen_at=now,
        )
    )
    actor = f"account:{account.account_id}"
    record(connection, AuditEvent(actor, "sign in", actor, {"by": by}), at=at)
    return token


def end(connection: Connection, token: str, *, actor: str, at: int) -> None:
    """Sign out."""
    _delete(connection, _sessions.session_sha256 == recognised_by(token))
    record(connection, AuditEvent(actor, "sign out", actor), at=at)


def end_one(connection: Connection, who: Principal, session_id: str, *, at: int) -> bool:
    """End one of somebody's own sessions; whether there was one of this id."""
    ended = _delete(connection, _mine(who) & (_id == session_id))
    if ended:
        _record_ended(connection, who, ended, at)
    return ended > 0


def end_others(connection: Connection, who: Principal, *, but: str, at: int) -> int:
    """End all of somebody's own sessions but one; how many there were."""
    ended = _delete(connection, _mine(who) & (_id != but))
    if ended:
        _record_ended(connection, who, ended, at)
    return ended


def of_owner(connection: Connection, who: Principal, settings: Sessions) -> list[Session]:
    """Somebody's own sessions that still open something, the latest used first."""
    now = real_now()
    rows = connection.execute(
        select(tables.sessions).where(_mine(who)).order_by(_sessions.seen_at.desc())
    )
    return [
        Session(
            row.session_sha256[:_ID_LENGTH],
            row.created_at,
            row.seen_at,
            row.created_at + settings.absolute_hours * HOUR,
        )
        for row in rows
        if _too_old(row.created_at, row.seen_at, settings, now) is None
    ]


def id_of(token: str) -> str:
    """What names the session of a secret in a list of them."""
    return recognised_by(token)[:_ID_LENGTH]


def found(
    engine: Engine,
    token: str,
    policy: Policy,
    *,
    csrf_key: bytes,
    clock: Callable[[], int],
    quiet: bool = False,
) -> Principal | Ended:
    """Whoever the session belongs to, or why it is nobody's.

    The first use of one that is too old is audited, and the session deleted.

    Args:
        engine: Of the store.
        token: The session's secret.
        policy: How long sessions last, and what roles may hold.
        csrf_key: What CSRF tokens are made with.
        clock: The service's, for the audit.
        quiet: Whether the session goes idle as if it had not been asked for.
    """
    code, now = recognised_by(token), real_now()
    with reading(engine) as connection:
        row = connection.execute(
            select(
                _accounts.account_id,
                _accounts.name,
                _accounts.rights,
                _accounts.disabled_at,
                _sessions.created_at,
                _sessions.seen_at,
            )
            .join_from(
                tables.sessions, tables.accounts, _sessions.account_id == _accounts.account_id
            )
            .where(_sessions.session_sha256 == code)
        ).first()
    if row is None or row.disabled_at is not None:
        return Ended("ended")
    too_old = _too_old(row.created_at, row.seen_at, policy.sessions, now)
    if too_old is not None:
        _note_too_old(engine, code, row.account_id, too_old, clock)
        return too_old
    if not quiet and now - row.seen_at > _SEEN_EVERY:
        with writing(engine) as connection:
            connection.execute(
                update(tables.sessions).where(_sessions.session_sha256 == code).values(seen_at=now)
            )
    rights = Rights.from_json(orjson.loads(row.rights))
    return Principal(
        id=f"account:{row.account_id}",
        kind="person",
        name=row.name,
        role=rights.role,
        countries=rights.countries,
        posts=rights.posts,
        scopes=policy.scopes_of(rights, who="person"),
        source_systems=rights.source_systems,
        kinds=rights.kinds,
        language=rights.language,
        csrf_token=csrf_token(token, csrf_key),
    )


def ends(connection: Connection, token: str, settings: Sessions) -> int | None:
    """When a session ends unless its holder does something, by the real clock; None if it is none."""
    row = connection.execute(
        select(_sessions.created_at, _sessions.seen_at).where(
            _sessions.session_sha256 == recognised_by(token)
        )
    ).first()
    if row is None:
        return None
    idle = row.seen_at + settings.idle_minutes * MINUTE
    return int(min(idle, row.created_at + settings.absolute_hours * HOUR))


def csrf_token(token: str, key: bytes) -> str:
    """What a request that changes something must carry beside the cookie; no other site knows it."""
    return hmac.new(key, token.encode(), sha256).hexdigest()


def forget_old(connection: Connection, settings: Sessions) -> None:
    """Delete sessions that have been too old for so long that nobody need be told why they ended."""
    _delete(connection, _sessions.created_at < real_now() - 3 * settings.absolute_hours * HOUR)


def _too_old(created_at: int, seen_at: int, settings: Sessions, now: int) -> Ended | None:
    if now - created_at > settings.absolute_hours * HOUR:
        return Ended("age")
    return Ended("idle") if now - seen_at > settings.idle_minutes * MINUTE else None


def _note_too_old(
    engine: Engine, code: str, account_id: str, ended: Ended, clock: Callable[[], int]
) -> None:
    actor = f"account:{account_id}"
    with writing(engine) as connection:
        # Of requests that come at once, the one that deletes it tells.
        if _delete(connection, _sessions.session_sha256 == code):
            event = AuditEvent(actor, "session expired", actor, {"because": ended.because})
            record(connection, event, at=clock())


def _mine(who: Principal) -> Any:
    return _sessions.account_id == who.id.removeprefix("account:")


def _delete(connection: Connection, which: Any) -> int:
    return connection.execute(delete(tables.sessions).where(which)).rowcount


def _record_ended(connection: Connection, who: Principal, ended: int, at: int) -> None:
    record(connection, AuditEvent(who.id, "end sessions", who.id, {"ended": ended}), at=at)
