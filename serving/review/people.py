"""Who took a step, and who could take the next: accounts by name."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from sqlalchemy import Connection, select

from features.ledger import tables_access as tables
from serving.access import accounts
from serving.access.principal import ALL, Rights
from serving.review.cases import Case

_PREFIX = "account:"


def names_of(connection: Connection, actors: Iterable[str]) -> dict[str, str]:
    """Names of accounts by what audit events call them; whoever else acted goes by that."""
    asked = set(actors)
    ids = [actor.removeprefix(_PREFIX) for actor in asked if actor.startswith(_PREFIX)]
    rows = connection.execute(
        select(tables.accounts.c.account_id, tables.accounts.c.name).where(
            tables.accounts.c.account_id.in_(ids)
        )
    )
    found = {f"{_PREFIX}{row.account_id}": row.name for row in rows}
    return {actor: found.get(actor, actor) for actor in asked}


def colleagues(connection: Connection, case: Case, *, besides: str) -> Mapping[str, str]:
    """Those who may work with a case, by what audit events call them, besides one of them."""
    return {
        f"{_PREFIX}{account.account_id}": account.name
        for account in accounts.every(connection)
        if not account.disabled
        and f"{_PREFIX}{account.account_id}" != besides
        and _works_with(account.rights, case)
    }


def _works_with(rights: Rights, case: Case) -> bool:
    return (
        "review" in rights.scopes
        and (ALL in rights.countries or case.owner_country in rights.countries)
        and (ALL in rights.posts or case.owner_post in rights.posts)
    )
