"""Every role at every address: what the declared policy says is what happens, and nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from features.ledger import tables
from features.ledger.connection import reading
from serving.access.policy import Endpoint, load_policy
from serving.deployment import Deployment, open_deployment
from tests.access import anonymous, person, somebody, system
from tests.deployments import Client, a_home, deployed

POLICY = load_policy()
ELSEWHERE = "192.0.2.7"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = open_deployment(a_home(tmp_path_factory.mktemp("matrix"), heads=()))
    yield deployment
    deployment.close()


def refusal(client: Client, address: str) -> str | None:
    """Why the guard lets nobody through; None if it does."""
    method, _, path = address.partition(" ")
    filled = path.replace("{score_id}", "x").replace("{kind}", "not-found")
    body: dict[str, Any] = {"json": {}} if method == "POST" else {}
    if path == "/oauth/token":
        body = {"data": {"grant_type": "client_credentials"}}
    answered = client.request(method, filled, **body)
    if answered.headers.get("location", "").startswith("/sign-in"):
        # People are not told so, but sent to the form.
        return "unauthenticated"
    told = answered.json() if "json" in answered.headers.get("content-type", "") else {}
    kind = str(told.get("type", "")).removeprefix("/problems/")
    return kind if kind in ("unauthenticated", "forbidden", "forgery") else None


@pytest.mark.parametrize("role", POLICY.roles)
def test_a_role_does_what_the_policy_says_and_nothing_else(here: Deployment, role: str) -> None:
    client = somebody(here, role)
    client.address = ELSEWHERE

    for address, endpoint in POLICY.endpoints.items():
        # Signing out would end the matrix here; people's tests do it.
        if address != "POST /session/end":
            assert refusal(client, address) == expected(role, endpoint), address


def expected(role: str, endpoint: Endpoint) -> str | None:
    if endpoint.open_to == "public" or endpoint.act in POLICY.roles[role].acts:
        return None
    return "forbidden"


@pytest.mark.parametrize("address", POLICY.endpoints)
def test_nobody_unknown_comes_in_where_it_is_not_declared_open(
    here: Deployment, address: str
) -> None:
    public = POLICY.endpoints[address].open_to == "public"

    assert refusal(anonymous(here, address=ELSEWHERE), address) == (
        None if public else "unauthenticated"
    )


def test_counts_are_open_on_this_machine_and_not_through_a_proxy_on_it(here: Deployment) -> None:
    local = anonymous(here)

    assert local.get("/metrics").status_code == 200
    forwarded = local.get("/metrics", headers={"X-Forwarded-For": ELSEWHERE})
    assert forwarded.status_code == 401


def test_whoever_is_unknown_is_told_how_to_be_known(here: Deployment) -> None:
    client = anonymous(here)

    asked = client.get("/v1/model")
    refused = client.get("/v1/model", headers={"Authorization": "Bearer vardar_key_none"})

    assert asked.headers["WWW-Authenticate"] == 'Bearer realm="vardar"'
    assert 'error="invalid_token"' in refused.headers["WWW-Authenticate"]
    assert asked.json() == {**refused.json(), "instance": asked.json()["instance"]}


@pytest.mark.parametrize(
    "path",
    ["/v1/model/", "//v1/model", "/V1/model", "/v1/./model", "/v1//model", "/v1/model%00",
     "/v1/model;x", "/v1/scores/x/explanation/", "/v1/scores/a%2Fb"],
)  # fmt: skip
def test_another_spelling_of_an_address_is_no_way_round_the_guard(
    here: Deployment, path: str
) -> None:
    answered = anonymous(here).get(path)

    assert answered.status_code in (401, 404)


def test_a_kind_of_record_that_a_key_does_not_hold_is_refused(here: Deployment) -> None:
    client = system(here, kinds=("consignment",))

    assert client.post("/v1/crossings", json={}).status_code == 403
    assert client.post("/v1/consignments", json={}).status_code == 422


def test_a_role_that_was_narrowed_since_allows_only_what_it_allows_now(tmp_path: Path) -> None:
    here = deployed(a_home(tmp_path, heads=()))
    client = person(here, "auditor")
    object.__setattr__(here.access.policy.roles["auditor"], "acts", ("own_session",))

    assert client.get("/v1/model").status_code == 403
    assert client.get("/session").json()["scopes"] == ["arms", "own_session", "smuggling"]


def test_refusals_are_kept_with_who_and_what(here: Deployment) -> None:
    client = somebody(here, "admin")
    who = client.get("/session").json()["id"]
    client.get("/v1/model")

    with reading(here.ledger.engine) as connection:
        rows = connection.execute(tables.audit.select().where(tables.audit.c.actor == who)).all()
    assert ("refused", "GET /v1/model") in {(row.action, row.object) for row in rows}
