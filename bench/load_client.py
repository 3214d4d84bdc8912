"""Requests sent by a schedule, and their times counted from the moment each was due.

A client that waits for an answer before it sends the next request stops asking exactly when the service is slow,
and so leaves the slow answers out. Here the moments are fixed beforehand, and what had to wait for a
connection has waited too. HTTP/1.1 is spoken by hand over kept connections: a library's client would
take more of the machine than the service.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from math import ceil
from time import perf_counter

import orjson

#: Bodies kept in memory, some 2 KB each.
_MOST_MADE_BEFORE = 50_000


@dataclass
class Sent:
    """One request and what became of it.

    Attributes:
        due: When it was to be sent, in seconds of `perf_counter`.
        done: When its answer was there.
        status: 0 if the connection failed.
    """

    due: float
    done: float = 0.0
    status: int = 0
    score_id: str = ""
    retry_after: bool = False

    @property
    def seconds(self) -> float:
        """From the moment it was due to its answer."""
        return self.done - self.due


@dataclass(frozen=True)
class Request:
    """A path and its body."""

    path: str
    body: bytes


@dataclass
class Caller:
    """Sends to one service.

    Attributes:
        port: On loopback.
        key: An API key, if the service asks for one.
        most_connections: Requests in flight at once; more wait, and their waiting counts.
    """

    port: int
    key: str | None
    most_connections: int
    _idle: list[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = field(default_factory=list)

    async def open_loop(
        self, requests: Iterator[Request], *, rate: float, seconds: float
    ) -> list[Sent]:
        """Send at a constant rate, whether or not answers come."""
        room = asyncio.Semaphore(self.most_connections)
        count = round(rate * seconds)
        if count <= _MOST_MADE_BEFORE:
            # Making them meanwhile would take from the service's share of the machine.
            requests = iter(list(islice(requests, count)))
        begin = perf_counter() + 0.05
        sent = [Sent(begin + i / rate) for i in range(count)]
        async with asyncio.TaskGroup() as tasks:
            for one in sent:
                wait = one.due - perf_counter()
                # Also when it is late: answers must be read meanwhile.
                await asyncio.sleep(max(0.0, wait))
                tasks.create_task(self._with_room(room, one, next(requests)))
        await self._close()
        return sent

    async def closed_loop(
        self, requests: Iterator[Request], *, clients: int, seconds: float
    ) -> list[Sent]:
        """So many clients, each of which sends again as soon as it was answered."""
        until = perf_counter() + seconds
        sent: list[Sent] = []

        async def client() -> None:
            while perf_counter() < until:
                one = Sent(perf_counter())
                sent.append(one)
                await self._send(one, next(requests))

        await asyncio.gather(*(client() for _ in range(clients)))
        await self._close()
        return sent

    async def _with_room(self, room: asyncio.Semaphore, one: Sent, request: Request) -> None:
        async with room:
            await self._send(one, request)

    async def _send(self, one: Sent, request: Request) -> None:
        try:
            connection = self._idle.pop() if self._idle else await self._connected()
            reader, writer = connection
            writer.write(self._head(request) + request.body)
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
            body = await reader.readexactly(length)
            one.status = int(lines[0].split()[1])
            one.retry_after = any(line.startswith(b"retry-after:") for line in lines)
            if one.status in (200, 201):
                one.score_id = orjson.loads(body)["score_id"]
            self._idle.append(connection)
        except (OSError, asyncio.IncompleteReadError):
            one.status = 0
        one.done = perf_counter()

    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection("127.0.0.1", self.port)

    def _head(self, request: Request) -> bytes:
        allowed = f"Authorization: Bearer {self.key}\r\n" if self.key else ""
        return (
            f"POST {request.path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"{allowed}Content-Length: {len(request.body)}\r\n\r\n"
        ).encode()

    async def _close(self) -> None:
        writers = [writer for _, writer in self._idle]
        self._idle.clear()
        for writer in writers:
            writer.close()
        # One that was broken off says so once more.
        await asyncio.gather(*(w.wait_closed() for w in writers), return_exceptions=True)


def percentile(values: Sequence[float], share: float) -> float:
    """The value that `share` of them do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(0, ceil(share * len(ordered)) - 1)]
