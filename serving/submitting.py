"""Records come in: one or many, each answered for itself."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from features.registry import SUBJECTS
from models.languages import Language
from serving import problems
from serving.access.principal import Principal, principal_of
from serving.access.rows import NOT_YOURS
from serving.answers import Score
from serving.deployment import Deployment, deployment_of
from serving.describing import body_of, problems_of
from serving.intake import TEXT_RULES, chunks
from serving.log import log
from serving.problems import ProblemError, request_id, required_language
from serving.schemas import Answer, BatchAnswer, Receipt
from serving.speaking import PARAMETERS, headers_of
from serving.tracing import tracing
from serving.work import NotScored, Outcome, Quarantined, Recorded, Scored, Submission, Work
from serving.writer import LARGEST_GROUP

router = APIRouter()

#: Where each kind of record is handed in.
PATHS = {
    "consignment": "/v1/consignments",
    "crossing": "/v1/crossings",
    "inspection": "/v1/inspections",
    "incident": "/v1/incidents",
}
_REFUSALS = problems_of(
    "malformed-json", "conflict", "too-large", "unsupported-media-type", "record-refused",
    "invalid-request", "not-yours", "too-many", "overloaded", "store-unavailable", "not-ready",
)  # fmt: skip

#: Where LightGBM explains, no more than can run at once: a crowd would keep what answers waiting.
_EXPLAINERS = ThreadPoolExecutor(os.cpu_count(), "explainer")


def _add_movement(kind: str) -> None:
    @router.post(
        PATHS[kind],
        name=f"submit_{kind}",
        summary=f"Submit a {kind}: it is stored, scored and answered",
        status_code=201,
        response_model=Answer,
        response_model_exclude_none=True,
        responses={200: {"model": Answer, "description": "Known already"}, **_REFUSALS},
        openapi_extra={**body_of(kind), "parameters": PARAMETERS},
    )
    async def submit(request: Request, reasons: bool = True) -> Response:
        return await submitted(request, kind, reasons=reasons)

    @router.post(
        f"{PATHS[kind]}/batch",
        name=f"submit_{kind}_batch",
        summary=f"Submit up to 10,000 {kind}s: each is answered for itself",
        response_model=BatchAnswer,
        responses=_REFUSALS,
        openapi_extra={**body_of(kind, batch=True), "parameters": PARAMETERS},
    )
    async def submit_batch(request: Request, reasons: bool = False) -> Response:
        return await _many(request, kind, reasons=reasons)


def _add_fact(kind: str) -> None:
    @router.post(
        PATHS[kind],
        name=f"submit_{kind}",
        summary=f"Submit an {kind}: later scores know of it",
        status_code=201,
        response_model=Receipt,
        responses={200: {"model": Receipt, "description": "Known already"}, **_REFUSALS},
        openapi_extra={**body_of(kind), "parameters": PARAMETERS},
    )
    async def submit(request: Request) -> Response:
        return await submitted(request, kind, reasons=False)


for _kind in PATHS:
    (_add_movement if _kind in SUBJECTS else _add_fact)(_kind)


@dataclass(frozen=True)
class _Asked:
    """Who asks, in which language, and where it is answered from; `alone`: whether nobody else does."""

    here: Deployment
    by: Principal
    spoken: Language
    request_id: str
    alone: Callable[[], bool]

    @classmethod
    def of(cls, request: Request) -> _Asked:
        """Raises `ProblemError` where the deployment is not ready or the language is unknown."""
        here, spoken = deployment_of(request), required_language(request)
        alone = request.scope["alone"]
        return cls(here, principal_of(request), spoken, request_id(request), alone)


async def submitted(request: Request, kind: str, *, reasons: bool) -> Response:
    """What is answered about the one record that a request's body holds.

    Args:
        request: Let in by the guard.
        kind: Of the record.
        reasons: Whether a movement's reasons are told; there are none of other records.

    Raises:
        ProblemError: where the answer is a problem.
        VardarError: where the service cannot take the record, as `problems.of_error` tells.
        SQLAlchemyError: when the store fails.
    """
    asked = _Asked.of(request)
    work = asked.here.intake.one(kind, await request.body(), door=PATHS[kind], by=asked.by)
    return await _answered(asked, kind, work, reasons=reasons)


async def _answered(asked: _Asked, kind: str, work: Work, *, reasons: bool) -> Response:
    _check_tries(asked.here, work)
    with tracing.span("store"):
        outcome = await _carried_out(asked, work)
    told = await _told(asked, kind, work, outcome, reasons=reasons)
    headers = {**told.headers, **headers_of(asked.spoken)}
    return Response(orjson.dumps(told.body), told.status, headers, "application/json")


async def _carried_out(asked: _Asked, work: Work) -> Outcome:
    here = asked.here
    if here.writer.at_once:
        # Whoever has come meanwhile comes in first: several are cheaper together.
        await asyncio.sleep(0)
        if asked.alone():
            outcome = here.writer.carry_out(work)
            if outcome is not None:
                return outcome
    return await asyncio.wrap_future(here.writer.submit([work])[0])


async def _many(request: Request, kind: str, *, reasons: bool) -> Response:
    asked = _Asked.of(request)
    here, by = asked.here, asked.by
    raw, door = await request.body(), f"{PATHS[kind]}/batch"
    works = await run_in_threadpool(here.intake.many, kind, raw, door=door, by=by)
    if not isinstance(works, list):
        return await _answered(asked, kind, works, reasons=False)
    here.access.charge_more(request, len(works) - 1)
    items = []
    for chunk in chunks(works, LARGEST_GROUP):
        outcomes = await _written(here, chunk)
        for work, result in zip(chunk, outcomes, strict=True):
            items.append(await _item(asked, kind, work, result, reasons=reasons))
    body = {**_counts(items), "items": items}
    return Response(orjson.dumps(body), 200, headers_of(asked.spoken), "application/json")


def _counts(items: Sequence[dict[str, Any]]) -> dict[str, int]:
    statuses = [item["status"] for item in items]
    # Known from the history: a conflict to the client, who gets no score, yet nothing was set aside.
    not_scored = sum(
        item.get("problem", {}).get("type") == problems.address_of("not-scored") for item in items
    )
    return {
        "accepted": statuses.count(201),
        "duplicate": statuses.count(200) + not_scored,
        "quarantined": sum(map(statuses.count, (403, 409, 422))) - not_scored,
    }


async def _written(here: Deployment, chunk: Sequence[Work]) -> Sequence[Outcome | BaseException]:
    """What became of each; the store is asked only for those that may be tried (again)."""
    tries: list[BaseException | None] = [_too_often(here, work) for work in chunk]
    may = [work for work, refused in zip(chunk, tries, strict=True) if refused is None]
    try:
        futures = [asyncio.wrap_future(future) for future in here.writer.submit(may)]
    except Exception as error:
        return [refused or error for refused in tries]
    written = iter(await asyncio.gather(*futures, return_exceptions=True))
    return [refused or next(written) for refused in tries]


def _too_often(here: Deployment, work: Work) -> ProblemError | None:
    """The problem with yet another version of a movement: variants are not to be tried out."""
    if not isinstance(work, Submission) or work.arrival.kind not in SUBJECTS:
        return None
    if here.access.budgets.may_score_again(*work.arrival.identity):
        return None
    limit = here.access.policy.re_scores
    return ProblemError(
        "too-many",
        f"A movement is scored again {limit.most} times in {limit.seconds} s.",
        told={"Retry-After": str(limit.seconds)},
    )


def _check_tries(here: Deployment, work: Work) -> None:
    refused = _too_often(here, work)
    if refused is not None:
        raise refused


async def _item(
    asked: _Asked, kind: str, work: Work, result: Outcome | BaseException, *, reasons: bool
) -> dict[str, Any]:
    instance, spoken = asked.request_id, asked.spoken
    try:
        if isinstance(result, ProblemError):
            raise result
        if isinstance(result, BaseException):
            raise problems.of_error(result, instance)
        told = await _told(asked, kind, work, result, reasons=reasons)
    except ProblemError as error:
        body = problems.problem(
            error.kind, error.detail, instance=instance, errors=error.errors, spoken=spoken
        )
        return {"status": body["status"], "problem": body}
    return {"status": told.status, "answer": told.body}


@dataclass(frozen=True)
class _Told:
    status: int
    body: Mapping[str, Any]
    headers: dict[str, str] = field(default_factory=dict)


async def _told(asked: _Asked, kind: str, work: Work, outcome: Outcome, *, reasons: bool) -> _Told:
    """What a client is told of an outcome; raises `ProblemError` where it is a problem."""
    here, spoken = asked.here, asked.spoken
    here.metrics.intake.labels(kind, _word(work, outcome)).inc()
    match outcome:
        case Quarantined():
            raise _refused(outcome, spoken)
        case NotScored():
            raise ProblemError("not-scored", problems.TYPES["not-scored"][2])
        case Scored():
            if not outcome.repeated:
                _count(here, outcome.score)
            body: Mapping[str, Any] = outcome.score.told()
            if reasons or not asked.spoken.is_english:
                body = await _explained(asked, outcome, reasons=reasons)
            shown = here.access.shown(asked.by, "Answer", body)
            location = {"Location": f"/v1/scores/{outcome.score.score_id}"}
            return _Told(200 if outcome.repeated else 201, shown, location)
        case Recorded():
            return _Told(200 if outcome.repeated else 201, _receipt(kind, work, outcome, spoken))


async def _explained(asked: _Asked, outcome: Scored, *, reasons: bool) -> Mapping[str, Any]:
    here = asked.here
    try:
        with here.metrics.part("explain"), tracing.span("explain"):
            told = partial(
                here.explainer.told,
                outcome.score,
                outcome.rows,
                spoken=asked.spoken,
                with_reasons=reasons,
            )
            # The kernel takes less than handing over to a thread and back.
            if here.explainer.is_quick:
                return told()
            return await asyncio.get_running_loop().run_in_executor(_EXPLAINERS, told)
    except Exception as error:
        log().error("not explained", score_id=outcome.score.score_id, error=type(error).__name__)
        return outcome.score.told()


def _receipt(kind: str, work: Work, outcome: Recorded, spoken: Language) -> dict[str, Any]:
    assert isinstance(work, Submission)  # noqa: S101 (a refusal is never recorded)
    record = work.arrival.record
    receipt = {
        "as_of": outcome.u,
        "kind": kind,
        "source_system": record.source_system,
        "source_record_id": record.source_record_id,
        "record_version": record.record_version,
    }
    if outcome.movement_known:
        return receipt
    warning = spoken.words(
        "The movement inspected is not known here; the outcome is kept, but counts for nobody's history."
    )
    return {**receipt, "warning": warning}


def _refused(outcome: Quarantined, spoken: Language) -> ProblemError:
    first = outcome.problems[0]
    if outcome.conflict:
        return ProblemError("conflict", first.message, errors=outcome.problems)
    if first.rule == NOT_YOURS:
        return ProblemError("not-yours", first.message, errors=outcome.problems)
    if first.rule in TEXT_RULES:
        return ProblemError("malformed-json", first.message, errors=outcome.problems)
    detail = spoken.say_counted(
        "{n} rule is broken; see errors.",
        "{n} rules are broken; see errors.",
        n=len(outcome.problems),
    )
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
