"""A record handed in is answered alike whether it goes past FastAPI or through it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.deployments import Client, a_home, a_submission, deployed

#: FastAPI reads this as it reads `reasons=true`; only the first is one of the queries known beforehand.
SHORT, LONG = "?reasons=true", "?reasons=1"


@pytest.fixture
def client(tmp_path: Path) -> Client:
    return Client(deployed(a_home(tmp_path)))


def shown(answer: httpx.Response) -> tuple[int, dict[str, str], Any]:
    """What of an answer does not differ between two requests."""
    headers = {k: v for k, v in answer.headers.items() if k not in ("x-request-id", "ratelimit")}
    return answer.status_code, headers, answer.json() | {"instance": None}


@pytest.mark.parametrize("kind", ["consignment", "crossing"])
def test_a_movement_known_already_is_answered_alike(client: Client, kind: str) -> None:
    here = deployed_of(client)
    body = a_submission(here, kind)
    assert client.post(f"/v1/{kind}s{SHORT}", json=body).status_code == 201

    past, through = (client.post(f"/v1/{kind}s{query}", json=body) for query in (SHORT, LONG))

    assert past.status_code == 200
    assert past.json()["risks"]["arms"]["reasons"]
    assert shown(past) == shown(through)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"{", id="no JSON"),
        pytest.param(b"{}", id="nothing in it"),
        pytest.param(b"[]", id="no record"),
        pytest.param(b"\xff", id="no text"),
    ],
)
def test_a_problem_is_told_alike(client: Client, content: bytes) -> None:
    headers = {"Content-Type": "application/json", "Accept-Language": "mk"}

    past, through = (
        client.post(f"/v1/crossings{query}", content=content, headers=headers)
        for query in (SHORT, LONG)
    )

    assert past.status_code in (400, 422)
    assert shown(past) == shown(through)


def test_a_service_that_stops_says_so(client: Client) -> None:
    here = deployed_of(client)
    body = a_submission(here, "crossing")
    here.writer.stop()

    past, through = (client.post(f"/v1/crossings{query}", json=body) for query in (SHORT, LONG))

    assert past.status_code == 503
    assert past.json()["type"] == "/problems/not-ready"
    assert shown(past) == shown(through)


def test_without_reasons_there_are_none(client: Client) -> None:
    body = a_submission(deployed_of(client), "crossing")

    answer = client.post("/v1/crossings?reasons=false", json=body)

    assert answer.status_code == 201
    assert "reasons" not in answer.json()["risks"]["arms"]


def test_an_unreadable_query_is_left_to_fastapi(client: Client) -> None:
    answer = client.post("/v1/crossings?reasons=perhaps", json={})

    assert answer.status_code == 422
    assert answer.json()["type"] == "/problems/invalid-request"


def deployed_of(client: Client) -> Any:
    return client.application.deployment
