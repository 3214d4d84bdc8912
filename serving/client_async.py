"""The client for programs that run on asyncio: the same calls, awaited."""

from __future__ import annotations

from asyncio import sleep
from collections.abc import AsyncIterator, Iterable
from time import monotonic
from typing import Any, Self

import httpx

from serving.client import TIMEOUT
from serving.client_calls import (
    DEFAULT_RETRIES,
    BatchResult,
    Call,
    Chunk,
    Credentials,
    Kind,
    M,
    Record,
    Retries,
    chunked,
    failed_chunk,
    read,
    read_chunk,
)
from serving.client_errors import ClientError
from serving.client_exchange import Exchange, Pause, Reply
from serving.schemas import (
    Answer,
    Explanation,
    MovementsFound,
    MovementVersions,
    Receipt,
    ScoreChange,
    ScoreChanges,
    ServingModel,
)


class AsyncClient:
    """Calls the service; arguments and errors as `serving.client.Client`."""

    def __init__(
        self,
        address: str,
        credentials: Credentials = None,
        *,
        retries: Retries = DEFAULT_RETRIES,
        timeout: httpx.Timeout = TIMEOUT,
        verify: Any = True,
    ) -> None:
        self._exchange = Exchange(credentials, retries)
        self._http = httpx.AsyncClient(base_url=address, timeout=timeout, verify=verify)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the connections."""
        await self._http.aclose()

    async def submit(self, kind: Kind, record: Record, *, reasons: bool = True) -> Answer:
        """As `Client.submit`."""
        return await self._get(Answer, Call.submitting(kind, record, reasons=reasons))

    async def report(self, kind: Kind, record: Record) -> Receipt:
        """As `Client.report`."""
        return await self._get(Receipt, Call.submitting(kind, record, reasons=None))

    async def submit_many(
        self, kind: Kind, records: Iterable[Record], *, reasons: bool = False
    ) -> AsyncIterator[BatchResult]:
        """As `Client.submit_many`."""
        for chunk in chunked(records):
            results = await self._chunk(kind, chunk, reasons=reasons)
            for pause in self._exchange.retries.item_pauses():
                left = Chunk.of_unfinished(chunk, results)
                if not left.records:
                    break
                await sleep(pause)
                results |= await self._chunk(kind, left, reasons=reasons)
            for place in chunk.places:
                yield results[place]

    async def score(self, score_id: str) -> Answer:
        """As `Client.score`."""
        return await self._get(Answer, Call.getting(f"/v1/scores/{score_id}"))

    async def explanation(self, score_id: str, *, language: str | None = None) -> Explanation:
        """As `Client.explanation`."""
        return await self._get(Explanation, Call.explaining(score_id, language))

    async def movements(self, source_system: str, source_record_id: str) -> list[MovementVersions]:
        """As `Client.movements`."""
        call = Call.finding(source_system, source_record_id)
        return (await self._get(MovementsFound, call)).movements

    async def model(self) -> ServingModel:
        """As `Client.model`."""
        return await self._get(ServingModel, Call.getting("/v1/model"))

    async def score_changes(
        self, *, since_u: int = 0, after: str | None = None, limit: int = 500
    ) -> AsyncIterator[ScoreChange]:
        """As `Client.score_changes`."""
        while True:
            call = Call.following(since_u=since_u, after=after, limit=limit)
            page = await self._get(ScoreChanges, call)
            for change in page.changes:
                yield change
            if not page.changes:
                return
            after = page.next

    async def _chunk(self, kind: Kind, chunk: Chunk, *, reasons: bool) -> dict[int, BatchResult]:
        try:
            answer = await self._answered(Call.batch(kind, chunk, reasons=reasons))
        except ClientError as error:
            return failed_chunk(chunk, error)
        return read_chunk(chunk, answer)

    async def _get(self, model: type[M], call: Call) -> M:
        return read(model, await self._answered(call))

    async def _answered(self, call: Call) -> httpx.Response:
        steps = self._exchange.answered(self._http.build_request, call, monotonic)
        reply: Reply = None
        while True:
            try:
                step = steps.send(reply)
            except StopIteration as done:
                answer: httpx.Response = done.value
                return answer
            reply = None
            if isinstance(step, Pause):
                await sleep(step.seconds)
                continue
            try:
                reply = await self._http.send(step)
            except httpx.TransportError as error:
                reply = error
