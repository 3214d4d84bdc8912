"""Correct and contest: a new version, every score kept, a report that teaches nobody to aim."""

from __future__ import annotations

from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from features.ledger import tables
from features.ledger.connection import reading
from models.card import BANDS
from serving import scores
from serving.access.policy import load_policy
from serving.answers import Score
from serving.deployment import Deployment
from serving.review.history import replayed
from tests.access import known, person
from tests.deployments import Client
from tests.reviewing import (
    BECAUSE,
    a_case,
    a_deployment,
    case_of,
    decided,
    events,
    revealed,
    steps_of,
    supervisor,
    viewed,
)

# Each opens a deployment of its own: seconds.
pytestmark = pytest.mark.slow

WHY = {"reason": "measured_again", "text": BECAUSE}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    yield from a_deployment(tmp_path_factory.mktemp("correct"))


def correct(who: Client, case_id: str, **fields: str) -> Any:
    """Send the form of a correction."""
    return who.post(f"/review/cases/{case_id}/correct", data=fields)


def every_score(here: Deployment, case_id: str) -> list[Score]:
    """Of a case's movement, ascending by version."""
    case = case_of(here, case_id)
    with reading(here.ledger.engine) as connection:
        found = scores.of_movement(
            connection,
            kind=case.kind,
            source_system=case.source_system,
            source_record_id=case.source_record_id,
        )
    return [score for _, _, score in found if score]


def bodies(here: Deployment, case_id: str) -> list[dict[str, Any]]:
    """The versions of a case's record as stored, ascending."""
    case, columns = case_of(here, case_id), tables.ledger.c
    with reading(here.ledger.engine) as connection:
        rows = connection.execute(
            select(columns.body)
            .where(
                columns.kind == case.kind,
                columns.source_record_id == case.source_record_id,
                columns.takes_back.is_(None),
            )
            .order_by(columns.record_version)
        ).scalars()
        return [orjson.loads(row) for row in rows]


@pytest.mark.parametrize(
    ("kind", "field", "value", "stored"),
    [
        pytest.param("crossing", "weighbridge_kg", "21540.5", 21540.5, id="a mass"),
        pytest.param("crossing", "direction", "exit", "exit", id="a direction"),
        pytest.param("consignment", "gross_mass_kg", "8.430,5", None, id="no number"),
        pytest.param("consignment", "gross_mass_kg", "8430,5", 8430.5, id="a decimal comma"),
        pytest.param("consignment", "items-0-commodity_code", "93062100", "93062100", id="goods"),
        pytest.param("consignment", "country_dispatch", "at", "AT", id="a country"),
    ],
)
def test_a_correction_is_a_version_with_one_field_changed_and_the_keys_it_had(
    here: Deployment, kind: str, field: str, value: str, stored: Any
) -> None:
    case_id, who = a_case(here, kind), supervisor(here)

    answer = correct(who, case_id, **WHY, **{field: value})

    if stored is None:
        assert answer.status_code == 422
        assert f'href="#correct-{field}"' in answer.text
        assert f'value="{value}"' in answer.text
        return
    assert answer.status_code == 303, answer.text
    before, after = bodies(here, case_id)
    assert [before["record_version"], after["record_version"]] == [1, 2]
    expected = orjson.loads(orjson.dumps(before))
    inner, *path = expected, *field.split("-")
    for name in path[:-1]:
        inner = inner[int(name) if name.isdigit() else name]
    inner[path[-1]] = stored
    flags = ("quality_flags", "record_version")
    assert {k: v for k, v in after.items() if k not in flags} == {
        k: v for k, v in expected.items() if k not in flags
    }
    keys = {name for name in before if name.endswith(("_key", "_keys"))}
    assert keys, "there is something that could have changed"


def test_a_correction_is_scored_again_and_the_old_score_is_kept(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)

    correct(who, case_id, **WHY, weighbridge_kg="39000")

    first, second = every_score(here, case_id)
    case = case_of(here, case_id)
    assert (first.score_id, case.score_id) == (case_id, second.score_id)
    assert second.answer["supersedes"] == first.score_id
    told = {done.step.value: done.detail for done in steps_of(here, case_id)}
    assert told["correct"]["changed"] == [
        {
            "field": "weighbridge_kg", "label": "Mass on the weighbridge, kg",
            "from": 38140.0, "to": 39000.0,
        }
    ]  # fmt: skip
    assert told["correct"]["score_id"] == second.score_id
    scored = events(here, second.score_id)
    assert [action for action, _ in scored] == ["score"]


def test_the_log_makes_the_row_again_whatever_was_corrected(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    opened = case_of(here, case_id)
    decided(who, case_id, "release")
    who.post(f"/review/cases/{case_id}/steps", data={"step": "close"})
    for mass in ("39000", "16000"):
        correct(who, case_id, **WHY, weighbridge_kg=mass)

    case, again = case_of(here, case_id), replayed(opened, steps_of(here, case_id))

    assert (again.state, again.waits) == (case.state, case.waits)
    assert (again.score_id, again.held_by) == (case.score_id, case.held_by)


def test_whoever_was_told_abroad_is_to_be_told_of_the_correction(here: Deployment) -> None:
    case_id, one, other = a_case(here), supervisor(here), supervisor(here)
    decided(one, case_id, "release")
    asked = {"step": "refer", "to_country": "RS", "handling_code": "H0", "text": BECAUSE}
    one.post(f"/review/cases/{case_id}/steps", data=asked)
    revealed(other, case_id)
    other.post(f"/review/cases/{case_id}/steps", data={"step": "approve", "text": BECAUSE})

    correct(one, case_id, **WHY, declared_load_kg="22900")

    assert steps_of(here, case_id)[-1].detail["to_be_told"] == ["RS"]
    viewed(one, case_id)
    one.post(f"/review/cases/{case_id}/steps", data={"step": "reveal"})
    assert "Serbia (RS)" in one.get(f"/review/cases/{case_id}").text


def test_no_correction_lowers_the_band(here: Deployment) -> None:
    for number in range(8):
        case_id, who = a_case(here, weighbridge_kg=16_000.0 + 3_000 * number), supervisor(here)
        correct(who, case_id, **WHY, weighbridge_kg="15000", queue_minutes="1", lane_type="car")

        first, second = every_score(here, case_id)

        for risk, said in second.answer["risks"].items():
            before = first.answer["risks"][risk]["movement_band"]
            if before is not None:
                assert BANDS.index(said["movement_band"]) >= BANDS.index(before)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        pytest.param({"text": BECAUSE, "axle_count": "3"}, "reason", id="no reason"),
        pytest.param({**WHY}, "reason", id="nothing changed"),
        pytest.param({**WHY, "direction": ""}, "direction", id="what has to be there"),
        pytest.param({**WHY, "direction": "up"}, "direction", id="what cannot be"),
        pytest.param({**WHY, "event_at": "2199-01-01T10:00"}, "event_at", id="the future"),
        pytest.param({**WHY, "declared_passengers": "9"}, "declared_passengers", id="a rule"),
    ],
)
def test_a_bad_correction_comes_back_and_nothing_is_stored(
    here: Deployment, fields: dict[str, str], field: str
) -> None:
    case_id, who = a_case(here), supervisor(here)

    answer = correct(who, case_id, **fields)

    assert answer.status_code == 422, answer.text
    assert f'href="#correct-{field}"' in answer.text
    assert f'id="correct-{field}"' in answer.text
    assert len(bodies(here, case_id)) == 1


def test_a_form_sent_as_it_stands_changes_nothing(here: Deployment) -> None:
    for kind in ("crossing", "consignment"):
        case_id, who = a_case(here, kind), supervisor(here)
        page = who.get(f"/review/cases/{case_id}/correct").text

        answer = correct(who, case_id, **{**WHY, **_fields(page), **WHY})

        assert answer.status_code == 422
        assert "Nothing is changed" in answer.text


def test_no_identifier_can_be_corrected(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)

    answer = correct(who, case_id, **WHY, vehicle_key="a" * 32, vehicle_id="SK 1 AA")

    assert answer.status_code == 422
    assert "key" not in " ".join(_fields(who.get(f"/review/cases/{case_id}/correct").text))


def test_only_those_who_may_correct_do(here: Deployment) -> None:
    case_id, officer = a_case(here), person(here, "field_officer")

    answers = [
        officer.get(f"/review/cases/{case_id}/correct"),
        correct(officer, case_id, **WHY, axle_count="3"),
        officer.post(f"/review/cases/{case_id}/steps", data={"step": "correct", **WHY}),
        officer.get(f"/review/cases/{case_id}/report"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4


def test_variants_of_a_record_are_not_tried_out(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    most = load_policy().re_scores.most

    answers = [
        correct(who, case_id, **WHY, axle_count=str(2 + n)).status_code for n in range(most + 2)
    ]

    assert answers[:most] == [303] * most
    assert answers[-1] == 429


def test_every_score_is_listed_and_bands_only_after_ones_own_view(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    correct(who, case_id, **WHY, weighbridge_kg="39000")
    address = f"/review/cases/{case_id}/scores"
    viewed(who, case_id)
    before = who.get(address).text
    who.post(f"/review/cases/{case_id}/steps", data={"step": "reveal"})

    after = who.get(address).text

    assert "Band:" not in before
    assert "Bands are shown after your own view" in before
    assert "Band: arms" in after
    for page in (before, after):
        assert page.count("Superseded") == page.count("Stands") == 1


def test_an_analyst_needs_no_view_and_sees_every_score(here: Deployment) -> None:
    case_id = a_case(here)

    page = person(here, "national_analyst").get(f"/review/cases/{case_id}/scores")

    assert page.status_code == 200
    assert "Band: arms" in page.text


def test_a_report_says_what_was_decided_and_nothing_that_teaches_to_aim(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    decided(who, case_id, "inspect")
    address = f"/review/cases/{case_id}/report"

    told = who.post(address, data={"purpose": "court", "reference": "K-17/2026"})

    assert told.status_code == 200
    for said in (
        "A person decided on",
        "Inspect",
        "What was seen or read at the post",
        "38140",
        "K-17/2026",
    ):
        assert said in told.text, said
    by = known(here, who)
    article = told.text.partition("<article")[2]
    hidden = (by.name, BECAUSE, "very high", "band", "1 in", "Weights or counts", "probability")
    assert [word for word in hidden if word in article] == []
    action, detail = events(here, case_id)[-1]
    assert (action, detail["purpose"], detail["reference"]) == ("disclose", "court", "K-17/2026")


@pytest.mark.parametrize(
    "sent", [{}, {"purpose": "court"}, {"purpose": "curiosity", "reference": "K-17"}]
)
def test_a_report_without_a_purpose_is_not_made(here: Deployment, sent: dict[str, str]) -> None:
    case_id, who = a_case(here), supervisor(here)

    answer = who.post(f"/review/cases/{case_id}/report", data=sent)

    assert answer.status_code == 422
    assert "A person decided" not in answer.text
    assert "disclose" not in [action for action, _ in events(here, case_id)]


def test_a_new_version_that_is_shown_needs_a_new_view(here: Deployment) -> None:
    case_id, who = a_case(here), supervisor(here)
    revealed(who, case_id)

    correct(who, case_id, **WHY, weighbridge_kg="12000")

    answer = who.post(f"/review/cases/{case_id}/steps", data={"step": "reveal"})
    assert answer.status_code == 409


def _fields(page: str) -> dict[str, str]:
    """What a browser would send of the page's last form."""

    class Reader(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.found: dict[str, str] = {}
            self.select, self.area = "", ""

        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            told = {name: value or "" for name, value in attrs}
            if tag == "input" and "name" in told:
                self.found[told["name"]] = told.get("value", "")
            elif tag == "select":
                self.select = told["name"]
                self.found[self.select] = ""
            elif tag == "option" and "selected" in told:
                self.found[self.select] = told["value"]
            elif tag == "textarea":
                self.area = told["name"]
                self.found[self.area] = ""

        def handle_data(self, data: str) -> None:
            if self.area:
                self.found[self.area] += data

        def handle_endtag(self, tag: str) -> None:
            if tag == "textarea":
                self.area = ""

    reader = Reader()
    reader.feed(page)
    return {name: value for name, value in reader.found.items() if name not in ("version", "step")}
