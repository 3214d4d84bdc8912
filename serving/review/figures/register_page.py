"""The transparency register: what is scored and why, from what, who decides, and how to contest."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from fastapi import APIRouter, Request
from starlette.responses import HTMLResponse, Response

from models.languages import Language
from serving.deployment import Deployment
from serving.review.figures import register
from serving.review.figures.csv_door import csv_file
from serving.review.figures.tables import Table
from serving.review.pages import asked_by, page

router = APIRouter()

_DAYS = 365


@dataclass(frozen=True)
class Office:
    """Whom to turn to, as the office says it at home; "" for what it does not say."""

    name: str = ""
    address: str = ""
    contact: str = ""
    data_protection: str = ""


@router.get("/review/register", include_in_schema=False)
def transparency_register(request: Request) -> HTMLResponse:
    """The register."""
    here, _, spoken = asked_by(request)
    used, never, refused, public = tables_of(here, spoken)
    return page(
        request, "figures_register.html", used=used, never=never, refused=refused, public=public,
        office=office_of(here.settings.home), csv="/review/register.csv",
    )  # fmt: skip


@router.get("/review/register.csv", include_in_schema=False)
def register_as_csv(request: Request, table: str = "") -> Response:
    """One of its tables."""
    here, _, spoken = asked_by(request)
    return csv_file(tables_of(here, spoken), table)


def tables_of(here: Deployment, spoken: Language) -> tuple[Table, Table, Table, Table]:
    """Fields used, never used, attributes refused, and public figures."""
    with here.facts.of_today(here.champion) as facts:
        public = register.public_figures(facts, now=here.ledger.clock(), days=_DAYS, spoken=spoken)
    return (
        register.fields_used(here.ledger.features, spoken=spoken),
        register.fields_never_used(spoken=spoken),
        register.attributes_refused(spoken=spoken),
        public,
    )


def office_of(home: Path) -> Office:
    """The office that answers, where `HOME/deployment.yaml` names it."""
    try:
        told: Any = yaml.safe_load((home / "deployment.yaml").read_text("utf-8"))
    except (OSError, yaml.YAMLError):
        return Office()
    if not isinstance(told, dict):
        return Office()
    controller = told.get("controller") or {}
    officer = told.get("data_protection_officer") or {}
    return Office(
        name=str(controller.get("name") or ""),
        address=str(controller.get("address") or ""),
        contact=str(controller.get("contact") or ""),
        data_protection=str(officer.get("contact") or ""),
    )
