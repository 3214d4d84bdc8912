"""An integrator's first day, over the wire: a token, a record, its repeat, its amendment, its outcome, its reasons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from features.ledger.connection import writing
from models.card import BANDS
from serving.access import systems
from serving.describing import fresh_example
from tests.deployments import a_home, deployed, everything, row_counts
from tests.service_processes import serving

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Any]]:
    """The address of a service, and the credentials of one system."""
    settings = a_home(tmp_path_factory.mktemp("integrator"))
    here = deployed(settings)
    with writing(here.ledger.engine) as connection:
        made, secret = systems.create(
            connection,
            "client",
            everything(here.access.policy, source_systems=("mk-cdeps",), countries=("MK",)),
            label="customs declarations",
            actor="test",
            at=here.ledger.clock(),
        )
    here.close()
    with serving(settings) as server:
        yield f"http://127.0.0.1:{server.port}", (settings, made.credential_id, secret)


@pytest.fixture
def client(office: tuple[str, Any]) -> Iterator[httpx.Client]:
    """Somebody who has no token yet."""
    with httpx.Client(base_url=office[0], timeout=30) as client:
        yield client


def test_from_a_token_to_an_explanation_in_macedonian(
    client: httpx.Client, office: tuple[str, Any]
) -> None:
    _, (settings, client_id, secret) = office
    beside = deployed(settings)
    had = row_counts(beside)
    token = client.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, auth=(client_id, secret)
    ).json()
    client.headers["Authorization"] = f"Bearer {token['access_token']}"
    record = fresh_example("consignment", datetime.now(UTC))

    # Submitted once, and once more because the line was cut: with the key, and without it.
    first = client.post("/v1/consignments", json=record, headers={"Idempotency-Key": "first"})
    replayed = client.post("/v1/consignments", json=record, headers={"Idempotency-Key": "first"})
    repeated = client.post("/v1/consignments", json=record)
    assert first.status_code == 201
    answer = first.json()
    assert answer["risks"]["arms"]["reasons"]
    assert replayed.headers["Idempotency-Replayed"] == "true"
    assert replayed.content == first.content
    assert (repeated.status_code, repeated.json()) == (200, answer)

    # Amended: a new version, scored again, and the band never falls.
    amended = client.post(
        "/v1/consignments", json=record | {"record_version": 2, "package_count": 1_000}
    )
    assert amended.status_code == 201
    assert amended.json()["supersedes"] == answer["score_id"]
    for risk, before in answer["risks"].items():
        after = amended.json()["risks"][risk]
        assert BANDS.index(after["movement_band"]) >= BANDS.index(before["movement_band"])

    # The outcome comes back, and the movement is known.
    outcome = fresh_example("inspection", datetime.now(UTC)) | {
        "source_system": record["source_system"],
        "movement_source_system": record["source_system"],
        "movement_source_record_id": record["source_record_id"],
    }
    reported = client.post("/v1/inspections", json=outcome)
    assert reported.status_code == 201, reported.text
    assert "warning" not in reported.json()

    # And the reasons, in the language of whoever reads them.
    explanation = client.get(
        f"/v1/scores/{answer['score_id']}/explanation", headers={"Accept-Language": "mk"}
    )
    assert explanation.status_code == 200
    assert explanation.headers["Content-Language"] == "mk"
    told = explanation.json()
    assert re.search("[А-Ша-шЃѓЅѕЈјЉљЊњЌќЏџ]{4}", told["risks"]["arms"]["reasons"][0]["sentence"])

    # Two versions and an outcome, and nothing twice.
    counted = row_counts(beside)
    assert [counted[name] - had[name] for name in ("scores", "quarantine")] == [2, 0]


def test_what_is_not_theirs_is_refused_and_does_not_exist(
    client: httpx.Client, office: tuple[str, Any]
) -> None:
    _, (_, client_id, secret) = office
    token = client.post(
        "/oauth/token", data={"grant_type": "client_credentials"}, auth=(client_id, secret)
    ).json()
    client.headers["Authorization"] = f"Bearer {token['access_token']}"
    record = fresh_example("consignment", datetime.now(UTC))

    refused = client.post("/v1/consignments", json=record | {"source_system": "rs-customs"})
    unknown = client.get("/v1/scores/019f1c43-0000-7000-8000-000000000000")
    nobody = httpx.get(client.base_url.join("/v1/model"))

    assert refused.status_code == 403
    assert refused.json()["errors"][0]["field"] == "/source_system"
    assert unknown.status_code == 404
    assert nobody.status_code == 401
    assert nobody.headers["WWW-Authenticate"].startswith("Bearer")
