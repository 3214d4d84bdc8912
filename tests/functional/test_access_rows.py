"""Which movements exist for whom, and which records may be submitted by whom."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from features.ledger import tables
from features.ledger.connection import reading
from serving.deployment import Deployment
from tests.access import POST, person, shown_the_score, system
from tests.deployments import Client, a_home, a_submission, deployed, row_counts

pytestmark = pytest.mark.slow

HOURS = 3_600_000_000


@pytest.fixture
def here(tmp_path: Path) -> Deployment:
    return deployed(a_home(tmp_path, heads=()))


def a_crossing(here: Deployment, **changes: Any) -> tuple[dict[str, Any], str]:
    """A crossing that was answered, and its score's id."""
    payload = a_submission(here, "crossing", **{"owner_post": POST} | changes)
    return payload, system(here).post("/v1/crossings", json=payload).json()["score_id"]


def sees(client: Client, payload: dict[str, Any], score_id: str) -> bool:
    """Whether a movement exists for somebody, by its score and by its reference alike."""
    reference = {name: payload[name] for name in ("source_system", "source_record_id")}
    shown_the_score(client, score_id)
    by_id = client.get(f"/v1/scores/{score_id}")
    by_reference = client.get("/v1/movements", params=reference)
    assert by_id.status_code == by_reference.status_code
    assert by_id.status_code in (200, 404)
    return by_id.status_code == 200


@pytest.mark.parametrize(
    ("role", "changes", "exists"),
    [
        pytest.param("field_officer", {}, True, id="an officer's own post"),
        pytest.param("field_officer", {"owner_post": "MK-SB-02"}, False, id="another post"),
        pytest.param("field_officer", {"owner_country": "AL"}, False, id="another country"),
        pytest.param("shift_supervisor", {"owner_post": "MK-SB-02"}, False, id="nor a supervisor"),
        pytest.param(
            "national_analyst", {"owner_post": "MK-SB-02"}, True, id="an analyst's country"
        ),
        pytest.param("national_analyst", {"owner_country": "AL"}, False, id="not another country"),
        pytest.param("auditor", {"owner_country": "AL"}, False, id="an auditor's country alone"),
    ],
)
def test_a_movement_exists_for_those_who_are_responsible_for_it(
    here: Deployment, role: str, changes: dict[str, Any], exists: bool
) -> None:
    payload, score_id = a_crossing(here, **changes)

    assert sees(person(here, role), payload, score_id) is exists


@pytest.mark.parametrize(
    ("role", "hours", "exists"),
    [
        ("field_officer", 71, True),
        ("field_officer", 73, False),
        ("shift_supervisor", 73, True),
        ("shift_supervisor", 90 * 24 + 1, False),
        ("national_analyst", 90 * 24 + 1, True),
    ],
)
def test_a_movement_is_out_of_sight_once_it_is_too_old_for_the_role(
    here: Deployment, role: str, hours: int, exists: bool
) -> None:
    payload, score_id = a_crossing(here)
    client = person(here, role)
    before = here.ledger.clock
    here.ledger.clock = lambda: before() + hours * HOURS

    assert sees(client, payload, score_id) is exists


def test_a_system_sees_what_its_own_source_systems_submitted(here: Deployment) -> None:
    payload, score_id = a_crossing(here)
    own = payload["source_system"]

    assert sees(system(here, source_systems=(own,)), payload, score_id)
    assert sees(system(here, source_systems=(own,), posts=(POST,)), payload, score_id)
    assert not sees(system(here, source_systems=("another",)), payload, score_id)
    assert not sees(system(here, source_systems=(own,), posts=("MK-SB-02",)), payload, score_id)
    assert not sees(system(here, source_systems=(own,), countries=("AL",)), payload, score_id)


def test_what_may_not_be_seen_is_told_like_what_does_not_exist(here: Deployment) -> None:
    payload, hidden = a_crossing(here, owner_country="AL")
    unknown = hidden[:-4] + ("aaaa" if hidden[-4:] != "aaaa" else "bbbb")
    client = person(here, "shift_supervisor")
    reference = {"source_system": payload["source_system"]}
    pairs = [
        (f"/v1/scores/{hidden}", f"/v1/scores/{unknown}", {}, {}),
        (f"/v1/scores/{hidden}/explanation", f"/v1/scores/{unknown}/explanation", {}, {}),
        (
            "/v1/movements",
            "/v1/movements",
            {**reference, "source_record_id": payload["source_record_id"]},
            {**reference, "source_record_id": "none"},
        ),
    ]

    for one, other, of_one, of_other in pairs:
        told, plain = client.get(one, params=of_one), client.get(other, params=of_other)
        assert told.status_code == plain.status_code == 404
        assert {**told.json(), "instance": ""} == {**plain.json(), "instance": ""}
        assert names(told.headers) == names(plain.headers)


def names(headers: Any) -> set[tuple[str, str]]:
    """All that may be told apart: whatever changes with every request is left out."""
    return {(n, v) for n, v in headers.items() if n not in ("x-request-id", "ratelimit")}


def test_whoever_looks_is_kept_whether_there_was_something_to_see_or_not(here: Deployment) -> None:
    payload, score_id = a_crossing(here)
    _, hidden = a_crossing(here, owner_country="AL")
    client = person(here, "shift_supervisor")
    who = client.get("/session").json()["id"]
    shown_the_score(client, score_id)

    for path in (score_id, f"{score_id}/explanation", hidden, "none"):
        client.get(f"/v1/scores/{path}")
    client.get(
        "/v1/movements", params={n: payload[n] for n in ("source_system", "source_record_id")}
    )

    audit = tables.audit.c
    with reading(here.ledger.engine) as connection:
        rows = connection.execute(
            select(audit.object, audit.detail)
            .where(audit.actor == who, audit.action == "consult")
            .order_by(audit.number)
        ).all()
    assert [(o, d) for o, d in rows] == [
        (score_id, '{"outcome":"shown","what":"score"}'),
        (score_id, '{"outcome":"shown","what":"explanation"}'),
        (hidden, '{"outcome":"hidden","what":"score"}'),
        ("none", '{"outcome":"unknown","what":"score"}'),
        (
            f"{payload['source_system']} {payload['source_record_id']}",
            '{"outcome":"shown","what":"movement"}',
        ),
    ]


@pytest.mark.parametrize(
    ("held", "field"),
    [
        pytest.param({"source_systems": ("another",)}, "/source_system", id="another's system"),
        pytest.param({"countries": ("AL",)}, "/owner_country", id="another country"),
        pytest.param({"posts": ("MK-SB-02",)}, "/owner_post", id="another post"),
    ],
)
def test_a_record_of_others_is_refused_by_field_and_set_aside(
    here: Deployment, held: dict[str, Any], field: str
) -> None:
    payload = a_submission(here, "crossing", owner_post=POST)
    client = system(here, **held)

    answered = client.post("/v1/crossings", json=payload)
    batch = client.post("/v1/crossings/batch", json=[payload]).json()

    assert answered.status_code == 403
    assert answered.json()["type"] == "/problems/not-yours"
    assert [(e["field"], e["rule"]) for e in answered.json()["errors"]] == [(field, "not_yours")]
    assert [item["status"] for item in batch["items"]] == [403]
    assert (batch["accepted"], batch["duplicate"], batch["quarantined"]) == (0, 0, 1)
    assert row_counts(here) == dict(ledger=0, derived=0, scores=0, quarantine=2, audit=2)


def test_an_officer_reports_the_outcome_of_a_control_at_the_own_post(here: Deployment) -> None:
    officer = person(here, "field_officer")
    own = a_submission(here, "inspection", source_system="officers", owner_post=POST)
    others = a_submission(here, "inspection", source_system="officers", owner_post="MK-SB-02")

    assert officer.post("/v1/inspections", json=own).status_code == 201
    assert officer.post("/v1/inspections", json=others).status_code == 403
    assert officer.post("/v1/crossings", json={}).status_code == 403


def test_what_is_submitted_is_kept_under_the_name_of_whoever_did_it(here: Deployment) -> None:
    client = system(here)
    who = client.get("/session").json()["id"]

    client.post("/v1/crossings", json=a_submission(here, "crossing"))
    client.post("/v1/crossings", json={})
    client.post("/v1/inspections", json=a_submission(here, "inspection"))

    audit = tables.audit.c
    with reading(here.ledger.engine) as connection:
        actions = connection.execute(select(audit.action).where(audit.actor == who)).scalars().all()
    assert sorted(actions) == ["enter", "quarantine", "score"]


def test_a_movement_is_seen_in_the_versions_one_may_see(here: Deployment) -> None:
    payload, _ = a_crossing(here)
    moved = payload | {"record_version": 2, "owner_post": "MK-SB-02"}
    system(here).post("/v1/crossings", json=moved)
    reference = {name: payload[name] for name in ("source_system", "source_record_id")}

    def versions(client: Client) -> list[int]:
        (movement,) = client.get("/v1/movements", params=reference).json()["movements"]
        return [version["record_version"] for version in movement["versions"]]

    assert versions(person(here, "shift_supervisor")) == [1]
    assert versions(person(here, "shift_supervisor", posts=("MK-SB-02",))) == [2]
    assert versions(person(here, "national_analyst")) == [1, 2]


def test_the_age_of_a_movement_is_told_by_the_services_clock(tmp_path: Path) -> None:
    settings = a_home(tmp_path, heads=())
    here = deployed(settings)
    payload, score_id = a_crossing(here)
    at = here.intake.now() + timedelta(hours=80)
    here.close()

    rehearsed = deployed(replace(settings, as_if=at))

    assert not sees(person(rehearsed, "field_officer"), payload, score_id)
    assert sees(person(rehearsed, "shift_supervisor"), payload, score_id)
