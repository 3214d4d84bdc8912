"""Movements by what they are called: the source system's reference, or that of a declaration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import product
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, select

from features.ledger import tables_review as tables
from features.ledger.prepared import Prepared
from serving.access.desk import Access
from serving.access.principal import Principal
from serving.review.cases import Case, case_of
from serving.review.places import Sight, every_place, sight_of

#: So many are shown; who sees more types more of the reference.
MOST = 25

#: A beginning is looked for only if it has so many characters.
SHORTEST_BEGINNING = 3

_cases = tables.cases.c
_COLUMNS = (_cases.source_record_id, _cases.declaration_ref)
_LAST = "\U0010ffff"


def _between(column: Any, *, by_bytes: bool) -> Prepared:
    """Where a reference lies between two texts at one post."""
    low: Any = bindparam("low")
    high: Any = bindparam("high")
    # PostgreSQL otherwise compares as the store's language does, in which no range is a beginning.
    within = (
        column.bool_op("~>=~")(low) & column.bool_op("~<=~")(high)
        if by_bytes
        else (column >= low) & (column <= high)
    )
    return Prepared(
        select(_cases.case_id)
        .where(_cases.owner_country == bindparam("country"), _cases.owner_post == bindparam("post"))
        .where(column.is_not(None), within, _cases.u >= bindparam("since"))
        .limit(bindparam("most"))
    )


_BETWEEN = {
    "sqlite": [_between(column, by_bytes=False) for column in _COLUMNS],
    "postgresql": [_between(column, by_bytes=True) for column in _COLUMNS],
}


@dataclass(frozen=True)
class Found:
    """What a search came to.

    Attributes:
        cases: At most `MOST`, by reference.
        more: Whether there are more.
        outcome: `shown`, `hidden` (there is one that the reader may not see) or `unknown`.
    """

    cases: list[Case]
    more: bool
    outcome: Literal["shown", "hidden", "unknown"]


def search(connection: Connection, access: Access, by: Principal, reference: str) -> Found:
    """The cases that bear a reference; where there is none, those whose reference begins so.

    Capitals are tried too: papers bear them, and people leave them out.
    """
    sight = sight_of(connection, access, by)
    ways = list(dict.fromkeys((reference, reference.upper())))
    for exact in (True, False):
        if exact or len(reference) >= SHORTEST_BEGINNING:
            ids = _ids(connection, sight, ways, exact=exact)
            cases = [case for case in _cases_of(connection, ids) if access.sees(by, case.row)]
            if cases:
                return Found(cases[:MOST], len(cases) > MOST, "shown")
    # Asked for whether there is one or not, so that the time it takes does not tell.
    hidden = _ids(connection, Sight(tuple(every_place(connection)), 0), ways, exact=True)
    return Found([], more=False, outcome="hidden" if hidden else "unknown")


def _ids(connection: Connection, sight: Sight, ways: Iterable[str], *, exact: bool) -> list[str]:
    """Ids of cases, at most one more than are shown."""
    found: dict[str, None] = {}
    statements = _BETWEEN[connection.dialect.name]
    for place, way, statement in product(sight.places, ways, statements):
        ends = {"low": way, "high": way if exact else way + _LAST}
        given = {**place._asdict(), **ends, "since": sight.since, "most": MOST + 1}
        found |= dict.fromkeys(row.case_id for row in statement.rows(connection, given))
        if len(found) > MOST:
            break
    return list(found)[: MOST + 1]


def _cases_of(connection: Connection, ids: list[str]) -> list[Case]:
    rows = connection.execute(
        select(tables.cases)
        .where(_cases.case_id.in_(ids))
        .order_by(_cases.source_record_id, _cases.since)
    ).mappings()
    return [case_of(row) for row in rows]
