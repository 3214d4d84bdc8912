"""Nothing of a score reaches whoever has to record a view first, through any door, until it is revealed."""

from __future__ import annotations

from collections.abc import Iterator
from html import unescape
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from features.ledger import tables
from features.ledger.connection import reading
from serving.answers import Score
from serving.deployment import Deployment, open_deployment
from tests.access import POST, person, shown_the_score, system
from tests.deployments import Client, a_home, a_submission, submitted

BAND_MARKS = ('class="band', "verdict", "odds ×", "odds ÷", "1 in ")


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = open_deployment(a_home(tmp_path_factory.mktemp("own view")))
    yield deployment
    deployment.close()


def a_score(here: Deployment, kind: str = "crossing", **changes: Any) -> Score:
    score: Score = submitted(here, kind, **{"owner_post": POST} | changes).score  # type: ignore[union-attr]
    return score


def told_of(here: Deployment, score: Score) -> set[str]:
    """Every sentence and word that an answer and its explanation tell."""
    told = here.explainer.told(score, None)
    explained = here.explainer.explanation(score)
    found = {rule["sentence"] for rule in told["rules"]}
    found |= {explained["recommendation_in_words"]}
    for risk in told["risks"].values():
        found |= {r["sentence"] for r in risk.get("reasons", ())}
        found |= {risk[name] for name in ("in_words", "reason") if name in risk}
    for risk in explained["risks"].values():
        found |= {caution["sentence"] for caution in risk["why_this_may_be_wrong"]}
    return found


def steps(client: Client, score: Score, **data: str) -> int:
    answered = client.post(f"/review/cases/{score.score_id}/steps", data=data)
    return answered.status_code


@pytest.mark.parametrize("role", ["field_officer", "shift_supervisor"])
@pytest.mark.parametrize("kind", ["consignment", "crossing"])
def test_a_page_holds_nothing_of_the_score_before_it_is_revealed(
    here: Deployment, kind: str, role: str
) -> None:
    score = a_score(here, kind)
    client = person(here, role)
    pages = (f"/review/cases/{score.score_id}", f"/review/cases/{score.score_id}/print")
    secret = told_of(here, score)
    assert len(secret) > 8

    for recorded in (False, True):
        if recorded:
            assert steps(client, score, step="view", view="search", reason="routine") == 303
        for page in pages:
            text = unescape(client.get(page).text)
            assert score.answer["movement"]["source_record_id"] in text
            assert [one for one in secret if one in text] == []
            assert [mark for mark in BAND_MARKS if mark in text] == []

    assert steps(client, score, step="reveal") == 303
    for page in pages:
        text = unescape(client.get(page).text)
        assert 'class="band' in text
        assert [one for one in secret if one in text] != []


@pytest.mark.parametrize("path", ["/v1/scores/{}", "/v1/scores/{}/explanation"])
def test_a_score_is_refused_until_it_was_revealed_as_a_case(here: Deployment, path: str) -> None:
    score = a_score(here)
    client = person(here, "shift_supervisor")
    address = path.format(score.score_id)

    before = client.get(address)
    steps(client, score, step="view", view="no_search", reason="routine")
    viewed = client.get(address)
    steps(client, score, step="reveal")
    after = client.get(address)

    assert (before.status_code, viewed.status_code, after.status_code) == (409, 409, 200)
    assert before.json()["type"] == "/problems/own-view-first"
    assert after.json()["risks"]


def test_a_refusal_is_kept_with_who_asked_for_what(here: Deployment) -> None:
    score = a_score(here)
    client = person(here, "field_officer")
    who = client.get("/session").json()["id"]

    client.get(f"/v1/scores/{score.score_id}")

    audit = tables.audit.c
    with reading(here.ledger.engine) as connection:
        rows = connection.execute(
            select(audit.object, audit.detail).where(audit.actor == who, audit.action == "consult")
        ).all()
    assert [tuple(row) for row in rows] == [
        (score.score_id, '{"outcome":"withheld","what":"score"}')
    ]


def test_a_movement_is_listed_without_its_bands_and_answers(here: Deployment) -> None:
    score = a_score(here)
    client = person(here, "shift_supervisor")
    movement = score.answer["movement"]
    reference = {name: movement[name] for name in ("source_system", "source_record_id")}

    def listed() -> dict[str, Any]:
        (found,) = client.get("/v1/movements", params=reference).json()["movements"]
        assert isinstance(found, dict)
        return found

    before = listed()
    shown_the_score(client, score.score_id)
    after = listed()

    assert before == {
        "kind": "crossing",
        **reference,
        "own_view_first": True,
        "versions": [{"record_version": 1, "as_of": score.u}],
    }
    assert after["bands"].keys() == score.answer["risks"].keys()
    assert after["versions"][0]["score"]["score_id"] == score.score_id


def test_a_change_is_listed_without_bands_and_action(here: Deployment) -> None:
    score = a_score(here)
    client = person(here, "shift_supervisor")

    def listed() -> dict[str, Any]:
        changes = client.get("/v1/score-changes", params={"since_u": score.u - 1}).json()["changes"]
        (found,) = (one for one in changes if one["score_id"] == score.score_id)
        assert isinstance(found, dict)
        return found

    before = listed()
    shown_the_score(client, score.score_id)
    after = listed()

    assert before["own_view_first"] is True
    assert not {"risks", "action", "because"} & before.keys()
    assert {"risks", "action", "because"} <= after.keys()
    assert "own_view_first" not in after


def test_a_new_version_asks_for_a_view_again_and_closes_the_earlier_scores_too(
    here: Deployment,
) -> None:
    payload = a_submission(here, "crossing", owner_post=POST)
    sender = system(here)
    first = sender.post("/v1/crossings", json=payload).json()["score_id"]
    client = shown_the_score(person(here, "shift_supervisor"), first)
    assert client.get(f"/v1/scores/{first}").status_code == 200

    amended = payload | {"record_version": 2, "declared_load_kg": 22_000.0}
    second = sender.post("/v1/crossings", json=amended).json()["score_id"]

    assert client.get(f"/v1/scores/{first}").status_code == 409
    assert client.get(f"/v1/scores/{second}").status_code == 409
    assert 'class="band' not in client.get(f"/review/cases/{first}").text
    shown_the_score(client, first)
    assert client.get(f"/v1/scores/{first}").status_code == 200
    assert client.get(f"/v1/scores/{second}").status_code == 200


def test_what_was_revealed_to_one_is_not_revealed_to_another(here: Deployment) -> None:
    score = a_score(here)
    shown_the_score(person(here, "shift_supervisor"), score.score_id)

    colleague = person(here, "shift_supervisor")

    assert colleague.get(f"/v1/scores/{score.score_id}").status_code == 409
    assert 'class="band' not in colleague.get(f"/review/cases/{score.score_id}").text


def test_roles_that_decide_nothing_and_systems_read_as_before(here: Deployment) -> None:
    score = a_score(here)

    for client in (person(here, "national_analyst"), person(here, "auditor"), system(here)):
        assert client.get(f"/v1/scores/{score.score_id}").json()["risks"]


def test_a_score_out_of_sight_is_unknown_and_not_withheld(here: Deployment) -> None:
    score = a_score(here, owner_post="MK-SB-02")
    client = person(here, "shift_supervisor")

    assert client.get(f"/v1/scores/{score.score_id}").status_code == 404
    for page in ("", "/print"):
        hidden = client.get(f"/review/cases/{score.score_id}{page}")
        guessed = client.get(f"/review/cases/{score.score_id[:-4]}0000{page}")
        assert hidden.status_code == guessed.status_code == 404
        same = [orjson.loads(one.content) | {"instance": ""} for one in (hidden, guessed)]
        assert same[0] == same[1]
