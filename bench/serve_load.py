"""Closed-loop load on one address: so many clients, each with a connection it keeps."""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_TIMEOUT = 60.0


@dataclass(frozen=True)
class Load:
    """What came of it.

    Attributes:
        seconds: Of each request, from the first byte sent to the last received.
        lasted: Seconds from the first request to the last answer.
        cpu: CPU seconds of all the service's processes meanwhile.
    """

    seconds: list[float]
    lasted: float
    cpu: float


class Connection:
    """One client's connection; speaks just enough HTTP/1.1 to cost next to nothing."""

    def __init__(self, port: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", port), _TIMEOUT)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def post(self, request: bytes) -> tuple[int, bytes]:
        """The status and the body of the answer to a whole request."""
        self._socket.sendall(request)
        received = bytearray()
        while (ends := received.find(b"\r\n\r\n")) < 0:
            received += self._more()
        head = bytes(received[:ends]).lower()
        if b"content-length:" not in head:
            raise OSError(f"An answer without a length: {head!r}")
        length = int(head.split(b"content-length:", 1)[1].split(b"\r\n", 1)[0])
        whole = ends + 4 + length
        while len(received) < whole:
            received += self._more()
        return int(head[9:12]), bytes(received[ends + 4 : whole])

    def close(self) -> None:
        """Let go."""
        self._socket.close()

    def _more(self) -> bytes:
        chunk = self._socket.recv(65536)
        if not chunk:
            raise OSError("The service closed the connection.")
        return chunk


def request_of(path: str, body: bytes, key: str | None = None) -> bytes:
    """A whole POST request of JSON."""
    lines = [
        f"POST {path} HTTP/1.1", "Host: 127.0.0.1", "Content-Type: application/json",
        f"Content-Length: {len(body)}", *([f"Authorization: Bearer {key}"] if key else []), "", "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode() + body


def load(
    port: int, pid: int, following: Callable[[], bytes], *, clients: int, seconds: float
) -> Load:
    """Send requests for so many seconds, each client its next when it has the answer.

    Args:
        port: Where the service listens on loopback.
        pid: Its first process.
        following: The next request to send.
        clients: How many at once.
        seconds: How long.

    Raises:
        OSError: when an answer is not 2xx, or none comes.
    """
    taken: list[list[float]] = [[] for _ in range(clients)]
    failures: list[OSError] = []
    connections = [Connection(port) for _ in range(clients)]
    begun, cpu = time.perf_counter(), cpu_seconds(pid)

    def run(connection: Connection, mine: list[float]) -> None:
        try:
            while time.perf_counter() - begun < seconds and not failures:
                request = following()
                sent = time.perf_counter()
                status, body = connection.post(request)
                mine.append(time.perf_counter() - sent)
                if not 200 <= status < 300:
                    failures.append(OSError(f"{status}: {body[:500]!r}"))
        except OSError as error:
            failures.append(error)

    threads = [
        threading.Thread(target=run, args=pair) for pair in zip(connections, taken, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lasted, cpu = time.perf_counter() - begun, cpu_seconds(pid) - cpu
    for connection in connections:
        connection.close()
    if failures:
        raise failures[0]
    return Load([second for mine in taken for second in mine], lasted, cpu)


def cpu_seconds(pid: int) -> float:
    """CPU seconds that a process and all it has started have used, as far as they still run."""
    total = 0.0
    for process in tree_of(pid):
        try:
            fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / _TICKS
    return total


def tree_of(pid: int) -> list[int]:
    """A process and all that it, or they, started."""
    found, waiting = [], [pid]
    while waiting:
        process = waiting.pop()
        found.append(process)
        for children in Path(f"/proc/{process}/task").glob("*/children"):
            try:
                waiting += [int(child) for child in children.read_text().split()]
            except OSError:
                continue
    return found
