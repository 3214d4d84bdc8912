"""What is more than the service can take is refused at the door, and only that."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import httpx
import orjson
import pytest
import structlog

from serving import overload
from tests.deployments import Client, a_home, a_submission, deployed, row_counts


def test_submissions_beyond_the_limit_are_refused_unread_and_the_rest_is_stored(
    tmp_path: Path,
) -> None:
    here = deployed(replace(a_home(tmp_path), most_in_flight=5))
    client = Client(here)
    bodies = [orjson.dumps(a_submission(here, "crossing")) for _ in range(40)]
    read = 0

    async def body(text: bytes) -> object:
        nonlocal read
        read += 1
        yield text

    async def all_at_once() -> list[httpx.Response]:
        transport = httpx.ASGITransport(client.application.asgi)
        async with httpx.AsyncClient(transport=transport, base_url="http://vardar") as http:
            json = {"Content-Type": "application/json", **client.headers}
            sent = (
                http.post("/v1/crossings", content=body(text), headers=json)  # type: ignore[arg-type]
                for text in bodies
            )
            looked_up = http.get("/v1/model", headers=client.headers)
            return list(await asyncio.gather(looked_up, *sent))

    model, *answers = asyncio.run(all_at_once())

    refused = [a for a in answers if a.status_code == 429]
    assert len(refused) == 35
    assert read == 5
    assert model.status_code == 200
    assert all(int(a.headers["Retry-After"]) >= 1 for a in refused)
    assert {a.json()["type"] for a in refused} == {"/problems/overloaded"}
    assert all(a.json()["instance"] == a.headers["X-Request-ID"] for a in refused)
    assert len({a.headers["X-Request-ID"] for a in refused}) == 35
    assert all(a.headers["X-Content-Type-Options"] == "nosniff" for a in refused)
    assert row_counts(here)["scores"] == 5
    assert client.post("/v1/crossings", content=bodies[0],
                       headers={"Content-Type": "application/json"}).status_code in (200, 201)  # fmt: skip
    assert 'vardar_problems_total{type="overloaded"} 35.0' in client.get("/metrics").text


def test_what_is_refused_gets_one_line_in_the_log_a_second(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(overload, "monotonic", lambda: now)
    here = deployed(replace(a_home(tmp_path), most_in_flight=0))
    client = Client(here)

    with structlog.testing.capture_logs() as lines:
        answers = [
            client.post("/v1/crossings", headers={"X-Request-ID": f"r{n}"}) for n in range(9)
        ]
        now += 2.0
        client.get("/v1/model")

    assert [answer.headers["X-Request-ID"] for answer in answers] == [f"r{n}" for n in range(9)]
    assert [line["refused"] for line in lines if line["event"] == "overloaded"] == [1, 8]
