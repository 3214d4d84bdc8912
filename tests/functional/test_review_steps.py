"""What is done with a case: in its order, by whoever may, and never behind a colleague's back."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from serving.deployment import Deployment
from serving.review.history import replayed
from serving.review.states import State
from tests.access import person
from tests.reviewing import (
    BECAUSE,
    a_case,
    a_deployment,
    a_mandatory_case,
    account_of,
    case_of,
    decided,
    events,
    refusals,
    revealed,
    step,
    steps_of,
    supervisor,
    viewed,
)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    yield from a_deployment(tmp_path_factory.mktemp("steps"))


def test_a_score_is_refused_before_ones_own_view(here: Deployment) -> None:
    case_id, officer = a_case(here), person(here, "field_officer")

    early = step(officer, case_id, "reveal")

    assert (early.status_code, refusals(here, case_id)) == (409, ["own-view-first"])


def test_nobody_decides_without_having_been_shown_the_score(here: Deployment) -> None:
    case_id, one, other = a_case(here), supervisor(here), supervisor(here)
    revealed(one, case_id)

    blind = step(other, case_id, "decide", action="release", reason="own_view", text=BECAUSE)

    assert blind.status_code == 409
    assert case_of(here, case_id).state is State.REVEALED


def test_a_view_cannot_be_changed_once_the_score_was_shown(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    revealed(who, case_id, "no_search")

    late = step(who, case_id, "view", view="search", reason="tip")

    assert late.status_code == 409
    assert [done.detail["view"] for done in steps_of(here, case_id) if done.step == "view"] == [
        "no_search"
    ]


def test_a_colleagues_post_does_not_exist(here: Deployment) -> None:
    case_id = a_case(here)
    stranger = person(here, "shift_supervisor", posts=("MK-RS-01",))

    answers = [
        step(stranger, case_id, "view", view="search", reason="weights"),
        stranger.get(f"/review/cases/{case_id}"),
        stranger.get(f"/review/cases/{case_id}/correct"),
        stranger.get(f"/review/cases/{case_id}/scores"),
        stranger.get(f"/review/cases/{case_id}/report"),
    ]

    assert [answer.status_code for answer in answers] == [404] * 5
    assert refusals(here, case_id) == ["unknown-case"]


def test_a_guessed_case_does_not_exist_and_the_guess_is_kept(here: Deployment) -> None:
    guessed = "01890000-0000-7000-8000-000000000000"
    who = supervisor(here)

    answers = [step(who, guessed, "reveal"), who.get(f"/review/cases/{guessed}")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert refusals(here, guessed) == ["unknown-case"]
    assert events(here, guessed) == [("consult", {"what": "case", "outcome": "unknown"})]


def test_an_officer_who_does_not_decide_is_refused(here: Deployment) -> None:
    case_id, officer = a_case(here), person(here, "field_officer")
    revealed(officer, case_id)

    answer = step(officer, case_id, "decide", action="inspect", reason="own_view")

    assert (answer.status_code, refusals(here, case_id)) == (403, ["forbidden"])


def test_a_decision_keeps_what_figures_rest_on_with_its_audit_event(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    decided(who, case_id, "inspect")

    last = steps_of(here, case_id)[-1]

    assert (last.state_before, last.state_after) == (State.REVEALED, State.DECIDED)
    assert last.detail["view"] == "search"
    assert last.detail["seconds"] >= 0
    assert last.detail["agrees"] == (last.detail["recommended"] == "inspect")
    action, told = events(here, case_id)[-1]
    assert action == "case decide"
    assert (told["action"], told["to_state"]) == ("inspect", "decided")
    assert BECAUSE not in str(told), "texts stay with the step"


def test_less_than_was_recommended_has_to_be_explained(here: Deployment) -> None:
    # A mandatory rule recommends an inspection, whatever model and chance say.
    case_id, who = a_mandatory_case(here), supervisor(here)
    revealed(who, case_id)

    short = step(who, case_id, "decide", action="release", reason="own_view", text="no")

    assert short.status_code == 422
    assert 'href="#decide-text"' in short.text
    assert ">no</textarea>" in short.text, "what was typed is kept"
    assert case_of(here, case_id).state is State.REVEALED


@pytest.mark.parametrize(
    ("name", "fields", "field"),
    [
        pytest.param("view", {"view": "maybe", "reason": "weights"}, "view-view", id="no view"),
        pytest.param("view", {"view": "search"}, "view-reason", id="no reason"),
        pytest.param("view", {"view": "search", "reason": "other"}, "view-text", id="no text"),
    ],
)
def test_a_view_says_what_it_rests_on(
    here: Deployment, name: str, fields: dict[str, str], field: str
) -> None:
    case_id, who = a_case(here), supervisor(here)

    answer = step(who, case_id, name, **fields)

    assert answer.status_code == 422
    assert f'href="#{field}"' in answer.text
    assert f'id="{field}"' in answer.text, "the summary leads to the field"
    assert case_of(here, case_id).state is State.NEW


def test_whoever_comes_second_sees_who_did_what_and_keeps_what_was_typed(here: Deployment) -> None:
    case_id, first, second = a_case(here), supervisor(here), supervisor(here)
    revealed(first, case_id)
    revealed(second, case_id)
    version = str(case_of(here, case_id).version)
    sent = {"action": "inspect", "reason": "own_view", "text": "Seen with my own eyes."}
    assert step(first, case_id, "decide", version=version, **sent).status_code == 303

    late = step(second, case_id, "decide", version=version, **sent)

    assert late.status_code == 409
    assert "Seen with my own eyes." in late.text
    assert _name(here, first) in late.text
    assert "decided" in late.text
    assert refusals(here, case_id) == ["changed-meanwhile"]
    assert [done.step.value for done in steps_of(here, case_id)].count("decide") == 1


def test_before_ones_own_view_a_colleagues_is_not_told(here: Deployment) -> None:
    case_id, first, second = a_case(here), supervisor(here), supervisor(here)
    decided(first, case_id)

    page = second.get(f"/review/cases/{case_id}").text

    assert _name(here, first) in page
    assert BECAUSE not in page
    for told in ("Weights or counts", "decided", "The decision that stands"):
        assert told not in page.partition('id="trail"')[2], told


def test_a_case_is_taken_over_only_on_purpose(here: Deployment) -> None:
    case_id, first, second = a_case(here), supervisor(here), supervisor(here)
    assert step(first, case_id, "take").status_code == 303

    unasked = step(second, case_id, "take")
    asked = step(second, case_id, "take", take_over="yes")

    assert (unasked.status_code, asked.status_code) == (422, 303)
    assert _name(here, first) in unasked.text
    assert case_of(here, case_id).held_by == account_of(here, second)


def test_a_case_is_handed_to_a_colleague_of_the_post_or_to_nobody(here: Deployment) -> None:
    case_id, first, second = a_case(here), supervisor(here), person(here, "field_officer")
    stranger = person(here, "shift_supervisor", posts=("MK-RS-01",))
    step(first, case_id, "take")

    away = step(first, case_id, "hand_over", to=account_of(here, stranger), text=BECAUSE)
    over = step(first, case_id, "hand_over", to=account_of(here, second), text=BECAUSE)
    held = case_of(here, case_id).held_by
    back = step(second, case_id, "hand_over", to="next_shift", text=BECAUSE)

    assert [answer.status_code for answer in (away, over, back)] == [422, 303, 303]
    assert held == account_of(here, second)
    assert case_of(here, case_id).held_by is None


def test_a_case_is_closed_only_once_nothing_is_owed(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    decided(who, case_id, "inspect")
    owing = step(who, case_id, "close")
    step(who, case_id, "withdraw", text=BECAUSE)
    step(who, case_id, "decide", action="release", reason="explained", text=BECAUSE)

    closed = step(who, case_id, "close")

    assert (owing.status_code, closed.status_code) == (409, 303)
    case = case_of(here, case_id)
    assert (case.state, case.waits) == (State.CLOSED, False)


def test_what_was_done_is_undone_only_by_a_new_event(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    decided(who, case_id, "release")
    step(who, case_id, "close")

    step(who, case_id, "reopen", text=BECAUSE)

    case = case_of(here, case_id)
    assert (case.state, case.waits) == (State.REVEALED, True)
    assert [done.step.value for done in steps_of(here, case_id)] == [
        "view", "reveal", "decide", "close", "reopen",
    ]  # fmt: skip


def test_the_log_of_the_steps_makes_the_row_again(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    opened = case_of(here, case_id)
    step(who, case_id, "take")
    decided(who, case_id, "release")
    step(who, case_id, "hand_over", to="next_shift", text=BECAUSE)
    step(who, case_id, "close", text="")

    case = case_of(here, case_id)
    again = replayed(opened, steps_of(here, case_id))

    assert again.state is case.state
    assert (again.waits, again.held_by, again.held_at) == (case.waits, case.held_by, case.held_at)
    assert again.changed_at == case.changed_at


def test_the_same_button_twice_shows_the_score_once(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    viewed(who, case_id)

    answers = [step(who, case_id, "reveal") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [303, 303]
    assert [done.step.value for done in steps_of(here, case_id)] == ["view", "reveal"]


def test_a_browser_is_refused_by_a_page_that_says_what_to_do(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)

    answer = who.post(
        f"/review/cases/{case_id}/steps", data={"step": "reveal"}, headers={"Accept": "text/html"}
    )

    assert answer.status_code == 409
    assert "Record your view of the case; then its score is shown." in answer.text
    assert answer.headers["content-type"].startswith("text/html")


def test_a_form_without_the_sessions_token_is_refused(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    del who.headers["X-CSRF-Token"]

    answer = step(who, case_id, "view", view="search", reason="weights", csrf_token="forged")

    assert answer.status_code == 403
    assert steps_of(here, case_id) == []


def _name(here: Deployment, who: object) -> str:
    found = here.access.of_session(who.headers["Cookie"].removeprefix("vardar_session="))  # type: ignore[attr-defined]
    assert found is not None
    return found.name
