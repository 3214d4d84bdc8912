"""Where the forms of a case are sent."""

from __future__ import annotations

from urllib.parse import parse_qsl

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import RedirectResponse

from features.records.problems import FieldProblem
from serving.problems import TYPES, ProblemError
from serving.review import stepping
from serving.review.pages import asked_by
from serving.review.states import Step
from serving.review.stepping import Wanted

router = APIRouter()


@router.post("/review/cases/{case_id}/steps", include_in_schema=False)
async def take_step(request: Request, case_id: str) -> RedirectResponse:
    """Take a step, then show the case again."""
    here, by, _ = asked_by(request)
    given = dict(parse_qsl((await request.body()).decode("utf-8", "replace")))
    wanted = _wanted(given)
    await run_in_threadpool(stepping.take, here.access, by, case_id, wanted)
    return RedirectResponse(f"/review/cases/{case_id}", 303)


def _wanted(given: dict[str, str]) -> Wanted:
    try:
        step = Step(given.get("step", ""))
        version = int(given["version"]) if "version" in given else None
    except ValueError:
        fault = FieldProblem("/step", "enum", f"A step is one of {', '.join(Step)}.")
        raise ProblemError("invalid-request", TYPES["invalid-request"][2], errors=[fault]) from None
    detail = {name: given[name] for name in ("view",) if name in given}
    return Wanted(step, version, detail)
