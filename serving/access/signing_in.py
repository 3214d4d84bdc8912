"""How people sign in and out, who they are, and how systems fetch tokens."""

from __future__ import annotations

import asyncio
from threading import BoundedSemaphore
from typing import Any
from urllib.parse import parse_qsl

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from features.ledger.audit import AuditEvent
from features.ledger.connection import reading, writing
from features.records.problems import FieldProblem
from serving.access import accounts, cookies, sessions
from serving.access.accounts import Account, AccountRefused
from serving.access.asked_pages import asks_for_a_page, local
from serving.access.desk import Access
from serving.access.principal import Principal, principal_of
from serving.access.sessions import Ended
from serving.deployment import deployment_of
from serving.describing import problems_of
from serving.problems import CURRENT_IS_WRONG, TYPES, ProblemError
from serving.review import password_page, sign_in_page

router = APIRouter()

#: Each check of a password takes 64 MiB and a tenth of a second: no more at once.
_HASHING = BoundedSemaphore(2)
_LONGEST_WAIT = 3.0


class WhoAmI(BaseModel):
    """Whoever asks, and what they hold."""

    id: str
    kind: str
    name: str
    role: str
    countries: list[str]
    posts: list[str]
    scopes: list[str]
    source_systems: list[str]
    kinds: list[str]
    language: str | None
    csrf_token: str | None = Field(
        default=None, description="For requests that change something, with a session's cookie."
    )


def _form(*names: str) -> dict[str, Any]:
    """How a body with these texts is described, as JSON or as a form."""
    schema = {
        "type": "object",
        "required": list(names),
        "properties": {name: {"type": "string"} for name in names},
    }
    kinds = ("application/json", "application/x-www-form-urlencoded")
    return {"requestBody": {"required": True, "content": {k: {"schema": schema} for k in kinds}}}


#: What may be wrong with what is sent, before it is read.
_BAD_FORMS = ("malformed-json", "invalid-request", "unsupported-media-type", "too-large")


@router.get(
    "/session",
    summary="Who one is, and what one holds",
    response_model=WhoAmI,
    responses=problems_of("not-ready"),
)
async def who_am_i(request: Request) -> Response:
    """Whoever asks: a system by its key or token, or a person who signed in."""
    return _told(principal_of(request))


@router.post(
    "/session",
    summary="Sign in by name and password",
    response_model=WhoAmI,
    responses=problems_of("sign-in-refused", "forgery", *_BAD_FORMS, "not-ready"),
    openapi_extra=_form("name", "password"),
)
async def sign_in(request: Request) -> Response:
    """A person signs in; the session is a cookie. A browser's form is answered by a page."""
    here = deployment_of(request)
    await _check_same_site(request, here.access)
    given, is_form = await _given(request)
    faults = _faults(given, "name", "password")
    in_browser = is_form and asks_for_a_page(request.scope)
    if faults and in_browser:
        return sign_in_page.again(request, given, missing=[f.field.lstrip("/") for f in faults])
    _refuse(faults)
    token = await run_in_threadpool(
        _signed_in,
        here.access,
        given["name"],
        given["password"],
        cookies.session_of(request.cookies),
    )
    if token is None:
        if in_browser:
            return sign_in_page.again(request, given)
        raise ProblemError("sign-in-refused", TYPES["sign-in-refused"][2])
    return await _with_session(request, token, local(given.get("next")) if is_form else None)


@router.post(
    "/session/end",
    summary="Sign out",
    status_code=204,
    responses=problems_of("forgery", *_BAD_FORMS, "not-ready"),
)
async def sign_out(request: Request) -> Response:
    """The session ends here and in the browser."""
    here = deployment_of(request)
    token = cookies.session_of(request.cookies)
    if token is not None:
        await run_in_threadpool(_signed_out, here.access, token, principal_of(request).id)
    is_form = request.headers.get("content-type", "").startswith("application/x-www-form")
    answer = RedirectResponse("/sign-in", 303) if is_form else Response(status_code=204)
    cookies.take(answer)
    return answer


@router.post(
    "/session/password",
    summary="Change one's password; all sessions end, and a new one begins",
    response_model=WhoAmI,
    responses=problems_of("sign-in-refused", "forgery", *_BAD_FORMS, "not-ready"),
    openapi_extra=_form("current", "new"),
)
async def change_password(request: Request) -> Response:
    """A person takes another password. A browser's form is answered by a page."""
    here, who = deployment_of(request), principal_of(request)
    given, is_form = await _given(request)
    in_browser = is_form and asks_for_a_page(request.scope)
    faults = _faults(given, "current", "new")
    if not faults:
        faults = _faults_of_new(given, here.access, again=in_browser)
    if faults and in_browser:
        return await run_in_threadpool(password_page.again, request, faults)
    _refuse(faults)
    token = await run_in_threadpool(_changed, here.access, who, given["current"], given["new"])
    if token is None:
        if in_browser:
            wrong = FieldProblem("/current", "wrong", CURRENT_IS_WRONG)
            return await run_in_threadpool(password_page.again, request, [wrong])
        raise ProblemError("sign-in-refused", CURRENT_IS_WRONG)
    return await _with_session(request, token, "/review/sessions?changed=1" if is_form else None)


def _signed_in(
    access: Access, name: str, password: str, instead_of: str | None = None
) -> str | None:
    engine, at = access.ledger.engine, access.ledger.clock
    with reading(engine) as connection:
        stored = accounts.stored_hash(connection, name)
    fits = _fits(stored, password)
    with writing(engine) as connection:
        account = accounts.attempted(
            connection, name, fits=fits, settings=access.policy.sessions, at=at()
        )
        if account is None:
            return None
        # What was known before signing in opens nothing after it.
        return sessions.begin(connection, account, by="password", at=at(), instead_of=instead_of)


def _fits(stored: str | None, password: str) -> bool:
    # Those who wait hold threads that others need: a flood of tries is turned away.
    if not _HASHING.acquire(timeout=_LONGEST_WAIT):
        raise ProblemError("overloaded", "Too many people sign in at once; try again in a moment.")
    try:
        return accounts.password_fits(stored, password)
    finally:
        _HASHING.release()


def _signed_out(access: Access, token: str, actor: str) -> None:
    with writing(access.ledger.engine) as connection:
        sessions.end(connection, token, actor=actor, at=access.ledger.clock())


def _changed(access: Access, who: Principal, current: str, new: str) -> str | None:
    engine, at = access.ledger.engine, access.ledger.clock
    if who.kind != "person" or _signed_in(access, who.name, current) is None:
        return None
    with writing(engine) as connection:
        accounts.set_password(connection, who.name, new, actor=who.id, at=at())
        account = accounts.by_id(connection, who.id.removeprefix("account:"))
        assert isinstance(account, Account)  # noqa: S101 (it has just signed in)
        return sessions.begin(connection, account, by="new password", at=at())


async def _with_session(request: Request, token: str, page: str | None) -> Response:
    """The answer to whoever has just got a session: a page to go to, or who they are."""
    access = deployment_of(request).access
    who = await run_in_threadpool(access.of_session, token)
    if isinstance(who, Ended):
        raise ProblemError("sign-in-refused", TYPES["sign-in-refused"][2])
    answer = RedirectResponse(page, 303) if page else _told(who)
    seconds = access.policy.sessions.absolute_hours * 3600
    cookies.give(answer, token, secure=cookies.is_secure(request), seconds=seconds)
    return answer


def _told(who: Principal) -> Response:
    body = {
        "id": who.id,
        "kind": who.kind,
        "name": who.name,
        "role": who.role,
        "countries": who.countries,
        "posts": who.posts,
        "scopes": sorted(who.scopes),
        "source_systems": who.source_systems,
        "kinds": who.kinds,
        "language": who.language,
    }
    if who.csrf_token is not None:
        body["csrf_token"] = who.csrf_token
    return Response(orjson.dumps(body), media_type="application/json")


async def _given(request: Request) -> tuple[dict[str, Any], bool]:
    """The members of the body, and whether it is a form."""
    raw = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        try:
            body = orjson.loads(raw)
        except orjson.JSONDecodeError:
            raise ProblemError("malformed-json", TYPES["malformed-json"][2]) from None
        return (body if isinstance(body, dict) else {}), False
    return dict(parse_qsl(raw.decode("utf-8", "replace"), keep_blank_values=True)), True


def _faults(given: dict[str, Any], *names: str) -> list[FieldProblem]:
    """What is not a text among the members of these names."""
    return [
        FieldProblem(f"/{name}", "text", "A text is needed here.")
        for name in names
        if not isinstance(given.get(name), str)
        or not 0 < len(given[name]) <= accounts.LONGEST_PASSWORD
    ]


def _faults_of_new(given: dict[str, Any], access: Access, *, again: bool) -> list[FieldProblem]:
    """What is wrong with a new password; on the page it is typed twice."""
    if again and given.get("again") != given["new"]:
        return [FieldProblem("/again", "equal", "The new password was typed in two ways.")]
    try:
        accounts.check_password_is_long(given["new"], access.policy.sessions)
    except AccountRefused as error:
        return [FieldProblem("/new", "length", str(error))]
    return []


def _refuse(faults: list[FieldProblem]) -> None:
    if faults:
        only = faults[0].rule != "text"
        detail = faults[0].message if only else TYPES["invalid-request"][2]
        raise ProblemError("invalid-request", detail, errors=faults)


async def _check_same_site(request: Request, access: Access) -> None:
    """Nobody is signed in by a page of another site, as somebody else."""
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        event = AuditEvent("nobody", "refused", "POST /session", {"because": "forgery"})
        await asyncio.wrap_future(access.recorder.record(event))
        raise ProblemError("forgery", "Sign in on this service's own page.")
