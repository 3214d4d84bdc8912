"""How the service logs: one JSON object a line, ids and codes only, never a body."""

from __future__ import annotations

import sys

import orjson
import structlog


def configure() -> None:
    """Log to standard error as JSON lines."""
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.processors.JSONRenderer(serializer=orjson.dumps),
        ],
        logger_factory=structlog.BytesLoggerFactory(sys.stderr.buffer),
        cache_logger_on_first_use=True,
    )


#: Made once: each made anew would look up again how the service logs.
_LOGGER: structlog.typing.FilteringBoundLogger = structlog.get_logger()


def log() -> structlog.typing.FilteringBoundLogger:
    """The service's logger."""
    return _LOGGER
