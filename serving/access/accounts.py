"""The accounts of people: passwords, who may sign in, and what holds off those who guess."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import orjson
from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error, InvalidHashError
from sqlalchemy import Connection, Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from features.errors import VardarError
from features.ledger import tables_access as tables
from features.ledger.audit import AuditEvent, record
from serving.access.policy import Sessions
from serving.access.principal import Rights
from serving.access.secret_values import MINUTE, new_id, new_secret, real_now

_accounts = tables.accounts.c

#: RFC 9106's second choice: 64 MiB and three passes.
_HASHER = PasswordHasher()

#: Longer ones are only work for the service.
LONGEST_PASSWORD = 1024


class AccountRefused(VardarError):
    """There is no such account, or it cannot be made as asked."""


@dataclass(frozen=True)
class Account:
    """One person.

    Attributes:
        account_id: Names the account in audit events.
        name: What the person signs in by.
        has_password: Whether the person signs in here, not only by an identity provider.
        disabled: Whether it was switched off.
    """

    account_id: str
    name: str
    rights: Rights
    has_password: bool
    disabled: bool


def create(
    connection: Connection,
    name: str,
    rights: Rights,
    *,
    actor: str,
    at: int,
    password: str | None = None,
    issuer: tuple[str, str] | None = None,
) -> tuple[Account, str | None]:
    """A new account, and its password unless an identity provider vouches for the person.

    Args:
        connection: A transaction that may write; the audit event goes into it.
        name: What the person signs in by.
        rights: What the person may do.
        actor: Who creates it.
        at: By the service's clock, for the audit.
        password: One is made up if none is given.
        issuer: The provider and its name for the person, instead of a password.

    Raises:
        AccountRefused: if there is one of this name.
    """
    secret = None if issuer else password or new_secret()
    account = Account(new_id(), name, rights, has_password=secret is not None, disabled=False)
    try:
        connection.execute(
            insert(tables.accounts).values(
                account_id=account.account_id,
                name=name,
                rights=orjson.dumps(rights.to_json()).decode(),
                password_hash=None if secret is None else _HASHER.hash(secret),
                issuer=issuer and issuer[0],
                issuer_subject=issuer and issuer[1],
                failures=0,
                locked_until=0,
                created_at=real_now(),
                disabled_at=None,
            )
        )
    except IntegrityError:
        raise AccountRefused(f"There is an account {name} already.") from None
    detail = {"name": name, "role": rights.role, "scopes": rights.scopes}
    _audit(connection, actor, "create account", account.account_id, at, detail)
    return account, secret


def every(connection: Connection) -> list[Account]:
    """All accounts, by name."""
    rows = connection.execute(select(tables.accounts).order_by(_accounts.name))
    return [_account(row) for row in rows]


def count(connection: Connection) -> int:
    """How many accounts there are."""
    return connection.execute(select(func.count()).select_from(tables.accounts)).scalar_one()


def by_id(connection: Connection, account_id: str) -> Account | None:
    """The account of this id, if any."""
    row = connection.execute(
        select(tables.accounts).where(_accounts.account_id == account_id)
    ).first()
    return _account(row) if row else None


def by_name(connection: Connection, name: str) -> Account:
    """The account of a name.

    Raises:
        AccountRefused: if there is none.
    """
    row = _named(connection, name)
    if row is None:
        raise AccountRefused(f"There is no account {name}.")
    return _account(row)


def by_issuer(connection: Connection, issuer: tuple[str, str]) -> Account | None:
    """The account that an identity provider's name for a person stands for, if any."""
    row = connection.execute(
        select(tables.accounts).where(
            _accounts.issuer == issuer[0], _accounts.issuer_subject == issuer[1]
        )
    ).first()
    return _account(row) if row else None


def set_rights(
    connection: Connection, account: Account, rights: Rights, *, actor: str, at: int
) -> None:
    """Give an account other rights."""
    connection.execute(
        update(tables.accounts)
        .where(_accounts.account_id == account.account_id)
        .values(rights=orjson.dumps(rights.to_json()).decode())
    )
    detail = {"role": rights.role, "scopes": rights.scopes}
    _audit(connection, actor, "change account", account.account_id, at, detail)


def disable(connection: Connection, name: str, *, actor: str, at: int) -> None:
    """Switch an account off and end its sessions.

    Raises:
        AccountRefused: if none of this name is switched on.
    """
    row = _named(connection, name)
    if row is None or row.disabled_at is not None:
        raise AccountRefused(f"There is no account {name} that is switched on.")
    connection.execute(
        update(tables.accounts)
        .where(_accounts.account_id == row.account_id)
        .values(disabled_at=real_now())
    )
    end_sessions(connection, row.account_id)
    _audit(connection, actor, "disable account", row.account_id, at)


def set_password(
    connection: Connection, name: str, password: str | None, *, actor: str, at: int
) -> str:
    """Give an account another password, end its sessions, and let it try again at once.

    Raises:
        AccountRefused: if there is none of this name.
    """
    row = _named(connection, name)
    if row is None:
        raise AccountRefused(f"There is no account {name}.")
    secret = password or new_secret()
    connection.execute(
        update(tables.accounts)
        .where(_accounts.account_id == row.account_id)
        .values(password_hash=_HASHER.hash(secret), failures=0, locked_until=0)
    )
    end_sessions(connection, row.account_id)
    _audit(connection, actor, "change password", row.account_id, at)
    return secret


def end_sessions(connection: Connection, account_id: str) -> None:
    """Sign an account out everywhere."""
    connection.execute(tables.sessions.delete().where(tables.sessions.c.account_id == account_id))


def check_password_is_long(password: str, settings: Sessions) -> None:
    """Refuse a password that is easily guessed by its length.

    Raises:
        AccountRefused: saying how long it must be.
    """
    if not settings.shortest_password <= len(password) <= LONGEST_PASSWORD:
        raise AccountRefused(
            f"A password has {settings.shortest_password} to {LONGEST_PASSWORD} characters."
        )


def password_fits(stored: str | None, password: str) -> bool:
    """Whether a password is the one; takes as long where nobody is to compare with."""
    try:
        return _HASHER.verify(stored or _nobodys(), password[: LONGEST_PASSWORD + 1]) and (
            stored is not None
        )
    except (Argon2Error, InvalidHashError):
        return False


def stored_hash(connection: Connection, name: str) -> str | None:
    """What the password of a name is recognised by, if it has one and may sign in."""
    row = _named(connection, name)
    return row.password_hash if row is not None and row.disabled_at is None else None


def attempted(
    connection: Connection, name: str, *, fits: bool, settings: Sessions, at: int
) -> Account | None:
    """Take down a try to sign in, with its audit event; the account if it may sign in.

    Whoever tries is told the same for a wrong name, a wrong password and an account that waits.

    Args:
        connection: A transaction that may write.
        name: As it was given.
        fits: Whether the password was the account's.
        settings: How many failures make the account wait.
        at: By the service's clock, for the audit.
    """
    row = _named(connection, name)
    if row is None:
        # A name that is none may be a password typed in the wrong place: it is kept nowhere.
        record(connection, AuditEvent("nobody", "sign-in refused", "no account"), at=at)
        return None
    now = real_now()
    if row.locked_until > now:
        _audit(connection, "nobody", "sign-in refused", row.account_id, at, {"because": "waits"})
        return None
    if fits and row.disabled_at is None:
        _set_failures(connection, row.account_id, 0, 0)
        return _account(row)
    failures = row.failures + 1
    wait = _wait(failures, settings)
    _set_failures(connection, row.account_id, failures, now + wait if wait else 0)
    _audit(connection, "nobody", "sign-in refused", row.account_id, at, {"failures": failures})
    return None


def _wait(failures: int, settings: Sessions) -> int:
    beyond = failures - settings.failures_before_lock
    if beyond < 0:
        return 0
    return min(MINUTE << min(beyond, 20), settings.longest_lock_minutes * MINUTE)


def _set_failures(connection: Connection, account_id: str, failures: int, until: int) -> None:
    connection.execute(
        update(tables.accounts)
        .where(_accounts.account_id == account_id)
        .values(failures=failures, locked_until=until)
    )


def _named(connection: Connection, name: str) -> Row[Any] | None:
    return connection.execute(select(tables.accounts).where(_accounts.name == name)).first()


def _account(row: Row[Any]) -> Account:
    return Account(
        row.account_id,
        row.name,
        Rights.from_json(orjson.loads(row.rights)),
        has_password=row.password_hash is not None,
        disabled=row.disabled_at is not None,
    )


def _audit(
    connection: Connection,
    actor: str,
    action: str,
    account_id: str,
    at: int,
    detail: Mapping[str, object] | None = None,
) -> None:
    record(connection, AuditEvent(actor, action, f"account:{account_id}", detail or {}), at=at)


@cache
def _nobodys() -> str:
    return _HASHER.hash(new_secret())
