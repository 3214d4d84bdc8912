"""Traces by OpenTelemetry, off unless OTEL_EXPORTER_OTLP_ENDPOINT says where they go.

Off, nothing of OpenTelemetry is imported and a span costs a dictionary's look-up. On, a request is a
span with its template, status and id, what waits for the store and the explanation are spans within it, and each
transaction is a span of its own, since it serves several requests. No span bears a value of a record.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any, Protocol

#: The variable that turns traces on; OpenTelemetry's own name for the collector's address.
ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"


class Span(Protocol):
    """What a piece of work may add to its span."""

    def set_attribute(self, key: str, value: str | int | float) -> Any:
        """A fact about the work; never a record's."""


class _NoSpan:
    def set_attribute(self, key: str, value: str | int | float) -> None:
        """Nobody looks."""


_NO_SPAN = nullcontext[Span](_NoSpan())


class Tracing:
    """Opens spans, or does nothing."""

    def __init__(self) -> None:
        self._open: Callable[[str, Mapping[str, str] | None], AbstractContextManager[Span]] | None
        self._open = None
        self._stop: Callable[[], None] = lambda: None

    @property
    def on(self) -> bool:
        """Whether spans go anywhere."""
        return self._open is not None

    def start(self, environ: Mapping[str, str]) -> None:
        """Send spans to where the environment says, if it does."""
        if environ.get(ENDPOINT) and not self.on:
            self._open, self._stop = _opened()

    def stop(self) -> None:
        """Send what is left."""
        self._stop()
        self._open, self._stop = None, lambda: None

    def span(
        self, name: str, carrier: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Span]:
        """A span around a piece of work.

        Args:
            name: Of the work, from a short list.
            carrier: Headers that may name the caller's span (W3C Trace Context).
        """
        return _NO_SPAN if self._open is None else self._open(name, carrier)


#: One process has one exporter, as it has one log.
tracing = Tracing()


def _opened() -> tuple[Any, Callable[[], None]]:
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.trace import SpanKind
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    # Not the process's global provider: BentoML would make five spans of its own a request.
    provider = TracerProvider(resource=Resource.create({"service.name": "vardar"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    tracer = provider.get_tracer("vardar")
    callers = TraceContextTextMapPropagator()

    @contextmanager
    def opened(name: str, carrier: Mapping[str, str] | None) -> Iterator[Span]:
        caller = None if carrier is None else callers.extract(carrier)
        kind = SpanKind.INTERNAL if carrier is None else SpanKind.SERVER
        # An exception's text may quote a record: its type is told by the log.
        with tracer.start_as_current_span(
            name, context=caller, kind=kind, record_exception=False,
            set_status_on_exception=False,
        ) as span:  # fmt: skip
            yield span

    return opened, provider.shutdown
