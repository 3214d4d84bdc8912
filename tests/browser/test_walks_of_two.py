"""What takes two people, walked through by both: overriding a rule, a find, a proposal that is not agreed to."""

from __future__ import annotations

from datetime import datetime

import httpx
import orjson
import pytest
from sqlalchemy import select

from features.ledger import tables
from serving.access.policy import SEEDED, load_policy
from serving.describing import fresh_example
from serving.review import outcome
from serving.review.cases import Case
from serving.review.history import standing
from serving.review.states import State, Step
from tests.browsing import AS_IF, POST, Demonstration, Front, Visitor
from tests.walking import (
    BECAUSE,
    actor,
    case_now,
    decides,
    form_of,
    last_refusal,
    sees_the_score,
    signs_in_by_keyboard,
    steps,
    storing,
)

pytestmark = [pytest.mark.slow, pytest.mark.browser]

POLICY = load_policy(SEEDED)
PEOPLE = [name for name, role in POLICY.roles.items() if role.who == "person"]


def comes_in(demonstration: Demonstration, at: datetime = AS_IF) -> Case:
    """Arms without a licence, which a mandatory rule sends to inspection."""
    record = {
        **fresh_example("consignment", at),
        "owner_post": POST,
        "items": [{"item_no": 1, "commodity_code": "93033000", "net_mass_kg": 60.0}],
    }
    answer = httpx.post(
        f"{demonstration.base}/v1/consignments",
        content=orjson.dumps(record),
        headers={
            "Authorization": f"Bearer {demonstration.shown.api_key}",
            "Content-Type": "application/json",
        },
    )
    assert answer.status_code in (200, 201), answer.text
    made = answer.json()["score_id"]
    return next(case for case in demonstration.cases(State.NEW) if case.case_id == made)


def opens(visitor: Visitor, step: str) -> None:
    """What is folded away, because it is seldom asked for."""
    visitor.page.locator(f"details:has(input[value={step}]) > summary").first.click()


def sends(visitor: Visitor, step: str, button: str = "button") -> None:
    with visitor.page.expect_navigation():
        form_of(visitor, step).locator(button).click()


def answers(visitor: Visitor, answer: str) -> None:
    """Agree to a proposal (`approve`), or not (`decline`)."""
    form = visitor.page.locator(f'form:has(button[value="{answer}"])')
    form.locator('[name="text"]').fill(BECAUSE)
    with visitor.page.expect_navigation():
        form.locator(f'button[value="{answer}"]').click()


def test_a_mandatory_rule_is_overridden_by_two_people_only(
    front: Front, demonstration: Demonstration
) -> None:
    first, second = (demonstration.login("shift_supervisor", number) for number in (0, 1))
    case = comes_in(demonstration)
    with front.visitor(first) as one, front.visitor(second) as other:
        sees_the_score(one, case)
        offered = (
            form_of(one, "decide")
            .locator('[name="action"]')
            .evaluate_all("found => found.map(one => one.value)")
        )
        opens(one, "override")
        form = form_of(one, "override")
        form.locator('[name="reason"]').select_option("own_view")
        form.locator('[name="text"]').fill("The licence is there; I saw it at the window.")
        sends(one, "override")
        own = one.page.locator('button[value="approve"]').count()
        one.picture("walk override proposed")
        before = case_now(demonstration, case).state
        sees_the_score(other, case)
        other.picture("walk override asked")
        answers(other, "approve")
        assert not other.violations()

    assert offered == ["inspect"]
    assert own == 0
    assert before is State.REFERRED
    assert case_now(demonstration, case).state is State.APPROVED
    decided = standing(steps(demonstration, case)).decision
    assert decided is not None
    assert decided.action == "release"


def test_a_proposal_that_is_not_agreed_to_goes_back_with_the_reason(
    front: Front, demonstration: Demonstration
) -> None:
    first = demonstration.login("shift_supervisor")
    case = next(
        one
        for one in demonstration.cases(State.REFERRED, post=None)
        if demonstration.took(one, Step.REFER)
    )
    with front.visitor(first) as visitor:
        sees_the_score(visitor, case)
        answers(visitor, "decline")
        told = visitor.page.locator("main").inner_text()
        visitor.picture("walk declined")

        assert not visitor.violations()
    assert case_now(demonstration, case).state is State.DECLINED
    assert BECAUSE in told


def test_a_find_counts_once_an_officer_says_to_have_seen_it_too(
    front: Front, demonstration: Demonstration
) -> None:
    officer = demonstration.login("field_officer")
    case = next(
        one
        for one in demonstration.cases(State.INSPECTED)
        if standing(steps(demonstration, one)).unconfirmed
    )
    with front.visitor(officer) as visitor:
        visitor.open(f"/review/cases/{case.case_id}")
        sends(visitor, "confirm_outcome")
        refused = visitor.page.get_by_role("alert").inner_text()
        visitor.picture("walk find refused")
        form_of(visitor, "confirm_outcome").locator('[name="saw_it"]').check()
        sends(visitor, "confirm_outcome")

    assert "saw the find yourself" in refused
    assert not standing(steps(demonstration, case)).unconfirmed
    columns = tables.ledger.c
    with storing(demonstration) as connection:
        entered = connection.execute(
            select(columns.body)
            .where(columns.kind == "inspection", columns.source_system == outcome.SYSTEM)
            .order_by(columns.u.desc())
        ).scalars().first()  # fmt: skip
    assert entered is not None
    body = orjson.loads(entered)
    assert body["source_record_id"].startswith(case.case_id)
    assert body["four_eyes_by"] == "field_officer"


def test_an_officer_is_shown_no_decision_and_refused_one(
    front: Front, demonstration: Demonstration
) -> None:
    officer = demonstration.login("field_officer")
    case = demonstration.cases(State.NEW)[0]
    with front.visitor(officer) as visitor:
        sees_the_score(visitor, case)
        shown = form_of(visitor, "decide").count()
        token = visitor.page.locator("input[name=csrf_token]").first.get_attribute("value")
        answer = visitor.page.request.post(
            f"{visitor.base}/review/cases/{case.case_id}/steps",
            form={
                "csrf_token": token or "",
                "step": "decide",
                "action": "release",
                "reason": "own_view",
                "text": BECAUSE,
            },
        )

    assert shown == 0
    assert answer.status == 403
    assert "forbidden" in last_refusal(demonstration, actor(demonstration, officer)).detail


def test_a_decision_is_taken_back_and_taken_anew(
    front: Front, demonstration: Demonstration
) -> None:
    login = demonstration.login("shift_supervisor")
    case = demonstration.cases(State.NEW)[0]
    with front.visitor(login) as visitor:
        sees_the_score(visitor, case)
        decides(visitor, "inspect")
        opens(visitor, "withdraw")
        form_of(visitor, "withdraw").locator('[name="text"]').fill("It was the wrong lorry.")
        sends(visitor, "withdraw")
        decides(visitor, "check_documents")

    taken = [one.step for one in steps(demonstration, case) if one.actor != "vardar"]
    assert taken == [Step.VIEW, Step.REVEAL, Step.DECIDE, Step.WITHDRAW, Step.DECIDE]
    decided = standing(steps(demonstration, case)).decision
    assert decided is not None
    assert decided.action == "check_documents"


def test_a_case_is_printed_on_one_page(front: Front, demonstration: Demonstration) -> None:
    login = demonstration.login("shift_supervisor", 1)
    worked = [
        case
        for case in demonstration.cases(State.INSPECTED, State.DECIDED, State.REFERRED, post=None)
        if any(
            one.step is Step.REVEAL and one.actor == actor(demonstration, login)
            for one in steps(demonstration, case)
        )
    ]
    assert {case.kind for case in worked} == {"consignment", "crossing"}
    pages = {}
    with front.visitor(login) as visitor:
        for case in worked:
            visitor.open(f"/review/cases/{case.case_id}/print")
            printed = visitor.page.pdf(format="A4")
            pages[case.source_record_id] = printed.count(b"/Type /Page\n")
            told = visitor.page.locator("body").inner_text()
            assert case.source_record_id in told
            assert login.name in told

    assert set(pages.values()) == {1}, pages


@pytest.mark.parametrize("role", PEOPLE)
def test_whoever_signs_in_by_keyboard_finds_every_page_that_the_frame_names(
    front: Front, demonstration: Demonstration, role: str
) -> None:
    login = demonstration.login(role)
    with front.visitor() as visitor:
        signs_in_by_keyboard(visitor, login, to="/review")
        links = visitor.page.locator("nav.pages a").evaluate_all(
            "found => found.map(one => one.getAttribute('href'))"
        )
        opened = {link: visitor.open(link).status for link in links}
        visitor.open("/review/register")
        heading = visitor.page.get_by_role("heading", level=1).count()

    assert links
    assert set(opened.values()) == {200}, opened
    assert heading == 1
