"""Search by reference, and the views that people keep."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from itertools import count
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from features.ledger import tables
from features.ledger.connection import reading
from serving.deployment import Deployment, open_deployment
from tests.access import person
from tests.deployments import Client, a_home, submitted

# Each opens a deployment of its own: seconds.
pytestmark = pytest.mark.slow

_numbers = count(1)


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = open_deployment(a_home(tmp_path_factory.mktemp("search"), heads=()))
    yield deployment
    deployment.close()


@pytest.fixture
def officer(here: Deployment) -> Client:
    return person(here, "field_officer", posts=("MK-S-01",))


def scored(here: Deployment, reference: str, kind: str = "crossing", **changes: Any) -> str:
    told = {"owner_post": "MK-S-01", "source_record_id": reference} | changes
    outcome: Any = submitted(here, kind, **told)
    case_id: str = outcome.score.score_id
    return case_id


def search(client: Client, reference: str) -> Any:
    return client.get("/review/search", params={"reference": reference})


@pytest.mark.parametrize("typed", ["ONE-1", " ONE-1 ", "one-1", "ONE", "on"[:2] + "e"])
def test_one_hit_is_the_case_itself(here: Deployment, officer: Client, typed: str) -> None:
    if "location" not in search(officer, "ONE-1").headers:
        scored(here, "ONE-1")

    found = search(officer, typed)

    assert found.status_code == 303
    assert found.headers["location"].startswith("/review/cases/")


def test_a_declaration_is_found_by_what_its_papers_bear(here: Deployment, officer: Client) -> None:
    first = scored(here, "D-1", "consignment", declaration_ref="26MK000000000000A1")
    scored(here, "D-2", "consignment", declaration_ref="26MK000000000000A2")

    exact, begun = search(officer, "26mk000000000000a1"), search(officer, "26MK0000")

    assert exact.headers["location"] == f"/review/cases/{first}"
    assert ["D-1" in begun.text, "D-2" in begun.text] == [True, True]


def test_a_new_version_is_found_by_what_it_is_called_now(here: Deployment, officer: Client) -> None:
    case_id = scored(here, "V-1", "consignment", declaration_ref="26MK00000000000VV1")
    scored(here, "V-1", "consignment", declaration_ref="26MK00000000000VV2", record_version=2)

    assert search(officer, "26MK00000000000VV2").headers["location"].endswith(case_id)
    assert "Nothing was found" in search(officer, "26MK00000000000VV1").text


def test_what_one_may_not_see_is_not_found_and_that_it_was_looked_for_is_kept(
    here: Deployment, officer: Client
) -> None:
    scored(here, "THEIRS-1", owner_post="MK-S-02")

    theirs, nobodys = search(officer, "THEIRS-1"), search(officer, "NOBODYS1")

    assert theirs.status_code == 200
    assert theirs.text.replace("THEIRS-1", "NOBODYS1") == nobodys.text
    assert looked_for(here, officer) == [("THEIRS-1", "hidden"), ("NOBODYS1", "unknown")]
    assert "Nothing was found" in search(officer, "THEIRS").text


def test_many_hits_are_cut_short_and_it_says_so(here: Deployment, officer: Client) -> None:
    for n in range(26):
        scored(here, f"MANY-{n:02}")

    many, fewer = search(officer, "MANY-"), search(officer, "MANY-0")

    assert "More than 25 begin like this." in many.text
    assert many.text.count("<tr role") == 26
    assert "10 movements" in fewer.text


@pytest.mark.parametrize("odd", ["%", "_NE-1", "ONE*", "O", "'; --", "<b>", "\u0000", "Ωμέγα"])
def test_signs_stand_for_themselves(here: Deployment, officer: Client, odd: str) -> None:
    found = search(officer, odd)

    assert found.status_code == 200
    assert "Nothing was found" in found.text
    assert "<b>" not in found.text


def test_a_reference_that_is_none_is_told_at_its_field(officer: Client) -> None:
    long = search(officer, "x" * 201)

    assert long.status_code == 422
    assert 'href="#reference"' in long.text
    assert "x" * 201 in long.text
    assert officer.get("/review/search").status_code == 200


def test_a_search_shows_no_more_of_a_score_than_the_queue(
    here: Deployment, officer: Client
) -> None:
    for n in range(2):
        scored(here, f"SCORE-{n}")

    page = search(officer, "SCORE-").text

    assert 'class="band' not in page
    assert page.count("not shown yet") == 2


def save(client: Client, name: str, query: str = "kind=crossing") -> Any:
    return client.post("/review/queue/views", data={"name": name, "query": query})


def test_a_view_is_kept_for_its_owner_alone_replaced_and_removed(
    here: Deployment, officer: Client
) -> None:
    other = person(here, "field_officer", posts=("MK-S-01",))
    saved = save(officer, "Night & day")
    again = save(officer, "Night & day", "sort=newest&state=new&after=x&band=high")
    listed, theirs = officer.get("/review/queue").text, other.get("/review/queue").text
    other.post("/review/queue/views/remove", data={"name": "Night & day"})
    removed = officer.post("/review/queue/views/remove", data={"name": "Night & day"})

    name = escape("Night & day")
    assert saved.headers["location"] == "/review/queue?kind=crossing"
    assert again.headers["location"] == "/review/queue?state=new&sort=newest"
    assert f'href="/review/queue?state=new&amp;sort=newest">{name}</a>' in listed
    assert name not in theirs
    assert (removed.status_code, name in officer.get("/review/queue").text) == (303, False)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("", "needs a name"),
        ("x" * 61, "longer than 60 characters"),
        ("a\u202eb", "cannot be shown"),
    ],
)
def test_a_name_that_does_not_do_is_told_at_its_field_and_kept(
    officer: Client, name: str, says: str
) -> None:
    refused = save(officer, name)

    assert refused.status_code == 422
    assert refused.text.count(says) == 2
    assert 'href="#view-name"' in refused.text
    assert f'name="name" value="{name}"' in refused.text
    assert '<option value="crossing" selected>' in refused.text


def test_twenty_views_are_enough(officer: Client) -> None:
    codes = [save(officer, f"view {n}").status_code for n in range(20)]

    assert codes == [303] * 20
    assert "no more can be kept" in save(officer, "one more").text
    assert save(officer, "view 3", "sort=post").status_code == 303


def test_a_view_is_not_saved_for_another_site(here: Deployment, officer: Client) -> None:
    del officer.headers["X-CSRF-Token"]

    assert save(officer, "forged").status_code == 403
    assert "forged" not in officer.get("/review/queue").text


def looked_for(here: Deployment, client: Client) -> list[tuple[str, str]]:
    who = client.get("/session").json()["id"]
    audit = tables.audit.c
    with reading(here.ledger.engine) as connection:
        found = connection.execute(
            select(audit.object, audit.detail)
            .where(audit.actor == who, audit.action == "consult")
            .order_by(audit.number)
        ).all()
    return [(row.object, orjson.loads(row.detail)["outcome"]) for row in found]
