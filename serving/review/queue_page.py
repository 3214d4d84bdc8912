"""The queue: what waits at the posts one is responsible for."""

from __future__ import annotations

from fastapi import APIRouter, Request
from sqlalchemy import select
from starlette.responses import HTMLResponse

from features.ledger import tables_review as tables
from features.ledger.connection import reading
from serving.review.cases import case_of
from serving.review.pages import asked_by, page

router = APIRouter()


@router.get("/review/queue", include_in_schema=False)
def queue(request: Request) -> HTMLResponse:
    """The oldest cases that wait."""
    here, by, _ = asked_by(request)
    with reading(here.ledger.engine) as connection:
        rows = connection.execute(
            select(tables.cases)
            .where(tables.cases.c.waits)
            .order_by(tables.cases.c.since)
            .limit(200)
        ).mappings()
        found = [case for case in map(case_of, rows) if here.access.sees(by, case.row)]
    return page(request, "queue.html", cases=found)
