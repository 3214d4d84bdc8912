"""Which movements a principal may see, and which records it may submit."""

from __future__ import annotations

from dataclasses import dataclass

import orjson
from sqlalchemy import Connection, select

from features.ledger import tables
from features.records import Record
from features.records.problems import FieldProblem
from features.registry import SUBJECTS
from serving.access.policy import Policy
from serving.access.principal import ALL, Principal

_HOUR = 3_600_000_000

#: The rule of a record that its sender may not submit.
NOT_YOURS = "not_yours"

_ledger, _epochs = tables.ledger.c, tables.epochs.c


@dataclass(frozen=True)
class Row:
    """What decides who may see a movement.

    Attributes:
        u: When it became known, microseconds since 1970 UTC.
    """

    source_system: str
    owner_country: str
    owner_post: str
    u: int


def may_see(policy: Policy, principal: Principal, row: Row, *, now: int) -> bool:
    """Whether the movement exists for the principal.

    Args:
        policy: The policy.
        principal: Who asks.
        row: The movement.
        now: By the service's clock, in microseconds.
    """
    rows = policy.roles[principal.role].rows
    if rows.hours is not None and now - row.u > rows.hours * _HOUR:
        return False
    match rows.within:
        case "own_country":
            return principal.covers(row.owner_country)
        case "own_posts":
            return principal.owns(country=row.owner_country, post=row.owner_post)
        case "own_submissions":
            return principal.owns(country=row.owner_country, post=row.owner_post) and submits_for(
                principal, row.source_system
            )
        case _:
            return False


def submits_for(principal: Principal, source_system: str) -> bool:
    """Whether the principal speaks for this source system."""
    return ALL in principal.source_systems or source_system in principal.source_systems


def not_theirs(principal: Principal, record: Record) -> tuple[FieldProblem, ...]:
    """What keeps the principal from submitting a record; empty if nothing does."""
    wrong = []
    if not submits_for(principal, record.source_system):
        wrong.append(("/source_system", "You do not submit for this source system."))
    if not principal.covers(record.owner_country):
        wrong.append(("/owner_country", "You do not submit for this country."))
    elif not principal.owns(country=record.owner_country, post=record.owner_post):
        wrong.append(("/owner_post", "You do not submit for this post."))
    return tuple(FieldProblem(field, NOT_YOURS, message) for field, message in wrong)


def row_at(connection: Connection, *, epoch: int, u: int) -> Row | None:
    """The movement that became known at u, if any did."""
    found = connection.execute(
        select(_ledger.source_system, _ledger.u, _ledger.body).where(
            _ledger.epoch == epoch, _ledger.u == u
        )
    ).first()
    return _row(found.source_system, found.u, found.body) if found else None


def rows_of(
    connection: Connection, *, source_system: str, source_record_id: str
) -> dict[tuple[str, int], Row]:
    """All versions of the movements that bear a reference, by kind and u."""
    found = connection.execute(
        select(_ledger.kind, _ledger.u, _ledger.body).where(
            # Listing the epochs, of which there are few, lets the store use the index of identities.
            _ledger.epoch.in_(select(_epochs.epoch)),
            _ledger.kind.in_(SUBJECTS),
            _ledger.source_system == source_system,
            _ledger.source_record_id == source_record_id,
            _ledger.takes_back.is_(None),
        )
    )
    return {(one.kind, one.u): _row(source_system, one.u, one.body) for one in found}


def _row(source_system: str, u: int, body: str) -> Row:
    stored = orjson.loads(body)
    return Row(source_system, stored["owner_country"], stored["owner_post"], u)
