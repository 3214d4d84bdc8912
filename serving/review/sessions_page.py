"""One's own sessions: where one is signed in, and how to end that."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse, RedirectResponse

from features.ledger.connection import reading, writing
from serving.access import sessions
from serving.access.cookies import session_of
from serving.access.desk import Access
from serving.access.principal import Principal
from serving.problems import TYPES, ProblemError
from serving.review.pages import asked_by, page

router = APIRouter()


@router.get("/review/sessions", include_in_schema=False)
def listed(request: Request) -> HTMLResponse:
    """The sessions that still open something, the one that asks among them."""
    here, by, _ = asked_by(request)
    settings = here.access.policy.sessions
    with reading(here.ledger.engine) as connection:
        found = sessions.of_owner(connection, by, settings)
    return page(
        request,
        "sessions.html",
        sessions=found,
        this=_this(request),
        settings=settings,
        changed="changed" in request.query_params,
    )


@router.post("/review/sessions/end", include_in_schema=False)
async def end(request: Request) -> RedirectResponse:
    """End one session, or all but the one that asks."""
    here, by, _ = asked_by(request)
    given = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    if "others" in given:
        await run_in_threadpool(_end_others, here.access, by, _this(request))
    else:
        await run_in_threadpool(_end_one, here.access, by, given.get("session", ""))
    return RedirectResponse("/review/sessions", 303)


def _end_one(access: Access, by: Principal, session_id: str) -> None:
    at = access.ledger.clock()
    with writing(access.ledger.engine) as connection:
        if not sessions.end_one(connection, by, session_id, at=at):
            raise ProblemError("not-found", TYPES["not-found"][2])


def _end_others(access: Access, by: Principal, this: str) -> None:
    at = access.ledger.clock()
    with writing(access.ledger.engine) as connection:
        sessions.end_others(connection, by, but=this, at=at)


def _this(request: Request) -> str:
    """What names the session that asks; "" for a system, which has none."""
    token = session_of(request.cookies)
    return sessions.id_of(token) if token else ""
