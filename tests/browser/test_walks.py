"""Walks through the pages as people take them: by keyboard, without JavaScript, where they must not go."""

from __future__ import annotations

import pytest
from sqlalchemy import update

from features.ledger import tables_access
from serving.review.states import State, Step
from tests.browsing import Demonstration, Front, Visitor
from tests.walking import actor, last_refusal, signs_in_by_keyboard, steps, storing

pytestmark = [pytest.mark.slow, pytest.mark.browser]

HOUR = 3_600_000_000


def records_a_view_by_keyboard(visitor: Visitor) -> None:
    """On a case that nobody has looked at."""
    visitor.tab_to("radio", "Search")
    visitor.page.keyboard.press("Space")
    visitor.tab_to("radio", "The documents")
    visitor.page.keyboard.press("ArrowDown")
    visitor.tab_to("button", "Record my view")
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")


@pytest.mark.parametrize("scripts", [True, False], ids=["with scripts", "without scripts"])
def test_an_officer_signs_in_and_records_a_view_by_keyboard_alone(
    front: Front, demonstration: Demonstration, scripts: bool
) -> None:
    officer = demonstration.login("field_officer")
    case = demonstration.cases(State.NEW)[0]
    with front.visitor(java_script_enabled=scripts) as visitor:
        signs_in_by_keyboard(visitor, officer)
        visitor.tab_to("link", case.source_record_id)
        visitor.page.keyboard.press("Enter")
        visitor.page.wait_for_url(f"**/review/cases/{case.case_id}")
        records_a_view_by_keyboard(visitor)

        assert visitor.page.get_by_role("button", name="Record my view").count() == 0
        assert visitor.page.url.endswith(f"/review/cases/{case.case_id}")

    done = steps(demonstration, case)
    assert [(one.step, one.actor) for one in done] == [(Step.VIEW, actor(demonstration, officer))]
    assert (done[0].detail["view"], done[0].detail["reason"]) == ("search", "weights")


def post(visitor: Visitor, case_id: str, **fields: str) -> int:
    """What a form that somebody made up is answered with."""
    token = visitor.page.locator("input[name=csrf_token]").first.get_attribute("value")
    sent = {"csrf_token": token or "", **fields}
    address = f"{visitor.base}/review/cases/{case_id}/steps"
    return visitor.page.request.post(address, form=sent, max_redirects=0).status  # type: ignore[arg-type] # texts


def test_a_score_is_not_revealed_before_ones_own_view(
    front: Front, demonstration: Demonstration
) -> None:
    login, case = demonstration.login("field_officer"), demonstration.cases(State.NEW)[-1]
    with front.visitor(login) as visitor:
        visitor.open("/review/queue")
        status = post(visitor, case.case_id, step="reveal")

    assert status == 409
    told = last_refusal(demonstration, actor(demonstration, login))
    assert (told.action, told.object) == ("refused", f"case {case.case_id}")
    assert "own-view-first" in told.detail


def test_a_colleagues_post_and_a_guessed_id_do_not_exist(
    front: Front, demonstration: Demonstration
) -> None:
    login = demonstration.login("field_officer")
    elsewhere = demonstration.cases(State.NEW, post="MK-RS-01")[0].case_id
    guessed = elsewhere[:-4] + "0000"
    by = actor(demonstration, login)
    statuses = []
    with front.visitor(login) as visitor:
        for case_id in (elsewhere, guessed):
            answer = visitor.page.request.get(f"{visitor.base}/review/cases/{case_id}")
            statuses.append(answer.status)
            told = last_refusal(demonstration, by)
            assert (told.action, told.object) == ("consult", case_id)
            assert '"shown"' not in told.detail
        visitor.open("/review/queue")
        decided = post(visitor, elsewhere, step="view", view="search", reason="routine")

    assert statuses == [404, 404]
    assert decided == 404
    assert last_refusal(demonstration, by).action == "refused"


def test_nobody_approves_what_they_proposed_themselves(
    front: Front, demonstration: Demonstration
) -> None:
    proposed = demonstration.login("shift_supervisor", 1)
    case = demonstration.cases(State.REFERRED, post=None)[0]
    with front.visitor(proposed) as visitor:
        visitor.open("/review/queue")
        status = post(visitor, case.case_id, step="approve")

    assert status == 403
    assert "four-eyes" in last_refusal(demonstration, actor(demonstration, proposed)).detail


def test_a_form_of_another_site_changes_nothing(front: Front, demonstration: Demonstration) -> None:
    login, case = demonstration.login("field_officer"), demonstration.cases(State.NEW)[-1]
    with front.visitor(login) as visitor:
        visitor.open("/review/queue")
        forged = post(
            visitor, case.case_id, step="view", view="search", reason="routine", csrf_token="0" * 64
        )

    assert forged == 403
    assert steps(demonstration, case) == []


def test_a_session_that_has_been_idle_too_long_leads_to_the_form(
    front: Front, demonstration: Demonstration
) -> None:
    login, case = demonstration.login("field_officer", 1), demonstration.cases(State.NEW)[-1]
    by = actor(demonstration, login)
    with front.visitor() as visitor:
        signs_in_by_keyboard(visitor, login)
        columns = tables_access.sessions.c
        with storing(demonstration) as connection:
            connection.execute(
                update(tables_access.sessions)
                .where(columns.account_id == by.removeprefix("account:"))
                .values(seen_at=columns.seen_at - HOUR)
            )
        status = post(visitor, case.case_id, step="view", view="search", reason="routine")
        visitor.open("/review/queue")

        assert "/sign-in" in visitor.page.url
    assert status == 401
    assert steps(demonstration, case) == []
