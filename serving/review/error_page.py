"""What a person is shown instead of a problem: what happened, what to do, and the way back.

It stands around everything, so that what the door, the guard or the application refuses looks alike.
Machines are told as before: only whoever asks for a page is shown one.
"""

from __future__ import annotations

from typing import Any

import orjson
from fastapi import FastAPI
from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serving.access.asked_pages import HOME, asks_for_a_page, page_above, sign_in_address
from serving.deployment import Deployment
from serving.problems import MEDIA_TYPE, TYPE_HEADER
from serving.review.error_words import detail_of, message_of, try_again, words_of
from serving.review.faults import Fault
from serving.review.pages import address_of, page
from serving.review.sign_in_page import why_ended
from serving.speaking import spoken_on_pages


class ErrorPages:
    """Shows people what goes to machines as a problem.

    Args:
        app: What answers.
        routes: Knows the deployment.
    """

    def __init__(self, app: ASGIApp, routes: FastAPI) -> None:
        self._app = app
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, with a page in place of a problem."""
        if scope["type"] != "http" or not asks_for_a_page(scope):
            await self._app(scope, receive, send)
            return
        held = _Held(send)
        await self._app(scope, receive, held.send)
        if held.start is not None:
            await self._show(scope, held.start, orjson.loads(held.body), send)

    async def _show(
        self, scope: Scope, start: Message, problem: dict[str, Any], send: Send
    ) -> None:
        request = Request({**scope, "app": self._routes})
        made = _page(request, self._routes.state.deployment, start, problem)
        headers = MutableHeaders(raw=list(start["headers"]))
        for name, value in made.headers.items():
            headers[name] = value
        await send({**start, "headers": headers.raw})
        await send({"type": "http.response.body", "body": made.body})


class _Held:
    """Lets an answer through, but holds a problem back."""

    def __init__(self, send: Send) -> None:
        self.start: Message | None = None
        self.body = b""
        self._send = send

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            if TYPE_HEADER in headers and headers.get("content-type") == MEDIA_TYPE:
                self.start = message
        if self.start is None:
            await self._send(message)
        else:
            self.body += message.get("body", b"")


def _page(
    request: Request, here: Deployment | None, start: Message, problem: dict[str, Any]
) -> HTMLResponse:
    spoken = spoken_on_pages(request)
    headers = MutableHeaders(raw=list(start["headers"]))
    kind = headers[TYPE_HEADER]
    path: str = request.scope["path"]
    # What cannot be shown is no way back; the page that a form stands on is.
    start_at = path.rpartition("/")[0] if request.method == "GET" else path
    back = page_above(here.access.policy, start_at) if here else HOME
    words = words_of(kind, spoken)
    title = words.title
    if kind == "unauthenticated" and here is not None:
        settings = here.access.policy.sessions
        title = why_ended(request.scope.get("ended"), settings, spoken) or title
        back = sign_in_address(back)
    later = try_again(headers.get("retry-after"), spoken)
    return page(
        request,
        "error.html",
        status=start["status"],
        title_words=title,
        way_out=words.way_out,
        detail=detail_of(kind, problem, spoken),
        try_again=later,
        again=address_of(request) if request.method == "GET" and later else None,
        faults=[Fault("", message_of(one)) for one in problem["errors"]],
        back=back,
        instance=problem["instance"],
        signs_in=kind == "unauthenticated",
    )
