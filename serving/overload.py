"""How what is more than the service can take is refused: with an answer that lies ready.

Under overload most requests are refused. What that costs is lost to those that are answered; so no body is
read, nothing is put together, and the log gets one line a second.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from http import HTTPStatus
from time import monotonic

from starlette.types import Send

from serving import problems
from serving.log import log
from serving.metrics import Metrics

#: Names and values.
Headers = Sequence[tuple[bytes, bytes]]

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


@dataclass(frozen=True)
class Refusal:
    """An answer as it goes out."""

    status: int
    headers: Headers
    body: bytes

    async def send(self, send: Send) -> None:
        """Answer as an application does."""
        start = {"type": "http.response.start", "status": self.status, "headers": self.headers}
        await send(start)
        await send({"type": "http.response.body", "body": self.body})

    def over_http(self, headers: Headers) -> bytes:
        """The whole answer in HTTP/1.1, with further headers."""
        lines = [b"HTTP/1.1 %d %s" % (self.status, HTTPStatus(self.status).phrase.encode())]
        lines += [b"%s: %s" % pair for pair in (*headers, *self.headers)]
        return b"\r\n".join((*lines, b"", self.body))


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

    def refusal(self, headers: Headers, *, secure: bool) -> Refusal:
        """429 with Retry-After, for whoever sent these headers; it is counted."""
        given = next((value for name, value in headers if name == _REQUEST_ID), b"")
        named = new_request_id(given.decode("latin-1")).encode()
        body = b"".join((self._before, named, self._after))
        own = ((_REQUEST_ID, named), (b"content-length", str(len(body)).encode()))
        self._metrics.problems.labels(_KIND).inc()
        self._metrics.requests.labels("other", "4xx").inc()
        self._untold += 1
        self.tell()
        return Refusal(self._status, (*self._headers, *headers_of(secure=secure), *own), body)

    def tell(self) -> None:
        """Log how many were refused since the last line, if any were and that is a while ago."""
        if not self._untold or monotonic() - self._told_at < _TOLD_EVERY:
            return
        log().warning("overloaded", refused=self._untold)
        self._untold, self._told_at = 0, monotonic()


def headers_of(*, secure: bool) -> Headers:
    """Headers that every answer has unless it says its own; more of them over https."""
    return _HEADERS_OVER_HTTPS if secure else _HEADERS


def new_request_id(given: str | None) -> str:
    """The id the client gave, if it is one; else a new one."""
    return given if given and _ID.fullmatch(given) else secrets.token_hex(8)
