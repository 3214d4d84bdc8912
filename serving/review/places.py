"""Whose movements somebody may see: the posts, and since when, as a query can use it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import Connection, bindparam, select

from features.ledger import tables_review as tables
from features.ledger.prepared import Prepared
from serving.access.desk import Access
from serving.access.principal import ALL, Principal
from serving.access.secret_values import HOUR

_cases = tables.cases.c

# Steps over the index from one post to the next, however many cases each has. One comparison of both
# columns would say the same, but SQLite then reads on through all cases of the post it comes from.
_FIRST_BEYOND = Prepared(
    select(_cases.owner_country, _cases.owner_post)
    .where(_cases.owner_country > bindparam("country"))
    .order_by(_cases.owner_country, _cases.owner_post)
    .limit(1)
)
_NEXT_IN = Prepared(
    select(_cases.owner_country, _cases.owner_post)
    .where(_cases.owner_country == bindparam("country"), _cases.owner_post > bindparam("post"))
    .order_by(_cases.owner_post)
    .limit(1)
)


class Place(NamedTuple):
    """A post of a country."""

    country: str
    post: str


@dataclass(frozen=True)
class Sight:
    """What somebody may see.

    Attributes:
        places: In the order of their names; each once.
        since: Only what became known then or later, microseconds since 1970 UTC; 0 for all.
    """

    places: tuple[Place, ...]
    since: int

    def at(self, post: str | None) -> Sight:
        """The same at one post; at all of them for None."""
        if post is None:
            return self
        return Sight(tuple(place for place in self.places if place.post == post), self.since)


def sight_of(connection: Connection, access: Access, by: Principal) -> Sight:
    """What somebody may see now; `Access.sees` says the same of one movement."""
    rows = access.policy.roles[by.role].rows
    since = 0 if rows.hours is None else max(0, access.ledger.clock() - rows.hours * HOUR)
    if rows.within == "none" or not access.fields.sees_a_risk(by):
        return Sight((), since)
    # Sorted here: a store may order texts otherwise.
    if rows.within == "own_country":
        return Sight(tuple(sorted(_in_countries(connection, by))), since)
    if ALL in by.countries or ALL in by.posts:
        own = (p for p in _in_countries(connection, by) if ALL in by.posts or p.post in by.posts)
        return Sight(tuple(sorted(own)), since)
    return Sight(tuple(sorted({Place(c, p) for c in by.countries for p in by.posts})), since)


def every_place(connection: Connection) -> Iterator[Place]:
    """Every post that has a case, whoever may see it."""
    country = ""
    while found := _FIRST_BEYOND.rows(connection, {"country": country}):
        country = found[0].owner_country
        yield from _in_country(connection, country)


def _in_countries(connection: Connection, by: Principal) -> Iterator[Place]:
    if ALL in by.countries:
        yield from every_place(connection)
        return
    for country in sorted(set(by.countries)):
        yield from _in_country(connection, country)


def _in_country(connection: Connection, country: str) -> Iterator[Place]:
    place = Place(country, "")
    while found := _NEXT_IN.rows(connection, place._asdict()):
        place = Place(*found[0])
        yield place
