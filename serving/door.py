"""The door every request goes through: an id, what may come in, the clock, the log."""

from __future__ import annotations

from collections.abc import Mapping
from time import perf_counter

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving import problems
from serving.log import log
from serving.metrics import Metrics
from serving.overload import Headers, Overload, Refusal, headers_of, new_request_id
from serving.problems import ProblemError
from serving.request_head import head_of
from serving.tracing import tracing

#: Largest body in bytes, of one record and of a batch.
LARGEST_BODY = 2**20
LARGEST_BATCH_BODY = 2**24

#: The only bodies there are. BentoML would read others, some of which can run code.
TAKEN = "application/json"

#: Where OAuth 2 and the pages of people send forms; nothing else is taken as a form.
FORM = "application/x-www-form-urlencoded"
FORM_PATHS = frozenset({"/oauth/token", "/session", "/session/end", "/session/password"})
FORMS_UNDER = "/review/"

_QUIET = frozenset({"/livez", "/readyz", "/metrics"})

_PROBLEM = problems.TYPE_HEADER.lower().encode()


class Door:
    """Wraps the application; nothing reaches it unseen.

    Attributes:
        most_in_flight: Submissions that are let in at once. Under overload most are refused, and whoever
            is let in waits for all that were before: so they are few, and refused before anything is looked at.
    """

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self.most_in_flight = 256
        self._overload = Overload(metrics)
        self._in_flight = 0
        self._app = app
        self._metrics = metrics

    @property
    def full(self) -> bool:
        """Whether no more submissions are let in just now."""
        return self._in_flight >= self.most_in_flight

    def refusal(self, headers: Headers, *, secure: bool) -> Refusal:
        """What a submission with these headers is answered while the door is full; it is counted."""
        return self._overload.refusal(headers, secure=secure)

    def alone(self) -> bool:
        """Whether no more than one submission is being answered."""
        return self._in_flight <= 1

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let a request in, or say why not."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began, status = perf_counter(), 500
        submits = scope["method"] == "POST" and scope["path"].startswith("/v1/")
        if submits and self.full:
            # Most were refused before they came here.
            secure = scope.get("scheme") == "https"
            await self.refusal(scope["headers"], secure=secure).send(send)
            return
        head = head_of(scope)
        request_id = new_request_id(head.get("x-request-id"))
        scope["request_id"], scope["alone"] = request_id, self.alone
        answered = False
        self._in_flight += submits

        async def answer(message: Message) -> None:
            nonlocal status, answered
            if message["type"] == "http.response.start":
                status, answered = message["status"], True
                told = dict(message.get("headers", ()))
                kind = told.get(_PROBLEM)
                if kind is not None and status >= 400:
                    self._metrics.problems.labels(kind.decode()).inc()
                message["headers"] = [
                    *message.get("headers", ()),
                    *(
                        pair
                        for pair in headers_of(secure=scope.get("scheme") == "https")
                        if pair[0] not in told
                    ),
                    (b"x-request-id", request_id.encode()),
                ]
            await send(message)

        try:
            refused = _refusal(scope, head)
            if refused:
                await problems.response(refused, problems.TYPES[refused][2], instance=request_id)(
                    scope, receive, answer
                )
            elif tracing.on:
                with tracing.span("request", head) as span:
                    await self._app(scope, _limited(receive, _largest(scope)), answer)
                    span.set_attribute("http.request.method", scope["method"])
                    span.set_attribute("http.route", _route(scope))
                    span.set_attribute("http.response.status_code", status)
                    span.set_attribute("vardar.request_id", request_id)
            else:
                await self._app(scope, _limited(receive, _largest(scope)), answer)
        except Exception as error:
            log().error(
                "failed", request_id=request_id, error=type(error).__name__, at=_where(error)
            )
            # Inside the application the error was answered already, and only passes through here.
            if not answered:
                await problems.failed(request_id)(scope, receive, answer)
        finally:
            self._in_flight -= submits
            self._note(scope, status, perf_counter() - began)

    def _note(self, scope: Scope, status: int, seconds: float) -> None:
        self._overload.tell()
        route = _route(scope)
        self._metrics.count_request(route, status, seconds)
        if route not in _QUIET:
            log().info(
                "request",
                request_id=scope["request_id"],
                method=scope["method"],
                route=route,
                status=status,
                ms=round(seconds * 1000, 2),
            )


def _route(scope: Scope) -> str:
    return getattr(scope.get("route"), "path", "") or "other"


def _refusal(scope: Scope, head: Mapping[str, str]) -> str | None:
    """The type of problem with the request's head, if any."""
    length = head.get("content-length", "0")
    sends = length != "0" or "transfer-encoding" in head
    if not sends:
        return None
    given = head.get("content-type", "").partition(";")[0].strip().lower()
    path: str = scope["path"]
    as_form = path in FORM_PATHS or path.startswith(FORMS_UNDER)
    taken = given == TAKEN or (given == FORM and as_form)
    if not taken or head.get("content-encoding", "identity") != "identity":
        return "unsupported-media-type"
    if length.isdigit() and int(length) > _largest(scope):
        return "too-large"
    return None


def _largest(scope: Scope) -> int:
    return LARGEST_BATCH_BODY if scope["path"].endswith("/batch") else LARGEST_BODY


def _limited(receive: Receive, most: int) -> Receive:
    """Reads no more than `most` bytes, whatever the head of the request says."""
    read = 0

    async def limited() -> Message:
        nonlocal read
        message = await receive()
        read += len(message.get("body", b""))
        if read > most:
            raise ProblemError("too-large", f"A body here holds at most {most} bytes.")
        return message

    return limited


def _where(error: Exception) -> str:
    """The innermost place, without values: messages of errors may quote a record."""
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    code = place.tb_frame.f_code if place else None
    return f"{code.co_filename}:{place.tb_lineno}" if place and code else "unknown"
