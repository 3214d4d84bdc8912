"""What a case page shows: facts in raw units, doubts beside them, what was known then and nothing later."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape
from typing import Any

import pytest

from serving.answers import Score
from serving.deployment import Deployment, open_deployment
from tests.access import POST, anonymous, person, shown_the_score
from tests.deployments import Client, a_home, submitted

# Each opens a deployment of its own: seconds.
pytestmark = pytest.mark.slow

PLATE = "SK 4242 ZZ"


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    deployment = open_deployment(a_home(tmp_path_factory.mktemp("case page")))
    yield deployment
    deployment.close()


@pytest.fixture(scope="module")
def supervisor(here: Deployment) -> Client:
    return person(here, "shift_supervisor")


def a_score(here: Deployment, kind: str, **changes: Any) -> Score:
    score: Score = submitted(here, kind, **{"owner_post": POST} | changes).score  # type: ignore[union-attr]
    return score


def inspected(here: Deployment, score: Score, result: str, **changes: Any) -> None:
    movement = score.answer["movement"]
    submitted(
        here, "inspection", owner_post=POST, result=result, control_level="dog",
        movement_source_system=movement["source_system"],
        movement_source_record_id=movement["source_record_id"], **changes,
    )  # fmt: skip


def page_of(client: Client, score: Score, end: str = "", **options: Any) -> str:
    """The page's text without its markup, each line of the summary on one line."""
    answered = client.get(f"/review/cases/{score.score_id}{end}", **options)
    assert answered.status_code == 200, answered.text
    return plain(answered.text)


def plain(page: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", page)))


def test_a_consignment_is_told_in_raw_units(here: Deployment, supervisor: Client) -> None:
    text = page_of(supervisor, a_score(here, "consignment"))

    for said in (
        "Consignment · Motor vehicle parts and accessories · Germany (DE) → North Macedonia (MK)",
        "Gross mass 8,420 kg",
        "Invoice 48,125.00 EUR · DAP",
        "Germany (DE) → Austria (AT) → Hungary (HU) → Serbia (RS) → North Macedonia (MK)",
        "Goods item 1: 87089900 Vehicle parts and accessories; n.e.c. in heading no. 8708",
        "Statistical value 48,125.00 MKD",
        "New What comes next: Record your view",
    ):
        assert said in text
    # Around midnight UTC is on another day than the post, and says which.
    assert re.search(r"\d\d:\d\d local time \((\d+ \w+ \d{4}, )?\d\d:\d\d UTC\)", text)


def test_a_page_is_written_in_the_readers_language(here: Deployment, supervisor: Client) -> None:
    score = a_score(here, "consignment")

    text = page_of(supervisor, score, headers={"Accept-Language": "mk"})

    assert "Германија (DE) → Северна Македонија (MK)" in text
    assert "48.125,00 EUR" in text


def test_a_doubt_stands_beside_the_field_it_concerns(here: Deployment, supervisor: Client) -> None:
    score = a_score(here, "crossing", tare_kg=39_000.0, bcp_id="MK-XX-99")
    text = page_of(supervisor, score)

    assert "On the weighbridge 38,140 kg Doubtful: The vehicle weighs less than its tare" in text
    assert "Crossing point MK-XX-99 Doubtful: The crossing point is not in the" in text


def test_no_history_of_a_natural_person_is_shown(here: Deployment, supervisor: Client) -> None:
    score = a_score(here, "consignment", consignee_is_natural_person=True)
    shown_the_score(supervisor, score.score_id)
    answered = supervisor.get(f"/review/cases/{score.score_id}").text

    assert "Consignee A natural person: no history is kept" in plain(answered)
    parties = re.findall(r'<h4 id="past-\d+">([^<]+)', answered)
    assert "Consignor" in parties
    assert "Consignee" not in parties


def test_linked_movements_are_those_one_may_see(here: Deployment, supervisor: Client) -> None:
    one = a_score(here, "crossing", vehicle_id=PLATE, linked_declaration_refs=None)
    other = a_score(here, "crossing", vehicle_id=PLATE, linked_declaration_refs=None)
    hidden = a_score(
        here, "crossing", vehicle_id=PLATE, owner_post="MK-SB-02", linked_declaration_refs=None
    )
    unlike = a_score(
        here, "crossing", vehicle_id="SK 1 QQ", trailer_id="SK 2 QQ", linked_declaration_refs=None
    )
    answered = supervisor.get(f"/review/cases/{one.score_id}").text

    assert f'href="/review/cases/{other.score_id}"' in answered
    assert "linked by: Vehicle" in answered
    for score in (hidden, unlike):
        assert score.score_id not in answered
        assert score.answer["movement"]["source_record_id"] not in answered


def test_a_crossing_is_linked_to_what_it_carries(here: Deployment, supervisor: Client) -> None:
    goods = a_score(
        here, "consignment", declaration_ref="26MK104417A2C3D4E6", vehicle_id=None,
        trailer_id=None, container_ids=[],
    )  # fmt: skip
    lorry = a_score(
        here, "crossing", vehicle_id="SK 3 QQ", trailer_id=None,
        linked_declaration_refs=["26MK104417A2C3D4E7", "26MK104417A2C3D4E6"],
    )  # fmt: skip

    assert goods.score_id in supervisor.get(f"/review/cases/{lorry.score_id}").text


def test_an_earlier_version_says_what_the_next_one_changed(
    here: Deployment, supervisor: Client
) -> None:
    first = a_score(here, "consignment", source_record_id="AMENDED")
    a_score(
        here, "consignment", source_record_id="AMENDED", record_version=2, gross_mass_kg=9000.0,
        declaration_ref="26MK104417A2C3D4E5",
    )  # fmt: skip
    text = page_of(supervisor, first)

    assert "Gross mass 9,000 kg" in text
    assert re.search(r"Version 1, known [^;]*; then changed: ([^<]*)Gross mass", text)


def test_past_cases_are_those_known_before_and_nothing_later(
    here: Deployment, supervisor: Client
) -> None:
    goods = {"items": [an_item("64029990")]}
    found, clean, late, broken_off = (a_score(here, "consignment", **goods) for _ in range(4))
    others_goods = a_score(here, "consignment", items=[an_item("22042100")])
    inspected(here, found, "arms")
    inspected(here, clean, "nothing_found")
    inspected(here, broken_off, "inconclusive")
    inspected(here, others_goods, "nothing_found")
    score = a_score(here, "consignment", **goods)
    inspected(here, late, "nothing_found")
    inspected(here, score, "nothing_found")
    shown_the_score(supervisor, score.score_id)
    answered = supervisor.get(f"/review/cases/{score.score_id}").text

    past = answered.partition("Similar past cases</h3>")[2].partition("</section>")[0]
    assert re.findall(r'href="/review/cases/([^"/]+)"', past) == [clean.score_id, found.score_id]
    assert "2 looked at, of which 1 found something" in past
    # Its own outcome is told as such, with when it became known.
    assert "nothing found (dog), known" in answered


def test_a_past_case_that_was_corrected_before_counts_as_corrected(
    here: Deployment, supervisor: Client
) -> None:
    goods = {"items": [an_item("94036010")]}
    before = a_score(here, "consignment", **goods)
    inspected(here, before, "nothing_found", source_record_id="KP-1")
    inspected(here, before, "arms", source_record_id="KP-1", record_version=2)
    score = a_score(here, "consignment", **goods)
    inspected(here, before, "documentary", source_record_id="KP-1", record_version=3)
    shown_the_score(supervisor, score.score_id)
    past = page_of(supervisor, score).partition("Similar past cases")[2]

    assert "arms found" in past
    assert "nothing found" not in past
    assert "papers not in order" not in past


def test_people_found_hidden_come_before_everything_even_before_a_view(
    here: Deployment, supervisor: Client
) -> None:
    score = a_score(here, "crossing")
    before = supervisor.get(f"/review/cases/{score.score_id}").text
    inspected(here, score, "persons_concealed")
    after = supervisor.get(f"/review/cases/{score.score_id}").text

    assert 'id="rescue"' not in before
    assert after.index('id="rescue"') < after.index("<h1")
    assert 'class="band' not in after


def test_a_risk_one_does_not_hold_does_not_exist_on_the_page(here: Deployment) -> None:
    goods = {"items": [an_item("61091000")]}
    before = a_score(here, "consignment", **goods)
    inspected(here, before, "arms")
    score = a_score(here, "consignment", **goods)
    scopes = here.access.policy.roles["shift_supervisor"].scopes - {"arms"}
    client = shown_the_score(person(here, "shift_supervisor", scopes=tuple(scopes)), score.score_id)
    text = client.get(f"/review/cases/{score.score_id}").text

    assert "People smuggling" in text
    assert "Arms" not in text
    assert "arms" not in plain(text).lower()


def test_a_field_officer_sees_bands_and_reasons_and_no_odds(here: Deployment) -> None:
    score = a_score(here, "crossing")
    client = shown_the_score(person(here, "field_officer"), score.score_id)
    text = client.get(f"/review/cases/{score.score_id}").text

    assert 'class="band' in text
    assert 'class="reasons"' in text
    for withheld in ("odds", "1 in ", "would have lowered", "manifest"):
        assert withheld not in text


def test_what_supervisors_see_besides(here: Deployment, supervisor: Client) -> None:
    score = a_score(here, "consignment")
    shown_the_score(supervisor, score.score_id)
    text = page_of(supervisor, score)

    for said in ("odds", "Finds: about 1 in", "Why this may be wrong", "manifest", "version 7"):
        assert said in text
    assert text.index("What the model says") < text.index("Why") < text.index("What was known then")


def test_a_page_is_light_and_nothing_stands_inline(here: Deployment, supervisor: Client) -> None:
    score = a_score(here, "consignment")
    shown_the_score(supervisor, score.score_id)
    for end in ("", "/print"):
        answered = supervisor.get(f"/review/cases/{score.score_id}{end}")
        linked = re.findall(r'(?:href|src)="(/review/static/[^"]+)"', answered.text)
        gzipped = {"Accept-Encoding": "gzip"}
        sent = [int(anonymous(here).get(one, headers=gzipped).headers["Content-Length"])
                for one in linked]  # fmt: skip

        assert len(answered.content) + sum(sent) < 100_000
        assert " style=" not in answered.text
        assert "<style" not in answered.text
        assert not re.search(r"<script(?![^>]*src=)", answered.text)


def test_the_print_view_has_no_navigation_and_all_that_was_decided(
    here: Deployment, supervisor: Client
) -> None:
    score = a_score(here, "consignment")
    shown_the_score(supervisor, score.score_id)
    answered = supervisor.get(f"/review/cases/{score.score_id}/print").text

    assert "<nav" not in answered
    assert "<form" not in answered
    text = plain(answered)
    for said in ("Gross mass 8,420 kg", "recorded a view", "View Search", "was shown the score"):
        assert said in text, text


def an_item(code: str) -> dict[str, Any]:
    return {
        "item_no": 1, "commodity_code": code, "description": "Goods", "country_origin": "TR",
        "net_mass_kg": 900.0, "gross_mass_kg": 950.0, "package_type": "CT",
        "statistical_value_minor": 512_500, "document_codes": ["380"],
    }  # fmt: skip


def test_reasons_of_the_page_are_those_of_the_answer(here: Deployment, supervisor: Client) -> None:
    score = a_score(here, "consignment")
    shown_the_score(supervisor, score.score_id)
    page = supervisor.get(f"/review/cases/{score.score_id}").text
    answer = supervisor.get(f"/v1/scores/{score.score_id}").json()

    lists = re.findall(r'<ul class="reasons">(.*?)</ul>', page, re.DOTALL)
    told = sorted([plain(one) for one in re.findall(r"</span> ([^<]+)\.</p>", of)] for of in lists)
    assert told == sorted(
        [reason["sentence"] for reason in risk["reasons"]] for risk in answer["risks"].values()
    )
    assert [len(one) for one in told] == [5, 5]
