"""The HTTP interface, put together; it does nothing before a deployment is given to it."""

from __future__ import annotations

from functools import cache
from typing import Any

import orjson
from fastapi import FastAPI, Request
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp

from serving import feed, looking_up, office, problems, submitting
from serving.access import oidc, signing_in, token_endpoint
from serving.access.describing import with_security
from serving.access.guard import Guard
from serving.access.routes import check_register
from serving.code_samples import with_samples
from serving.deployment import Deployment, deployment_of
from serving.describing import described, problems_of, with_examples
from serving.door import Door
from serving.metrics import Metrics
from serving.problems import TYPES, ProblemError
from serving.review import routes as review
from serving.review.error_page import ErrorPages
from serving.shortcut import Shortcut

VERSION = "1"


class Application:
    """The interface and what it needs: `asgi` answers, `door` lets in, `metrics` counts."""

    def __init__(self) -> None:
        self.metrics = Metrics()
        self._routes = _routes(self.metrics)
        #: Everything passes the door, known paths or not.
        guard = Guard(Shortcut(self._routes), lambda: self.deployment)
        self.door = Door(guard, self.metrics)
        self.asgi: ASGIApp = ErrorPages(self.door, self._routes)

    @property
    def deployment(self) -> Deployment | None:
        """What it answers from; None before it is given one."""
        found: Deployment | None = self._routes.state.deployment
        return found

    @deployment.setter
    def deployment(self, deployment: Deployment | None) -> None:
        if deployment is not None:
            check_register(self._routes, deployment.access.policy)
        self._routes.state.deployment = deployment
        if deployment is not None:
            self.door.most_in_flight = deployment.settings.most_in_flight


def _routes(metrics: Metrics) -> FastAPI:
    # FastAPI's own pages load scripts from other hosts.
    app = FastAPI(title="Vardar", version=VERSION, docs_url=None, redoc_url=None, openapi_url=None)
    app.state.deployment = None
    problems.install(app)
    app.include_router(submitting.router, tags=["submitting"])
    app.include_router(looking_up.router, tags=["looking up"])
    app.include_router(token_endpoint.router, tags=["access"])
    app.include_router(signing_in.router, tags=["access"])
    app.include_router(oidc.router, tags=["access"])
    app.include_router(feed.router, tags=["looking up"])
    app.include_router(office.router, tags=["office"])
    app.include_router(review.router)

    @app.get(
        "/livez", tags=["state"], summary="The process works", response_class=PlainTextResponse
    )
    def livez() -> str:
        return "\n"

    @app.get(
        "/readyz",
        tags=["state"],
        summary="The service can answer",
        response_class=PlainTextResponse,
        responses=problems_of("not-ready"),
    )
    def readyz(request: Request) -> str:
        if not deployment_of(request).ready():
            raise ProblemError("not-ready", TYPES["not-ready"][2])
        return "\n"

    @app.get(
        "/metrics",
        tags=["state"],
        summary="Counts, in Prometheus' format",
        response_class=PlainTextResponse,
    )
    def counts() -> PlainTextResponse:
        return PlainTextResponse(metrics.text(), media_type=CONTENT_TYPE_PLAIN_0_0_4)

    @app.get("/problems/{kind}", tags=["state"], summary="What a type of problem means",
             response_class=PlainTextResponse, responses=problems_of("not-found"))  # fmt: skip
    def meaning(kind: str) -> str:
        if kind not in TYPES:
            raise ProblemError("not-found", TYPES["not-found"][2])
        status, title, way_out = TYPES[kind]
        return f"{status} {title}\n\n{way_out}\n"

    @cache
    def spec() -> dict[str, Any]:
        # A fifth of a second: only who is asked for it makes it.
        return described(app)

    @app.get("/openapi.json", include_in_schema=False)
    def description(request: Request) -> Response:
        here = deployment_of(request)
        examples = with_examples(spec(), here.intake.now())
        secured = with_security(examples, here.access.policy)
        body = orjson.dumps(with_samples(secured, str(request.base_url)))
        return Response(body, media_type="application/json")

    return app
