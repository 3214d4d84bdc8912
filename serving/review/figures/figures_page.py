"""The figures: what controls came to, whether scores held, and how people and scores get on."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from features.ledger.connection import reading
from features.registry import SUBJECTS
from models.languages import Language
from serving.access.principal import ALL, Principal
from serving.deployment import Deployment
from serving.review.figures import finds, followed, intake, judged, names, people
from serving.review.figures.asked import asked_for, whole_view
from serving.review.figures.csv_door import csv_file
from serving.review.figures.parts import parts_of
from serving.review.figures.sections import Section, tables_in
from serving.review.figures.tables import Table
from serving.review.figures.view import PERIODS, View
from serving.review.pages import asked_by, page

router = APIRouter()


@dataclass(frozen=True)
class Figures:
    """The whole page: what calls for somebody first."""

    alarms: tuple[str, ...]
    sections: tuple[Section, ...]

    @property
    def tables(self) -> Iterator[Table]:
        """Every table, in the order of the page."""
        return tables_in(self.sections)


@router.get("/review/figures", include_in_schema=False)
def figures(request: Request) -> HTMLResponse:
    """All figures of a period, of the rows and risks the reader holds."""
    here, by, spoken = asked_by(request)
    asked = asked_for(request, here, by, spoken)
    here.access.consulted(by, _subject(asked.view), what="figures", outcome="shown")
    made = figures_of(here, by, asked.view, spoken)
    return page(
        request, "figures.html", status=asked.status, view=asked.view, faults=asked.faults,
        periods=PERIODS, figures=made, csv="/review/figures",
    )  # fmt: skip


@router.get("/review/figures.csv", include_in_schema=False)
def figures_as_csv(request: Request, table: str = "") -> Response:
    """One of its tables."""
    here, by, spoken = asked_by(request)
    view = whole_view(request, here, by, spoken)
    here.access.consulted(by, f"{_subject(view)}, {table}", what="figures as CSV", outcome="shown")
    return csv_file(figures_of(here, by, view, spoken).tables, table)


def figures_of(here: Deployment, by: Principal, view: View, spoken: Language) -> Figures:
    """The figures of a view."""
    with reading(here.ledger.engine) as connection:
        reviews = people.reviews_of(connection, view)
        files = [intake.lines(connection, spoken=spoken)] if ALL in by.countries else []
    risks = [risk for risk in here.access.policy.risks if risk in by.scopes]
    sections = [_of_risk(here, view, risk, spoken) for risk in risks]
    recommended = Section(
        "recommended",
        spoken.words("Recommendations"),
        (followed.actions(view, spoken=spoken), followed.compliance(view, spoken=spoken)),
        () if view.actions else (spoken.words("Nothing was scored in this period."),),
    )
    decided = Section(
        "decided",
        spoken.words("People and the score"),
        (
            people.agreement(reviews, spoken=spoken),
            people.time_to_decide(reviews, spoken=spoken),
        ),
        tuple(people.not_there(reviews, spoken=spoken)),
    )
    unmatched = spoken.say_counted(
        "{n} inspection names a movement that is not known here, and is not counted.",
        "{n} inspections name a movement that is not known here, and are not counted.",
        n=view.unmatched,
    )
    came_in = Section(
        "intake",
        spoken.words("Intake and delays"),
        (intake.records(view, spoken=spoken), *files, intake.delays(view, spoken=spoken)),
        (unmatched,) if view.unmatched else (),
    )
    return Figures(
        alarms=(*followed.alarms(view, spoken=spoken), *people.alarms(reviews, spoken=spoken)),
        sections=(*sections, recommended, decided, came_in),
    )


def _of_risk(here: Deployment, view: View, risk: str, spoken: Language) -> Section:
    assessor = here.scoring.assessor
    targets = {subject: assessor.target_results(subject, risk) for subject in SUBJECTS}
    heads = here.champion.heads if here.champion else {}
    parts = parts_of(view, targets)
    return Section(
        f"risk-{risk}",
        names.risk(risk, spoken),
        (
            finds.by_reason(parts, risk=risk, spoken=spoken),
            finds.at_capacity(parts, view, risk=risk, spoken=spoken),
            judged.calibration(view, targets, risk=risk, spoken=spoken),
            judged.drift(view, heads, risk=risk, spoken=spoken),
            finds.by_week(parts, view, risk=risk, spoken=spoken),
            finds.by_post(parts, risk=risk, spoken=spoken),
            finds.by_class(parts, risk=risk, spoken=spoken),
        ),
    )


def _subject(view: View) -> str:
    return f"figures of {view.days} days" + (f" at {view.post}" if view.post else "")
