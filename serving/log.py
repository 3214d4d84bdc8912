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


def log() -> structlog.typing.FilteringBoundLogger:
    """The service's logger."""
    logger: structlog.typing.FilteringBoundLogger = structlog.get_logger()
    return logger
