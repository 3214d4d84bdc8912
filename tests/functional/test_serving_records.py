"""Records sent over HTTP: what is taken, answered, refused, and what stands in the store after."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, select
from sqlalchemy.exc import OperationalError

from features.ledger import tables
from features.ledger.connection import reading
from models.card import BANDS
from serving.deployment import Deployment
from tests.deployments import Client, a_home, a_submission, deployed, row_counts

JSON = {"Content-Type": "application/json"}
MOMENT = datetime(2026, 6, 1, 10, tzinfo=UTC)


@pytest.fixture
def here(tmp_path: Path) -> Deployment:
    return deployed(a_home(tmp_path))


@pytest.fixture
def client(here: Deployment) -> Client:
    return Client(here)


def test_a_consignment_is_scored_and_stored_once(here: Deployment, client: Client) -> None:
    answered = client.post("/v1/consignments", json=a_submission(here, "consignment"))

    assert answered.status_code == 201
    answer = answered.json()
    assert answered.headers["Location"] == f"/v1/scores/{answer['score_id']}"
    assert answer["model"]["version"] == "7"
    for risk in ("arms", "smuggling"):
        said = answer["risks"][risk]
        assert said["band"] == said["movement_band"]
        assert 1 <= len(said["reasons"]) <= 5
    assert row_counts(here) == dict(ledger=1, derived=1, scores=1, quarantine=0, audit=1)
    assert client.get(answered.headers["Location"]).json() == answer


def test_a_repeat_gets_the_stored_answer_and_no_second_row(
    here: Deployment, client: Client
) -> None:
    payload = a_submission(here, "consignment")
    first = client.post("/v1/consignments", json=payload)
    before = row_counts(here)

    again = client.post("/v1/consignments", json=payload)

    assert again.status_code == 200
    assert again.json() == first.json()
    assert row_counts(here) == before


def test_the_same_identity_with_other_content_is_a_conflict_and_quarantined(
    here: Deployment, client: Client
) -> None:
    payload = a_submission(here, "consignment")
    client.post("/v1/consignments", json=payload)
    before = row_counts(here)

    answered = client.post("/v1/consignments", json=payload | {"package_count": 999})

    assert_problem(answered, 409, "conflict", "/record_version", "conflicting_duplicate")
    after = row_counts(here)
    assert after.pop("quarantine") == before.pop("quarantine") + 1
    assert after.pop("audit") == before.pop("audit") + 1
    assert after == before


def test_an_amendment_supersedes_and_never_lowers_the_movements_band(
    here: Deployment, client: Client
) -> None:
    payload = a_submission(here, "consignment")
    anonymous: dict[str, Any] = dict.fromkeys(("consignor_id", "consignee_id", "declarant_id"))
    versions: list[dict[str, Any]] = [anonymous, {}, {"package_count": 9999}]
    bands: dict[str, list[str]] = {"arms": [], "smuggling": []}
    before = None
    for version, changes in enumerate(versions, start=1):
        changed = payload | {"record_version": version} | changes
        answer = client.post("/v1/consignments", json=changed).json()
        assert answer["supersedes"] == before
        before = answer["score_id"]
        for risk, seen in bands.items():
            seen.append(answer["risks"][risk]["band"])
            assert answer["risks"][risk]["movement_band"] == max(seen, key=BANDS.index)

    assert BANDS.index(bands["arms"][0]) > BANDS.index(bands["arms"][1])
    reference = {name: payload[name] for name in ("source_system", "source_record_id")}
    (movement,) = client.get("/v1/movements", params=reference).json()["movements"]
    assert [v["record_version"] for v in movement["versions"]] == [1, 2, 3]
    assert movement["bands"] == {r: max(seen, key=BANDS.index) for r, seen in bands.items()}


@pytest.mark.parametrize(
    ("changes", "field", "rule"),
    [
        pytest.param({"gross_mass_kg": -1}, "/gross_mass_kg", "negative", id="negative mass"),
        pytest.param(
            {"nationality": "XK"}, "/nationality", "protected_attribute", id="nationality"
        ),
        pytest.param({"gros_mass_kg": 1}, "/gros_mass_kg", "unknown_field", id="unknown field"),
        pytest.param({"event_at": "future"}, "/event_at", "event_in_future", id="future"),
        pytest.param({"owner_post": None}, "/owner_post", "missing_field", id="missing field"),
        pytest.param({"quality_flags": ["x"]}, "/quality_flags", "set_on_intake", id="own flags"),
    ],
)
def test_a_record_that_breaks_a_rule_is_refused_by_field_and_rule(
    here: Deployment, client: Client, changes: dict[str, Any], field: str, rule: str
) -> None:
    if changes.get("event_at"):
        changes = {"event_at": (here.intake.now() + timedelta(hours=1)).isoformat()}

    answered = client.post("/v1/consignments", json=a_submission(here, "consignment", **changes))

    assert_problem(answered, 422, "record-refused", field, rule)
    assert row_counts(here) == dict(ledger=0, derived=0, scores=0, quarantine=1, audit=1)


def test_every_broken_field_is_named_at_once(here: Deployment, client: Client) -> None:
    payload = a_submission(here, "consignment", package_count=-1, owner_country="ZZ")
    payload["items"][0]["commodity_code"] = "84AB"

    answered = client.post("/v1/consignments", json=payload)

    fields = {error["field"] for error in answered.json()["errors"]}
    assert fields == {"/package_count", "/owner_country", "/items/0/commodity_code"}


@pytest.mark.parametrize(
    ("body", "status", "kind", "rule"),
    [
        pytest.param(b'{"a": 1', 400, "malformed-json", "malformed_json", id="cut off"),
        pytest.param(b"\xff", 400, "malformed-json", "malformed_json", id="not UTF-8"),
        pytest.param(b"", 400, "malformed-json", "malformed_json", id="empty"),
        pytest.param(b'{"a": 1, "a": 2}', 400, "malformed-json", "repeated_name", id="twice"),
        pytest.param(b"[" * 30 + b"]" * 30, 400, "malformed-json", "too_deep", id="deep"),
        pytest.param(b"[1]", 422, "record-refused", "not_an_object", id="not an object"),
        pytest.param(b'{"queue_minutes": NaN}', 422, "record-refused", "not_a_number", id="NaN"),
    ],
)
def test_a_body_that_is_no_record_is_told_why(
    here: Deployment, client: Client, body: bytes, status: int, kind: str, rule: str
) -> None:
    answered = client.post("/v1/crossings", content=body, headers=JSON)

    field = "/queue_minutes" if rule == "not_a_number" else ""
    assert_problem(answered, status, kind, field, rule)
    assert row_counts(here)["quarantine"] == 1


def test_a_batch_answers_each_record_for_itself(here: Deployment, client: Client) -> None:
    good = [a_submission(here, "crossing") for _ in range(70)]
    bad = a_submission(here, "crossing", weighbridge_kg=-1)
    conflict = good[0] | {"queue_minutes": 1.0}
    batch = [*good, bad, good[1], conflict]

    answered = client.post("/v1/crossings/batch", json=batch)

    told = answered.json()
    assert answered.status_code == 200
    assert [told[name] for name in ("accepted", "duplicate", "quarantined")] == [70, 1, 2]
    assert [item["status"] for item in told["items"][70:]] == [422, 200, 409]
    assert told["items"][70]["problem"]["errors"][0]["field"] == "/weighbridge_kg"
    assert told["items"][71]["answer"]["score_id"] == told["items"][1]["answer"]["score_id"]
    assert row_counts(here)["scores"] == 70


@pytest.mark.parametrize(
    ("body", "rule"),
    [
        pytest.param(b"{}", "not_an_array", id="an object"),
        pytest.param(b"[]", "batch_size", id="empty"),
        pytest.param(b"[" + b"1," * 10_000 + b"1]", "batch_size", id="more than 10,000"),
    ],
)
def test_a_batch_that_is_none_is_refused_whole(client: Client, body: bytes, rule: str) -> None:
    answered = client.post("/v1/consignments/batch", content=body, headers=JSON)

    assert_problem(answered, 422, "record-refused", "", rule)


def test_an_inspection_is_in_the_history_of_the_next_score(
    here: Deployment, client: Client
) -> None:
    first = a_submission(here, "consignment")
    before = client.post("/v1/consignments", json=first).json()
    inspection = a_submission(
        here,
        "inspection",
        movement_source_system=first["source_system"],
        movement_source_record_id=first["source_record_id"],
        result="arms",
    )
    receipt = client.post("/v1/inspections", json=inspection)
    after = client.post("/v1/consignments", json=a_submission(here, "consignment")).json()

    assert receipt.status_code == 201
    assert before["as_of"] < receipt.json()["as_of"] < after["as_of"]
    assert "warning" not in receipt.json()
    assert client.post("/v1/inspections", json=inspection).status_code == 200
    assert column(client, before, "consignee_finds_365d") == 0
    assert column(client, after, "consignee_finds_365d") == 1


def test_an_inspection_of_an_unknown_movement_is_kept_with_a_warning(
    here: Deployment, client: Client
) -> None:
    receipt = client.post("/v1/inspections", json=a_submission(here, "inspection"))

    assert receipt.status_code == 201
    assert "not known" in receipt.json()["warning"]


def test_an_incident_is_taken_once(here: Deployment, client: Client) -> None:
    incident = a_submission(here, "incident")

    assert client.post("/v1/incidents", json=incident).status_code == 201
    assert client.post("/v1/incidents", json=incident).status_code == 200
    assert row_counts(here)["ledger"] == 1


def test_the_plates_country_changes_nothing_but_ids(tmp_path: Path) -> None:
    answers = []
    for place, country in enumerate((None, "MK", "AL", "XK", "DE", "not a country")):
        # What chance may name depends on the moment, so all of them come at the same one.
        here = deployed(replace(a_home(tmp_path / str(place)), as_if=MOMENT, still=True))
        payload = a_submission(here, "crossing", source_record_id="C-1")
        client = Client(here)
        body = payload if country is None else payload | {"plate_country": country}
        answer = client.post("/v1/crossings", json=body).json()
        again = client.post("/v1/crossings", json=payload | {"plate_country": "TR"})
        assert again.status_code == 200
        answers.append(without_ids(answer))

    assert answers[1:] == answers[:1] * 5


def test_a_store_that_fails_is_told_and_heals_by_itself(here: Deployment, client: Client) -> None:
    payload = a_submission(here, "consignment")

    def fail(_c: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("INSERT INTO scores"):
            raise OperationalError(statement, {}, Exception("disk I/O error"))

    event.listen(here.ledger.engine, "before_cursor_execute", fail)
    failed = client.post("/v1/consignments", json=payload)
    event.remove(here.ledger.engine, "before_cursor_execute", fail)

    assert_problem(failed, 503, "store-unavailable")
    assert failed.headers["Retry-After"]
    assert "disk" not in failed.text
    assert set(row_counts(here).values()) == {0}
    assert client.post("/v1/consignments", json=payload).status_code == 201
    # What was sealed for the transaction that failed is sealed again.
    with reading(here.ledger.engine) as connection:
        assert connection.execute(select(tables.sealed_identifiers)).all()


def test_without_a_champion_rules_and_chance_answer_and_say_so(tmp_path: Path) -> None:
    here = deployed(a_home(tmp_path, heads=()))

    answer = Client(here).post("/v1/crossings", json=a_submission(here, "crossing")).json()

    assert answer["model"] is None
    for said in answer["risks"].values():
        assert said["abstained"]
        assert "no model" in said["reason"]
    assert answer["recommendation"]["because"] in ("rule", "random")


def assert_problem(
    answered: Any, status: int, kind: str, field: str | None = None, rule: str | None = None
) -> None:
    assert answered.status_code == status
    assert answered.headers["Content-Type"] == "application/problem+json"
    told = answered.json()
    assert told["type"] == f"/problems/{kind}"
    assert told["status"] == status
    assert told["instance"] == answered.headers["X-Request-ID"]
    if rule:
        assert (field, rule) in {(error["field"], error["rule"]) for error in told["errors"]}


def column(client: Client, answer: dict[str, Any], name: str) -> float | None:
    """A column's value, as the explanation of a score has it."""
    told = client.get(f"/v1/scores/{answer['score_id']}/explanation").json()
    (value,) = (c["value"] for c in told["risks"]["arms"]["columns"] if c["column"] == name)
    return value  # type: ignore[no-any-return]


def without_ids(answer: dict[str, Any]) -> dict[str, Any]:
    ids = {"score_id", "as_of", "model"}
    return {name: value for name, value in answer.items() if name not in ids}
