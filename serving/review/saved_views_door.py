"""Where the forms that save and remove a view of the queue are sent."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse, Response

from models.languages import Language
from serving.review import saved_views
from serving.review.faults import Fault
from serving.review.pages import asked_by
from serving.review.queue_filters import Asked, Filters, asked_for
from serving.review.queue_page import address, queue_page

router = APIRouter()


@router.post("/review/queue/views", include_in_schema=False)
async def save_view(request: Request) -> Response:
    """Keep a view, then show it; 422 and the page again where its name does not do."""
    given = await _given(request)
    filters = asked_for(dict(parse_qsl(given.get("query", "")))).filters
    return await run_in_threadpool(_saved, request, given.get("name", "").strip(), filters)


@router.post("/review/queue/views/remove", include_in_schema=False)
async def remove_view(request: Request) -> RedirectResponse:
    """Forget a view, then show the queue."""
    here, by, _ = asked_by(request)
    name = (await _given(request)).get("name", "")
    await run_in_threadpool(saved_views.remove, here.access, by, name)
    return RedirectResponse(address(Filters()), 303)


def _saved(request: Request, name: str, filters: Filters) -> Response:
    here, by, spoken = asked_by(request)
    fault = _fault(name, spoken)
    if fault is None:
        try:
            saved_views.save(here.access, by, name, filters)
        except saved_views.TooMany:
            fault = spoken.say(
                "You keep {n} views, and no more can be kept. Remove one first.", n=saved_views.MOST
            )
        else:
            return RedirectResponse(address(filters), 303)
    return _again(request, name, filters, fault)


def _again(request: Request, name: str, filters: Filters, fault: str) -> HTMLResponse:
    return queue_page(
        request, Asked(filters), status=422, view_name=name, faults=[Fault("view-name", fault)]
    )


def _fault(name: str, spoken: Language) -> str | None:
    """What is wrong with a name, and the way out."""
    if not name:
        return spoken.words("A view needs a name. Type one.")
    if len(name) > saved_views.LONGEST_NAME:
        return spoken.say(
            "The name is longer than {n} characters. Shorten it.", n=saved_views.LONGEST_NAME
        )
    if not name.isprintable():
        return spoken.words("The name has characters that cannot be shown. Type it anew.")
    return None


async def _given(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
