"""Search: a movement by the reference on its papers."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from features.ledger.connection import reading
from serving.review import searching
from serving.review.faults import Fault
from serving.review.pages import asked_by, page
from serving.review.queue_rows import rows_of

router = APIRouter()

#: No reference is longer.
LONGEST = 200


@router.get("/review/search", include_in_schema=False)
def search(request: Request, reference: str = "") -> Response:
    """What bears the reference or begins so; the case itself where it is one alone."""
    here, by, spoken = asked_by(request)
    reference = reference.strip()
    typed: dict[str, Any] = {
        "reference": reference,
        "faults": (),
        "found": None,
        "rows": [],
        "most": searching.MOST,
        "shortest": searching.SHORTEST_BEGINNING,
    }
    if not reference:
        return page(request, "search.html", **typed)
    if len(reference) > LONGEST:
        said = spoken.say("No reference is longer than {n} characters. Shorten it.", n=LONGEST)
        typed["faults"] = [Fault("reference", said)]
        return page(request, "search.html", status=422, **typed)
    with reading(here.ledger.engine) as connection:
        found = searching.search(connection, here.access, by, reference)
        rows = rows_of(connection, here.access, by, found.cases, spoken=spoken)
    here.access.consulted(by, reference, what="search", outcome=found.outcome)
    if len(found.cases) == 1:
        return RedirectResponse(f"/review/cases/{found.cases[0].case_id}", 303)
    return page(request, "search.html", **typed | {"found": found, "rows": rows})
