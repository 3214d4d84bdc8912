"""The way of a record that is handed in, past routing and what FastAPI solves for every request.

Most requests by far are of this one form. The description declares it as a route like the others, and requests
in any other form take that route; both end in the same function, with the same problems.
"""

from __future__ import annotations

from fastapi import FastAPI, Request
from sqlalchemy.exc import SQLAlchemyError
from starlette.types import Receive, Scope, Send

from features.errors import VardarError
from serving import problems, submitting
from serving.problems import ProblemError

#: What a query says of reasons; any other query is read by FastAPI.
_REASONS = {b"": True, b"reasons=true": True, b"reasons=false": False}

_KINDS = {path: kind for kind, path in submitting.PATHS.items()}


class Shortcut:
    """Answers records that are handed in, and leaves the rest to the application."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        kind = _KINDS.get(scope["path"]) if scope["type"] == "http" else None
        reasons = None if kind is None else _REASONS.get(scope["query_string"])
        if kind is None or reasons is None or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        scope["app"] = self._app
        request = Request(scope, receive, send)
        try:
            answer = await submitting.submitted(request, kind, reasons=reasons)
        except (ProblemError, VardarError, SQLAlchemyError) as error:
            answer = problems.answer_to(request, error)
        await answer(scope, receive, send)
