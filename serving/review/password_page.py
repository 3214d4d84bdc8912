"""Where somebody takes another password."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from features.ledger.connection import reading
from features.records.problems import FieldProblem
from models.languages import Language
from serving.access import accounts
from serving.access.policy import Sessions
from serving.review.faults import Fault
from serving.review.pages import asked_by, page

router = APIRouter()


@router.get("/review/password", include_in_schema=False)
def form(request: Request) -> HTMLResponse:
    """The form."""
    return _shown(request, [], 200)


def again(request: Request, problems: Sequence[FieldProblem]) -> HTMLResponse:
    """The form once more, with what was wrong; passwords are not kept."""
    here, _, spoken = asked_by(request)
    settings = here.access.policy.sessions
    return _shown(request, [_fault(one, settings, spoken) for one in problems], 422)


def _shown(request: Request, faults: Sequence[Fault], status: int) -> HTMLResponse:
    here, by, _ = asked_by(request)
    with reading(here.ledger.engine) as connection:
        account = accounts.by_id(connection, by.id.removeprefix("account:"))
    return page(
        request,
        "password.html",
        status=status,
        faults=faults,
        has_password=account is not None and account.has_password,
        shortest=here.access.policy.sessions.shortest_password,
    )


def _fault(problem: FieldProblem, settings: Sessions, spoken: Language) -> Fault:
    field = problem.field.lstrip("/")
    match problem.rule:
        case "wrong":
            said = spoken.words("The current password is wrong.")
        case "equal":
            said = spoken.words("The new password was typed in two ways. Type it twice alike.")
        case "length":
            said = spoken.say(
                "The new password is too short or too long. Take {least} to {most} characters.",
                least=settings.shortest_password,
                most=accounts.LONGEST_PASSWORD,
            )
        case _ if field == "current":
            said = spoken.words("Type your current password.")
        case _:
            said = spoken.words("Type a new password.")
    return Fault(field, said)
