"""A page of the queue: read a post at a time and merged, so that it costs what it shows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from heapq import merge
from itertools import chain, islice, product
from typing import Any, Literal, NamedTuple

from sqlalchemy import Connection, bindparam, func, literal_column, select, tuple_

from features.ledger import tables_review as tables
from features.ledger.prepared import Prepared
from features.registry import SUBJECTS
from serving.review.cases import Case, case_of
from serving.review.places import Place, Sight
from serving.review.queue_filters import Asked, Filters, Mark, Sort
from serving.review.states import State

ROWS = 25
#: Counting goes no further: "more than 500".
MOST_COUNTED = 500

#: By which index cases are found.
Which = Literal["waiting", "filtered", "closed"]

_cases = tables.cases.c
_OPEN = [state for state in State if state is not State.CLOSED]

_at_post = (_cases.owner_country == bindparam("country")) & (_cases.owner_post == bindparam("post"))
# Each names the condition of its index in full: no value of a parameter would do.
_of_kind = _cases.kind == bindparam("kind")
_WHICH: dict[Which, Any] = {
    "waiting": _at_post & _cases.waits,
    "filtered": _at_post & _cases.waits & _of_kind & (_cases.state == bindparam("state")),
    "closed": _at_post & ~_cases.waits & _of_kind & (_cases.state == literal_column("'closed'")),
}
_when = tuple_(_cases.since, _cases.case_id)
_between = (_when > tuple_(bindparam("low"), bindparam("low_id"))) & (
    _when < tuple_(bindparam("high"), bindparam("high_id"))
)


def _keys(where: Any, *, newest: bool) -> Prepared:
    order = [column.desc() if newest else column.asc() for column in (_cases.since, _cases.case_id)]
    return Prepared(
        select(_cases.since, _cases.case_id)
        .where(where & _between)
        .order_by(*order)
        .limit(bindparam("most"))
    )


def _count(where: Any) -> Prepared:
    found = select(_cases.since).where(where & _between).limit(bindparam("most"))
    return Prepared(select(func.count().label("n")).select_from(found.subquery()))


_KEYS = {
    (which, newest): _keys(where, newest=newest)
    for (which, where), newest in product(_WHICH.items(), (False, True))
}
_COUNT = {which: _count(where) for which, where in _WHICH.items()}

# Only what was amended can be seen by its latest version alone.
_AMENDED = Prepared(
    select(_cases.since, _cases.case_id, _cases.waits, _cases.kind, _cases.state)
    .where(_at_post & (_cases.u > _cases.since))
    .where(_cases.u >= bindparam("seen_since"), _cases.since < bindparam("seen_since"))
    .order_by(_cases.since, _cases.case_id)
)


@dataclass(frozen=True)
class Page:
    """What of the queue is shown at once.

    Attributes:
        cases: At most `ROWS`, in the order asked for.
        before: Where the page before ends; None if there is none.
        after: Where the page after begins; None if there is none.
    """

    cases: list[Case]
    before: Mark | None
    after: Mark | None


class _Stretch(NamedTuple):
    """Between which moments, both outside; ids tell cases of one moment apart."""

    low: tuple[int, str] = (0, "")
    high: tuple[int, str] = (2**63 - 1, "")

    @classmethod
    def beyond(cls, mark: Mark | None, *, newest: bool) -> _Stretch:
        """What comes after a mark; everything for None."""
        if mark is None:
            return cls()
        return cls(high=_moment(mark)) if newest else cls(low=_moment(mark))

    def holds(self, mark: Mark) -> bool:
        """Whether a case lies in it."""
        return self.low < _moment(mark) < self.high

    def given(
        self, place: Place, wanted: dict[str, str], *, since: int, most: int
    ) -> dict[str, Any]:
        """What an index of one post is asked, from a moment on."""
        (low, low_id), (high, high_id) = max(self.low, (since, "")), self.high
        ends = {"low": low, "low_id": low_id, "high": high, "high_id": high_id}
        return {**place._asdict(), **wanted, **ends, "most": most}


def page_of(connection: Connection, sight: Sight, asked: Asked, *, accounts: Iterable[str]) -> Page:
    """A page of what somebody may see.

    Args:
        connection: A transaction.
        sight: What they may see.
        asked: What they want to see of it.
        accounts: Names by which they may have cases open.
    """
    found = islice(_found(connection, sight.at(asked.filters.post), asked, accounts), ROWS + 1)
    marks = list(found)
    more, marks = len(marks) > ROWS, marks[:ROWS]
    if asked.backwards:
        marks.reverse()
    earlier, later = (more, True) if asked.backwards else (asked.mark is not None, more)
    return Page(
        _in_order(connection, [mark.case_id for mark in marks]),
        marks[0] if marks and earlier else None,
        marks[-1] if marks and later else None,
    )


def count_of(
    connection: Connection, sight: Sight, filters: Filters, *, beyond: int | None = None
) -> int:
    """How many stand in the queue, at most one more than `MOST_COUNTED`; `mine` is not asked for.

    Args:
        connection: A transaction.
        sight: What somebody may see.
        filters: Which of them.
        beyond: Only those that wait since a later moment.
    """
    sight, n = sight.at(filters.post), 0
    stretch = _Stretch() if beyond is None else _Stretch(low=(beyond + 1, ""))
    for place in sight.places:
        if beyond is None:
            n += len(_amended(connection, sight, place, filters))
        for which, wanted in _wanted(filters):
            given = stretch.given(place, wanted, since=sight.since, most=MOST_COUNTED + 1)
            n += _COUNT[which].rows(connection, given)[0].n
        if n > MOST_COUNTED:
            break
    return min(n, MOST_COUNTED + 1)


def _found(
    connection: Connection, sight: Sight, asked: Asked, accounts: Iterable[str]
) -> Iterator[Mark]:
    """What is asked for, beginning at the mark; read as far as somebody takes it."""
    filters, mark = asked.filters, asked.mark
    newest = (filters.sort is Sort.NEWEST) != asked.backwards
    if filters.mine:
        return iter(_held(connection, sight, asked, accounts))
    if filters.sort is not Sort.POST:
        stretch = _Stretch.beyond(mark, newest=newest)
        posts = (_at(connection, sight, p, filters, stretch, newest) for p in sight.places)
        return merge(*posts, key=_moment, reverse=newest)
    return chain.from_iterable(
        _at(
            connection, sight, place, filters,
            _Stretch.beyond(mark if mark and place == mark.place else None, newest=newest), newest,
        )
        for place in (reversed(sight.places) if newest else sight.places)
        if mark is None or place == mark.place or (place < mark.place) == newest
    )  # fmt: skip


def _at(
    connection: Connection,
    sight: Sight,
    place: Place,
    filters: Filters,
    stretch: _Stretch,
    newest: bool,
) -> Iterator[Mark]:
    """What is asked for at one post, in order: as much as a page can take."""
    found = []
    for which, wanted in _wanted(filters):
        given = stretch.given(place, wanted, since=sight.since, most=ROWS + 1)
        rows = _KEYS[which, newest].rows(connection, given)
        found.append([Mark(place, *row) for row in rows])
    amended = _amended(connection, sight, place, filters)
    found.append(sorted(filter(stretch.holds, amended), key=_moment, reverse=newest))
    return merge(*found, key=_moment, reverse=newest)


def _wanted(filters: Filters) -> Iterator[tuple[Which, dict[str, str]]]:
    """What the indexes are asked for, one after the other: which of them, and for what."""
    kinds = [filters.kind] if filters.kind else list(SUBJECTS)
    if filters.kind is None and filters.state is None:
        yield "waiting", {}
    else:
        for kind, state in product(kinds, [filters.state] if filters.state else _OPEN):
            if state is not State.CLOSED:
                yield "filtered", {"kind": kind, "state": state.value}
    if filters.state is State.CLOSED or (filters.closed and filters.state is None):
        for kind in kinds:
            yield "closed", {"kind": kind}


def _fits(filters: Filters, row: Any) -> bool:
    """The same of one case."""
    closed = row.state == State.CLOSED
    return (
        (filters.kind in (None, row.kind))
        and (filters.state in (None, row.state))
        and ((closed and (filters.closed or filters.state is State.CLOSED)) or bool(row.waits))
    )


def _amended(connection: Connection, sight: Sight, place: Place, filters: Filters) -> list[Mark]:
    """What began before the reader's time and was amended within it."""
    if not sight.since:
        return []
    rows = _AMENDED.rows(connection, place._asdict() | {"seen_since": sight.since})
    return [Mark(place, row.since, row.case_id) for row in rows if _fits(filters, row)]


def _held(
    connection: Connection, sight: Sight, asked: Asked, accounts: Iterable[str]
) -> list[Mark]:
    """What the reader has open: few, so that they are ordered here."""
    places, sort, mark = set(sight.places), asked.filters.sort, asked.mark
    rows = connection.execute(select(tables.cases).where(_cases.held_by.in_(list(accounts))))
    marks = [
        Mark(Place(row.owner_country, row.owner_post), row.since, row.case_id)
        for row in rows
        if (row.owner_country, row.owner_post) in places
        and row.u >= sight.since
        and _fits(asked.filters, row)
    ]
    by_post = sort is Sort.POST

    def order(one: Mark) -> tuple[Any, ...]:
        return tuple(one) if by_post else one[1:]

    newest = (sort is Sort.NEWEST) != asked.backwards
    marks.sort(key=order, reverse=newest)
    if mark is None:
        return marks
    return [m for m in marks if m != mark and (order(m) < order(mark)) == newest]


def _moment(mark: Mark) -> tuple[int, str]:
    return mark.since, mark.case_id


def _in_order(connection: Connection, case_ids: list[str]) -> list[Case]:
    rows = connection.execute(select(tables.cases).where(_cases.case_id.in_(case_ids))).mappings()
    found = {row["case_id"]: case_of(row) for row in rows}
    return [found[case_id] for case_id in case_ids]
