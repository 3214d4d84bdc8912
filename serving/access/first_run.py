"""The first accounts: an admin where there is nobody yet, and the logins of a demonstration."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import orjson
from sqlalchemy import Connection

from features.errors import VardarError
from features.ledger.connection import writing
from serving.access import accounts, systems
from serving.access.desk import Access
from serving.access.secret_values import KEY_PREFIX, new_secret

ADMIN = "admin"
_ACTOR = "vardar serve"

#: What the people of a demonstration are responsible for; the shift it begins with is at their posts,
#: and so are the examples of the interface.
_OF_DEMO: Mapping[str, Mapping[str, Any]] = {
    "field_officer": {
        "countries": ("MK",),
        "posts": ("MK-GR-01",),
        "source_systems": ("border-inspections",),
    },
    "shift_supervisor": {
        "countries": ("MK",),
        "posts": ("MK-GR-01", "MK-GR-03", "MK-RS-01"),
        "source_systems": ("border-inspections",),
    },
    "national_analyst": {"countries": ("MK",)},
    "liaison_officer": {"countries": ("MK",)},
    "model_steward": {},
    "auditor": {"countries": ("*",)},
    "admin": {},
    "foreign_partner": {"countries": ("RS",)},
}


#: Roles that a second person holds, too: a colleague of the shift, and the second pair of eyes.
_TWICE = ("field_officer", "shift_supervisor")


class DemoRefused(VardarError):
    """Demonstration logins are asked for where they must not be."""


@dataclass(frozen=True)
class Login:
    """A name and its password."""

    role: str
    name: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Demo:
    """The logins of a demonstration, and a key that opens all that systems may do.

    Attributes:
        logins: One a role; a colleague's besides, where a shift has two.
    """

    logins: tuple[Login, ...]
    api_key: str = field(repr=False)


def first_admin(access: Access) -> Login | None:
    """Make an admin where there is no account yet; its password is told once, here."""
    with writing(access.ledger.engine) as connection:
        if accounts.count(connection):
            return None
        password = _account(access, connection, Login("admin", ADMIN, new_secret()), {})
    return Login("admin", ADMIN, password)


def demo(access: Access, file: Path) -> Demo:
    """The logins of a demonstration: those in the file, made again where the store is a new one.

    Raises:
        DemoRefused: if the service's clock is the real one.
    """
    if access.settings.as_if is None:
        raise DemoRefused("Demonstration logins are for a rehearsal: say --as-if.")
    before = _read(file) if file.exists() else None
    kept = _drawn(before)
    with writing(access.ledger.engine) as connection:
        there = {account.name for account in accounts.every(connection)}
        for login in kept.logins:
            if login.name not in there:
                _account(access, connection, login, _OF_DEMO[login.role])
        if access.roster.of_key(kept.api_key) is None:
            _key(access, connection, kept.api_key)
    access.roster.refresh()
    if kept != before:
        _write(file, kept)
    return kept


def _account(access: Access, connection: Connection, login: Login, held: Mapping[str, Any]) -> str:
    rights = access.policy.rights(login.role, who="person", **held)
    accounts.create(
        connection,
        login.name,
        rights,
        actor=_ACTOR,
        at=access.ledger.clock(),
        password=login.password,
    )
    return login.password


def _key(access: Access, connection: Connection, key: str) -> None:
    rights = access.policy.rights(
        "customs_system",
        who="system",
        countries=("*",),
        posts=("*",),
        source_systems=("*",),
        scopes=access.policy.roles["customs_system"].scopes,
    )
    systems.create(
        connection, "key", rights, label="demo", actor=_ACTOR, at=access.ledger.clock(), secret=key
    )


def _drawn(before: Demo | None) -> Demo:
    """All logins there are to be; those of before stay as they are."""
    roles = {role.replace("_", "."): role for role in _OF_DEMO}
    roles |= {f"{role.replace('_', '.')}.2": role for role in _TWICE}
    there = {login.name: login for login in before.logins} if before else {}
    logins = tuple(
        there.get(name) or Login(role, name, new_secret()[:16]) for name, role in roles.items()
    )
    return Demo(logins, before.api_key if before else KEY_PREFIX + new_secret())


def _read(file: Path) -> Demo:
    stored = orjson.loads(file.read_bytes())
    return Demo(tuple(Login(**one) for one in stored["logins"]), stored["api_key"])


def _write(file: Path, made: Demo) -> None:
    handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as out:
        out.write(orjson.dumps(asdict(made), option=orjson.OPT_INDENT_2) + b"\n")
