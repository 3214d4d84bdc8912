"""What takes two people: releasing against a mandatory rule, telling somebody abroad, a find."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from serving.deployment import Deployment
from serving.review.history import standing
from serving.review.post_time import typed
from serving.review.states import State
from tests.access import person
from tests.reviewing import (
    BECAUSE,
    a_case,
    a_deployment,
    a_mandatory_case,
    case_of,
    decided,
    refusals,
    revealed,
    step,
    steps_of,
    supervisor,
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    yield from a_deployment(tmp_path_factory.mktemp("four-eyes"))


@pytest.mark.parametrize("action", ["release", "check_documents"])
def test_nobody_alone_decides_against_a_mandatory_rule(here: Deployment, action: str) -> None:
    case_id, who = a_mandatory_case(here), supervisor(here)
    revealed(who, case_id)

    answer = step(who, case_id, "decide", action=action, reason="explained", text=BECAUSE)

    assert answer.status_code == 422
    assert "propose it to a second person" in answer.text
    assert case_of(here, case_id).state is State.REVEALED
    assert refusals(here, case_id) == ["mandatory-rule"]


def test_amending_the_record_does_not_free_it_of_a_mandatory_rule(here: Deployment) -> None:
    number = "M-1"
    items = [{"item_no": 1, "commodity_code": "93033000", "net_mass_kg": 60.0}]
    case_id = a_case(here, "consignment", items=items, source_record_id=number)
    a_case(here, "consignment", source_record_id=number, record_version=2)
    who = supervisor(here)
    revealed(who, case_id)

    answer = step(who, case_id, "decide", action="release", reason="explained", text=BECAUSE)

    assert answer.status_code == 422


def test_a_second_person_agrees_and_the_movement_is_released(here: Deployment) -> None:
    case_id, one, other = a_mandatory_case(here), supervisor(here), supervisor(here)
    revealed(one, case_id)
    proposed = step(one, case_id, "override", reason="explained", text=BECAUSE)
    alone = step(one, case_id, "approve", text=BECAUSE)
    unseen = step(other, case_id, "approve", text=BECAUSE)
    revealed(other, case_id)

    agreed = step(other, case_id, "approve", text=BECAUSE)

    assert [answer.status_code for answer in (proposed, alone, unseen, agreed)] == [
        303, 403, 409, 303,
    ]  # fmt: skip
    assert refusals(here, case_id) == ["four-eyes", "own-view-first"]
    decision = standing(steps_of(here, case_id)).decision
    assert decision is not None
    assert decision.action == "release"
    assert step(other, case_id, "record_outcome", result="nothing_found").status_code == 409
    assert step(other, case_id, "close").status_code == 303


def test_a_proposal_that_is_declined_leaves_the_case_to_be_decided(here: Deployment) -> None:
    case_id, one, other = a_mandatory_case(here), supervisor(here), supervisor(here)
    revealed(one, case_id)
    revealed(other, case_id)
    step(one, case_id, "override", reason="explained", text=BECAUSE)

    wordless = step(other, case_id, "decline")
    declined = step(other, case_id, "decline", text=BECAUSE)
    closed = step(other, case_id, "close")
    inspected = step(one, case_id, "decide", action="inspect", reason="rule")

    assert [a.status_code for a in (wordless, declined, closed, inspected)] == [422, 303, 409, 303]
    assert case_of(here, case_id).state is State.DECIDED


def test_where_no_rule_is_mandatory_there_is_nothing_to_override(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    revealed(who, case_id)

    answer = step(who, case_id, "override", reason="explained", text=BECAUSE)

    assert answer.status_code == 422
    assert "No mandatory rule applies" in answer.text


def test_a_referral_leaves_what_was_decided_and_an_outcome_may_come_before_it_is_answered(
    here: Deployment,
) -> None:
    case_id, one, other = a_case(here), supervisor(here), supervisor(here)
    decided(one, case_id, "inspect")
    revealed(other, case_id)
    asked = {"to_country": "RS", "handling_code": "H1", "text": BECAUSE}
    step(one, case_id, "refer", **asked)
    found = {"result": "nothing_found", "control_level": "scanner"}

    recorded = step(one, case_id, "record_outcome", **found, ended=_now(here))
    agreed = step(other, case_id, "approve", text=BECAUSE)

    assert (recorded.status_code, agreed.status_code) == (303, 303)
    stands = standing(steps_of(here, case_id))
    assert stands.decision is not None
    assert (stands.decision.action, stands.owes) == ("inspect", False)
    assert case_of(here, case_id).state is State.APPROVED
    assert step(one, case_id, "close").status_code == 303


@pytest.mark.parametrize(
    ("field", "value"),
    [
        pytest.param("to_country", "MK", id="not to oneself"),
        pytest.param("to_country", "", id="to somebody"),
        pytest.param("handling_code", "H9", id="with a code there is"),
        pytest.param("text", "soon", id="with a reason"),
    ],
)
def test_a_referral_says_to_whom_how_and_why(here: Deployment, field: str, value: str) -> None:
    case_id, who = a_case(here), supervisor(here)
    decided(who, case_id, "release")
    asked = {"to_country": "RS", "handling_code": "H1", "text": BECAUSE, field: value}

    answer = step(who, case_id, "refer", **asked)

    assert answer.status_code == 422
    assert f'href="#refer-{field}"' in answer.text


def test_a_proposal_that_is_taken_back_leaves_the_case_where_it_was(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    decided(who, case_id, "release")
    step(who, case_id, "refer", to_country="RS", handling_code="H0", text=BECAUSE)

    step(who, case_id, "withdraw", text=BECAUSE)

    assert case_of(here, case_id).state is State.DECIDED
    assert standing(steps_of(here, case_id)).decision is not None


def test_an_officer_who_may_not_approve_does_not(here: Deployment) -> None:
    case_id, one, officer = a_mandatory_case(here), supervisor(here), person(here, "field_officer")
    revealed(one, case_id)
    step(one, case_id, "override", reason="explained", text=BECAUSE)
    revealed(officer, case_id)

    answer = step(officer, case_id, "approve", text=BECAUSE)

    assert (answer.status_code, refusals(here, case_id)) == (403, ["forbidden"])


def test_a_release_that_was_agreed_to_can_be_taken_back(here: Deployment) -> None:
    case_id, one, other = a_mandatory_case(here), supervisor(here), supervisor(here)
    revealed(one, case_id)
    revealed(other, case_id)
    step(one, case_id, "override", reason="explained", text=BECAUSE)
    step(other, case_id, "approve", text=BECAUSE)

    step(one, case_id, "withdraw", text=BECAUSE)

    assert case_of(here, case_id).state is State.REVEALED
    assert standing(steps_of(here, case_id)).decision is None
    assert step(one, case_id, "close").status_code == 409


def _now(here: Deployment) -> str:
    return typed(here.ledger.clock(), "MK")
