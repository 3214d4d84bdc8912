"""The queue: what waits at the posts one is responsible for, one row a movement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from fastapi import APIRouter, Request
from sqlalchemy import Connection, select
from starlette.responses import HTMLResponse

from features.ledger import tables
from features.ledger.audit import AuditEvent
from features.ledger.connection import reading
from features.registry import SUBJECTS
from models.languages import Language
from serving.review import queue_paging, saved_views
from serving.review.faults import Fault
from serving.review.pages import asked_by, page
from serving.review.places import Sight, sight_of
from serving.review.queue_filters import Asked, Filters, Mark, Sort, asked_for
from serving.review.queue_rows import accounts_of, rows_of
from serving.review.queue_words import sort_in_words
from serving.review.states import State
from serving.review.wording import KINDS, STATES, said

ADDRESS = "/review/queue"

router = APIRouter()
_ledger = tables.ledger.c


@dataclass(frozen=True)
class Choice:
    """One of those a field offers."""

    value: str
    name: str


@router.get(ADDRESS, include_in_schema=False)
def queue(request: Request) -> HTMLResponse:
    """The page that the address asks for; 422 with the rest of it where the address is wrong."""
    asked = asked_for(request.query_params)
    return queue_page(request, asked, status=422 if asked.not_understood else 200)


def queue_page(
    request: Request,
    asked: Asked,
    *,
    status: int = 200,
    view_name: str = "",
    faults: Sequence[Fault] = (),
) -> HTMLResponse:
    """The queue as somebody sees it.

    Args:
        request: Whose.
        asked: What they want to see of it.
        status: Of the answer.
        view_name: What was typed as the name of a view.
        faults: Why a view could not be saved under it.
    """
    here, by, spoken = asked_by(request)
    access, filters = here.access, asked.filters
    with reading(here.ledger.engine) as connection:
        sight = sight_of(connection, access, by)
        found = queue_paging.page_of(connection, sight, asked, accounts=accounts_of(by))
        rows = rows_of(connection, access, by, found.cases, spoken=spoken)
        n = None if filters.mine else queue_paging.count_of(connection, sight, filters)
        views = saved_views.of(connection, by)
        newest = _newest(connection)
    listed = {"what": "queue", "outcome": "shown", "cases": [row.case.case_id for row in rows]}
    access.recorder.record(AuditEvent(by.id, "consult", "queue", listed)).result()
    return page(
        request,
        "queue.html",
        status=status,
        rows=rows,
        n=n,
        counted=queue_paging.MOST_COUNTED,
        filters=filters,
        offered=_offered(sight, spoken),
        before=found.before and address(filters, before=found.before),
        after=found.after and address(filters, after=found.after),
        here=address(filters),
        anew=address(Filters()),
        beginning=asked.mark is None,
        wider=address(replace(filters, post=None, kind=None, state=None, mine=False)),
        newest=newest,
        views=[(view, f"{ADDRESS}?{view.query}") for view in views],
        most_views=saved_views.MOST,
        longest_name=saved_views.LONGEST_NAME,
        view_name=view_name,
        faults=faults,
        not_understood=asked.not_understood,
        hours=access.policy.roles[by.role].rows.hours,
    )


def address(filters: Filters, **marks: Mark) -> str:
    """Where the queue is, filtered and from a mark on."""
    parts = [filters.query, *(f"{way}={mark.written()}" for way, mark in marks.items())]
    query = "&".join(part for part in parts if part)
    return f"{ADDRESS}?{query}" if query else ADDRESS


def _offered(sight: Sight, spoken: Language) -> Mapping[str, list[Choice]]:
    """What can be chosen, by the field's name."""
    made: dict[str, Any] = {
        "post": [Choice(post, post) for post in sorted({place.post for place in sight.places})],
        "kind": [Choice(kind, said(spoken, KINDS, kind)) for kind in SUBJECTS],
        "state": [Choice(state, said(spoken, STATES, state)) for state in State],
        "sort": [Choice(sort, sort_in_words(sort, spoken)) for sort in Sort],
    }
    return made


def _newest(connection: Connection) -> int:
    """The last moment the page knows of: the order of u is the order of commits."""
    found: int | None = connection.execute(
        select(_ledger.u).order_by(_ledger.epoch.desc(), _ledger.u.desc()).limit(1)
    ).scalar()
    return found or 0
