"""What those who answer for a deployment decide over HTTP: whether the models may speak."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Literal

import orjson
from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, StringConstraints
from starlette.responses import Response

from serving.access.principal import principal_of
from serving.deployment import deployment_of
from serving.describing import problems_of
from serving.schemas import SwitchState
from serving.switching import switch

router = APIRouter()


class SwitchRequest(BaseModel):
    """What is to hold, and why."""

    model_config = ConfigDict(extra="forbid")

    mode: Literal["model", "rules"]
    reason: Annotated[str, StringConstraints(strip_whitespace=True, min_length=3, max_length=500)]


_EXAMPLE = {"mode": "model", "reason": "The drill is over."}


@router.post(
    "/v1/switch",
    summary="The kill switch: whether the models may speak",
    response_model=SwitchState,
    openapi_extra={"requestBody": {"content": {"application/json": {"example": _EXAMPLE}}}},
    responses=problems_of(
        "malformed-json",
        "unsupported-media-type",
        "too-large",
        "invalid-request",
        "store-unavailable",
        "not-ready",
    ),
)
def switch_models(request: Request, wanted: SwitchRequest) -> Response:
    """With `rules`, no model is asked from the next record on, on all workers and hosts, until `model`."""
    here, by = deployment_of(request), principal_of(request)
    found = switch(here.ledger, wanted.mode, actor=by.id, reason=wanted.reason)
    shown = here.access.shown(by, "SwitchState", asdict(found))
    return Response(orjson.dumps(shown), media_type="application/json")
