"""A request with an Idempotency-Key: answered once, and from then on with the answer it got."""

from __future__ import annotations

import re
from functools import partial
from hashlib import sha256

from sqlalchemy import Engine
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.access import idempotency
from serving.access.idempotency import Stored
from serving.access.policy import Place
from serving.access.principal import Principal
from serving.problems import TYPES, ProblemError

_KEY = re.compile(r'"?([\x21\x23-\x7e]{1,255})"?')

#: Headers that are part of the answer itself.
_KEPT = frozenset({"content-type", "location"})

#: What may go better the next time, so that the key is let go.
_MAY_PASS = frozenset({401, 403, 408, 429})


def applies(method: str, place: Place) -> bool:
    """Whether a request there can be answered twice with one answer."""
    return method == "POST" and place.path.startswith("/v1/")


async def once(
    engine: Engine,
    app: ASGIApp,
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    principal: Principal,
    key: str,
) -> None:
    """Answer a request, or give the answer that stands under its key.

    Raises:
        ProblemError: for a key that is none, stands for another request, or is being answered.
        SQLAlchemyError: when the store cannot be written; the request was not begun then.
    """
    named = _KEY.fullmatch(key)
    if named is None:
        raise ProblemError("invalid-request", "An Idempotency-Key has 1 to 255 visible characters.")
    body = await whole(receive)
    mine = {"principal": principal.id, "key": named[1]}
    stands = await run_in_threadpool(
        partial(idempotency.begin, engine, request_sha256=_code(scope, principal, body), **mine)
    )
    match stands:
        case "other":
            raise ProblemError("idempotency-key-reused", TYPES["idempotency-key-reused"][2])
        case "running":
            raise ProblemError("idempotency-key-running", TYPES["idempotency-key-running"][2])
        case Stored():
            headers = {**stands.headers, "Idempotency-Replayed": "true"}
            await Response(stands.body, stands.status, headers)(scope, receive, send)
        case "first":
            await _first(engine, app, scope, again(body, receive), send, mine)


async def _first(
    engine: Engine,
    app: ASGIApp,
    scope: Scope,
    receive: Receive,
    send: Send,
    mine: dict[str, str],
) -> None:
    kept = _Kept()
    try:
        await app(scope, receive, kept.keep)
    finally:
        # Stored before it goes out: whoever got it gets it again.
        keep = kept.whole and kept.status < 500 and kept.status not in _MAY_PASS
        if keep:
            do = partial(idempotency.finish, engine, answer=kept.answer, **mine)
        else:
            do = partial(idempotency.abandon, engine, **mine)
        await run_in_threadpool(do)
    for message in kept.messages:
        await send(message)


class _Kept:
    """An answer held back until it is stored."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.whole = False

    async def keep(self, message: Message) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            self.whole = True

    @property
    def status(self) -> int:
        status: int = self.messages[0]["status"]
        return status

    @property
    def answer(self) -> Stored:
        headers = {n.decode("latin-1"): v.decode("latin-1") for n, v in self.messages[0]["headers"]}
        return Stored(
            self.status,
            {name: value for name, value in headers.items() if name in _KEPT},
            b"".join(message.get("body", b"") for message in self.messages[1:]),
        )


def _code(scope: Scope, principal: Principal, body: bytes) -> str:
    # An answer shows what its reader might see then: with other rights it is another request.
    rights = " ".join((principal.role, *sorted(principal.scopes)))
    head = f"{scope['method']} {scope['path']} {scope['query_string'].decode('latin-1')} {rights}\n"
    return sha256(head.encode() + body).hexdigest()


async def whole(receive: Receive) -> bytes:
    """The body of a request; how long it may be is the door's business."""
    pieces = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            raise ProblemError("invalid-request", "The request ended before its body did.")
        pieces.append(message.get("body", b""))
        if not message.get("more_body", False):
            return b"".join(pieces)


def again(body: bytes, receive: Receive) -> Receive:
    """A body that was read, to be read once more."""
    given = False

    async def first_the_body() -> Message:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        return await receive()

    return first_the_body
