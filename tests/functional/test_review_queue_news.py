"""What is new in the queue: counted quietly, so that a browser left alone is signed out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import func, select, update

from features.ledger import tables, tables_access
from features.ledger import tables_review as review
from features.ledger.connection import reading, writing
from serving.access.policy import SEEDED, PolicyRefused, load_policy
from serving.access.secret_values import MINUTE, real_now, recognised_by
from serving.deployment import Deployment, open_deployment
from tests.access import person
from tests.deployments import Client, a_home, submitted

POST = "MK-N-01"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = open_deployment(a_home(tmp_path_factory.mktemp("news"), heads=()))
    yield deployment
    deployment.close()


@pytest.fixture
def officer(here: Deployment) -> Client:
    return person(here, "field_officer", posts=(POST,))


def arrives(here: Deployment, post: str = POST) -> None:
    scored: Any = submitted(here, "crossing", owner_post=post)
    with writing(here.ledger.engine) as connection:
        connection.execute(
            update(review.cases)
            .where(review.cases.c.case_id == scored.score.score_id)
            .values(waits=True)
        )


def since(client: Client) -> str:
    """The moment that a page knew of last, as its bar sends it."""
    found = re.search(r'hx-vals=\'\{"since": "(\d+)"\}\'', client.get("/review/queue").text)
    assert found
    return found[1]


def news(client: Client, since: str, **more: str) -> Any:
    return client.get("/review/queue/news", params={"since": since, **more})


def test_a_bar_says_how_many_came_since_the_page_and_leads_to_them(
    here: Deployment, officer: Client
) -> None:
    arrives(here)
    seen = since(officer)
    quiet = news(officer, seen)
    arrives(here)
    arrives(here)
    arrives(here, "MK-N-02")

    told = news(officer, seen, kind="crossing")

    assert quiet.status_code == 204
    assert '<a href="/review/queue?kind=crossing">2 new</a>' in told.text
    assert "<html" not in told.text
    assert news(officer, seen, kind="consignment").status_code == 204


def test_a_bar_that_says_so_already_is_left_alone(here: Deployment, officer: Client) -> None:
    seen = since(officer)
    arrives(here)
    first = news(officer, seen)
    told = re.search('name="told" value="(.*?)"', first.text)

    assert told
    assert news(officer, seen, told=told[1]).status_code == 204
    arrives(here)
    assert "2 new" in news(officer, seen, told=told[1]).text


@pytest.mark.parametrize("odd", ["", "x", "-1", "9" * 40, "٣"])
def test_news_since_no_moment_are_none(officer: Client, odd: str) -> None:
    assert news(officer, odd).status_code == 204


def test_asking_for_news_leaves_no_trace_and_does_not_count_as_being_there(
    here: Deployment, officer: Client
) -> None:
    seen = since(officer)
    idle(here, officer, minutes=20)
    before = audited(here), seen_at(here, officer)

    news(officer, seen)
    after = audited(here), seen_at(here, officer)
    officer.get("/review/queue")

    assert after == before
    assert seen_at(here, officer) > before[1]


def test_a_session_that_only_asks_for_news_ends_and_says_so_before(
    here: Deployment, officer: Client
) -> None:
    seen = since(officer)
    idle(here, officer, minutes=26)
    warned = news(officer, seen)
    idle(here, officer, minutes=31)
    ended = news(officer, seen)

    assert "You will soon be signed out" in warned.text
    assert ended.status_code == 401


def test_an_office_that_calls_no_address_quiet_keeps_its_people_signed_in(tmp_path: Path) -> None:
    declared = yaml.safe_load(SEEDED.read_text())
    del declared["endpoints"]["GET /review/queue/news"]["quiet"]
    path = tmp_path / "access.yaml"
    path.write_text(yaml.safe_dump(declared))
    loud = open_deployment(replace(a_home(tmp_path, heads=()), access=path))
    try:
        officer = person(loud, "field_officer", posts=(POST,))
        idle(loud, officer, minutes=20)
        before = seen_at(loud, officer)
        news(officer, "1")
        assert seen_at(loud, officer) > before
    finally:
        loud.close()


def test_whoever_reviews_sees_posts_or_a_country(tmp_path: Path) -> None:
    declared = yaml.safe_load(SEEDED.read_text())
    declared["roles"]["field_officer"]["rows"] = {"within": "own_submissions"}
    path = tmp_path / "access.yaml"
    path.write_text(yaml.safe_dump(declared))

    with pytest.raises(PolicyRefused, match="field_officer: a queue is of one's own posts"):
        load_policy(path)


def code(client: Client) -> str:
    return recognised_by(client.headers["Cookie"].removeprefix("vardar_session="))


def idle(here: Deployment, client: Client, *, minutes: int) -> None:
    """Let the session not have been used for so long."""
    sessions = tables_access.sessions
    with writing(here.ledger.engine) as connection:
        connection.execute(
            update(sessions)
            .where(sessions.c.session_sha256 == code(client))
            .values(seen_at=real_now() - minutes * MINUTE)
        )


def seen_at(here: Deployment, client: Client) -> int:
    sessions = tables_access.sessions.c
    with reading(here.ledger.engine) as connection:
        found: int = connection.execute(
            select(sessions.seen_at).where(sessions.session_sha256 == code(client))
        ).scalar_one()
    return found


def audited(here: Deployment) -> int:
    with reading(here.ledger.engine) as connection:
        return connection.execute(select(func.count()).select_from(tables.audit)).scalar_one()
