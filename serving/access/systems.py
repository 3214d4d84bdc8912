"""The credentials of systems: API keys, and clients that fetch tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import orjson
from sqlalchemy import Column, Connection, Table, insert, select, update

from features.errors import VardarError
from features.ledger import tables_access as tables
from features.ledger.audit import AuditEvent, record
from serving.access.principal import Principal, Rights
from serving.access.secret_values import KEY_PREFIX, new_id, new_secret, real_now, recognised_by

Form = Literal["key", "client"]

_TABLES: dict[Form, tuple[Table, Column[str]]] = {
    "key": (tables.api_keys, tables.api_keys.c.key_id),
    "client": (tables.oauth_clients, tables.oauth_clients.c.client_id),
}


class UnknownCredential(VardarError):
    """There is no such key or client."""


@dataclass(frozen=True)
class Credential:
    """An API key, or a client.

    Attributes:
        form: key or client.
        credential_id: Names it; no secret.
        label: What it is for.
        secret_sha256: What its secret is recognised by.
        expires_at: Microseconds since 1970 UTC by the real clock; None for never.
        revoked_at: When it was taken back; None if it stands.
    """

    form: Form
    credential_id: str
    label: str
    secret_sha256: str
    rights: Rights
    created_at: int
    expires_at: int | None
    revoked_at: int | None

    def good(self, now: int) -> bool:
        """Whether it opens anything at `now`."""
        return self.revoked_at is None and (self.expires_at is None or now < self.expires_at)

    @property
    def principal(self) -> Principal:
        """The system it belongs to."""
        r = self.rights
        return Principal(
            id=f"{self.form}:{self.credential_id}",
            kind="system",
            name=self.label,
            role=r.role,
            countries=r.countries,
            posts=r.posts,
            scopes=frozenset(r.scopes),
            source_systems=r.source_systems,
            kinds=r.kinds,
            language=r.language,
        )


def create(
    connection: Connection,
    form: Form,
    rights: Rights,
    *,
    label: str,
    actor: str,
    at: int,
    expires_at: int | None = None,
    secret: str | None = None,
) -> tuple[Credential, str]:
    """A new credential and its secret, which is kept nowhere.

    Args:
        connection: A transaction that may write; the audit event goes into it.
        form: key or client.
        rights: What its system may do.
        label: What it is for.
        actor: Who creates it.
        at: By the service's clock, for the audit.
        expires_at: By the real clock.
        secret: Only to set up a demonstration again as it was.
    """
    table, name = _TABLES[form]
    given = secret or (KEY_PREFIX if form == "key" else "") + new_secret()
    made = Credential(
        form, new_id(), label, recognised_by(given), rights, real_now(), expires_at, None
    )
    connection.execute(
        insert(table).values(
            {
                name.name: made.credential_id,
                "label": label,
                "secret_sha256": made.secret_sha256,
                "rights": orjson.dumps(rights.to_json()).decode(),
                "created_at": made.created_at,
                "expires_at": expires_at,
                "revoked_at": None,
            }
        )
    )
    detail = {"label": label, "role": rights.role, "scopes": rights.scopes}
    event = AuditEvent(actor, f"create {form}", f"{form}:{made.credential_id}", detail)
    record(connection, event, at=at)
    return made, given


def every(connection: Connection, form: Form) -> list[Credential]:
    """All credentials of a form, oldest first, those taken back too."""
    table, name = _TABLES[form]
    rows = connection.execute(select(table).order_by(table.c.created_at, name))
    return [
        Credential(
            form,
            row[0],
            row.label,
            row.secret_sha256,
            Rights.from_json(orjson.loads(row.rights)),
            row.created_at,
            row.expires_at,
            row.revoked_at,
        )
        for row in rows
    ]


def revoke(connection: Connection, form: Form, credential_id: str, *, actor: str, at: int) -> None:
    """Take a credential back; it opens nothing from then on.

    Raises:
        UnknownCredential: if none of this name stands.
    """
    table, name = _TABLES[form]
    done = connection.execute(
        update(table)
        .where(name == credential_id, table.c.revoked_at.is_(None))
        .values(revoked_at=real_now())
    )
    if done.rowcount != 1:
        raise UnknownCredential(f"There is no {form} {credential_id} that stands.")
    record(connection, AuditEvent(actor, f"revoke {form}", f"{form}:{credential_id}"), at=at)
