"""The kill switch: no model is asked from the next record on, and everybody can see why."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.exc import DatabaseError

from features.ledger import tables
from features.ledger.connection import reading, writing
from serving.deployment import Deployment
from serving.in_force import open_configuration
from serving.replaying import replay
from serving.switching import ReasonMissing, switch
from serving.work import Scored
from tests.access import person
from tests.deployments import Client, a_home, a_submission, deployed, submitted


@pytest.fixture
def here(tmp_path: Path) -> Deployment:
    return deployed(a_home(tmp_path))


def test_switched_off_no_model_is_asked_and_rules_and_chance_decide(here: Deployment) -> None:
    switch(here.ledger, "rules", actor="auditor", reason="a drill")

    answer = answered(here)

    assert answer["model"] is None
    assert all(said["abstained"] for said in answer["risks"].values())
    assert "switched off" in answer["risks"]["arms"]["reason"]
    assert answer["recommendation"]["because"] in ("rule", "random")
    assert 0 < answer["recommendation"]["random_probability"] < 1


def test_switched_on_again_the_models_speak_at_once(here: Deployment) -> None:
    switch(here.ledger, "rules", actor="auditor", reason="a drill")
    answered(here)
    switch(here.ledger, "model", actor="auditor", reason="the drill is over")

    assert answered(here)["model"]["version"] == "7"


def test_who_switched_and_why_is_told_and_audited(here: Deployment) -> None:
    switch(here.ledger, "rules", actor="auditor", reason="a drill")

    told = Client(here).get("/v1/model").json()["switch"]
    with reading(here.ledger.engine) as connection:
        events = connection.execute(
            select(tables.audit.c.actor, tables.audit.c.object).where(
                tables.audit.c.action == "switch"
            )
        ).all()

    assert (told["mode"], told["actor"], told["reason"]) == ("rules", "auditor", "a drill")
    assert [tuple(event) for event in events] == [("auditor", "rules")]


def test_without_a_reason_nothing_is_switched(here: Deployment) -> None:
    with pytest.raises(ReasonMissing):
        switch(here.ledger, "rules", actor="auditor", reason=" ")

    assert answered(here)["model"]["version"] == "7"


def test_what_was_switched_cannot_be_unsaid(here: Deployment) -> None:
    switch(here.ledger, "rules", actor="auditor", reason="a drill")

    with (
        pytest.raises(DatabaseError, match="append-only"),
        writing(here.ledger.engine) as connection,
    ):
        connection.exec_driver_sql("DELETE FROM switches")


@pytest.mark.parametrize("role", ["auditor", "admin"])
def test_those_who_answer_for_a_deployment_switch_over_http(here: Deployment, role: str) -> None:
    client = person(here, role)
    who = client.get("/session").json()["id"]

    told = client.post("/v1/switch", json={"mode": "rules", "reason": "Reasons look wrong."})

    assert told.status_code == 200
    assert (told.json()["mode"], told.json()["actor"]) == ("rules", who)
    assert answered(here)["model"] is None


@pytest.mark.parametrize(
    ("role", "body", "status"),
    [
        pytest.param("shift_supervisor", {"mode": "rules", "reason": "a drill"}, 403, id="others"),
        pytest.param("auditor", {"mode": "rules", "reason": "  "}, 422, id="without a reason"),
        pytest.param("auditor", {"mode": "off", "reason": "a drill"}, 422, id="to no such mode"),
    ],
)
def test_nobody_switches_otherwise(
    here: Deployment, role: str, body: dict[str, str], status: int
) -> None:
    assert person(here, role).post("/v1/switch", json=body).status_code == status
    assert answered(here)["model"]["version"] == "7"


@pytest.mark.slow
def test_what_was_answered_while_it_was_off_is_made_again(here: Deployment) -> None:
    switch(here.ledger, "rules", actor="auditor", reason="a drill")
    scored = submitted(here, "consignment")
    assert isinstance(scored, Scored)
    rules = open_configuration(here.settings, here.ledger.features).rules

    (again,) = replay(here.ledger, here.explainer, rules, [scored.score.score_id])

    assert again.differences == ()
    assert again.cells > 100


def answered(here: Deployment) -> dict[str, Any]:
    """The answer about a consignment."""
    answer: dict[str, Any] = (
        Client(here).post("/v1/consignments", json=a_submission(here, "consignment")).json()
    )
    return answer
