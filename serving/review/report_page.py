"""The report that a trader or a court may be given about a movement and what was decided.

It says what was recorded, that a person decided, and how to contest it. It says nothing that would
teach anyone to aim: no band, no reason, no threshold; and it names no officer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import HTMLResponse

from features.ledger.audit import AuditEvent
from features.ledger.connection import reading
from models.languages import Language
from serving import scores
from serving.answers import Score
from serving.deployment import Deployment
from serving.review import correctable, step_words
from serving.review.case_page import seen_by
from serving.review.correcting import stored_body
from serving.review.forms import Form, FormRefused
from serving.review.history import standing
from serving.review.pages import asked_by, page
from serving.review.post_time import zone_of
from serving.review.stepping import Seen
from serving.review.steps_door import form_of

router = APIRouter()

#: Longest reference of whoever asked, such as a court's file number.
_LONGEST_REFERENCE = 100


@dataclass(frozen=True)
class Report:
    """What is told.

    Attributes:
        recorded: What was recorded of the movement: what it is, and its value.
        scored: When each version was scored, and by which model; None where rules and chance did.
        decision: In words; None where nobody has decided yet.
        decided_at: Microseconds since 1970 UTC.
    """

    recorded: Sequence[tuple[str, str]]
    scored: Sequence[tuple[int, int, str | None]]
    decision: str | None
    reason: str | None
    decided_at: int | None


@router.get("/review/cases/{case_id}/report", include_in_schema=False)
def ask(request: Request, case_id: str) -> HTMLResponse:
    """What it is for, before it is made: giving something away is kept with its purpose."""
    here, by, spoken = asked_by(request)
    seen = seen_by(here.access, by, case_id)
    return _asking(request, seen, spoken)


@router.post("/review/cases/{case_id}/report", include_in_schema=False)
async def give(request: Request, case_id: str) -> HTMLResponse:
    """The report, once it is kept who gave it away and what for."""
    given = await form_of(request)
    return await run_in_threadpool(_given, request, case_id, given)


def report(here: Deployment, seen: Seen, spoken: Language) -> Report:
    """What may be told of a case."""
    case = seen.case
    with reading(here.ledger.engine) as connection:
        known = scores.of_movement(
            connection,
            kind=case.kind,
            source_system=case.source_system,
            source_record_id=case.source_record_id,
        )
    decision = standing(seen.steps).decision
    reasons = step_words.reasons_told_outside(spoken)
    return Report(
        recorded=_recorded(here, seen, spoken),
        scored=[(number, u, _model(score)) for number, u, score in known if score],
        decision=step_words.actions(spoken)[decision.action] if decision else None,
        reason=reasons.get(decision.step.detail.get("reason", "")) if decision else None,
        decided_at=decision.step.at if decision else None,
    )


def _given(request: Request, case_id: str, given: Mapping[str, str]) -> HTMLResponse:
    here, by, spoken = asked_by(request)
    seen = seen_by(here.access, by, case_id)
    form = Form(given, spoken)
    purpose = form.choice("purpose", step_words.purposes(spoken), spoken.words("What it is for"))
    reference = given.get("reference", "").strip()
    if not 3 <= len(reference) <= _LONGEST_REFERENCE:
        form.fault(
            "reference",
            spoken.words("Reference: write the number of the request, so that it can be found."),
        )
    try:
        form.check()
    except FormRefused as refused:
        return _asking(request, seen, spoken, status=422, given=given, faults=refused.faults)
    told = {"purpose": purpose, "reference": reference, "score_id": seen.case.score_id}
    here.access.recorder.record(AuditEvent(by.id, "disclose", case_id, told)).result()
    return page(
        request,
        "report.html",
        seen=seen,
        case=seen.case,
        report=report(here, seen, spoken),
        reference=reference,
        zone=zone_of(seen.case.owner_country).key,
        made_at=here.ledger.clock(),
    )


def _asking(
    request: Request,
    seen: Seen,
    spoken: Language,
    *,
    status: int = 200,
    given: Mapping[str, str] | None = None,
    faults: Sequence[Any] = (),
) -> HTMLResponse:
    return page(
        request,
        "report_ask.html",
        status=status,
        seen=seen,
        case=seen.case,
        purposes=step_words.purposes(spoken),
        given=given or {},
        faults=faults,
    )


def _recorded(here: Deployment, seen: Seen, spoken: Language) -> list[tuple[str, str]]:
    """The record's own fields; whom the pseudonyms stand for is not known here."""
    case = seen.case
    body, zone = stored_body(here, case), zone_of(case.owner_country)
    words = {"yes": spoken.words("yes"), "no": spoken.words("no"), **step_words.choices(spoken)}
    found = []
    for field in correctable.fields(case.kind, body, spoken):
        value = correctable.typed(field, field.of(body), zone)
        if value:
            told = words.get(value, value) if field.shape in ("claim", "choice") else value
            found.append((field.label, told.replace("T", " ") if field.shape == "moment" else told))
    return found


def _model(score: Score) -> str | None:
    model = score.answer["model"]
    return model and f"{model['name']} {model['version']} ({model['sha256'][:12]})"
