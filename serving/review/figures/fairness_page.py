"""How groups are treated, for those who oversee: only counts of groups, never one movement."""

from __future__ import annotations

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from features.ledger.connection import reading
from features.registry import SUBJECTS
from models.languages import Language
from serving.access.principal import Principal
from serving.deployment import Deployment
from serving.review.figures import fairness
from serving.review.figures.asked import asked_for, whole_view
from serving.review.figures.csv_door import csv_file
from serving.review.figures.gate_record import of_gate
from serving.review.figures.sections import Section, tables_in
from serving.review.figures.view import PERIODS, View
from serving.review.pages import asked_by, page

router = APIRouter()


@router.get("/review/fairness", include_in_schema=False)
def fairness_figures(request: Request) -> HTMLResponse:
    """Selection, finds and abstentions by group."""
    here, by, spoken = asked_by(request)
    asked = asked_for(request, here, by, spoken)
    here.access.consulted(
        by, f"fairness of {asked.view.days} days", what="fairness", outcome="shown"
    )
    sections = sections_of(here, by, asked.view, spoken)
    selected = [t for t in tables_in(sections) if t.name.startswith(("selection-", "recommended-"))]
    return page(
        request, "figures_fairness.html", status=asked.status, view=asked.view, faults=asked.faults,
        periods=PERIODS, sections=sections, outside=fairness.outside(selected),
    )  # fmt: skip


@router.get("/review/fairness.csv", include_in_schema=False)
def fairness_as_csv(request: Request, table: str = "") -> Response:
    """One of its tables."""
    here, by, spoken = asked_by(request)
    view = whole_view(request, here, by, spoken)
    here.access.consulted(
        by, f"fairness of {view.days} days, {table}", what="fairness as CSV", outcome="shown"
    )
    return csv_file(tables_in(sections_of(here, by, view, spoken)), table)


def sections_of(here: Deployment, by: Principal, view: View, spoken: Language) -> list[Section]:
    """The tables of the page."""
    assessor = here.scoring.assessor
    risks = [risk for risk in here.access.policy.risks if risk in by.scopes]
    targets = {
        risk: {subject: assessor.target_results(subject, risk) for subject in SUBJECTS}
        for risk in risks
    }
    treated = [
        (name, title, fairness.treatment(view, targets, group_of))
        for name, (title, group_of) in fairness.groupings(spoken).items()
    ]
    with reading(here.ledger.engine) as connection:
        by_plate = fairness.treatment_by_plate(connection, view, targets)
    treated.append(("plate", spoken.words("By country of the plate"), by_plate))
    sections = [
        Section(
            name,
            title,
            (
                fairness.selection(of, name=name, title=title, spoken=spoken),
                fairness.recommended(of, name=name, title=title, spoken=spoken),
                *(
                    fairness.finds(of, name=name, title=title, risk=risk, spoken=spoken)
                    for risk in risks
                ),
            ),
        )
        for name, title, of in treated
    ]
    silent = tuple(fairness.abstentions(view, risk=risk, spoken=spoken) for risk in risks)
    sections.append(Section("abstained", spoken.words("Where models keep silent"), silent))
    champion = here.champion
    gate = of_gate(here.settings.home, champion.pointer_sha256, spoken=spoken) if champion else None
    sections.append(
        Section(
            "gate",
            spoken.words("Before it served"),
            (gate,) if gate else (),
            ()
            if gate
            else (
                spoken.words(
                    "No gate has measured the heads that serve: they are the first, or their "
                    "record is kept elsewhere."
                ),
            ),
        )
    )
    return sections
