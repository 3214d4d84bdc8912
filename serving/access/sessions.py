"""Sessions of people who signed in: kept in the store, so that signing out ends them at once."""

from __future__ import annotations

import hmac
from hashlib import sha256

import orjson
from sqlalchemy import Connection, Engine, delete, insert, select, update

from features.ledger import tables_access as tables
from features.ledger.audit import AuditEvent, record
from features.ledger.connection import reading, writing
from serving.access.accounts import Account
from serving.access.policy import Sessions
from serving.access.principal import Principal, Rights
from serving.access.secret_values import HOUR, MINUTE, new_secret, real_now, recognised_by

_sessions, _accounts = tables.sessions.c, tables.accounts.c

#: When a session was seen last is written down no oftener than this, in microseconds.
_SEEN_EVERY = MINUTE


def begin(connection: Connection, account: Account, *, by: str, at: int) -> str:
    """A session of an account, and its audit event; what it returns is for the cookie alone.

    Args:
        connection: A transaction that may write.
        account: Whose.
        by: How the person was recognised, such as `password`.
        at: By the service's clock, for the audit.
    """
    token = new_secret()
    now = real_now()
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
    connection.execute(
        delete(tables.sessions).where(_sessions.session_sha256 == recognised_by(token))
    )
    record(connection, AuditEvent(actor, "sign out", actor), at=at)


def found(
    engine: Engine, token: str, settings: Sessions, *, csrf_key: bytes, quiet: bool = False
) -> Principal | None:
    """Whoever the session belongs to; None if it is none, ended, or too old.

    Args:
        engine: Of the store.
        token: The session's secret.
        settings: How long sessions last.
        csrf_key: What CSRF tokens are made with.
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
        return None
    if now - row.seen_at > settings.idle_minutes * MINUTE:
        return None
    if now - row.created_at > settings.absolute_hours * HOUR:
        return None
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
        scopes=frozenset(rights.scopes),
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
    """Delete sessions that are too old to be good for anything."""
    now = real_now()
    connection.execute(
        delete(tables.sessions).where(
            (_sessions.created_at < now - settings.absolute_hours * HOUR)
            | (_sessions.seen_at < now - settings.idle_minutes * MINUTE)
        )
    )
