"""What a client is told when something is wrong: RFC 9457, `application/problem+json`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import orjson
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import SQLAlchemyError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from features.errors import VardarError
from features.ledger.connection import StoreUnavailable
from features.records.problems import FieldProblem, pointer
from models.errors import ModelError
from models.languages import ENGLISH, TAGS, Language
from serving.log import log
from serving.speaking import headers_of, language_of, spoken_to
from serving.writer import RECORD_FAULTS, Overloaded, Stopped

MEDIA_TYPE = "application/problem+json"

#: Bears the type of a problem, for whoever counts or routes by it without reading the body.
TYPE_HEADER = "X-Problem-Type"

#: Status, title and way out of every type of problem; `/problems/<type>` shows it.
TYPES: Mapping[str, tuple[int, str, str]] = MappingProxyType({
    "malformed-json": (400, "The body is not JSON with one meaning", "Send valid JSON in UTF-8."),
    "unauthenticated": (
        401, "It is not known who asks", "Send a key or token that stands: Authorization: Bearer …",
    ),
    "sign-in-refused": (
        401, "Signing in was refused",
        "Name or password is wrong, or the account waits after too many tries. Try again later.",
    ),
    "forbidden": (403, "You may not do this", "Ask whoever granted what you hold."),
    "not-yours": (
        403, "The record is not yours to submit",
        "The errors name what lies outside of what you hold: source system, country or post.",
    ),
    "forgery": (
        403, "The request may come from another site",
        "Send the csrf_token of GET /session as X-CSRF-Token, or as a field of the form.",
    ),
    "four-eyes": (
        403, "A second person has to do this", "Ask a colleague who holds the same right.",
    ),
    "not-found": (404, "There is nothing here", "Check the address."),
    "unknown-score": (404, "There is no such score", "Check the score's id."),
    "unknown-movement": (
        404, "There is no such movement", "Check source_system and source_record_id.",
    ),
    "unknown-case": (404, "There is no such case", "Go back to the queue, or search by reference."),
    "method-not-allowed": (405, "This address takes another method", "See the Allow header."),
    "conflict": (
        409, "The record stands already and says something else",
        "Send a correction as the next record_version.",
    ),
    "not-scored": (
        409, "The record is known but was never scored",
        "It came in with the history. Send the next record_version to have it scored.",
    ),
    "own-view-first": (
        409, "Your own view comes first", "Record your view of the case; then its score is shown.",
    ),
    "wrong-state": (
        409, "The case is past this, or not there yet", "Open the case again: it says what comes next.",
    ),
    "changed-meanwhile": (
        409, "Somebody else has changed the case meanwhile",
        "Open it again: it says who and when. What you sent was not stored.",
    ),
    "idempotency-key-running": (
        409, "The first request with this key is still being answered", "Send it again in a moment.",
    ),
    "too-large": (413, "The body is too large", "Send less at a time."),
    "unsupported-media-type": (
        415, "Only JSON is taken", "Send Content-Type: application/json, without encoding.",
    ),
    "record-refused": (
        422, "The record breaks rules", "Mend the fields named and send it again.",
    ),
    "invalid-request": (422, "The request is not as described", "See /openapi.json."),
    "idempotency-key-reused": (
        422, "The Idempotency-Key stood for another request", "Take a new key for a new request.",
    ),
    "too-many": (
        429, "You asked too often", "Send it again after the seconds of Retry-After.",
    ),
    "overloaded": (429, "Too much is waiting", "Send it again after the seconds of Retry-After."),
    "internal": (
        500, "The service failed",
        "Send the request again: what was stored already is answered again. Report its `instance`.",
    ),
    "store-unavailable": (
        503, "The store cannot be reached or written",
        "Nothing was stored. Send it again after the seconds of Retry-After.",
    ),
    "model-unavailable": (
        503, "The model that is asked for cannot be used", "Tell whoever runs the service.",
    ),
    "provider-unavailable": (
        503, "The identity provider cannot be asked", "Try again, or sign in by name and password.",
    ),
    "not-ready": (503, "The service is starting or stopping", "Send it again in a moment."),
})  # fmt: skip

_PARAMETERS = "Parameters are missing or not as described."
NOT_INCLUDED = "What you hold does not include this."
START_AGAIN = "Start again from the sign-in page."
NO_ROLE = "Nobody has granted you a role here."
CURRENT_IS_WRONG = "The current password is wrong."
#: What is said besides titles and ways out, for the catalogues.
DETAILS = (_PARAMETERS, NOT_INCLUDED, CURRENT_IS_WRONG, START_AGAIN, NO_ROLE)

_RETRY_AFTER_SECONDS = {
    "idempotency-key-running": "1",
    "overloaded": "1",
    "store-unavailable": "5",
    "not-ready": "2",
}


class ProblemError(Exception):
    """Ends a request with a problem."""

    def __init__(
        self,
        kind: str,
        detail: str,
        *,
        errors: Iterable[FieldProblem] = (),
        told: Mapping[str, str] | None = None,
        **headers: str,
    ) -> None:
        self.kind = kind
        self.detail = detail
        self.errors = tuple(errors)
        self.headers = {**(told or {}), **headers}
        super().__init__(detail)


def problem(
    kind: str,
    detail: str,
    *,
    instance: str,
    errors: Iterable[FieldProblem] = (),
    spoken: Language = ENGLISH,
) -> dict[str, Any]:
    """The members of a problem; `instance` is the request's id.

    Title and way out are told in the language; what names a record's own faults is English.
    """
    status, title, way_out = TYPES[kind]
    return {
        "type": address_of(kind),
        "title": spoken.words(title),
        "status": status,
        "detail": spoken.words(detail),
        "way_out": spoken.words(way_out),
        "instance": instance,
        "errors": [{"field": e.field, "rule": e.rule, "message": e.message} for e in errors],
    }


def address_of(kind: str) -> str:
    """Names a type of problem; its page is there."""
    return f"/problems/{kind}"


def response(
    kind: str,
    detail: str,
    *,
    instance: str,
    errors: Iterable[FieldProblem] = (),
    headers: Mapping[str, str] | None = None,
    spoken: Language = ENGLISH,
) -> Response:
    """A problem as a response."""
    told = {**(headers or {}), **headers_of(spoken), TYPE_HEADER: kind}
    if kind in _RETRY_AFTER_SECONDS:
        told.setdefault("Retry-After", _RETRY_AFTER_SECONDS[kind])
    body = problem(kind, detail, instance=instance, errors=errors, spoken=spoken)
    return Response(orjson.dumps(body), body["status"], told, MEDIA_TYPE)


def failed(instance: str) -> Response:
    """Something failed that should not: nothing of it is told."""
    return response("internal", TYPES["internal"][2], instance=instance)


def install(app: FastAPI) -> None:
    """Answer every error of the application with a problem."""
    app.add_exception_handler(ProblemError, _of_problem)
    app.add_exception_handler(HTTPException, _of_http)
    app.add_exception_handler(RequestValidationError, _of_request)
    app.add_exception_handler(VardarError, _of_known)
    app.add_exception_handler(SQLAlchemyError, _of_known)
    app.add_exception_handler(Exception, lambda request, _: failed(request_id(request)))


def request_id(request: Request) -> str:
    """The id the door gave to the request."""
    found: str = request.scope["request_id"]
    return found


def required_language(request: Request) -> Language:
    """The language to answer in.

    Raises:
        ProblemError: invalid-request, where the parameter names one there is not.
    """
    spoken = language_of(request)
    if spoken is None:
        fault = FieldProblem(
            "/query/language", "enum", f"The language is one of {', '.join(TAGS)}."
        )
        raise ProblemError("invalid-request", _PARAMETERS, errors=[fault])
    return spoken


def answer_to(request: Request, error: ProblemError | VardarError | SQLAlchemyError) -> Response:
    """What a request is answered that ended in this error."""
    return (_of_problem if isinstance(error, ProblemError) else _of_known)(request, error)


def _of_problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, ProblemError)  # noqa: S101 (for the type checker: how it is installed)
    return response(
        error.kind,
        error.detail,
        instance=request_id(request),
        errors=error.errors,
        headers=error.headers,
        spoken=spoken_to(request),
    )


def _of_http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101
    kind = {404: "not-found", 405: "method-not-allowed"}.get(error.status_code, "invalid-request")
    detail = TYPES[kind][2]
    return response(
        kind,
        detail,
        instance=request_id(request),
        headers=error.headers,
        spoken=spoken_to(request),
    )


def _of_request(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101
    errors = [FieldProblem(pointer(e["loc"]), e["type"], f"{e['msg']}.") for e in error.errors()]
    return response(
        "invalid-request",
        _PARAMETERS,
        instance=request_id(request),
        errors=errors,
        spoken=spoken_to(request),
    )


def _of_known(request: Request, error: Exception) -> Response:
    known = of_error(error, request_id(request))
    return _of_problem(request, known)


def of_error(error: BaseException, instance: str) -> ProblemError:
    """The problem that an error in the store, the models or the program comes down to."""
    match error:
        case Overloaded():
            return ProblemError("overloaded", str(error))
        case Stopped():
            return ProblemError("not-ready", str(error))
        case ModelError():
            return ProblemError("model-unavailable", str(error))
        case SQLAlchemyError() if isinstance(error, RECORD_FAULTS):
            # The store works: to wait for it would not help.
            kind = "internal"
        case SQLAlchemyError() | StoreUnavailable():
            kind = "store-unavailable"
        case _:
            kind = "internal"
    # A driver's message may hold values of the statement: it goes neither out nor into the log.
    log().error(kind, request_id=instance, error=type(error).__name__)
    return ProblemError(kind, TYPES[kind][2])
