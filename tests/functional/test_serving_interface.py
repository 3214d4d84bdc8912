"""The interface itself: its description, its door, what it tells about its state."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from openapi_spec_validator import OpenAPIV31SpecValidator

from models.heads import save_head
from serving.deployment import Deployment
from serving.door import LARGEST_BODY
from tests.deployments import Client, a_home, a_real_head, a_submission, deployed, row_counts


@pytest.fixture
def here(tmp_path: Path) -> Deployment:
    return deployed(a_home(tmp_path))


@pytest.fixture
def client(here: Deployment) -> Client:
    return Client(here)


def test_the_description_is_valid_openapi_3_1(client: Client) -> None:
    spec = client.get("/openapi.json").json()

    assert spec["openapi"].startswith("3.1")
    OpenAPIV31SpecValidator(spec).validate()


def test_the_description_says_how_one_is_known_and_what_each_address_asks_for(
    client: Client,
) -> None:
    spec = client.get("/openapi.json").json()
    submit, ready = spec["paths"]["/v1/crossings"]["post"], spec["paths"]["/readyz"]["get"]

    assert set(spec["components"]["securitySchemes"]) == {"key", "oauth2", "session"}
    assert submit["security"] == [{"key": []}, {"oauth2": ["submit"]}, {"session": []}]
    assert {"401", "403", "429"} <= set(submit["responses"])
    assert "Idempotency-Key" in {p["name"] for p in submit["parameters"]}
    assert ready["security"] == []


def test_every_example_is_accepted_as_it_stands(here: Deployment, client: Client) -> None:
    spec = client.get("/openapi.json").json()
    bodies = {
        path: operation["requestBody"]["content"]["application/json"]
        for path, operations in spec["paths"].items()
        for operation in operations.values()
        # Records; systems switch nothing.
        if "requestBody" in operation and path.startswith("/v1/") and path != "/v1/switch"
    }

    assert len(bodies) == 6
    for path, content in bodies.items():
        answered = client.post(path, json=content["example"])
        assert answered.status_code in (200, 201), (path, answered.text)
        if path.endswith("/batch"):
            assert answered.json()["quarantined"] == 0
    assert row_counts(here)["quarantine"] == 0


def test_answers_are_as_described(here: Deployment, client: Client) -> None:
    answer = client.post("/v1/consignments", json=a_submission(here, "consignment")).json()
    spec = client.get("/openapi.json").json()
    explanation = client.get(f"/v1/scores/{answer['score_id']}/explanation").json()

    assert undescribed(spec, "Answer", answer) == []
    assert undescribed(spec, "Explanation", explanation) == []
    assert undescribed(spec, "ServingModel", client.get("/v1/model").json()) == []


@pytest.mark.parametrize(
    ("method", "path", "status", "kind"),
    [
        pytest.param("GET", "/v1/nothing", 404, "not-found", id="no such address"),
        pytest.param("GET", "/docs", 404, "not-found", id="no pages with scripts of others"),
        pytest.param("GET", "/v1/consignments", 405, "method-not-allowed", id="other method"),
        pytest.param("GET", "/v1/scores/x", 404, "unknown-score", id="no such score"),
        pytest.param("GET", "/v1/scores/x/explanation", 404, "unknown-score", id="nor reasons"),
        pytest.param("GET", "/v1/movements", 422, "invalid-request", id="parameters missing"),
        pytest.param(
            "GET",
            "/v1/movements?source_system=a&source_record_id=b",
            404,
            "unknown-movement",
            id="no such movement",
        ),
        pytest.param("POST", "/v1/consignments", 400, "malformed-json", id="nothing"),
    ],
)
def test_what_is_not_there_is_told_as_a_problem(
    client: Client, method: str, path: str, status: int, kind: str
) -> None:
    answered = client.request(method, path)

    assert answered.status_code == status
    assert answered.headers["Content-Type"] == "application/problem+json"
    assert answered.json()["type"] == f"/problems/{kind}"
    assert client.get(f"/problems/{kind}").text.startswith(str(status))


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Content-Type": "application/vnd.bentoml+pickle"}, id="pickle"),
        pytest.param({"Content-Type": "text/plain"}, id="text"),
        pytest.param({"Content-Type": "multipart/form-data; boundary=x"}, id="form"),
        pytest.param({"Content-Type": "application/json", "Content-Encoding": "gzip"}, id="packed"),
    ],
)
def test_only_plain_json_comes_in(
    here: Deployment, client: Client, headers: dict[str, str]
) -> None:
    answered = client.post("/v1/consignments", content=b"{}", headers=headers)

    assert answered.status_code == 415
    assert set(row_counts(here).values()) == {0}


@pytest.mark.parametrize("declared", [True, False], ids=["by its head", "while it is read"])
def test_a_body_that_is_too_large_is_refused(client: Client, declared: bool) -> None:
    body = b" " * (LARGEST_BODY + 1)
    headers = {"Content-Type": "application/json"}

    async def in_pieces() -> Any:
        yield body[:100]
        yield body[100:]

    answered = client.post(
        "/v1/crossings", content=body if declared else in_pieces(), headers=headers
    )

    assert answered.status_code == 413
    assert answered.json()["type"] == "/problems/too-large"


def test_no_request_adds_a_series_to_the_metrics(here: Deployment, client: Client) -> None:
    client.post("/v1/crossings", json=a_submission(here, "crossing"))
    for path in ("/v1/scores/one", "/scan/a", "/scan/b", "/v1/scores/two", "/wp-login.php"):
        client.get(path)

    text = client.get("/metrics").text

    routes = set(re.findall(r'vardar_requests_total{route="([^"]+)"', text))
    assert routes == {"/v1/crossings", "/v1/scores/{score_id}", "other"}
    assert 'vardar_requests_total{route="other",status="4xx"} 3.0' in text


def test_a_request_keeps_the_id_it_came_with(client: Client) -> None:
    assert (
        client.get("/livez", headers={"X-Request-ID": "abc-1"}).headers["X-Request-ID"] == "abc-1"
    )
    odd = client.get("/livez", headers={"X-Request-ID": "a b\\"}).headers["X-Request-ID"]
    assert re.fullmatch("[0-9a-f]{16}", odd)


def test_an_unforeseen_error_is_told_without_its_inside(
    here: Deployment, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("SK 1042 AB")

    monkeypatch.setattr(here.explainer, "explanation", broken)
    score_id = client.post("/v1/crossings", json=a_submission(here, "crossing")).json()["score_id"]

    answered = client.get(f"/v1/scores/{score_id}/explanation")

    assert answered.status_code == 500
    assert answered.json()["type"] == "/problems/internal"
    assert "SK 1042" not in answered.text


def test_an_answer_whose_reasons_fail_is_given_without_them(
    here: Deployment, client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(here.explainer, "reasons", broken)

    answered = client.post("/v1/crossings", json=a_submission(here, "crossing"))

    assert answered.status_code == 201
    assert "reasons" not in answered.json()["risks"]["arms"]


def test_a_score_is_explained_by_the_head_that_made_it(tmp_path: Path) -> None:
    settings = a_home(tmp_path)
    here = deployed(settings)
    client = Client(here)
    answer = client.post("/v1/crossings", json=a_submission(here, "crossing")).json()
    here.close()
    # Another model is trained and promoted since.
    save_head(a_real_head("crossing", "arms"), settings.models / "crossing-arms")
    (settings.models / "champion.json").unlink()

    later = Client(deployed(settings))

    assert later.get("/v1/model").json()["model"] is None
    assert later.get(f"/v1/scores/{answer['score_id']}").json() == answer


def test_the_explanation_sums_to_the_margin(here: Deployment, client: Client) -> None:
    answer = client.post("/v1/consignments", json=a_submission(here, "consignment")).json()

    told = client.get(f"/v1/scores/{answer['score_id']}/explanation").json()["risks"]

    assert set(told) == {"arms", "smuggling"}
    for risk in told.values():
        total = risk["base_margin"] + sum(column["contribution"] for column in risk["columns"])
        assert total == pytest.approx(risk["margin"], abs=1e-9)
        by_reason = risk["base_margin"] + sum(r["contribution"] for r in risk["reasons"])
        assert by_reason == pytest.approx(risk["margin"], abs=1e-9)


def test_the_first_page_asks_nobody_else_and_has_nothing_inline(client: Client) -> None:
    answered = client.get("/")

    page, policy = answered.text, answered.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert re.findall(r"<style|<script(?! src=)| on\w+=| style=", page) == []
    outside = re.findall(r'(?:src|href|action)="(?![/#]|data:,")[^"]*"', page)
    assert outside == []


def test_the_first_pages_example_is_accepted_as_it_stands(client: Client) -> None:
    page = unescape(client.get("/").text)
    body = re.search(r"EOF'\n(.*)\nEOF", page, re.DOTALL)
    assert body

    answered = client.post(
        "/v1/consignments", content=body[1], headers={"Content-Type": "application/json"}
    )

    assert answered.status_code == 201


def test_a_rehearsal_says_so_everywhere(tmp_path: Path) -> None:
    as_if = datetime(2025, 7, 1, 6, tzinfo=UTC)
    here = deployed(replace(a_home(tmp_path), as_if=as_if))
    client = Client(here)

    answer = client.post("/v1/crossings", json=a_submission(here, "crossing")).json()

    assert answer["rehearsal"] is True
    assert 0 <= answer["as_of"] / 1e6 - as_if.timestamp() < 60
    assert client.get("/v1/model").json()["rehearsal"] is True
    assert "Rehearsal" in client.get("/").text


def test_the_model_page_tells_heads_and_why_there_is_none(client: Client) -> None:
    told = client.get("/v1/model").json()

    by_risk = {(head["subject"], head["risk"]): head for head in told["heads"]}
    assert by_risk["consignment", "arms"]["trained_rows"] == 1500
    assert by_risk["consignment", "arms"]["explained_by"] == "kernel"
    assert by_risk["consignment", "arms"]["explanations_differ_by"] < 1e-9
    assert by_risk["crossing", "smuggling"]["rules_only"] == "7 hits of the 50 it takes."
    assert len(told["model"]["sha256"]) == 64


def test_the_metrics_tell_which_heads_the_kernel_explains(here: Deployment) -> None:
    gauge = 'vardar_explanations_by_kernel{risk="arms",subject="consignment"} 1.0'

    assert gauge in here.metrics.text().decode()


def undescribed(spec: dict[str, Any], name: str, value: Any) -> list[str]:
    """Names in an answer that its schema does not know, or requires and misses."""
    schemas = spec["components"]["schemas"]

    def walk(schema: dict[str, Any], value: Any, path: str) -> list[str]:
        if "$ref" in schema:
            return walk(schemas[schema["$ref"].rpartition("/")[2]], value, path)
        if "anyOf" in schema:
            options = [s for s in schema["anyOf"] if s.get("type") != "null"]
            return [] if value is None else walk(options[0], value, path)
        if isinstance(value, list):
            return [f for i, v in enumerate(value) for f in walk(schema["items"], v, f"{path}/{i}")]
        if not isinstance(value, dict):
            return []
        known = schema.get("properties", {})
        if "properties" not in schema:
            more = schema["additionalProperties"]
            known = dict.fromkeys(value, more if isinstance(more, dict) else {})
        faults = [f"{path}/{n} is missing" for n in schema.get("required", []) if n not in value]
        for member, inner in value.items():
            if member in known:
                faults += walk(known[member], inner, f"{path}/{member}")
            else:
                faults.append(f"{path}/{member} is not described")
        return faults

    return walk({"$ref": f"#/components/schemas/{name}"}, value, "")
