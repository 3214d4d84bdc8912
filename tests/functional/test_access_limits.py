"""How often one may ask, and a request that is sent again."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
import yaml
from sqlalchemy import event, select, update
from sqlalchemy.exc import OperationalError

from features.ledger import tables_access
from features.ledger.connection import reading, writing
from serving.access.policy import SEEDED
from serving.access.secret_values import DAY, real_now
from serving.deployment import Deployment
from tests.access import anonymous, person, system
from tests.deployments import a_home, a_submission, deployed, row_counts

pytestmark = pytest.mark.slow

KEY = {"Idempotency-Key": "first-of-all"}


@pytest.fixture
def here(tmp_path: Path) -> Deployment:
    return deployed(a_home(tmp_path, heads=()))


def with_policy(tmp_path: Path, change: Callable[[dict[str, Any]], None]) -> Deployment:
    """A deployment whose office has changed its policy."""
    declared = yaml.safe_load(SEEDED.read_text())
    change(declared)
    path = tmp_path / "access.yaml"
    path.write_text(yaml.safe_dump(declared))
    return deployed(replace(a_home(tmp_path, heads=()), access=path))


def test_a_budget_is_told_with_each_answer_and_ends_with_429(tmp_path: Path) -> None:
    def three_views(declared: dict[str, Any]) -> None:
        declared["budgets"]["views"]["person"]["most"] = 3

    here = with_policy(tmp_path, three_views)
    one, other = person(here, "auditor"), person(here, "auditor")

    answers = [one.get("/v1/scores/x") for _ in range(4)]

    assert [a.status_code for a in answers] == [404, 404, 404, 429]
    assert [a.headers["RateLimit"].split(";")[:2] for a in answers] == [
        ['"views"', f"r={left}"] for left in (2, 1, 0, 0)
    ]
    assert {a.headers["RateLimit-Policy"] for a in answers} == {'"views";q=3;w=86400'}
    refused = answers[-1]
    assert refused.json()["type"] == "/problems/too-many"
    assert 0 < int(refused.headers["Retry-After"]) <= 86400
    assert other.get("/v1/scores/x").status_code == 404


def test_a_batch_draws_for_each_record_it_holds_or_is_refused_whole(tmp_path: Path) -> None:
    def five_records(declared: dict[str, Any]) -> None:
        declared["budgets"]["submissions"]["system"]["most"] = 5

    here = with_policy(tmp_path, five_records)
    client = system(here)
    batch = [a_submission(here, "crossing") for _ in range(4)]

    first = client.post("/v1/crossings/batch", json=batch)
    second = client.post("/v1/crossings/batch", json=batch)

    assert first.json()["accepted"] == 4
    assert first.headers["RateLimit"].startswith('"submissions";r=1;')
    assert second.status_code == 429
    assert second.headers["Retry-After"]
    assert row_counts(here)["ledger"] == 4


def test_an_address_tries_to_sign_in_only_so_often(tmp_path: Path) -> None:
    def two_tries(declared: dict[str, Any]) -> None:
        declared["budgets"]["sign_ins"]["address"]["most"] = 2

    here = with_policy(tmp_path, two_tries)
    nobody = anonymous(here, address="2001:db8::1")
    neighbour = anonymous(here, address="2001:db8::2")
    another = anonymous(here, address="2001:db8:1::1")

    tries = [nobody.post("/session", json={}).status_code for _ in range(2)]

    assert tries == [422, 422]
    assert neighbour.post("/session", json={}).status_code == 429
    assert another.post("/session", json={}).status_code == 422


def test_variants_of_a_movement_cannot_be_tried_out(tmp_path: Path) -> None:
    def two_more(declared: dict[str, Any]) -> None:
        declared["re_scores"]["most"] = 2

    here = with_policy(tmp_path, two_more)
    client = system(here)
    payload = a_submission(here, "crossing")
    versions = [payload | {"record_version": v, "queue_minutes": float(v)} for v in (1, 2, 3, 4)]

    codes = [client.post("/v1/crossings", json=one).status_code for one in versions]
    again = client.post("/v1/crossings", json=versions[2])
    batch = client.post("/v1/crossings/batch", json=[versions[3], versions[0]]).json()

    assert codes == [201, 201, 201, 429]
    assert again.status_code == 200
    assert [item["status"] for item in batch["items"]] == [429, 200]


def test_the_same_key_and_body_get_the_answer_that_was_given(here: Deployment) -> None:
    client = system(here)
    payload = a_submission(here, "crossing")

    first = client.post("/v1/crossings", json=payload, headers=KEY)
    again = client.post("/v1/crossings", json=payload, headers=KEY)
    without = client.post("/v1/crossings", json=payload)

    assert (first.status_code, again.status_code, without.status_code) == (201, 201, 200)
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Content-Type"] == "application/json"
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers


def test_the_same_key_with_another_body_is_refused(here: Deployment) -> None:
    client = system(here)
    client.post("/v1/crossings", json=a_submission(here, "crossing"), headers=KEY)

    body = client.post("/v1/crossings", json=a_submission(here, "crossing"), headers=KEY)
    path = client.post("/v1/incidents", json=a_submission(here, "incident"), headers=KEY)

    for refused in (body, path):
        assert refused.status_code == 422
        assert refused.json()["type"] == "/problems/idempotency-key-reused"
    assert row_counts(here)["ledger"] == 1


def test_a_key_is_each_principals_own(here: Deployment) -> None:
    for _ in range(2):
        payload = a_submission(here, "crossing")
        assert system(here).post("/v1/crossings", json=payload, headers=KEY).status_code == 201


def test_a_refusal_of_the_record_is_an_answer_like_any_other(here: Deployment) -> None:
    client = system(here)
    first = client.post("/v1/crossings", json={}, headers=KEY)
    again = client.post("/v1/crossings", json={}, headers=KEY)

    assert (first.status_code, again.status_code) == (422, 422)
    assert again.content == first.content
    assert again.headers["Content-Type"] == "application/problem+json"
    assert row_counts(here)["quarantine"] == 1


def test_what_may_pass_is_tried_again_under_the_same_key(here: Deployment) -> None:
    client = system(here)
    payload = a_submission(here, "crossing")

    def fail(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO scores"):
            raise OperationalError(statement, {}, Exception("disk I/O error"))

    event.listen(here.ledger.engine, "before_cursor_execute", fail)
    failed = client.post("/v1/crossings", json=payload, headers=KEY)
    event.remove(here.ledger.engine, "before_cursor_execute", fail)

    assert failed.status_code == 503
    assert client.post("/v1/crossings", json=payload, headers=KEY).status_code == 201


def test_two_equal_requests_at_once_are_one(here: Deployment) -> None:
    client = system(here)
    payload = a_submission(here, "crossing")
    going, go_on = threading.Event(), threading.Event()
    one = here.intake.one

    def slowly(*given: Any, **named: Any) -> Any:
        going.set()
        assert go_on.wait(20)
        return one(*given, **named)

    object.__setattr__(here.intake, "one", slowly)
    answers: list[Any] = []
    first = threading.Thread(
        target=lambda: answers.append(client.post("/v1/crossings", json=payload, headers=KEY))
    )
    first.start()
    assert going.wait(20)
    meanwhile = client.post("/v1/crossings", json=payload, headers=KEY)
    go_on.set()
    first.join()

    assert meanwhile.status_code == 409
    assert meanwhile.json()["type"] == "/problems/idempotency-key-running"
    assert meanwhile.headers["Retry-After"]
    assert answers[0].status_code == 201
    assert client.post("/v1/crossings", json=payload, headers=KEY).content == answers[0].content


def test_an_answer_is_forgotten_after_a_day(here: Deployment) -> None:
    client = system(here)
    client.post("/v1/crossings", json=a_submission(here, "crossing"), headers=KEY)
    with writing(here.ledger.engine) as connection:
        connection.execute(update(tables_access.idempotency).values(began_at=real_now() - DAY - 1))

    answered = client.post("/v1/crossings", json=a_submission(here, "crossing"), headers=KEY)

    assert answered.status_code == 201
    assert "Idempotency-Replayed" not in answered.headers
    with reading(here.ledger.engine) as connection:
        assert len(connection.execute(select(tables_access.idempotency)).all()) == 1


@pytest.mark.parametrize("key", ["", "a b", "x" * 256, "é"])
def test_a_key_that_is_none_is_refused(here: Deployment, key: str) -> None:
    named = {"Idempotency-Key": key.encode("latin-1")}

    answered = system(here).post("/v1/crossings", json={}, headers=named)

    assert answered.status_code == 422
    assert answered.json()["type"] == "/problems/invalid-request"


def test_a_batch_is_answered_again_whole(here: Deployment) -> None:
    client = system(here)
    batch = [a_submission(here, "crossing") for _ in range(70)]

    first = client.post("/v1/crossings/batch", json=batch, headers=KEY)
    again = client.post("/v1/crossings/batch", json=batch, headers=KEY)

    assert orjson.loads(first.content)["accepted"] == 70
    assert again.content == first.content


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/crossings", "application/x-www-form-urlencoded"),
        ("/session", "multipart/form-data; boundary=x"),
        ("/session", "application/vnd.bentoml+pickle"),
        ("/oauth/token", "application/vnd.bentoml+pickle"),
        ("/oauth/token", "text/plain"),
    ],
)
def test_forms_are_taken_where_forms_belong_and_nothing_else(
    here: Deployment, path: str, kind: str
) -> None:
    answered = system(here).post(path, content=b"a=b", headers={"Content-Type": kind})

    assert answered.status_code == 415


def test_every_answer_tells_browsers_to_do_nothing_with_it(here: Deployment) -> None:
    for path in ("/v1/model", "/nothing", "/livez", "/openapi.json"):
        headers = system(here).get(path).headers
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=()" in headers["Permissions-Policy"]
        assert "Strict-Transport-Security" not in headers
