"""People at work on cases, in tests: cases that are open, views recorded, scores shown."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import orjson
from sqlalchemy import select

from features.ledger import tables
from features.ledger.connection import reading
from serving.deployment import Deployment, open_deployment
from serving.review import cases
from serving.review.cases import Case, Done
from serving.work import Scored
from tests.access import POST, known, person
from tests.deployments import Client, a_home, submitted

#: A text that is long enough to be one.
BECAUSE = "As the weights and the papers say."


def a_deployment(folder: Path) -> Iterator[Deployment]:
    """One for the tests of a module, closed at their end."""
    deployment = open_deployment(a_home(folder))
    yield deployment
    deployment.close()


def a_case(here: Deployment, kind: str = "crossing", **changes: Any) -> str:
    """A movement at the post of the tests, scored just now."""
    scored = submitted(here, kind, **{"owner_post": POST, **changes})
    assert isinstance(scored, Scored), scored
    return scored.score.score_id


def a_mandatory_case(here: Deployment) -> str:
    """A consignment that a mandatory rule sends to inspection: arms without a licence."""
    items = [{"item_no": 1, "commodity_code": "93033000", "net_mass_kg": 60.0}]
    return a_case(here, "consignment", items=items)


def step(who: Client, case_id: str, name: str, **fields: str) -> httpx.Response:
    """Send the form of a step."""
    return who.post(f"/review/cases/{case_id}/steps", data={"step": name, **fields})


def viewed(who: Client, case_id: str, view: str = "search") -> None:
    """Record a view."""
    answer = step(who, case_id, "view", view=view, reason="weights")
    assert answer.status_code == 303, answer.text


def revealed(who: Client, case_id: str, view: str = "search") -> None:
    """Record a view and have the score shown."""
    viewed(who, case_id, view)
    assert step(who, case_id, "reveal").status_code == 303


def decided(who: Client, case_id: str, action: str = "inspect") -> None:
    """Decide, with the score shown before."""
    revealed(who, case_id)
    answer = step(who, case_id, "decide", action=action, reason="own_view", text=BECAUSE)
    assert answer.status_code == 303, answer.text


def supervisor(here: Deployment) -> Client:
    """Somebody who decides at the post of the tests."""
    return person(here, "shift_supervisor")


def case_of(here: Deployment, case_id: str) -> Case:
    """The case's row."""
    with reading(here.ledger.engine) as connection:
        found = cases.by_id(connection, case_id)
    assert found is not None
    return found


def steps_of(here: Deployment, case_id: str) -> list[Done]:
    """What was done with a case."""
    with reading(here.ledger.engine) as connection:
        return cases.steps_of(connection, case_id)


def account_of(here: Deployment, who: Client) -> str:
    """What audit events call somebody."""
    return known(here, who).id


def events(here: Deployment, subject: str) -> list[tuple[str, dict[str, Any]]]:
    """Action and detail of the audit events about something, in their order."""
    columns = tables.audit.c
    with reading(here.ledger.engine) as connection:
        rows = connection.execute(
            select(columns.action, columns.detail)
            .where(columns.object == subject)
            .order_by(columns.number)
        )
        return [(row.action, orjson.loads(row.detail)) for row in rows]


def refusals(here: Deployment, case_id: str) -> list[str]:
    """Why steps with a case were refused, in their order."""
    return [
        detail["because"]
        for action, detail in events(here, f"case {case_id}")
        if action == "refused"
    ]
