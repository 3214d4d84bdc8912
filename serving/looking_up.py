"""What was answered, why, and by which model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Annotated, Any

import orjson
from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from features.ledger.connection import reading
from models.languages import Language
from serving import scores
from serving.access.principal import Principal, principal_of
from serving.access.rows import row_at, rows_of
from serving.answers import Score
from serving.assessing import Assessor, highest_band
from serving.deployment import Deployment, deployment_of
from serving.describing import problems_of
from serving.problems import TYPES, ProblemError, required_language
from serving.review.withheld import is_withheld
from serving.schemas import Answer, Explanation, MovementsFound, ServingModel
from serving.speaking import PARAMETERS, headers_of
from serving.switching import current_switch

router = APIRouter()

_REFUSALS = problems_of(
    "unknown-score",
    "own-view-first",
    "invalid-request",
    "model-unavailable",
    "store-unavailable",
    "not-ready",
)

_Reference = Annotated[str, Query(min_length=1, max_length=200)]


@router.get(
    "/v1/scores/{score_id}",
    summary="What was answered",
    response_model=Answer,
    responses=_REFUSALS,
    openapi_extra={"parameters": PARAMETERS},
)
def answered(request: Request, score_id: str) -> Response:
    """The answer as it was given, its reasons made anew from what was stored with it."""
    here, by, spoken = deployment_of(request), principal_of(request), required_language(request)
    score = _score(here, by, score_id, what="score")
    told = here.explainer.told(score, None, spoken=spoken)
    return _json(here.access.shown(by, "Answer", told), headers_of(spoken))


@router.get(
    "/v1/scores/{score_id}/explanation",
    summary="Everything behind a score",
    response_model=Explanation,
    responses=_REFUSALS,
    openapi_extra={"parameters": PARAMETERS},
)
def explained(request: Request, score_id: str) -> Response:
    """All reasons, the contribution of each column in log-odds, and the sums."""
    here, by, spoken = deployment_of(request), principal_of(request), required_language(request)
    score = _score(here, by, score_id, what="explanation")
    told = here.explainer.explanation(score, spoken=spoken)
    return _json(here.access.shown(by, "Explanation", told), headers_of(spoken))


@router.get(
    "/v1/movements",
    summary="A movement by one's own reference",
    response_model=MovementsFound,
    responses=problems_of("unknown-movement", "invalid-request", "store-unavailable", "not-ready"),
    openapi_extra={"parameters": PARAMETERS},
)
def movements(
    request: Request, source_system: _Reference, source_record_id: _Reference
) -> Response:
    """All versions of the movements that bear the reference, each with its score.

    Whoever has to record a view of their own first is told that there are scores, and nothing of them.
    """
    here, by, spoken = deployment_of(request), principal_of(request), required_language(request)
    with reading(here.ledger.engine) as connection:
        found = scores.kinds_of(
            connection, source_system=source_system, source_record_id=source_record_id
        )
        rows = rows_of(connection, source_system=source_system, source_record_id=source_record_id)
        withheld = {
            kind
            for kind in found
            if is_withheld(
                connection, here.access, by, kind=kind, source_system=source_system,
                source_record_id=source_record_id,
            )
        }  # fmt: skip
    visible = {
        kind: [one for one in versions if here.access.sees(by, rows.get((kind, one[1])))]
        for kind, versions in found.items()
    }
    told = [
        _withheld(here, by, kind, source_system, source_record_id, versions)
        if kind in withheld
        else _movement(here, by, spoken, kind, source_system, source_record_id, versions)
        for kind, versions in visible.items()
        if versions
    ]
    outcome = "shown" if told else "hidden" if found else "unknown"
    if told and withheld:
        outcome = "withheld"
    here.access.consulted(
        by, f"{source_system} {source_record_id}", what="movement", outcome=outcome
    )
    if not told:
        raise ProblemError("unknown-movement", TYPES["unknown-movement"][2])
    return _json({"movements": told}, headers_of(spoken))


def _movement(
    here: Deployment,
    by: Principal,
    spoken: Language,
    kind: str,
    source_system: str,
    source_record_id: str,
    versions: list[tuple[int, int, Score | None]],
) -> Any:
    body = {
        "kind": kind,
        "source_system": source_system,
        "source_record_id": source_record_id,
        "bands": _bands([score for _, _, score in versions if score]),
        "versions": [
            {
                "record_version": version,
                "as_of": u,
                "score": score
                and here.access.shown(
                    by,
                    "Answer",
                    here.explainer.told(score, None, spoken=spoken, with_reasons=False),
                ),
            }
            for version, u, score in versions
        ],
    }
    return here.access.shown(by, "MovementVersions", body)


def _withheld(
    here: Deployment,
    by: Principal,
    kind: str,
    source_system: str,
    source_record_id: str,
    versions: list[tuple[int, int, Score | None]],
) -> Any:
    """The movement without anything of its scores."""
    body = {
        "kind": kind,
        "source_system": source_system,
        "source_record_id": source_record_id,
        "own_view_first": True,
        "versions": [{"record_version": version, "as_of": u} for version, u, _ in versions],
    }
    return here.access.shown(by, "MovementVersions", body)


@router.get(
    "/v1/model",
    summary="What serves now",
    response_model=ServingModel,
    responses=problems_of("not-ready"),
)
def model(request: Request) -> Response:
    """The model that serves, head by head, and the features, rules and capacity beside it."""
    here, by = deployment_of(request), principal_of(request)
    return _json(here.access.shown(by, "ServingModel", serving_model(here)))


def serving_model(here: Deployment) -> dict[str, Any]:
    """What serves now, as `/v1/model` tells it."""
    assessor, in_force = here.scoring.assessor, here.scoring.in_force
    champion, configuration = in_force.champion, in_force.configuration
    return {
        "model": champion
        and {
            "name": champion.name,
            "version": champion.version,
            "sha256": champion.pointer_sha256,
        },
        "signed_by": sorted(champion.signed_by) if champion else [],
        "heads": _heads(assessor),
        "features_sha256": assessor.features.sha256,
        "rules_sha256": assessor.rules_sha256,
        "configuration": {
            "sha256": configuration.sha256,
            "signed_by": sorted(configuration.signed_by),
            "default_capacity": asdict(configuration.capacities.default),
            "posts_with_their_own": sorted(configuration.capacities.posts),
        },
        "switch": asdict(current_switch(here.ledger)),
        "not_taken_up": here.hot_swap.refused,
        "epoch": here.ledger.epoch.number,
        "rehearsal": here.scoring.rehearsal,
    }


def _heads(assessor: Assessor) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for (subject, risk), why_not in assessor.risks.items():
        head = assessor.heads.get((subject, risk))
        if head is None:
            told.append({"subject": subject, "risk": risk, "rules_only": why_not})
            continue
        card = head.card
        told.append(
            {
                "subject": subject,
                "risk": risk,
                "version": card.version,
                "manifest_sha256": head.manifest_sha256,
                "kind": card.kind,
                "target_results": card.target_results,
                "base_rate": card.base_rate,
                "bands": dict(card.bands),
                "trained_from": card.trained_from,
                "trained_to": card.trained_to,
                "trained_rows": card.trained_rows,
                "trained_hits": card.trained_hits,
                "metrics": card.metrics,
                "columns": card.column_names,
                "explained_by": head.explained_by,
                "explanations_differ_by": head.largest_difference,
            }
        )
    return told


def _bands(found: list[Score]) -> dict[str, str | None]:
    by_risk: dict[str, list[Any]] = {}
    for score in found:
        for risk, said in score.answer["risks"].items():
            by_risk.setdefault(risk, []).append(said["movement_band"])
    return {risk: highest_band(bands) for risk, bands in by_risk.items()}


def _score(here: Deployment, by: Principal, score_id: str, *, what: str) -> Score:
    """The score, once it is kept who looked at it; one that may not be seen does not exist.

    Raises:
        ProblemError: unknown-score, or own-view-first.
    """
    with reading(here.ledger.engine) as connection:
        score = scores.by_id(connection, score_id)
        row = row_at(connection, epoch=score.epoch, u=score.u) if score else None
        withheld = score is not None and is_withheld(
            connection, here.access, by, **_identity(score)
        )
    seen = here.access.sees(by, row)
    outcome = "hidden" if score else "unknown"
    if seen:
        outcome = "withheld" if withheld else "shown"
    here.access.consulted(by, score_id, what=what, outcome=outcome)
    if score is None or not seen:
        raise ProblemError("unknown-score", TYPES["unknown-score"][2])
    if withheld:
        raise ProblemError("own-view-first", TYPES["own-view-first"][2])
    return score


def _identity(score: Score) -> dict[str, str]:
    movement = score.answer["movement"]
    return {name: movement[name] for name in ("kind", "source_system", "source_record_id")}


def _json(body: Mapping[str, Any], headers: Mapping[str, str] | None = None) -> Response:
    return Response(orjson.dumps(body), headers=headers, media_type="application/json")
