"""How what is more than the service can take is refused: with an answer that lies ready.

Under overload most requests are refused. What that costs is lost to those that are answered; so no body is
read, nothing is put together, and the log gets one line a second.
"""

from __future__ import annotations

import re
import secrets
from time import monotonic

from starlette.types import Scope, Send

from serving import problems
from serving.log import log
from serving.metrics import Metrics

_KIND = "overloaded"
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_REQUEST_ID = b"x-request-id"

#: For a year browsers ask over https alone.
ONLY_HTTPS = "max-age=31536000; includeSubDomains"

_HEADERS = [
    (b"x-content-type-options", b"nosniff"),
    (b"cache-control", b"no-store"),
    (b"referrer-policy", b"no-referrer"),
    # An answer is never a page; pages say their own.
    (b"content-security-policy", b"default-src 'none'; frame-ancestors 'none'"),
    (b"permissions-policy", b"camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"cross-origin-embedder-policy", b"require-corp"),
]
_HEADERS_OVER_HTTPS = [*_HEADERS, (b"strict-transport-security", ONLY_HTTPS.encode())]

#: Stands for a request's id in the answer made beforehand.
_PLACE = "0" * 64

#: Seconds between two lines in the log.
_TOLD_EVERY = 1.0


class Overload:
    """Refuses requests, counts them, and tells how many there were."""

    def __init__(self, metrics: Metrics) -> None:
        made = problems.response(_KIND, problems.TYPES[_KIND][2], instance=_PLACE)
        self._status = made.status_code
        self._headers = [pair for pair in made.raw_headers if pair[0] != b"content-length"]
        self._before, self._after = bytes(made.body).split(_PLACE.encode())
        self._metrics = metrics
        self._untold = 0
        self._told_at = 0.0

    async def refuse(self, scope: Scope, send: Send) -> None:
        """Answer 429 with Retry-After."""
        given = next((value for name, value in scope["headers"] if name == _REQUEST_ID), b"")
        named = new_request_id(given.decode("latin-1")).encode()
        body = b"".join((self._before, named, self._after))
        headers = [
            *self._headers,
            *headers_of(scope),
            (_REQUEST_ID, named),
            (b"content-length", str(len(body)).encode()),
        ]
        await send({"type": "http.response.start", "status": self._status, "headers": headers})
        await send({"type": "http.response.body", "body": body})
        self._metrics.problems.labels(_KIND).inc()
        self._metrics.requests.labels("other", "4xx").inc()
        self._untold += 1
        self.tell()

    def tell(self) -> None:
        """Log how many were refused since the last line, if any were and that is a while ago."""
        if not self._untold or monotonic() - self._told_at < _TOLD_EVERY:
            return
        log().warning("overloaded", refused=self._untold)
        self._untold, self._told_at = 0, monotonic()


def headers_of(scope: Scope) -> list[tuple[bytes, bytes]]:
    """Headers that every answer has unless it says its own."""
    return _HEADERS_OVER_HTTPS if scope.get("scheme") == "https" else _HEADERS


def new_request_id(given: str | None) -> str:
    """The id the client gave, if it is one; else a new one."""
    return given if given and _ID.fullmatch(given) else secrets.token_hex(8)
