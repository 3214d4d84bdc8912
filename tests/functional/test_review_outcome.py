"""The outcome of a control: a real inspection in the ledger, a find only with two people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from features.ledger import tables
from features.ledger.connection import reading
from serving.deployment import Deployment
from serving.review.outcome import SYSTEM
from serving.review.post_time import typed
from serving.review.states import State
from tests.access import person
from tests.reviewing import (
    BECAUSE,
    a_case,
    a_deployment,
    case_of,
    decided,
    refusals,
    step,
    steps_of,
    supervisor,
)

# Each opens a deployment of its own: seconds.
pytestmark = pytest.mark.slow

CLEAN = {"result": "nothing_found", "control_level": "scanner"}
FIND = {
    "result": "arms", "control_level": "full_unload", "find-1-category": "pistol",
    "find-1-quantity": "3", "find-1-marking": "erased", "find-1-concealment": "vehicle_structure",
}  # fmt: skip


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    yield from a_deployment(tmp_path_factory.mktemp("outcome"))


def inspections(here: Deployment, case_id: str) -> list[dict[str, Any]]:
    """Those of a case's movement in the ledger, in the order of their versions."""
    columns = tables.ledger.c
    with reading(here.ledger.engine) as connection:
        bodies = connection.execute(
            select(columns.body)
            .where(
                columns.kind == "inspection",
                columns.source_system == SYSTEM,
                columns.source_record_id.startswith(case_id),
                columns.takes_back.is_(None),
            )
            .order_by(columns.record_version)
        ).scalars()
        return [orjson.loads(body) for body in bodies]


def now(here: Deployment) -> str:
    """As a form holds it."""
    return typed(here.ledger.clock(), "MK")


def test_an_outcome_is_an_inspection_with_how_it_came_about(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    decided(who, case_id, "inspect")
    officer = person(here, "field_officer")

    answer = step(officer, case_id, "record_outcome", **CLEAN, ended=now(here), text=BECAUSE)

    assert answer.status_code == 303, answer.text
    (made,) = inspections(here, case_id)
    decision = next(done for done in steps_of(here, case_id) if done.step == "decide")
    assert (made["result"], made["control_level"]) == ("nothing_found", "scanner")
    assert made["movement_source_record_id"] == case_of(here, case_id).source_record_id
    assert made["score_id_shown"] == decision.score_id
    assert (made["officer_prior_view"], made["score_hidden_until_view"]) == ("search", True)
    if decision.detail["recommended"] == "inspect":
        assert made["selection_reason"] == decision.detail["because"]
        assert 0 < made["selection_propensity"] <= 1
    else:
        assert made["selection_reason"] == "officer_observation"
        assert "selection_propensity" not in made
    assert case_of(here, case_id).state is State.INSPECTED


def test_what_chance_named_is_measured_as_that(here: Deployment) -> None:
    for _ in range(400):
        case_id = a_case(here)
        with reading(here.ledger.engine) as connection:
            answer = orjson.loads(
                connection.execute(
                    select(tables.scores.c.answer).where(tables.scores.c.score_id == case_id)
                ).scalar_one()
            )
        if answer["recommendation"]["because"] == "random":
            break
    else:
        pytest.fail("Chance named none of 400 movements.")
    who = supervisor(here)
    decided(who, case_id, "inspect")
    step(who, case_id, "record_outcome", **CLEAN, ended=now(here))

    (made,) = inspections(here, case_id)

    assert made["selection_reason"] == "random"
    assert made["selection_propensity"] == answer["recommendation"]["propensity"]


def test_a_find_enters_the_ledger_when_a_second_person_saw_it(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    decided(who, case_id, "inspect")
    officer = person(here, "field_officer")
    assert step(who, case_id, "record_outcome", **FIND, ended=now(here)).status_code == 303
    before = inspections(here, case_id)

    alone = step(who, case_id, "confirm_outcome", saw_it="yes")
    unsaid = step(officer, case_id, "confirm_outcome")
    closed = step(who, case_id, "close")
    both = step(officer, case_id, "confirm_outcome", saw_it="yes")

    assert before == []
    assert [a.status_code for a in (alone, unsaid, closed, both)] == [403, 422, 409, 303]
    assert refusals(here, case_id) == ["four-eyes", "wrong-state"]
    (made,) = inspections(here, case_id)
    assert made["four_eyes_by"] == "field_officer"
    assert made["result_confirmed_at"]
    assert made["finds"] == [
        {
            "category": "pistol", "quantity": 3, "marking_status": "erased",
            "concealment_class": "vehicle_structure",
        }
    ]  # fmt: skip
    assert step(who, case_id, "close").status_code == 303


def test_an_outcome_recorded_anew_is_the_next_version_and_the_same_again_is_none(
    here: Deployment,
) -> None:
    case_id, who = a_case(here), supervisor(here)
    decided(who, case_id, "inspect")
    ended = now(here)
    for _ in range(2):
        step(who, case_id, "record_outcome", **CLEAN, ended=ended)
    once = [made["record_version"] for made in inspections(here, case_id)]

    step(who, case_id, "record_outcome", result="inconclusive", control_level="dog", ended=ended)

    assert once == [1]
    assert [(m["record_version"], m["result"]) for m in inspections(here, case_id)] == [
        (1, "nothing_found"), (2, "inconclusive"),
    ]  # fmt: skip


def test_a_control_that_was_not_made_is_said_and_never_counts_as_clean(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    decided(who, case_id, "inspect")

    wordless = step(who, case_id, "record_outcome", result="not_searched")
    said = step(who, case_id, "record_outcome", result="not_searched", text=BECAUSE)

    assert (wordless.status_code, said.status_code) == (422, 303)
    (made,) = inspections(here, case_id)
    assert made["result"] == "not_searched"
    assert step(who, case_id, "close").status_code == 303


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        pytest.param({"result": ""}, "result", id="no result"),
        pytest.param({"control_level": ""}, "control_level", id="no level"),
        pytest.param({"ended": ""}, "ended", id="no end"),
        pytest.param({"ended": "tonight"}, "ended", id="no time"),
        pytest.param({"ended": "2199-01-01T00:00"}, "ended", id="in the future"),
        pytest.param({"ended": "1999-01-01T00:00"}, "ended", id="too long ago for a record"),
        pytest.param({"started": "2199-01-01T00:00"}, "started", id="began after the end"),
        pytest.param({"find-1-quantity": "0"}, "find-1-quantity", id="no pieces"),
        pytest.param({"find-1-category": ""}, "find-1-category", id="nothing named"),
        pytest.param({"find-1-category": "persons"}, "find-1-category", id="persons are no arms"),
        pytest.param({"result": "nothing_found"}, "result", id="nothing found, and something"),
        pytest.param({"find-1-marking": "scratched"}, "find-1-marking", id="an unknown code"),
    ],
)
def test_a_bad_outcome_comes_back_with_what_was_typed(
    here: Deployment, changes: dict[str, str], field: str
) -> None:
    case_id, who = a_case(here), supervisor(here)
    decided(who, case_id, "inspect")
    sent = {**FIND, "ended": now(here), "text": "Behind the spare wheel.", **changes}

    answer = step(who, case_id, "record_outcome", **sent)

    assert answer.status_code == 422, answer.text
    assert f'href="#record_outcome-{field}"' in answer.text
    assert f'id="record_outcome-{field}"' in answer.text
    assert "Behind the spare wheel." in answer.text
    assert inspections(here, case_id) == []
    assert case_of(here, case_id).state is State.DECIDED


def test_what_was_released_has_no_outcome(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    decided(who, case_id, "release")

    answer = step(who, case_id, "record_outcome", **CLEAN, ended=now(here))

    assert answer.status_code == 409
    assert inspections(here, case_id) == []
