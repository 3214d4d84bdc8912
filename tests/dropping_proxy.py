"""A gateway on loopback that loses connections on purpose, and may refuse a token that is good."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

Fate = Literal["pass", "lose the request", "lose the answer"]


@dataclass
class Gateway:
    """Stands before a service on loopback.

    Attributes:
        port: Its own.
        fates: Of the requests to come, in their order; those after them pass.
        keys: Idempotency keys of the requests that came.
        forgotten: Whether the next bearer is refused, as if the service had forgotten it.
        issued: How many tokens were asked for.
    """

    port: int
    fates: list[Fate] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)
    forgotten: bool = False
    issued: int = 0

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@contextmanager
def gateway_before(port: int) -> Iterator[Gateway]:
    """A gateway before the service at this port, while the context lasts."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._handle()

        def do_POST(self) -> None:
            self._handle()

        def log_message(self, *_: object) -> None:
            pass

        def _handle(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            if self.path == "/oauth/token":
                with lock:
                    gateway.issued += 1
                self._answer(*self._forward(body))
                return
            with lock:
                forgotten, gateway.forgotten = gateway.forgotten, False
                gateway.keys.append(self.headers.get("Idempotency-Key"))
                fate = gateway.fates.pop(0) if gateway.fates else "pass"
            if fate == "lose the request":
                self._lose()
            elif forgotten:
                self._answer(401, b"", "text/plain")
            else:
                status, answer, kind = self._forward(body)
                if fate == "lose the answer":
                    self._lose()
                else:
                    self._answer(status, answer, kind)

        def _forward(self, body: bytes) -> tuple[int, bytes, str]:
            kept = {k: v for k, v in self.headers.items() if k.lower() in _FORWARDED}
            address = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            with closing(address) as connection:
                connection.request(self.command, self.path, body or None, kept)
                with connection.getresponse() as response:
                    return response.status, response.read(), response.headers["Content-Type"]

        def _answer(self, status: int, body: bytes, kind: str) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _lose(self) -> None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    gateway = Gateway(server.server_address[1])
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield gateway
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


_FORWARDED = frozenset({"authorization", "content-type", "accept-language", "idempotency-key"})
