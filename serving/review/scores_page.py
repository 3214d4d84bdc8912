"""Every score of a movement: versions and epochs, what was superseded, and by what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse

from features.ledger.connection import reading
from models.languages import Language
from models.verdicts import band_in_words
from serving import scores
from serving.access.rows import rows_of
from serving.answers import Score
from serving.deployment import Deployment
from serving.review import drills
from serving.review.case_page import seen_by
from serving.review.pages import asked_by, page
from serving.review.stepping import Seen

router = APIRouter()


@dataclass(frozen=True)
class Version:
    """One version of the record, and what was answered about it.

    Attributes:
        u: When it became known.
        model: Name and version; None where rules and chance decided, or nothing was answered.
        bands: By risk, in words; empty where the reader may not see any yet.
        superseded: Whether a later version stands.
    """

    number: int
    u: int
    epoch: int | None
    score_id: str | None
    model: str | None
    model_sha256: str | None
    bands: Mapping[str, str | None]
    superseded: bool


@router.get("/review/cases/{case_id}/scores", include_in_schema=False)
def every_score(request: Request, case_id: str) -> HTMLResponse:
    """What was answered about each version, the latest last."""
    here, by, spoken = asked_by(request)
    seen = seen_by(here.access, by, case_id)
    role = here.access.policy.roles[by.role]
    told = seen.revealed or not role.own_view_first
    found = versions(here, seen, spoken, told=told)
    risks = sorted({risk for version in found for risk in version.bands})
    return page(
        request, "scores.html", seen=seen, case=seen.case, versions=found, told=told, risks=risks
    )


def versions(here: Deployment, seen: Seen, spoken: Language, *, told: bool) -> Sequence[Version]:
    """The versions that the reader may see, ascending."""
    case, by = seen.case, seen.by
    with reading(here.ledger.engine) as connection:
        known = scores.of_movement(
            connection,
            kind=case.kind,
            source_system=case.source_system,
            source_record_id=case.source_record_id,
        )
        rows = rows_of(
            connection, source_system=case.source_system, source_record_id=case.source_record_id
        )
    visible = [one for one in known if here.access.sees(by, rows.get((case.kind, one[1])))]
    last = max((number for number, _, _ in known), default=0)
    return [
        _version(here, seen, spoken, number, u, score, told=told, superseded=number < last)
        for number, u, score in visible
    ]


def _version(
    here: Deployment,
    seen: Seen,
    spoken: Language,
    number: int,
    u: int,
    score: Score | None,
    *,
    told: bool,
    superseded: bool,
) -> Version:
    if score is None:
        return Version(number, u, None, None, None, None, {}, superseded)
    answer = here.access.shown(seen.by, "Answer", score.told())
    drill = drills.current(seen) if score.score_id == seen.case.score_id else None
    bands = {}
    for risk, said in answer.get("risks", {}).items() if told else ():
        band = drill.shown_band if drill and drill.risk == risk else said.get("band")
        bands[risk] = band and band_in_words(band, language=spoken)
    model = answer.get("model") or None
    return Version(
        number=number,
        u=u,
        epoch=score.epoch,
        score_id=score.score_id,
        model=model and f"{model['name']} {model['version']}",
        model_sha256=model and model["sha256"],
        bands=bands,
        superseded=superseded,
    )
