"""Records come in: one or many, each answered for itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from features.registry import SUBJECTS
from serving import problems
from serving.answers import Score
from serving.deployment import Deployment, deployment_of
from serving.describing import body_of, problems_of
from serving.intake import TEXT_RULES, chunks
from serving.log import log
from serving.problems import ProblemError, request_id
from serving.schemas import Answer, BatchAnswer, Receipt
from serving.tracing import tracing
from serving.work import NotScored, Outcome, Quarantined, Recorded, Scored, Submission, Work
from serving.writer import LARGEST_GROUP

router = APIRouter()

_PATHS = {
    "consignment": "/v1/consignments",
    "crossing": "/v1/crossings",
    "inspection": "/v1/inspections",
    "incident": "/v1/incidents",
}
_REFUSALS = problems_of(
    "malformed-json", "conflict", "too-large", "unsupported-media-type", "record-refused",
    "overloaded", "store-unavailable", "not-ready",
)  # fmt: skip

#: No more than can run at once: a crowd of them would keep the one that answers and refuses waiting.
_EXPLAINERS = ThreadPoolExecutor(os.cpu_count(), "explainer")

_UNKNOWN_MOVEMENT = "The movement inspected is not known here; the outcome is kept, but counts for nobody's history."


def _add_movement(kind: str) -> None:
    @router.post(
        _PATHS[kind],
        name=f"submit_{kind}",
        summary=f"Submit a {kind}: it is stored, scored and answered",
        status_code=201,
        response_model=Answer,
        response_model_exclude_none=True,
        responses={200: {"model": Answer, "description": "Known already"}, **_REFUSALS},
        openapi_extra=body_of(kind),
    )
    async def submit(request: Request, reasons: bool = True) -> Response:
        return await _one(request, kind, reasons=reasons)

    @router.post(
        f"{_PATHS[kind]}/batch",
        name=f"submit_{kind}_batch",
        summary=f"Submit up to 10,000 {kind}s: each is answered for itself",
        response_model=BatchAnswer,
        responses=_REFUSALS,
        openapi_extra=body_of(kind, batch=True),
    )
    async def submit_batch(request: Request, reasons: bool = False) -> Response:
        return await _many(request, kind, reasons=reasons)


def _add_fact(kind: str) -> None:
    @router.post(
        _PATHS[kind],
        name=f"submit_{kind}",
        summary=f"Submit an {kind}: later scores know of it",
        status_code=201,
        response_model=Receipt,
        responses={200: {"model": Receipt, "description": "Known already"}, **_REFUSALS},
        openapi_extra=body_of(kind),
    )
    async def submit(request: Request) -> Response:
        return await _one(request, kind, reasons=False)


for _kind in _PATHS:
    (_add_movement if _kind in SUBJECTS else _add_fact)(_kind)


async def _one(request: Request, kind: str, *, reasons: bool) -> Response:
    here = deployment_of(request)
    work = here.intake.one(kind, await request.body(), door=_PATHS[kind])
    return await _answered(here, kind, work, reasons=reasons)


async def _answered(here: Deployment, kind: str, work: Work, *, reasons: bool) -> Response:
    with tracing.span("store"):
        outcome = await asyncio.wrap_future(here.writer.submit([work])[0])
    told = await _told(here, kind, work, outcome, reasons=reasons)
    return Response(orjson.dumps(told.body), told.status, told.headers, "application/json")


async def _many(request: Request, kind: str, *, reasons: bool) -> Response:
    here = deployment_of(request)
    raw, door = await request.body(), f"{_PATHS[kind]}/batch"
    works = await run_in_threadpool(here.intake.many, kind, raw, door=door)
    if not isinstance(works, list):
        return await _answered(here, kind, works, reasons=False)
    items = []
    for chunk in chunks(works, LARGEST_GROUP):
        outcomes = await _written(here, chunk)
        for work, result in zip(chunk, outcomes, strict=True):
            items.append(await _item(here, kind, work, result, request, reasons=reasons))
    body = {**_counts(items), "items": items}
    return Response(orjson.dumps(body), 200, media_type="application/json")


def _counts(items: Sequence[dict[str, Any]]) -> dict[str, int]:
    statuses = [item["status"] for item in items]
    # Known from the history: a conflict to the client, who gets no score, yet nothing was set aside.
    not_scored = sum(
        item.get("problem", {}).get("type") == problems.address_of("not-scored") for item in items
    )
    return {
        "accepted": statuses.count(201),
        "duplicate": statuses.count(200) + not_scored,
        "quarantined": statuses.count(409) + statuses.count(422) - not_scored,
    }


async def _written(here: Deployment, chunk: Sequence[Work]) -> Sequence[Outcome | BaseException]:
    try:
        futures = [asyncio.wrap_future(future) for future in here.writer.submit(chunk)]
    except Exception as error:
        return [error] * len(chunk)
    return await asyncio.gather(*futures, return_exceptions=True)


async def _item(
    here: Deployment,
    kind: str,
    work: Work,
    result: Outcome | BaseException,
    request: Request,
    *,
    reasons: bool,
) -> dict[str, Any]:
    instance = request_id(request)
    try:
        if isinstance(result, BaseException):
            raise problems.of_error(result, instance)
        told = await _told(here, kind, work, result, reasons=reasons)
    except ProblemError as error:
        body = problems.problem(error.kind, error.detail, instance=instance, errors=error.errors)
        return {"status": body["status"], "problem": body}
    return {"status": told.status, "answer": told.body}


@dataclass(frozen=True)
class _Told:
    status: int
    body: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


async def _told(
    here: Deployment, kind: str, work: Work, outcome: Outcome, *, reasons: bool
) -> _Told:
    """What a client is told of an outcome; raises `ProblemError` where it is a problem."""
    here.metrics.intake.labels(kind, _word(work, outcome)).inc()
    match outcome:
        case Quarantined():
            raise _refused(outcome)
        case NotScored():
            raise ProblemError("not-scored", problems.TYPES["not-scored"][2])
        case Scored():
            if not outcome.repeated:
                _count(here, outcome.score)
            body = await _explained(here, outcome) if reasons else outcome.score.told()
            location = {"Location": f"/v1/scores/{outcome.score.score_id}"}
            return _Told(200 if outcome.repeated else 201, body, location)
        case Recorded():
            return _Told(200 if outcome.repeated else 201, _receipt(kind, work, outcome))


async def _explained(here: Deployment, outcome: Scored) -> dict[str, Any]:
    try:
        with here.metrics.part("explain"), tracing.span("explain"):
            running = asyncio.get_running_loop()
            return await running.run_in_executor(
                _EXPLAINERS, here.explainer.told, outcome.score, outcome.rows
            )
    except Exception as error:
        log().error("not explained", score_id=outcome.score.score_id, error=type(error).__name__)
        return outcome.score.told()


def _receipt(kind: str, work: Work, outcome: Recorded) -> dict[str, Any]:
    assert isinstance(work, Submission)  # noqa: S101 (a refusal is never recorded)
    record = work.arrival.record
    receipt = {
        "as_of": outcome.u,
        "kind": kind,
        "source_system": record.source_system,
        "source_record_id": record.source_record_id,
        "record_version": record.record_version,
    }
    return receipt if outcome.movement_known else {**receipt, "warning": _UNKNOWN_MOVEMENT}


def _refused(outcome: Quarantined) -> ProblemError:
    first = outcome.problems[0]
    if outcome.conflict:
        return ProblemError("conflict", first.message, errors=outcome.problems)
    if first.rule in TEXT_RULES:
        return ProblemError("malformed-json", first.message, errors=outcome.problems)
    count = len(outcome.problems)
    detail = f"{count} {'rule is' if count == 1 else 'rules are'} broken; see errors."
    return ProblemError("record-refused", detail, errors=outcome.problems)


def _word(work: Work, outcome: Outcome) -> str:
    if isinstance(outcome, Quarantined):
        return "quarantined"
    if isinstance(outcome, NotScored) or outcome.repeated:
        return "duplicate"
    flagged = isinstance(work, Submission) and work.arrival.record.quality_flags
    return "accepted_with_flags" if flagged else "accepted"


def _count(here: Deployment, score: Score) -> None:
    for risk, said in score.answer["risks"].items():
        band = said.get("band", "abstained")
        here.metrics.scores.labels(score.subject, risk, band).inc()
    recommended = score.answer["recommendation"]
    here.metrics.recommendations.labels(
        score.subject, recommended["action"], recommended["because"]
    ).inc()
