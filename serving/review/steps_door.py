"""Where the forms of a case are sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse, Response

from features.records.problems import FieldProblem
from serving.problems import TYPE_HEADER, TYPES, ProblemError
from serving.review import correcting, decisions, handling, outcome, own_view, stepping
from serving.review.forms import Form, FormRefused
from serving.review.known import Known, known_of
from serving.review.pages import asked_by, page
from serving.review.states import Step
from serving.review.stepping import Seen, Wanted
from serving.review.steps_page import steps_of_page
from serving.review.trail import entry, is_blind, since, typed_lines

router = APIRouter()

#: How the form of each step is read. Some hand a record in, and only then are steps.
READERS: Mapping[Step, Callable[[Form, Known], Wanted]] = {
    Step.VIEW: own_view.view,
    Step.REVEAL: own_view.reveal,
    Step.DECIDE: decisions.decide,
    Step.OVERRIDE: decisions.override,
    Step.REFER: decisions.refer,
    Step.APPROVE: partial(decisions.answer, step=Step.APPROVE),
    Step.DECLINE: partial(decisions.answer, step=Step.DECLINE),
    Step.RECORD_OUTCOME: outcome.record_outcome,
    Step.CONFIRM_OUTCOME: outcome.confirm_outcome,
    Step.CLOSE: decisions.close,
    Step.WITHDRAW: partial(decisions.explained, step=Step.WITHDRAW),
    Step.REOPEN: partial(decisions.explained, step=Step.REOPEN),
    Step.TAKE: handling.take,
    Step.HAND_OVER: handling.hand_over,
    Step.CORRECT: correcting.correct,
}

#: What colleagues do meanwhile does not touch these.
_WHATEVER_MEANWHILE = frozenset({Step.VIEW, Step.REVEAL})

#: A record has gone in already: the step that tells of it is not held up by what came between.
_AFTER_A_RECORD = frozenset({Step.RECORD_OUTCOME, Step.CONFIRM_OUTCOME, Step.CORRECT})


@router.post("/review/cases/{case_id}/steps", include_in_schema=False)
async def take_step(request: Request, case_id: str) -> Response:
    """Take a step, then show the case again."""
    given = await form_of(request)
    return await run_in_threadpool(taken, request, case_id, given.get("step", ""), given)


async def form_of(request: Request) -> dict[str, str]:
    """The fields of a form; of a field that is there twice the last counts."""
    body = (await request.body()).decode("utf-8", "replace")
    return dict(parse_qsl(body, keep_blank_values=True))


def taken(request: Request, case_id: str, asked: str, given: Mapping[str, str]) -> Response:
    """What becomes of a step: the case again, or the form again with what is wrong.

    Raises:
        ProblemError: where it is refused, to whoever does not read pages; every refusal is audited.
    """
    here, by, spoken = asked_by(request)
    access = here.access
    try:
        with stepping.refusals(access, by, case_id, asked):
            seen = stepping.seen_now(access, by, case_id)
            step, version = _asked(asked, given)
            if step is Step.REVEAL and seen.revealed:
                # Clicked twice: it is shown already.
                return _case_again(case_id)
            _check_version(seen, step, version)
            stepping.check_may(seen, step)
            wanted = READERS[step](Form(given, spoken), known_of(here, seen))
    except FormRefused as refused:
        if refused.because:
            stepping.refuse(access, by, case_id, asked, because=refused.because)
        return _form_again(request, seen, step, given, refused)
    except ProblemError as error:
        return _refused(request, case_id, asked, given, error)
    free = step in _WHATEVER_MEANWHILE or step in _AFTER_A_RECORD
    wanted = Wanted(wanted.step, None if free else seen.case.version, wanted.detail, wanted.changes)
    try:
        stepping.take(access, by, case_id, wanted)
    except ProblemError as error:
        return _refused(request, case_id, asked, given, error)
    return _case_again(case_id)


def _asked(asked: str, given: Mapping[str, str]) -> tuple[Step, int | None]:
    step = next((step for step in READERS if step.value == asked), None)
    version = given.get("version", "")
    faults = []
    if step is None:
        faults.append(FieldProblem("/step", "enum", f"A step is one of {', '.join(READERS)}."))
    if version and not (version.isascii() and version.isdigit() and len(version) < 10):
        faults.append(FieldProblem("/version", "int", "A version is a whole number."))
    if step is None or faults:
        raise ProblemError("invalid-request", TYPES["invalid-request"][2], errors=faults)
    return step, int(version) if version else None


def _check_version(seen: Seen, step: Step, version: int | None) -> None:
    if version in (None, seen.case.version) or step in _WHATEVER_MEANWHILE:
        return
    raise ProblemError("changed-meanwhile", TYPES["changed-meanwhile"][2])


def _case_again(case_id: str) -> Response:
    return RedirectResponse(f"/review/cases/{case_id}", 303)


def _form_again(
    request: Request, seen: Seen, step: Step, given: Mapping[str, str], refused: FormRefused
) -> Response:
    """The form with what was typed, and above it what is wrong, each linked to its field."""
    here, _, spoken = asked_by(request)
    return page(
        request,
        "step_again.html",
        status=422,
        seen=seen,
        case=seen.case,
        step=step.value,
        given=given,
        faults=refused.faults,
        meanwhile=[],
        typed_lines=[],
        **_more(here, seen, step, spoken),
    )


def _refused(
    request: Request, case_id: str, asked: str, given: Mapping[str, str], error: ProblemError
) -> Response:
    """A page that says what is in the way; of a conflict, who did what, and what one typed."""
    here, by, spoken = asked_by(request)
    status = TYPES[error.kind][0]
    if error.kind == "changed-meanwhile":
        seen = stepping.seen_now(here.access, by, case_id)
        known = known_of(here, seen)
        blind = is_blind(known)
        version = int(given.get("version") or seen.case.version)
        made = page(
            request,
            "step_again.html",
            status=status,
            seen=seen,
            case=seen.case,
            step=asked,
            given=given,
            faults=[],
            typed_lines=typed_lines(Step(asked), given, known.colleagues, spoken),
            meanwhile=[entry(done, known, spoken, blind=blind) for done in since(known, version)],
            **_more(here, seen, Step(asked), spoken),
        )
    elif "text/html" in request.headers.get("accept", ""):
        made = page(
            request,
            "step_refused.html",
            status=status,
            case_id=case_id,
            title=spoken.words(TYPES[error.kind][1]),
            way_out=spoken.words(error.detail),
            known=error.kind != "unknown-case",
        )
    else:
        raise error
    made.headers[TYPE_HEADER] = error.kind
    return made


def _more(here: object, seen: Seen, step: Step, spoken: object) -> dict[str, object]:
    """What the form stands on."""
    found = steps_of_page(here, seen, spoken)  # type: ignore[arg-type]
    if step is Step.CORRECT:
        found |= correcting.form_of(here, seen, spoken)  # type: ignore[arg-type]
    return found
