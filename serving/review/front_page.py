"""The first page: what this is, where people sign in, what serves, and how to send a first record."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from models.languages import Language
from models.verdicts import why_no_model
from serving.deployment import deployment_of
from serving.describing import fresh_example
from serving.looking_up import serving_model
from serving.review.pages import page
from serving.speaking import spoken_on_pages

router = APIRouter()


@router.get("/", include_in_schema=False)
def front(request: Request) -> HTMLResponse:
    """The page."""
    here, spoken = deployment_of(request), spoken_on_pages(request)
    serving = serving_model(here)
    example = fresh_example("consignment", here.intake.now())
    return page(
        request,
        "front.html",
        serving=serving,
        heads=[_head(head, spoken) for head in serving["heads"]],
        curl=_curl(example, str(request.base_url)),
    )


def _head(head: Mapping[str, Any], spoken: Language) -> dict[str, Any]:
    """What the table says of a head, or of the rules in its place."""
    subjects = {
        "consignment": spoken.words("Consignments"),
        "crossing": spoken.words("Crossings"),
    }
    named = {"arms": spoken.words("arms"), "smuggling": spoken.words("smuggling")}
    risk = head["risk"]
    told = {
        "subject": subjects[head["subject"]],
        "risk": named.get(risk) or risk.replace("_", " "),
    }
    if "rules_only" in head:
        why = why_no_model(head["rules_only"], language=spoken)
        return {**told, "by": spoken.words("Rules and chance"), "learnt": why}
    learnt = spoken.say(
        "{hits} finds in {rows} movements, {first} to {last}",
        hits=spoken.signed(f"{head['trained_hits']:,}"),
        rows=spoken.signed(f"{head['trained_rows']:,}"),
        first=head["trained_from"][:10],
        last=head["trained_to"][:10],
    )
    return {
        **told,
        "by": spoken.say("Model {version}", version=head["version"]),
        "learnt": learnt,
    }


def _curl(example: Mapping[str, Any], base: str) -> str:
    """A request that is accepted now, with a key in `KEY`."""
    body = orjson.dumps(example, option=orjson.OPT_INDENT_2).decode()
    key = '-H "Authorization: Bearer $KEY"'
    return f"curl --json @- {key} {base}v1/consignments <<'EOF'\n{body}\nEOF"
