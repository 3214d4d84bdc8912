"""A shift's work as people do it: ten cases by keyboard, hand-over, four eyes, a correction; in other languages."""

from __future__ import annotations

import pytest

from models.languages import language
from serving.review.cases import Case
from serving.review.states import State, Step
from tests.browsing import Demonstration, Front, Visitor
from tests.walking import (
    BECAUSE,
    actor,
    case_now,
    decides,
    form_of,
    sees_the_score,
    signs_in_by_keyboard,
    steps,
)

pytestmark = [pytest.mark.slow, pytest.mark.browser]


def tab_into(visitor: Visitor, css: str, *, most: int = 250) -> None:
    """Press Tab until something that matches is in focus."""
    for _ in range(most):
        visitor.page.keyboard.press("Tab")
        if visitor.page.evaluate("css => document.activeElement.matches(css)", css):
            return
    raise AssertionError(f"{css} is not reached by {most} presses of Tab.")


def enter(visitor: Visitor) -> None:
    """Press Enter on what is in focus; returns once the next page is there."""
    with visitor.page.expect_navigation():
        visitor.page.keyboard.press("Enter")


def of(step: str, field: str) -> str:
    """A field in the form of a step, as a selector."""
    return f'form:has(input[name="step"][value="{step}"]) {field}'


def decides_by_keyboard(visitor: Visitor, case: Case) -> None:
    """From the queue to the decision without a mouse."""
    tab_into(visitor, f'a[href="/review/cases/{case.case_id}"]')
    enter(visitor)
    tab_into(visitor, of("view", '[name="view"]'))
    visitor.page.keyboard.press("Space")
    tab_into(visitor, of("view", '[name="reason"]'))
    visitor.page.keyboard.press("Space")
    tab_into(visitor, of("view", "button"))
    enter(visitor)
    tab_into(visitor, of("reveal", "button"))
    enter(visitor)
    tab_into(visitor, of("decide", '[name="action"]'))
    visitor.page.keyboard.press("Space")
    tab_into(visitor, of("decide", '[name="reason"]'))
    visitor.page.keyboard.press("ArrowDown")
    tab_into(visitor, of("decide", '[name="text"]'))
    visitor.page.keyboard.type(BECAUSE)
    tab_into(visitor, of("decide", "button"))
    enter(visitor)


def speaks(visitor: Visitor, tag: str) -> None:
    """Choose a language as the frame of every page offers it."""
    visitor.open("/review/queue")
    visitor.page.locator("details.menu summary").first.click()
    visitor.page.locator(f'button[name="language"][value="{tag}"]').click()
    visitor.page.wait_for_selector(f'html[lang="{tag}"]')


def test_a_supervisor_works_ten_cases_by_keyboard_alone(
    front: Front, demonstration: Demonstration
) -> None:
    login = demonstration.login("shift_supervisor")
    # All on the first page of the queue, among those that colleagues have worked on.
    cases = demonstration.cases(State.NEW, post=None)[:10]
    assert len(cases) == 10
    with front.visitor() as visitor:
        signs_in_by_keyboard(visitor, login)
        for case in cases:
            tab_into(visitor, 'a[href^="/review/queue"]')
            enter(visitor)
            decides_by_keyboard(visitor, case)
        visitor.picture("walk-decided")

    by = actor(demonstration, login)
    for case in cases:
        done = [one.step for one in steps(demonstration, case) if one.actor == by]
        assert done == [Step.VIEW, Step.REVEAL, Step.DECIDE]
        assert case_now(demonstration, case).state is State.DECIDED


def test_a_case_is_handed_over_to_a_colleague(front: Front, demonstration: Demonstration) -> None:
    first, second = (demonstration.login("field_officer", number) for number in (0, 1))
    case = demonstration.cases(State.NEW)[0]
    with front.visitor(first) as one, front.visitor(second) as other:
        one.open(f"/review/cases/{case.case_id}")
        form_of(one, "take").locator("button").click()
        one.page.locator("details:has(input[value=hand_over]) summary").click()
        form = form_of(one, "hand_over")
        form.locator('[name="to"]').select_option(actor(demonstration, second))
        form.locator('[name="text"]').fill("Its trailer is still at the weighbridge.")
        with one.page.expect_navigation():
            form.locator("button").click()
        other.open("/review/queue?mine=1")
        listed = other.page.get_by_role("link", name=case.source_record_id).count()
        # What a colleague wrote may tell of the score: it is read after one's own view.
        sees_the_score(other, case)
        told = other.page.locator("main").inner_text()

    assert case_now(demonstration, case).held_by == actor(demonstration, second)
    assert listed == 1
    assert "Its trailer is still at the weighbridge." in told


def test_a_referral_takes_a_second_person(front: Front, demonstration: Demonstration) -> None:
    first, second = (demonstration.login("shift_supervisor", number) for number in (0, 1))
    case = demonstration.cases(State.NEW)[0]
    with front.visitor(first) as one, front.visitor(second) as other:
        sees_the_score(one, case)
        decides(one)
        one.page.locator("details:has(input[value=refer]) summary").click()
        form = form_of(one, "refer")
        form.locator('[name="to_country"]').select_option("RS")
        form.locator('[name="handling_code"]').select_option("H1")
        form.locator('[name="text"]').fill("Please look when it enters.")
        with one.page.expect_navigation():
            form.locator("button").click()
        own = one.page.locator('button[value="approve"]').count()
        sees_the_score(other, case)
        answer = other.page.locator('form:has(button[value="approve"])')
        answer.locator('[name="text"]').fill("Agreed: the route speaks for it.")
        with other.page.expect_navigation():
            answer.locator('button[value="approve"]').click()
        other.picture("walk-approved")

    assert own == 0
    assert case_now(demonstration, case).state is State.APPROVED
    by = [(one.step, one.actor) for one in steps(demonstration, case)][-1]
    assert by == (Step.APPROVE, actor(demonstration, second))


def test_whoever_comes_second_is_told_what_happened_meanwhile(
    front: Front, demonstration: Demonstration
) -> None:
    first, second = (demonstration.login("shift_supervisor", number) for number in (0, 1))
    case = demonstration.cases(State.NEW)[0]
    with front.visitor(first) as one, front.visitor(second) as other:
        sees_the_score(one, case)
        sees_the_score(other, case)
        one.open(f"/review/cases/{case.case_id}")
        decides(one)
        form = form_of(other, "decide")
        form.locator('[name="action"][value="release"], [name="action"]').last.check()
        form.locator('[name="reason"]').select_option("own_view")
        form.locator('[name="text"]').fill("I saw it at the window myself.")
        with other.page.expect_navigation():
            form.locator("button").click()
        told = other.page.locator("main").inner_text()

    assert first.name in told
    assert "I saw it at the window myself." in told
    assert [one.step for one in steps(demonstration, case)].count(Step.DECIDE) == 1


def test_a_corrected_record_is_scored_again_and_the_old_score_is_kept(
    front: Front, demonstration: Demonstration
) -> None:
    login = demonstration.login("shift_supervisor")
    # Some declarations of the night are amended by their declarants.
    case = next(
        case
        for case in demonstration.cases(State.NEW, post=None)
        if case.kind == "consignment" and case.u == case.since
    )
    with front.visitor(login) as visitor:
        visitor.open(f"/review/cases/{case.case_id}/correct")
        visitor.page.locator('[name="package_count"]').fill("7")
        visitor.page.locator('[name="reason"]').first.select_option(index=1)
        visitor.page.locator('main [name="text"]').fill("Seven were counted on the ramp.")
        with visitor.page.expect_navigation():
            visitor.page.locator('main form button:not([name="language"])').last.click()
        sees_the_score(visitor, case)
        visitor.open(f"/review/cases/{case.case_id}/scores")
        rows = visitor.page.locator("main tbody tr").all_inner_texts()
        visitor.picture("walk-scores")

    now = case_now(demonstration, case)
    assert [text.split("\t")[-1].strip() for text in rows] == ["Superseded", "Stands"]
    assert now.score_id != case.score_id
    assert Step.RESCORE in [one.step for one in steps(demonstration, case)]


@pytest.mark.parametrize("tag", ["mk", "sq"])
def test_a_case_is_decided_in_the_readers_language_without_scripts(
    front: Front, demonstration: Demonstration, tag: str
) -> None:
    login = demonstration.login("shift_supervisor")
    case = demonstration.cases(State.NEW)[0]
    spoken = language(tag)
    with front.visitor(login, java_script_enabled=False) as visitor:
        speaks(visitor, tag)
        sees_the_score(visitor, case)
        told = visitor.page.locator("main").inner_text()
        visitor.picture(f"walk-case-{tag}")
        decides(visitor)
        visitor.open("/review/queue")
        visitor.picture(f"walk-queue-{tag}")

    assert spoken.words("What the model says") in told
    assert spoken.words("Why this may be wrong") in told
    assert case_now(demonstration, case).state is State.DECIDED
