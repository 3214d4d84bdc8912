"""The feed of scores: complete, in order, without gaps, on both stores, however many write."""

from __future__ import annotations

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.ledger.connection import writing
from features.ledger.store import open_epoch
from serving.deployment import Deployment, open_deployment
from serving.feed import Place, place_of
from serving.work import Scored
from tests.deployments import Client, a_home, deployed, submitted

pytestmark = pytest.mark.slow


@pytest.fixture
def here(tmp_path: Path, store_url: str) -> Deployment:
    return deployed(replace(a_home(tmp_path), store=store_url))


def followed(client: Client, *, limit: int, start: str = "") -> list[dict[str, Any]]:
    """All pages from the start to the first empty one."""
    changes: list[dict[str, Any]] = []
    page = client.get(f"/v1/score-changes?limit={limit}{start}").json()
    while page["changes"]:
        assert len(page["changes"]) <= limit
        changes += page["changes"]
        page = client.get(f"/v1/score-changes?limit={limit}&after={page['next']}").json()
    return changes


def scored(deployment: Deployment, kind: str, **changes: Any) -> Scored:
    outcome = submitted(deployment, kind, **changes)
    assert isinstance(outcome, Scored)
    return outcome


def test_every_score_is_listed_once_in_the_order_it_was_made(here: Deployment) -> None:
    made = [scored(here, kind).score for kind in ("consignment", "crossing") * 4]
    submitted(here, "incident")

    client = Client(here)

    for limit in (1, 3, 8, 100):
        assert [c["score_id"] for c in followed(client, limit=limit)] == [s.score_id for s in made]
    late = followed(client, limit=2, start=f"&since_u={made[4].u}")
    assert [c["as_of"] for c in late] == [score.u for score in made[5:]]


def test_an_amended_movement_is_listed_again_with_what_it_supersedes(here: Deployment) -> None:
    first = scored(here, "consignment", source_record_id="A").score
    second = scored(here, "consignment", source_record_id="A", record_version=2,
                    gross_mass_kg=9000.0).score  # fmt: skip

    one, two = followed(Client(here), limit=10)

    assert (one["score_id"], one["supersedes"]) == (first.score_id, None)
    assert (two["score_id"], two["supersedes"]) == (second.score_id, first.score_id)
    assert two["movement"]["record_version"] == 2
    assert two["model_sha256"] == here.scoring.assessor.champion.pointer_sha256  # type: ignore[union-attr]
    answer = Client(here).get(f"/v1/scores/{second.score_id}").json()
    assert two["action"] == answer["recommendation"]["action"]
    for risk, said in two["risks"].items():
        assert said == {name: answer["risks"][risk].get(name) for name in said}
    assert "probability" not in str(two)


def test_the_end_is_an_empty_page_from_which_one_can_go_on(here: Deployment) -> None:
    client = Client(here)
    empty = client.get("/v1/score-changes").json()
    made = scored(here, "crossing").score

    page = client.get(f"/v1/score-changes?after={empty['next']}").json()
    end = client.get(f"/v1/score-changes?after={page['next']}").json()

    assert [c["score_id"] for c in page["changes"]] == [made.score_id]
    assert end == {"changes": [], "next": page["next"]}


def test_scores_of_a_new_epoch_come_after_all_of_the_last_whatever_the_clock(
    here: Deployment,
) -> None:
    client, now = Client(here), here.ledger.clock()
    # The first epoch ran ahead of the clock that the second begins with.
    here.ledger.clock = lambda: now + 5_000_000
    first = scored(here, "crossing").score
    cursor = client.get("/v1/score-changes").json()["next"]
    here.ledger.clock = lambda: now
    with writing(here.ledger.engine) as connection:
        open_epoch(connection, here.ledger.features, number=2, at=now, reason="a backfill")
    second = scored(here, "crossing").score

    assert second.epoch == 2
    assert second.u < first.u
    page = client.get(f"/v1/score-changes?after={cursor}").json()
    assert [c["score_id"] for c in page["changes"]] == [second.score_id]


def test_no_score_appears_behind_a_cursor_while_others_write(here: Deployment) -> None:
    """Each writer has a deployment of its own, as workers have."""
    writers = [here, *(open_deployment(here.settings) for _ in range(3))]
    made: list[str] = []
    lock, done = threading.Lock(), threading.Event()

    def write(deployment: Deployment, number: int) -> None:
        for i in range(25):
            score = scored(deployment, "crossing", source_record_id=f"W-{number}-{i}").score
            with lock:
                made.append(score.score_id)

    threads = [threading.Thread(target=write, args=(d, n)) for n, d in enumerate(writers)]
    seen: list[str] = []

    def follow() -> None:
        client, cursor = Client(here), "1-0"
        while True:
            last = done.is_set()
            page = client.get(f"/v1/score-changes?limit=3&after={cursor}").json()
            seen.extend(c["score_id"] for c in page["changes"])
            cursor = page["next"]
            if last and not page["changes"]:
                return

    follower = threading.Thread(target=follow)
    follower.start()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    done.set()
    follower.join()
    for deployment in writers[1:]:
        deployment.close()

    assert len(made) == 100
    assert len(seen) == len(set(seen))
    assert set(seen) == set(made)


@pytest.mark.parametrize(
    "query", ["after=x", "after=1-", "after=-1-5", f"after=1-{2**63}", "limit=0", "limit=1001",
              "since_u=-1", f"since_u={2**63}", "after=1-%D9%A3"]
)  # fmt: skip
def test_what_is_no_cursor_is_a_problem(here: Deployment, query: str) -> None:
    answered = Client(here).get(f"/v1/score-changes?{query}")

    assert answered.status_code == 422
    assert answered.json()["errors"]


@given(st.integers(0, 10**9 - 1), st.integers(0, 2**63 - 1))
def test_a_place_is_read_back_from_its_text(epoch: int, u: int) -> None:
    assert place_of(str(Place(epoch, u))) == Place(epoch, u)
