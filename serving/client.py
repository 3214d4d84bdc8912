"""A client of the service, for systems that integrate it: typed answers, retries, no surprises.

    with Client("http://127.0.0.1:3000", ApiKey("…")) as vardar:
        answer = vardar.submit("consignment", record)

A call that fails on the way is sent again under the same Idempotency-Key, and the service knows a
record it has: however often a call is sent, the record is stored once. It needs httpx and pydantic
alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from time import monotonic, sleep
from typing import Any, Self

import httpx

from serving.client_calls import (
    DEFAULT_RETRIES,
    ApiKey,
    BatchResult,
    Call,
    Chunk,
    ClientCredentials,
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
from serving.client_errors import ClientError, NoAnswer, Problem
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

__all__ = [
    "ApiKey",
    "BatchResult",
    "Client",
    "ClientCredentials",
    "ClientError",
    "NoAnswer",
    "Problem",
    "Retries",
]

#: Seconds: to connect is quick or hopeless, an answer may wait for the store.
TIMEOUT = httpx.Timeout(30, connect=5)


class Client:
    """Calls the service and waits for its answers; may be shared by threads.

    Args:
        address: Where the service is, such as `https://vardar.example`.
        credentials: How the caller shows who it is.
        retries: How often, and for how long, a failed call is sent again.
        timeout: Of each single attempt.
        verify: As httpx takes it: an SSL context of one's own certificates.

    Raises:
        Problem: by every call, when the service answers with one.
        NoAnswer: by every call, when there is none in the time that `retries` gives.
    """

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
        self._http = httpx.Client(base_url=address, timeout=timeout, verify=verify)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the connections."""
        self._http.close()

    def submit(self, kind: Kind, record: Record, *, reasons: bool = True) -> Answer:
        """Submit a consignment or a crossing: when this returns, it is stored and scored."""
        return self._get(Answer, Call.submitting(kind, record, reasons=reasons))

    def report(self, kind: Kind, record: Record) -> Receipt:
        """Report an inspection or an incident: when this returns, it is stored."""
        return self._get(Receipt, Call.submitting(kind, record, reasons=None))

    def submit_many(
        self, kind: Kind, records: Iterable[Record], *, reasons: bool = False
    ) -> Iterator[BatchResult]:
        """Submit any number of consignments or crossings; each has its own result, in order.

        They go in batches. What the service had no room for is sent again by itself; what could not
        be sent at all bears the error, and the rest goes on.
        """
        for chunk in chunked(records):
            results = self._chunk(kind, chunk, reasons=reasons)
            for pause in self._exchange.retries.item_pauses():
                left = Chunk.of_unfinished(chunk, results)
                if not left.records:
                    break
                sleep(pause)
                results |= self._chunk(kind, left, reasons=reasons)
            yield from (results[place] for place in chunk.places)

    def score(self, score_id: str) -> Answer:
        """What was answered."""
        return self._get(Answer, Call.getting(f"/v1/scores/{score_id}"))

    def explanation(self, score_id: str, *, language: str | None = None) -> Explanation:
        """Everything behind a score; `language` such as mk, sq, sr-Latn."""
        return self._get(Explanation, Call.explaining(score_id, language))

    def movements(self, source_system: str, source_record_id: str) -> list[MovementVersions]:
        """A movement by one's own reference: all its versions."""
        return self._get(MovementsFound, Call.finding(source_system, source_record_id)).movements

    def model(self) -> ServingModel:
        """What serves now."""
        return self._get(ServingModel, Call.getting("/v1/model"))

    def score_changes(
        self, *, since_u: int = 0, after: str | None = None, limit: int = 500
    ) -> Iterator[ScoreChange]:
        """Every score since, in the order they were made, to the end of what there is now."""
        while True:
            page = self.score_changes_page(since_u=since_u, after=after, limit=limit)
            yield from page.changes
            if not page.changes:
                return
            after = page.next

    def score_changes_page(
        self, *, since_u: int = 0, after: str | None = None, limit: int = 500
    ) -> ScoreChanges:
        """One page of them; keep its `next`, and ask with it as `after` the next time."""
        call = Call.following(since_u=since_u, after=after, limit=limit)
        return self._get(ScoreChanges, call)

    def _chunk(self, kind: Kind, chunk: Chunk, *, reasons: bool) -> dict[int, BatchResult]:
        try:
            answer = self._answered(Call.batch(kind, chunk, reasons=reasons))
        except ClientError as error:
            return failed_chunk(chunk, error)
        return read_chunk(chunk, answer)

    def _get(self, model: type[M], call: Call) -> M:
        return read(model, self._answered(call))

    def _answered(self, call: Call) -> httpx.Response:
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
                sleep(step.seconds)
                continue
            try:
                reply = self._http.send(step)
            except httpx.TransportError as error:
                reply = error
