"""Other movements that belong to one: the same vehicle, trailer or container, or its declarations."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, func, or_, select

from features.ledger import tables
from features.registry import SUBJECTS
from serving.access.desk import Access
from serving.access.principal import Principal
from serving.access.rows import Row as WhoseRow
from serving.review import cases

HOURS = 72
_HOUR = 3_600_000_000
_MOST_TOLD = 12
#: Declarations of one crossing that are looked for.
_MOST_DECLARATIONS = 20

#: Kinds of keys by which two movements are linked, the weightiest first.
_BY = ("declaration", "vehicle", "trailer", "container")

_derived, _ledger = tables.derived.c, tables.ledger.c


@dataclass(frozen=True)
class Linked:
    """Another movement.

    Attributes:
        by: The kind of key that links the two.
        case_id: Its case, if it was ever scored.
    """

    kind: str
    source_record_id: str
    owner_post: str
    owner_country: str
    u: int
    body: Mapping[str, Any]
    by: str
    case_id: str | None


def linked(
    connection: Connection,
    access: Access,
    by: Principal,
    keys: Mapping[str, str],
    body: Mapping[str, Any],
    *,
    epoch: int,
    u: int,
) -> list[Linked]:
    """Movements that became known within 72 hours of this one and share a key with it.

    Each stands as its latest version. What the reader may not see does not exist.

    Args:
        connection: A transaction.
        access: Who may see what.
        by: The reader.
        keys: The movement's keys.
        body: The movement as declared.
        epoch: Of its place in the ledger.
        u: When it became known.
    """
    wanted = list(_marks(keys, body))
    if not wanted:
        return []
    mine = (body["source_system"], body["source_record_id"])
    found: dict[tuple[str, str, str], Linked] = {}
    for row in connection.execute(_bearing(connection, [mark for _, mark in wanted], epoch, u)):
        identity = (row.kind, row.source_system, row.source_record_id)
        if identity in found or identity[1:] == mine:
            continue
        stored = orjson.loads(row.body)
        whose = WhoseRow(row.source_system, stored["owner_country"], stored["owner_post"], row.u)
        if not access.sees(by, whose):
            continue
        case = cases.of_movement(
            connection, kind=row.kind, source_system=row.source_system,
            source_record_id=row.source_record_id,
        )  # fmt: skip
        link = next(kind for kind, mark in wanted if mark in row.borne)
        found[identity] = Linked(
            row.kind, row.source_record_id, whose.owner_post, whose.owner_country, row.u, stored,
            link, case.case_id if case else None,
        )  # fmt: skip
    return list(found.values())[:_MOST_TOLD]


def _marks(keys: Mapping[str, str], body: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the stored keys of a linked movement hold, as they are written, by kind of key."""
    held = [(kind, keys[kind]) for kind in _BY if kind in keys]
    held += [("declaration", ref) for ref in body.get("linked_declaration_refs", ())[1:]]
    for kind, key in held[: len(_BY) + _MOST_DECLARATIONS]:
        yield kind, orjson.dumps({kind: key}).decode()[1:-1]


def _bearing(connection: Connection, marks: Sequence[str], epoch: int, u: int) -> Any:
    """Movements of those hours whose keys hold one of the marks, the latest first."""
    stored = _derived["keys"]
    # To look for a text as it stands takes a third of what a pattern does.
    place = func.instr if connection.dialect.name == "sqlite" else func.strpos
    return (
        select(
            _ledger.kind, _ledger.source_system, _ledger.source_record_id, _ledger.u, _ledger.body,
            stored.label("borne"),
        )
        .join(tables.ledger, (_ledger.epoch == _derived.epoch) & (_ledger.u == _derived.u))
        .where(
            _derived.epoch == epoch,
            _derived.u.between(u - HOURS * _HOUR, u + HOURS * _HOUR),
            or_(*(place(stored, mark) > 0 for mark in marks)),
            _ledger.kind.in_(SUBJECTS),
            _ledger.takes_back.is_(None),
        )
        .order_by(_derived.u.desc())
    )  # fmt: skip
