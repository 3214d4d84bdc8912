"""The calls a client can make, as data: what is sent, and how a batch is cut and read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from random import uniform
from typing import Any, Literal, TypeVar
from uuid import uuid4

import httpx
import orjson
from pydantic import BaseModel, ValidationError

from serving.client_errors import ClientError, NoAnswer, problem_of
from serving.schemas import Answer

M = TypeVar("M", bound=BaseModel)

Kind = Literal["consignment", "crossing", "inspection", "incident"]

#: A record as JSON's own types, or one of `features.records`.
Record = Mapping[str, Any] | BaseModel

#: The service takes 10,000 at once; fewer are lost time when a connection breaks.
LARGEST_CHUNK = 1_000
LARGEST_CHUNK_BYTES = 15 * 2**20

#: What may succeed if it is sent again: it is not about the call itself.
PASSING = frozenset({429, 502, 503, 504})

#: An answer to a batch may take so long, and so much longer for each record.
_BATCH_SECONDS = 30.0
_RECORD_SECONDS = 0.1

_BACKOFF_CAP_SECONDS = 20.0


@dataclass(frozen=True)
class ApiKey:
    """A key that the service's administrator gave out."""

    key: str = field(repr=False)


@dataclass(frozen=True)
class ClientCredentials:
    """OAuth 2.0 client credentials (RFC 6749, 4.4); the token is fetched and renewed by itself."""

    client_id: str
    client_secret: str = field(repr=False)
    token_path: str = "/oauth/token"  # noqa: S105 (an address)
    scope: str | None = None


Credentials = ApiKey | ClientCredentials | None


@dataclass(frozen=True)
class Retries:
    """How a call that failed on the way is sent again: exponential backoff with full jitter.

    Attributes:
        most: Attempts after the first.
        first_seconds: The longest wait before the first of them; it doubles with each.
        total_seconds: No attempt begins later than this after the first.
    """

    most: int = 6
    first_seconds: float = 0.25
    total_seconds: float = 120.0

    def pause(self, attempt: int, told_seconds: float = 0.0) -> float:
        """Seconds to wait before another attempt.

        Args:
            attempt: How many have failed.
            told_seconds: What Retry-After says: no less, and not all at the same moment.
        """
        longest: float = min(_BACKOFF_CAP_SECONDS, self.first_seconds * 2 ** (attempt - 1))
        return told_seconds + uniform(0, longest)  # noqa: S311 (no secret)

    def item_pauses(self) -> Iterator[float]:
        """The waits before the rounds in which the unfinished items of a batch are sent again."""
        return (self.pause(attempt, 1.0) for attempt in range(1, self.most + 1))


DEFAULT_RETRIES = Retries()


@dataclass(frozen=True)
class Call:
    """One logical request; all its attempts bear the same idempotency key.

    Attributes:
        seconds: How long an answer may take, if longer than usual.
    """

    method: Literal["GET", "POST"]
    path: str
    params: Mapping[str, str | int | bool] = field(default_factory=dict)
    content: bytes | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    seconds: float | None = None

    @staticmethod
    def getting(path: str, **params: str | int) -> Call:
        """A call that changes nothing."""
        return Call("GET", path, params)

    @staticmethod
    def posting(path: str, content: bytes, **params: bool) -> Call:
        """A call that stores something, once."""
        headers = {"Content-Type": "application/json", "Idempotency-Key": str(uuid4())}
        return Call("POST", path, params, content, headers)

    @staticmethod
    def submitting(kind: Kind, record: Record, *, reasons: bool | None) -> Call:
        """One record; `reasons` None for the kinds that get none."""
        params = {} if reasons is None else {"reasons": reasons}
        return Call.posting(_path(kind), _json(record), **params)

    @staticmethod
    def batch(kind: Kind, chunk: Chunk, *, reasons: bool) -> Call:
        """A chunk of records."""
        body = b"[" + b",".join(chunk.records) + b"]"
        call = Call.posting(f"{_path(kind)}/batch", body, reasons=reasons)
        return replace(call, seconds=_BATCH_SECONDS + _RECORD_SECONDS * len(chunk.records))

    @staticmethod
    def explaining(score_id: str, language: str | None) -> Call:
        """Everything behind a score, in a language."""
        headers = {"Accept-Language": language} if language else {}
        return Call("GET", f"/v1/scores/{score_id}/explanation", headers=headers)

    @staticmethod
    def finding(source_system: str, source_record_id: str) -> Call:
        """A movement by its reference."""
        return Call.getting(
            "/v1/movements", source_system=source_system, source_record_id=source_record_id
        )

    @staticmethod
    def following(*, since_u: int, after: str | None, limit: int) -> Call:
        """A page of score changes."""
        place: dict[str, str | int] = {"since_u": since_u} if after is None else {"after": after}
        return Call.getting("/v1/score-changes", limit=limit, **place)


@dataclass(frozen=True)
class BatchResult:
    """What became of one record among many: an answer, or the error that concerns it alone.

    Attributes:
        place: The record's place among all that were handed in, from 0.
        repeated: It was answered before.
        given_up: Its whole batch failed after all retries.
    """

    place: int
    answer: Answer | None = None
    error: ClientError | None = None
    repeated: bool = False
    given_up: bool = False


@dataclass(frozen=True)
class Chunk:
    """Records that go in one batch, as JSON, with their places among all."""

    places: tuple[int, ...]
    records: tuple[bytes, ...]

    @staticmethod
    def of_unfinished(chunk: Chunk, results: Mapping[int, BatchResult]) -> Chunk:
        """Those of a chunk that a moment's lack of room or store has kept out."""
        left = [
            (place, record)
            for place, record in zip(chunk.places, chunk.records, strict=True)
            if getattr(results[place].error, "status", None) in PASSING
            and not results[place].given_up
        ]
        return Chunk(tuple(place for place, _ in left), tuple(record for _, record in left))


def chunked(records: Iterable[Record]) -> Iterator[Chunk]:
    """The records in chunks that the service takes, by count and by bytes."""
    places: list[int] = []
    texts: list[bytes] = []
    size = 0
    for place, record in enumerate(records):
        text = _json(record)
        if texts and (len(texts) == LARGEST_CHUNK or size + len(text) > LARGEST_CHUNK_BYTES):
            yield Chunk(tuple(places), tuple(texts))
            places, texts, size = [], [], 0
        places.append(place)
        texts.append(text)
        size += len(text) + 1
    if texts:
        yield Chunk(tuple(places), tuple(texts))


def read(model: type[M], answer: httpx.Response) -> M:
    """What an answer holds.

    Raises:
        NoAnswer: if it is not what the service says.
    """
    try:
        return model.model_validate_json(answer.content)
    except ValidationError as error:
        raise NoAnswer(
            f"The answer is no {model.__name__}; is it the service's address?"
        ) from error


def failed_chunk(chunk: Chunk, error: ClientError) -> dict[int, BatchResult]:
    """The results of a chunk that got no answer as a whole."""
    return {place: BatchResult(place, error=error, given_up=True) for place in chunk.places}


def read_chunk(chunk: Chunk, answer: httpx.Response) -> dict[int, BatchResult]:
    """The result of each record of a chunk, by its place."""
    items = orjson.loads(answer.content)["items"]
    read = {}
    for place, item in zip(chunk.places, items, strict=True):
        if item.get("problem"):
            read[place] = BatchResult(place, error=problem_of(item["problem"]))
        else:
            told = Answer.model_validate(item["answer"])
            read[place] = BatchResult(place, answer=told, repeated=item["status"] == 200)
    return read


def _path(kind: Kind) -> str:
    return f"/v1/{kind}s"


def _json(record: Record) -> bytes:
    if isinstance(record, BaseModel):
        return record.model_dump_json(exclude_none=True).encode()
    return orjson.dumps(dict(record))
