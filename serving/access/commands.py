"""Commands over access: accounts of people, keys and clients of systems."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from features.commands import HomeOption, JsonFlag, StoreOption, answer

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from serving.access.policy import Policy
    from serving.access.systems import Credential, Form

access_app = typer.Typer(help="Who may use the deployment.", no_args_is_help=True)
accounts_app = typer.Typer(help="Accounts of people.", no_args_is_help=True)
keys_app = typer.Typer(help="API keys of systems.", no_args_is_help=True)
clients_app = typer.Typer(help="OAuth 2 clients of systems.", no_args_is_help=True)
access_app.add_typer(accounts_app, name="accounts")
access_app.add_typer(keys_app, name="keys")
access_app.add_typer(clients_app, name="clients")

_HOME = Path("var")
_ACTOR = "vardar access"

RoleOption = Annotated[str, typer.Option(help="A role of the policy.")]
CountryOption = Annotated[
    list[str] | None, typer.Option("--country", help="A country's code, or * for all; repeat it.")
]
PostOption = Annotated[
    list[str] | None, typer.Option("--post", help="A post within them, or * for all; repeat it.")
]
SystemOption = Annotated[
    list[str] | None,
    typer.Option("--source-system", help="In whose name records are submitted; repeat it."),
]
ScopeOption = Annotated[
    list[str] | None,
    typer.Option(
        "--scope",
        help="An act or risk; repeat it. By default all of the role but what must be named.",
    ),
]
KindOption = Annotated[
    list[str] | None,
    typer.Option(
        "--kind", help="A kind of record that may be submitted; repeat it. All by default."
    ),
]
DaysOption = Annotated[
    int | None, typer.Option("--days", min=1, help="Good for so many days; for ever by default.")
]
LanguageOption = Annotated[str | None, typer.Option("--language", help="Such as mk or sq.")]


@accounts_app.command("create")
def accounts_create(
    name: Annotated[str, typer.Argument(help="What the person signs in by.")],
    role: RoleOption,
    country: CountryOption = None,
    post: PostOption = None,
    source_system: SystemOption = None,
    scope: ScopeOption = None,
    language: LanguageOption = None,
    home: HomeOption = _HOME,
    store: StoreOption = None,
    json: JsonFlag = False,
) -> None:
    """Create an account; its password is shown once.

    Example: vardar access accounts create ana --role shift_supervisor --country MK --post MK-GR-01
    """
    from serving.access import accounts

    with _writing(home, store) as (connection, policy, at):
        rights = policy.rights(
            role,
            who="person",
            countries=country or (),
            posts=post or (),
            source_systems=source_system or (),
            scopes=scope,
            language=language,
        )
        account, password = accounts.create(connection, name, rights, actor=_ACTOR, at=at)
    told = {"account_id": account.account_id, "name": name, "role": role, "password": password}
    answer(told, f"{name} may sign in as {role} with the password {password}", as_json=json)


@accounts_app.command("grant")
def accounts_grant(
    name: Annotated[str, typer.Argument(help="Whose account.")],
    role: RoleOption,
    country: CountryOption = None,
    post: PostOption = None,
    source_system: SystemOption = None,
    scope: ScopeOption = None,
    language: LanguageOption = None,
    home: HomeOption = _HOME,
    store: StoreOption = None,
    json: JsonFlag = False,
) -> None:
    """Give an account other rights, in place of those it holds; its sessions go on with them.

    Without --scope it holds all of the role, and what the role gains later.

    Example: vardar access accounts grant ana --role shift_supervisor --country MK --post MK-GR-01
    """
    from serving.access import accounts

    with _writing(home, store) as (connection, policy, at):
        rights = policy.rights(
            role,
            who="person",
            countries=country or (),
            posts=post or (),
            source_systems=source_system or (),
            scopes=scope,
            language=language,
        )
        account = accounts.by_name(connection, name)
        accounts.set_rights(connection, account, rights, actor=_ACTOR, at=at)
    answer({"name": name, **rights.to_json()}, f"{name} is {role} now.", as_json=json)


@accounts_app.command("list")
def accounts_list(
    home: HomeOption = _HOME, store: StoreOption = None, json: JsonFlag = False
) -> None:
    """List the accounts.

    Example: vardar access accounts list --home var/demo
    """
    from serving.access import accounts

    with _writing(home, store) as (connection, _, _at):
        found = accounts.every(connection)
    rows = [
        {
            "name": one.name,
            **one.rights.to_json(),
            "password": one.has_password,
            "disabled": one.disabled,
        }
        for one in found
    ]
    answer(rows, "\n".join(_account_line(row) for row in rows), as_json=json)


@accounts_app.command("disable")
def accounts_disable(
    name: Annotated[str, typer.Argument(help="Whose account.")],
    home: HomeOption = _HOME,
    store: StoreOption = None,
    json: JsonFlag = False,
) -> None:
    """Switch an account off and end its sessions.

    Example: vardar access accounts disable ana
    """
    from serving.access import accounts

    with _writing(home, store) as (connection, _, at):
        accounts.disable(connection, name, actor=_ACTOR, at=at)
    told = {"name": name, "disabled": True}
    answer(told, f"{name} can no longer sign in.", as_json=json)


@accounts_app.command("password")
def accounts_password(
    name: Annotated[str, typer.Argument(help="Whose account.")],
    home: HomeOption = _HOME,
    store: StoreOption = None,
    json: JsonFlag = False,
) -> None:
    """Give an account a new password, shown once, and end its sessions.

    Example: vardar access accounts password admin
    """
    from serving.access import accounts

    with _writing(home, store) as (connection, _, at):
        password = accounts.set_password(connection, name, None, actor=_ACTOR, at=at)
    answer(
        {"name": name, "password": password}, f"{name}'s password is now {password}", as_json=json
    )


@keys_app.command("create")
def keys_create(
    label: Annotated[str, typer.Argument(help="What it is for.")],
    country: CountryOption = None,
    post: PostOption = None,
    source_system: SystemOption = None,
    scope: ScopeOption = None,
    kind: KindOption = None,
    days: DaysOption = None,
    role: RoleOption = "customs_system",
    home: HomeOption = _HOME,
    store: StoreOption = None,
    json: JsonFlag = False,
) -> None:
    """Create an API key, shown once; it opens within two seconds.

    Example: vardar access keys create declarations --country MK --post '*' --source-system mk-customs
    """
    made, key = _created(
        "key", label, role, country, post, source_system, scope, kind, days, home, store
    )
    answer(
        {"key_id": made.credential_id, "key": key}, f"Key {made.credential_id}: {key}", as_json=json
    )


@clients_app.command("create")
def clients_create(
    label: Annotated[str, typer.Argument(help="What it is for.")],
    country: CountryOption = None,
    post: PostOption = None,
    source_system: SystemOption = None,
    scope: ScopeOption = None,
    kind: KindOption = None,
    days: DaysOption = None,
    role: RoleOption = "customs_system",
    home: HomeOption = _HOME,
    store: StoreOption = None,
    json: JsonFlag = False,
) -> None:
    """Create an OAuth 2 client; its secret is shown once.

    Example: vardar access clients create border --country MK --post '*' --source-system mk-border
    """
    made, secret = _created(
        "client", label, role, country, post, source_system, scope, kind, days, home, store
    )
    told = {"client_id": made.credential_id, "client_secret": secret}
    answer(told, f"Client {made.credential_id}: {secret}", as_json=json)


@keys_app.command("list")
def keys_list(home: HomeOption = _HOME, store: StoreOption = None, json: JsonFlag = False) -> None:
    """List the API keys, without what opens.

    Example: vardar access keys list --json
    """
    _list("key", home, store, json)


@clients_app.command("list")
def clients_list(
    home: HomeOption = _HOME, store: StoreOption = None, json: JsonFlag = False
) -> None:
    """List the OAuth 2 clients.

    Example: vardar access clients list --json
    """
    _list("client", home, store, json)


@keys_app.command("revoke")
def keys_revoke(
    key_id: Annotated[str, typer.Argument(help="As the list names it.")],
    home: HomeOption = _HOME,
    store: StoreOption = None,
    json: JsonFlag = False,
) -> None:
    """Take a key back; within two seconds it opens nothing.

    Example: vardar access keys revoke 8f3a0c5d9e7b1a24
    """
    _revoke("key", key_id, home, store, json)


@clients_app.command("revoke")
def clients_revoke(
    client_id: Annotated[str, typer.Argument(help="As the list names it.")],
    home: HomeOption = _HOME,
    store: StoreOption = None,
    json: JsonFlag = False,
) -> None:
    """Take a client back; within two seconds its tokens open nothing.

    Example: vardar access clients revoke 8f3a0c5d9e7b1a24
    """
    _revoke("client", client_id, home, store, json)


def _created(
    form: Form,
    label: str,
    role: str,
    country: list[str] | None,
    post: list[str] | None,
    source_system: list[str] | None,
    scope: list[str] | None,
    kind: list[str] | None,
    days: int | None,
    home: Path,
    store: str | None,
) -> tuple[Credential, str]:
    from serving.access import systems
    from serving.access.secret_values import DAY, real_now

    with _writing(home, store) as (connection, policy, at):
        rights = policy.rights(
            role,
            who="system",
            countries=country or (),
            posts=post or (),
            source_systems=source_system or (),
            scopes=scope,
            kinds=kind or (),
        )
        return systems.create(
            connection,
            form,
            rights,
            label=label,
            actor=_ACTOR,
            at=at,
            expires_at=real_now() + days * DAY if days else None,
        )


def _list(form: Form, home: Path, store: str | None, as_json: bool) -> None:
    from serving.access import systems

    with _writing(home, store) as (connection, _, _at):
        found = systems.every(connection, form)
    rows = [
        {
            "id": one.credential_id,
            "label": one.label,
            **one.rights.to_json(),
            "created_at": _moment(one.created_at),
            "expires_at": _moment(one.expires_at),
            "revoked_at": _moment(one.revoked_at),
        }
        for one in found
    ]
    answer(rows, "\n".join(_credential_line(row) for row in rows), as_json=as_json)


def _revoke(form: Form, credential_id: str, home: Path, store: str | None, as_json: bool) -> None:
    from serving.access import systems

    with _writing(home, store) as (connection, _, at):
        systems.revoke(connection, form, credential_id, actor=_ACTOR, at=at)
    told = {"id": credential_id, "revoked": True}
    answer(told, f"The {form} {credential_id} opens nothing any more.", as_json=as_json)


@contextmanager
def _writing(home: Path, store: str | None) -> Iterator[tuple[Connection, Policy, int]]:
    """A transaction on a deployment's store, its policy, and the time."""
    import os

    from features.commands import open_store
    from features.ledger.connection import writing
    from serving.access.policy import load_policy
    from serving.settings import read_settings

    settings = read_settings({**os.environ, "VARDAR_HOME": str(home)})
    policy = load_policy(settings.access)
    ledger = open_store(home, store, create=True)
    try:
        with writing(ledger.engine) as connection:
            yield connection, policy, ledger.clock()
    finally:
        ledger.close()


def _moment(at: int | None) -> str | None:
    return None if at is None else datetime.fromtimestamp(at / 1e6, UTC).isoformat("T", "seconds")


def _account_line(row: dict[str, Any]) -> str:
    off = "  switched off" if row["disabled"] else ""
    return f"{row['name']:<24}{row['role']:<20}{_where(row)}{off}"


def _credential_line(row: dict[str, Any]) -> str:
    state = "taken back" if row["revoked_at"] else f"until {row['expires_at'] or 'taken back'}"
    return f"{row['id']:<18}{row['label']:<24}{row['role']:<16}{_where(row)}  {state}"


def _where(row: dict[str, Any]) -> str:
    return f"{','.join(row['countries']) or '-'}/{','.join(row['posts']) or '-'}"
