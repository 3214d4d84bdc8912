"""What a client is told when a call fails: which field, which rule, and the way out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx
import orjson


class ClientError(Exception):
    """A call that failed, in whichever way."""


class NoAnswer(ClientError):
    """The service could not be reached, or said nothing that can be read, however often it was asked.

    A record may have been stored all the same: send it again, and it is answered.
    """


@dataclass(frozen=True)
class Fault:
    """One rule that one field breaks; the field is a JSON pointer, "" is the whole."""

    field: str
    rule: str
    message: str


class Problem(ClientError):
    """The service answered with a problem (RFC 9457).

    Attributes:
        kind: The type of problem, such as `record-refused`.
        status: Of HTTP.
        way_out: What to do about it.
        instance: The request's id: quote it to whoever runs the service.
        faults: The fields and the rules they break, if it is about some.
    """

    def __init__(self, body: dict[str, Any]) -> None:
        self.kind = str(body.get("type", "")).rpartition("/")[2] or "unknown"
        self.status = int(body["status"])
        self.title = str(body.get("title", ""))
        self.detail = str(body.get("detail", ""))
        self.way_out = str(body.get("way_out", ""))
        self.instance = str(body.get("instance", ""))
        self.faults: Sequence[Fault] = tuple(
            Fault(str(e["field"]), str(e["rule"]), str(e["message"]))
            for e in body.get("errors", ())
        )
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        about = "; ".join(f"{f.field or 'the record'} ({f.rule}): {f.message}" for f in self.faults)
        told = (f"{self.status} {self.title}.", self.detail, about, self.way_out)
        return " ".join(dict.fromkeys(part for part in told if part)) + f" [{self.instance}]"


class BodyMalformed(Problem):
    """400: what was sent is not JSON with one meaning."""


class NotAllowed(Problem):
    """401 or 403: the caller is not known, or may not do this."""


class NotFound(Problem):
    """404: there is no such thing, or not for this caller."""


class Conflict(Problem):
    """409: the record stands already and says something else, or was never scored."""


class TooLarge(Problem):
    """413: the body is larger than is taken."""


class RecordRefused(Problem):
    """422: the record breaks rules; `faults` names them."""


class Overloaded(Problem):
    """429: too much is waiting, and still was after all retries."""


class Unavailable(Problem):
    """503: the service, its store or its model cannot answer, and could not after all retries."""


_BY_STATUS: dict[int, type[Problem]] = {
    400: BodyMalformed,
    401: NotAllowed,
    403: NotAllowed,
    404: NotFound,
    409: Conflict,
    413: TooLarge,
    422: RecordRefused,
    429: Overloaded,
    503: Unavailable,
}


def problem_of(body: dict[str, Any]) -> Problem:
    """The exception for a problem's members."""
    return _BY_STATUS.get(int(body["status"]), Problem)(body)


def problem_in(answer: httpx.Response) -> Problem:
    """The exception for an answer that is an error; a gateway's page says no more than its status."""
    if answer.headers.get("Content-Type", "").partition(";")[0] == "application/problem+json":
        try:
            body = orjson.loads(answer.content)
            return problem_of({**body, "status": answer.status_code})
        except (orjson.JSONDecodeError, TypeError, KeyError, AttributeError):
            pass
    return problem_of({"status": answer.status_code, "title": answer.reason_phrase})
