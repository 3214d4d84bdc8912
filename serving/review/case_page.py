"""A case: what was declared and observed, one's own view, then what the model says and why."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from features.ledger.connection import reading
from serving.access.desk import Access
from serving.access.principal import Principal
from serving.problems import TYPES, ProblemError
from serving.review import cases
from serving.review.case_view import case_view
from serving.review.pages import asked_by, page
from serving.review.stepping import Seen
from serving.review.steps_page import steps_of_page

router = APIRouter()


@router.get("/review/cases/{case_id}", include_in_schema=False)
def case(request: Request, case_id: str) -> HTMLResponse:
    """The case, as far as the reader may see it now."""
    return case_as(request, "case.html", case_id)


@router.get("/review/cases/{case_id}/print", include_in_schema=False)
def printed(request: Request, case_id: str) -> HTMLResponse:
    """The case on one page of paper, as far as the reader may see it now."""
    return case_as(request, "case_print.html", case_id)


def case_as(
    request: Request, template: str, case_id: str, *, status: int = 200, **values: object
) -> HTMLResponse:
    """The case in a template, once it is kept who looked at it.

    Args:
        request: Who asks for it.
        template: Its file.
        case_id: The case.
        status: Of the answer.
        values: What the template shows besides, such as what is wrong with a form.

    Raises:
        ProblemError: unknown-case, also where the reader may not see it.
    """
    here, by, spoken = asked_by(request)
    seen = seen_by(here.access, by, case_id)
    view = case_view(here, by, seen, spoken)
    return page(
        request, template, status=status, seen=seen, case=seen.case, view=view,
        printed_at=here.ledger.clock(), **steps_of_page(here, seen, spoken), **values,
    )  # fmt: skip


def seen_by(access: Access, by: Principal, case_id: str) -> Seen:
    """A case for a reader, once it is kept who looked at it.

    Raises:
        ProblemError: unknown-case, also where the reader may not see it.
    """
    with reading(access.ledger.engine) as connection:
        found = cases.by_id(connection, case_id)
        steps = cases.steps_of(connection, case_id) if found else []
    visible = found is not None and access.sees(by, found.row)
    outcome = "shown" if visible else "hidden" if found else "unknown"
    access.consulted(by, case_id, what="case", outcome=outcome)
    if found is None or not visible:
        raise ProblemError("unknown-case", TYPES["unknown-case"][2])
    return Seen(found, steps, by)
