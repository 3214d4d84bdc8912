"""The load benchmark counts an answer's time from the moment its request was due."""

from __future__ import annotations

import asyncio
from itertools import repeat

import pytest

from bench.load_client import Caller, Request, Sent, percentile

_ANSWER = (
    b'HTTP/1.1 201 Created\r\nContent-Length: 16\r\n\r\n{"score_id":"a"}',
    b"HTTP/1.1 429 Too Many\r\nRetry-After: 1\r\nContent-Length: 2\r\n\r\n{}",
)


async def _measured(stall_seconds: float) -> list[Sent]:
    """20 requests in a second to a server that answers the first after a stall, one at a time."""
    began = asyncio.get_running_loop().time()
    free = asyncio.Lock()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        number = 0
        while (await reader.read(65536)) and not writer.is_closing():
            async with free:
                now = asyncio.get_running_loop().time()
                await asyncio.sleep(max(0.0, began + stall_seconds - now))
            writer.write(_ANSWER[number % 2])
            number += 1
        writer.close()
        await writer.wait_closed()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    async with server:
        caller = Caller(server.sockets[0].getsockname()[1], None, most_connections=2)
        sent = await caller.open_loop(repeat(Request("/v1/x", b"{}")), rate=20, seconds=1)
        # The other side sees that it was closed.
        await asyncio.sleep(0.1)
    return sent


@pytest.mark.slow
def test_a_stall_is_seen_by_every_request_that_was_due_in_it() -> None:
    sent = asyncio.run(_measured(0.8))

    late = [one for one in sent if one.seconds > 0.1]
    # Two connections wait; a client that asks on only once it is answered would have seen two.
    assert len(late) >= 12
    assert sent[0].seconds == pytest.approx(0.75, abs=0.2)
    assert {one.status for one in sent} == {201, 429}
    assert all(one.retry_after == (one.status == 429) for one in sent)
    assert all(bool(one.score_id) == (one.status == 201) for one in sent)


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([3.0, 1.0, 2.0, 4.0], 0.5) == 2.0
    assert percentile([1.0], 0.99) == 1.0
