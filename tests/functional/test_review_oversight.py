"""Fairness by group, the model page and the register: what they tell, and what they never tell."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from yaml import safe_dump

from features.banned import BANNED_FIELDS
from features.dictionary import entries
from features.registry import SUBJECTS, FeatureSet
from models.languages import ENGLISH
from serving.deployment import Deployment, open_deployment
from serving.review.figures import register
from serving.review.figures.register_page import office_of
from tests.access import person, somebody
from tests.counted_office import INSPECTED, PASSED, filled, lines_of, tables_of
from tests.deployments import a_home

# Each opens a deployment of its own: seconds.
pytestmark = pytest.mark.slow

EVERYWHERE = {"countries": ("*",), "posts": ("*",)}


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployment]:
    made = open_deployment(a_home(tmp_path_factory.mktemp("oversight")))
    filled(made)
    yield made
    made.close()


def test_groups_are_counted_as_by_hand(here: Deployment) -> None:
    page = person(here, "auditor", **EVERYWHERE).get("/review/fairness?days=7")
    by_post = lines_of(page, "selection-post")
    by_plate = lines_of(page, "selection-plate")

    # Chosen for any reason but chance: 14 of the model's and the tip's.
    assert by_post["MK-GR-01"][:2] == [str(INSPECTED + PASSED), "14"]
    assert by_post["RS-HU-01"][:3] == ["7", "0", "insufficient"]
    assert by_plate["DE"][:2] == [str(INSPECTED), "14"]
    assert by_plate["MK"][:2] == [str(PASSED), "0"]
    assert lines_of(page, "found-plate-arms")["DE"][:2] == ["40", "15"]


def test_few_movements_of_a_plate_country_are_named_and_not_counted(here: Deployment) -> None:
    page = person(here, "auditor", **EVERYWHERE).get("/review/fairness?days=7")

    assert lines_of(page, "selection-plate")["XK"][:2] == ["<5", "0"]
    assert lines_of(page, "recommended-plate")["XK"][0] == "<5"


def test_an_auditor_of_one_country_sees_its_groups_alone(here: Deployment) -> None:
    page = person(here, "auditor", countries=("RS",), posts=("*",)).get("/review/fairness?days=7")

    assert set(lines_of(page, "selection-post")) == {"RS-HU-01"}
    assert set(lines_of(page, "selection-plate")) == {"XK", "AL"}


@pytest.mark.parametrize("address", ["/review/figures?days=7", "/review/model", "/review/register"])
def test_the_country_of_a_plate_stands_on_no_other_page(here: Deployment, address: str) -> None:
    page = person(here, "auditor", **EVERYWHERE).get(address)

    cells = [cell for rows in tables_of(page).values() for row in rows for cell in row]
    assert "DE" not in cells
    assert "XK" not in cells


def test_thresholds_and_columns_are_told_to_those_who_answer_for_the_model(
    here: Deployment,
) -> None:
    steward, supervisor = (
        somebody(here, role).get("/review/model") for role in ("model_steward", "shift_supervisor")
    )

    told, less = tables_of(steward), tables_of(supervisor)
    assert told["bands-crossing-arms"][-1] == ["very_high", "0.21"]
    assert len(told["columns-crossing-arms"]) > 30
    assert not less
    assert "Finds among these" in supervisor.text
    refused = somebody(here, "shift_supervisor").get("/review/model.csv?table=bands-crossing-arms")
    assert refused.status_code == 404


def test_the_model_page_names_what_serves_and_what_does_not(here: Deployment) -> None:
    page = somebody(here, "auditor").get("/review/model").text

    champion = here.champion
    assert champion is not None
    assert champion.pointer_sha256 in page
    assert all(key in page for key in champion.signed_by)
    assert "7 hits of the 50 it takes." in page
    assert here.scoring.in_force.configuration.sha256 in page
    scopes = here.access.policy.roles["auditor"].scopes - {"smuggling"}
    without = person(here, "auditor", scopes=tuple(scopes)).get("/review/model").text
    assert "7 hits of the 50 it takes." not in without
    assert "consignment-smuggling" not in without


def test_a_field_that_becomes_a_feature_stands_in_the_register() -> None:
    plain, more = FeatureSet(), FeatureSet(("drop_point",), (("axle_spread", "numeric"),))

    def used(features: FeatureSet) -> set[str]:
        table = register.fields_used(features, spoken=ENGLISH)
        return {f"{row[0].value}.{row[1].value}" for row in table.rows}

    assert used(more) - used(plain) == {
        f"{subject}.{field}"
        for subject in SUBJECTS
        for field in ("extension.axle_spread", "extra_keys.drop_point")
    }
    sources = {
        source if source.partition(".")[0] in ("consignment", "crossing", "inspection", "incident")
        else f"{subject}.{source}"
        for subject in SUBJECTS
        for entry in entries(plain, subject)
        for source in entry.sources
    }  # fmt: skip
    assert used(plain) == sources


def test_what_is_never_used_is_what_the_registry_refuses(here: Deployment) -> None:
    page = somebody(here, "foreign_partner").get("/review/register")

    assert set(lines_of(page, "fields-never-used")) == set(BANNED_FIELDS)
    used = {row[1] for row in tables_of(page)["fields-used"][1:]}
    assert used.isdisjoint(BANNED_FIELDS)
    assert "nationality" in lines_of(page, "attributes-refused")


def test_public_figures_are_counts_of_five_and_more(here: Deployment) -> None:
    lines = lines_of(somebody(here, "admin").get("/review/register"), "public-figures")

    assert lines["inspected"] == [str(INSPECTED)]
    assert lines["random"] == ["32"]
    assert lines["found"] == ["25"]
    assert lines["consignment"] == ["0"]


def test_the_register_names_whom_the_office_names(here: Deployment) -> None:
    home = here.settings.home
    assert office_of(home).name == ""
    named = {
        "controller": {"name": "Customs of Dravia", "contact": "risk@customs.example"},
        "data_protection_officer": {"contact": "dpo@customs.example"},
    }
    (home / "deployment.yaml").write_text(safe_dump(named))
    try:
        page = somebody(here, "admin").get("/review/register").text
    finally:
        (home / "deployment.yaml").unlink()

    assert "Customs of Dravia" in page
    assert "dpo@customs.example" in page


def test_what_the_gate_found_is_told_where_it_is_kept(here: Deployment) -> None:
    auditor = person(here, "auditor", **EVERYWHERE)
    assert "No gate has measured the heads that serve" in auditor.get("/review/fairness").text
    champion = here.champion
    assert champion is not None
    path = here.settings.home / "gate" / f"{champion.pointer_sha256}.json"
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        '{"checks": [{"name": "selection rates", "about": "crossing-arms", "verdict": "ok",'
        ' "sentence": "None of 4 countries."}, {"name": "value", "verdict": "ok"}]}'
    )
    try:
        lines = lines_of(auditor.get("/review/fairness"), "gate")
    finally:
        path.unlink()

    assert lines == {"selection rates": ["crossing-arms", "ok", "None of 4 countries."]}
