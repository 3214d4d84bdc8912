"""Correcting the record of a movement: a form of what stands, and where it is sent."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, Response

from serving.review import correcting
from serving.review.case_page import seen_by
from serving.review.pages import asked_by, page
from serving.review.states import Step
from serving.review.steps_door import form_of, taken

router = APIRouter()


@router.get("/review/cases/{case_id}/correct", include_in_schema=False)
def correction(request: Request, case_id: str) -> HTMLResponse:
    """The record's fields as they stand."""
    here, by, spoken = asked_by(request)
    seen = seen_by(here.access, by, case_id)
    shown = correcting.form_of(here, seen, spoken)
    return page(request, "correct.html", seen=seen, case=seen.case, given={}, faults=[], **shown)


@router.post("/review/cases/{case_id}/correct", include_in_schema=False)
async def correct(request: Request, case_id: str) -> Response:
    """Enter the next version and score it, then show the case again."""
    given = await form_of(request)
    return await run_in_threadpool(taken, request, case_id, Step.CORRECT.value, given)
