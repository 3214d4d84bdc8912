"""What is told when a part of the service is not there, or a record breaks it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, event
from sqlalchemy.exc import DataError, IntegrityError

from serving.deployment import Deployment
from tests.deployments import Client, a_home, a_submission, deployed, row_counts

pytestmark = pytest.mark.slow


@pytest.fixture
def here(tmp_path: Path) -> Deployment:
    return deployed(a_home(tmp_path))


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/readyz"),
        ("GET", "/"),
        ("GET", "/openapi.json"),
        ("GET", "/v1/model"),
        ("GET", "/v1/scores/1"),
        ("GET", "/v1/scores/1/explanation"),
        ("GET", "/v1/movements?source_system=a&source_record_id=b"),
        ("POST", "/v1/consignments"),
        ("POST", "/v1/crossings/batch"),
        ("POST", "/v1/inspections"),
    ],
)
def test_before_there_is_a_deployment_every_answer_is_not_ready(
    here: Deployment, method: str, path: str
) -> None:
    client = Client(here)
    client.application.deployment = None

    answered = client.request(method, path, **({"json": []} if method == "POST" else {}))

    assert answered.status_code == 503
    assert answered.json()["type"] == "/problems/not-ready"
    assert answered.headers["Retry-After"]


@pytest.mark.parametrize("error", [IntegrityError, DataError])
def test_a_row_that_the_store_refuses_fails_its_own_record_only(
    here: Deployment, error: Callable[..., Exception]
) -> None:
    records = [a_submission(here, "consignment") for _ in range(3)]
    refused = records[1]["source_record_id"]

    def refuse(_c: Connection, _cursor: object, statement: str, given: object, *_r: object) -> None:
        if statement.startswith("INSERT INTO ledger") and refused in str(given):
            raise error(statement, {}, Exception("refused"))

    event.listen(here.ledger.engine, "before_cursor_execute", refuse)
    told = Client(here).post("/v1/consignments/batch", json=records).json()
    event.remove(here.ledger.engine, "before_cursor_execute", refuse)

    assert [item["status"] for item in told["items"]] == [201, 500, 201]
    assert told["items"][1]["problem"]["type"] == "/problems/internal"
    assert row_counts(here)["ledger"] == 2
