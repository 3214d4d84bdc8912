"""The BentoML service: one process model, health and packaging around the application.

It has no routes of BentoML's own: those read bodies that can run code.
"""

from __future__ import annotations

import ctypes
import os
import signal
from typing import Any

import bentoml
from prometheus_client import disable_created_metrics
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.config import HTTP_PROTOCOLS

from features.errors import VardarError
from serving.application import Application
from serving.deployment import ServiceLock, open_deployment
from serving.large_pages import use_large_pages
from serving.log import configure, log
from serving.observing import Observer
from serving.pauses import leave_alone_what_stays, take_short_turns
from serving.refusing_protocol import refusing
from serving.settings import SUPERVISOR, WORKERS, read_settings
from serving.tracing import tracing

_application = Application()

#: PR_SET_PDEATHSIG of Linux' prctl(2).
_SET_PARENT_DEATH_SIGNAL = 1


#: Addresses that BentoML itself answers: whoever runs the container asks there.
_OF_BENTOML = frozenset({"/livez", "/healthz", "/readyz"})


class SupervisorGone(VardarError):
    """The worker was left behind before it began to work."""


class _Ahead(bentoml.Service[Any]):  # type: ignore[misc]  # BentoML ships no types
    """A service whose application stands before BentoML's, not behind it.

    On its way through BentoML a request costs half a millisecond, and leaves a timer that is kept until
    the service's timeout, whether it was answered or not; one that is refused would cost ten times as much.
    """

    def to_asgi(self, is_main: bool = True) -> ASGIApp:
        """BentoML's application for what is BentoML's, the service's own for the rest."""
        theirs = super().to_asgi(is_main)
        # BentoML starts uvicorn with its usual protocol, and lets nobody choose another.
        HTTP_PROTOCOLS["auto"] = refusing(_application.door)  # type: ignore[assignment]

        async def asgi(scope: Scope, receive: Receive, send: Send) -> None:
            own = scope["type"] == "http" and scope["path"] not in _OF_BENTOML
            await (_application.asgi if own else theirs)(scope, receive, send)

        return asgi


# An embedded store has one writer, so one worker; several, and several services, may share PostgreSQL.
# Tracing, access log and metrics of BentoML cost more than a score and label by raw path. Its timeout
# would cut off a long batch with no answer.
@bentoml.service(
    name="vardar",
    workers=int(os.environ.get(WORKERS) or 1),
    service_class=_Ahead,
    tracing={"excluded_urls": ".*"},
    logging={"access": {"enabled": False}},
    metrics={"enabled": False},
)
@bentoml.asgi_app(_application.asgi, path="/")
class RiskScoring:
    """Scores consignments and crossings."""

    def __init__(self) -> None:
        _end_with_the_supervisor()
        configure()
        take_short_turns()
        tracing.start(os.environ)
        disable_created_metrics()  # type: ignore[no-untyped-call]
        settings = read_settings(os.environ)
        try:
            self._lock = ServiceLock(settings.store)
            self._deployment = open_deployment(settings, _application.metrics)
        except VardarError as error:
            log().error("not started", reason=str(error))
            raise
        _application.deployment = self._deployment
        self._observer = Observer(self._deployment)
        leave_alone_what_stays()
        use_large_pages()

    def __is_ready__(self) -> bool:
        """Whether the store answers and the writer works."""
        return self._deployment.ready()

    @bentoml.on_shutdown
    def stop(self) -> None:
        """Finish what waits, then let go of the store."""
        self._observer.stop()
        self._deployment.close()
        tracing.stop()
        self._lock.release()


def _end_with_the_supervisor() -> None:
    """Stop in good order when the process that started this one is killed.

    A worker left behind would hold the store's lock, and keep its successor from starting.

    Raises:
        SupervisorGone: if it was killed while this process was starting.
    """
    ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGTERM)
    supervisor = os.environ.get(SUPERVISOR)
    if supervisor is not None and os.getppid() != int(supervisor):
        raise SupervisorGone("The process that started this worker is gone; start the service.")
