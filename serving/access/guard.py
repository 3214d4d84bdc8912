"""The guard behind the door: it knows who asks, what they may do, and how often they asked.

It stands before routing, so that no address is reached that the policy does not name, whoever adds it.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping
from typing import Protocol
from urllib.parse import parse_qs

from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool
from starlette.requests import cookie_parser
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from features.ledger.audit import AuditEvent
from serving import problems
from serving.access import repeating
from serving.access.asked_pages import asks_for_a_page, sign_in_address
from serving.access.budgets import spent
from serving.access.cookies import session_of, take
from serving.access.desk import Access
from serving.access.policy import Place
from serving.access.principal import Principal
from serving.access.secret_values import equal
from serving.access.sessions import Ended
from serving.overload import ONLY_HTTPS
from serving.problems import NOT_INCLUDED, TYPES, ProblemError
from serving.request_head import head_of

_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_FORM = "application/x-www-form-urlencoded"
_LOOPBACK = re.compile(r"127\.\d+\.\d+\.\d+|::1")
_ASKS = 'Bearer realm="vardar"'
_REFUSES = f'{_ASKS}, error="invalid_token"'


class Guarded(Protocol):
    """What the guard asks of a deployment."""

    @property
    def access(self) -> Access:
        """Who may do what."""


class Guard:
    """Lets through whom the policy lets through.

    Args:
        app: What is guarded.
        deployment: The deployment that requests are answered from; None before there is one.
    """

    def __init__(self, app: ASGIApp, deployment: Callable[[], Guarded | None]) -> None:
        self._app = app
        self._deployment = deployment

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or say why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = _Request(scope, receive, send)
        try:
            await self._guarded(request)
        except ProblemError as error:
            await _answer(request, error)
        except SQLAlchemyError as error:
            await _answer(request, problems.of_error(error, scope["request_id"]))

    async def _guarded(self, request: _Request) -> None:
        here = self._deployment()
        if here is None:
            raise ProblemError("not-ready", TYPES["not-ready"][2])
        access, scope = here.access, request.scope
        if (access.settings.public_url or "").startswith("https:"):
            # A proxy speaks https for the service.
            request.told["Strict-Transport-Security"] = ONLY_HTTPS
        place = access.policy.register.at(scope["method"], request.path)
        if place is None:
            if asks_for_a_page(scope):
                # So that the page which says so is in the reader's own frame.
                known = await _who(access, request)
                if isinstance(known, Principal):
                    scope["principal"] = known
            raise _nothing_there(access, request.path)
        # So that what is refused is counted under its address too.
        scope["route"] = place
        public = place.endpoint.open_to == "public"
        if (public and not place.endpoint.page) or _from_here(place, request):
            _charge(access, place, request, None)
            await self._app(scope, request.receive, request.send)
            return
        principal = await _who(access, request, quiet=place.endpoint.quiet)
        if isinstance(principal, Ended):
            scope["ended"] = principal.because
        if not isinstance(principal, Principal):
            if not public:
                await self._send_away(place, request)
                return
            await _check_same_site(access, place, request)
            _charge(access, place, request, None)
            await self._app(scope, request.receive, request.send)
            return
        scope["principal"], scope["place"] = principal, place
        scope["budget_told"] = request.told
        if not public:
            await _check_may(access, principal, place, request)
        await _check_csrf(access, principal, place, request)
        _charge(access, place, request, principal)
        key = request.headers.get("idempotency-key")
        if key is None or not repeating.applies(scope["method"], place):
            await self._app(scope, request.receive, request.send)
        else:
            await repeating.once(
                access.ledger.engine, self._app, scope, request.receive, request.send,
                principal=principal, key=key,
            )  # fmt: skip

    async def _send_away(self, place: Place, request: _Request) -> None:
        """Whoever is unknown signs in first; a browser is led there, and told if a session ended."""
        scope = request.scope
        wanted = request.path
        if scope["query_string"]:
            wanted += f"?{scope['query_string'].decode('latin-1')}"
        form = sign_in_address(wanted, scope.get("ended"))
        if not (place.endpoint.page and scope["method"] == "GET" and asks_for_a_page(scope)):
            # A part of a page that is fetched anew: the browser is to turn the whole page.
            told = {"HX-Redirect": "/sign-in"} if "hx-request" in request.headers else {}
            raise _unknown(request, told)
        answer = RedirectResponse(form, 303)
        if "ended" in scope:
            take(answer)
        await answer(scope, request.receive, request.send)


class _Request:
    """A request on its way in, and the headers that its answer gets on its way out."""

    def __init__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.scope = scope
        self.receive = receive
        self.headers = head_of(scope)
        self.path: str = scope["path"].removeprefix(scope.get("root_path", ""))
        self.told: dict[str, str] = {}
        self._send = send

    async def send(self, message: Message) -> None:
        if self.told and message["type"] == "http.response.start":
            told = {
                name.lower().encode("latin-1"): value.encode("latin-1")
                for name, value in self.told.items()
            }
            others = [pair for pair in message.get("headers", ()) if pair[0] not in told]
            message["headers"] = [*others, *told.items()]
        await self._send(message)


def _from_here(place: Place, request: _Request) -> bool:
    """Whether it is for this machine and comes from it, not through a proxy on it."""
    client = request.scope.get("client")
    return (
        place.endpoint.open_to == "loopback"
        and client is not None
        and _LOOPBACK.fullmatch(client[0]) is not None
        and not {"forwarded", "x-forwarded-for", "x-real-ip"} & request.headers.keys()
    )


async def _who(
    access: Access, request: _Request, *, quiet: bool = False
) -> Principal | Ended | None:
    given = request.headers.get("authorization")
    if given is not None:
        form, _, credential = given.partition(" ")
        times = sum(name == b"authorization" for name, _ in request.scope["headers"])
        if times != 1 or form.lower() != "bearer":
            return None
        return access.of_bearer(credential.strip())
    cookies = cookie_parser(request.headers.get("cookie", ""))
    token = session_of(cookies)
    if token is None:
        return None
    return await run_in_threadpool(access.of_session, token, quiet=quiet)


async def _check_may(access: Access, principal: Principal, place: Place, request: _Request) -> None:
    endpoint = place.endpoint
    if access.allowed(principal, endpoint.act or ""):
        if endpoint.kind is None or endpoint.kind in principal.kinds:
            return
        because = f"kind {endpoint.kind}"
    else:
        because = f"act {endpoint.act}"
    await _note_refused(access, principal.id, place, request, because)
    raise ProblemError("forbidden", NOT_INCLUDED)


async def _note_refused(
    access: Access, actor: str, place: Place, request: _Request, because: str
) -> None:
    what = f"{request.scope['method']} {place.path}"
    event = AuditEvent(actor, "refused", what, {"because": because})
    await asyncio.wrap_future(access.recorder.record(event))


async def _check_same_site(access: Access, place: Place, request: _Request) -> None:
    """A form is sent from a page of this service, by people who have no token of a session yet."""
    site = request.headers.get("sec-fetch-site", "same-origin")
    if request.scope["method"] not in _SAFE and site not in ("same-origin", "none"):
        await _note_refused(access, "nobody", place, request, "forgery")
        raise ProblemError("forgery", TYPES["forgery"][2])


async def _check_csrf(
    access: Access, principal: Principal, place: Place, request: _Request
) -> None:
    # A browser sends the cookie whoever made it ask; a key or token is sent by its holder alone.
    if principal.csrf_token is None or request.scope["method"] in _SAFE:
        return
    given = request.headers.get("x-csrf-token")
    if given is None and request.headers.get("content-type", "").startswith(_FORM):
        body = await repeating.whole(request.receive)
        request.receive = repeating.again(body, request.receive)
        given = parse_qs(body.decode("utf-8", "replace")).get("csrf_token", [""])[0]
    if not equal(given or "", principal.csrf_token):
        await _note_refused(access, principal.id, place, request, "forgery")
        raise ProblemError("forgery", TYPES["forgery"][2])


def _charge(access: Access, place: Place, request: _Request, principal: Principal | None) -> None:
    budget = place.endpoint.budget
    if budget is None:
        return
    client = request.scope.get("client")
    charge = (
        access.budgets.of_principal(budget, principal)
        if principal
        else access.budgets.of_address(budget, client[0] if client else "")
    )
    if charge is not None:
        request.told.update(charge.headers)
        if not charge.within:
            raise spent(charge)


def _nothing_there(access: Access, path: str) -> ProblemError:
    methods = access.policy.register.methods(path)
    if not methods:
        return ProblemError("not-found", TYPES["not-found"][2])
    kind = "method-not-allowed"
    return ProblemError(kind, TYPES[kind][2], Allow=", ".join(methods))


def _unknown(request: _Request, more: Mapping[str, str]) -> ProblemError:
    asks = _REFUSES if "authorization" in request.headers else _ASKS
    told = {"WWW-Authenticate": asks, **more}
    return ProblemError("unauthenticated", TYPES["unauthenticated"][2], told=told)


async def _answer(request: _Request, error: ProblemError) -> None:
    answer: Response = problems.response(
        error.kind,
        error.detail,
        instance=request.scope["request_id"],
        errors=error.errors,
        headers=error.headers,
    )
    await answer(request.scope, request.receive, request.send)
