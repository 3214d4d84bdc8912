"""A score read in another language, over HTTP: what is said, and that what is stored stays."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import select

from features.ledger import tables
from features.ledger.connection import reading
from models.champion import write_pointer
from models.heads import save_head
from serving.deployment import Deployment
from serving.settings import Settings
from tests.access import person
from tests.deployments import (
    COLD,
    Client,
    a_home,
    a_real_head,
    a_submission,
    deployed,
    signing_key,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def here(tmp_path: Path) -> Deployment:
    return deployed(a_home(tmp_path))


@pytest.fixture
def client(here: Deployment) -> Client:
    return Client(here)


def submitted(here: Deployment, client: Client, kind: str, **changes: Any) -> dict[str, Any]:
    answered = client.post(f"/v1/{kind}s", json=a_submission(here, kind, **changes))
    assert answered.status_code == 201, answered.text
    answer: dict[str, Any] = answered.json()
    return answer


@pytest.fixture
def reader(here: Deployment) -> Client:
    """Somebody who may see everything behind a score."""
    return person(here, "auditor")


def explained(client: Client, answer: dict[str, Any], accepted: str) -> dict[str, Any]:
    told = client.get(
        f"/v1/scores/{answer['score_id']}/explanation", headers={"Accept-Language": accepted}
    )
    assert told.status_code == 200, told.text
    assert told.headers["Vary"] == "Accept-Language"
    explanation: dict[str, Any] = told.json()
    assert told.headers["Content-Language"] == explanation["language"]
    return explanation


def sentences(told: Any) -> list[str]:
    """Every text under a name that holds a sentence."""
    if isinstance(told, list):
        return [s for part in told for s in sentences(part)]
    if not isinstance(told, dict):
        return []
    own = [v for k, v in told.items() if (k == "sentence" or k.endswith("in_words")) and v]
    texts = [t for v in own for t in (v if isinstance(v, list) else [v])]
    return texts + [s for v in told.values() for s in sentences(v)]


def test_an_explanation_reads_in_macedonian(
    here: Deployment, client: Client, reader: Client
) -> None:
    answer = submitted(here, client, "consignment", gross_mass_kg=12_345.5)

    told = explained(reader, answer, "mk-MK, en;q=0.5")

    assert (told["language"], told["translation_reviewed"]) == ("mk", False)
    arms = told["risks"]["arms"]
    (mass,) = [c for c in arms["columns"] if c["column"] == "gross_mass_kg"]
    assert (mass["sentence"], mass["value"]) == ("Бруто-маса 12.346 kg", 12_345.5)
    assert arms["band_in_words"] in ("низок", "среден", "висок", "многу висок")
    assert told["recommendation_in_words"].split(":")[0] in (
        "Преглед", "Проверка на документите", "Пуштање",
    )  # fmt: skip
    assert any(
        reason["usual_in_words"].startswith("Вообичаено кај сите пратки: ")
        for reason in arms["reasons"]
        if reason["usual_low"] is not None and "{value}" in reason["sentence"] + "{value}"
    )
    assert {"thin_history", "old_model"} <= {d["code"] for d in arms["why_this_may_be_wrong"]}
    assert arms["what_would_have_lowered_it"]["note"].startswith("Ова покажува")


def test_an_explanation_reads_in_albanian(here: Deployment, client: Client, reader: Client) -> None:
    answer = submitted(here, client, "crossing")

    told = explained(reader, answer, "sq-AL")

    assert (told["language"], told["translation_reviewed"]) == ("sq", False)
    arms = told["risks"]["arms"]
    said = {c["column"]: c["sentence"] for c in arms["columns"]}
    assert said["vehicle_crossings_30d"] == "Ky mjet: 0 kalime në 30 ditët e fundit"
    assert arms["band_in_words"] in ("e ulët", "e mesme", "e lartë", "shumë e lartë")
    thin = [d["sentence"] for d in arms["why_this_may_be_wrong"] if d["code"] == "thin_history"]
    assert "mjeti" in thin[0]


@pytest.mark.parametrize("accepted", ["mk", "sq", "sr-Latn", "sr-Cyrl"])
def test_no_sentence_stays_english(here: Deployment, client: Client, accepted: str) -> None:
    answer = submitted(here, client, "consignment")
    english = set(sentences(explained(client, answer, "en")))

    told = explained(client, answer, accepted)

    assert len(sentences(told)) > 200
    assert set(sentences(told)) & english == set()
    if accepted == "sr-Cyrl":
        # Codes and units stay Latin, and nothing else does.
        words = {w.strip(".,:;()%") for s in sentences(told) for w in s.split()}
        latin = {w for w in words if w.isascii() and w.isalpha()}
        assert latin <= {"kg", "km", "h", "HS", "UTC"}


def test_figures_are_the_same_in_every_language(
    here: Deployment, client: Client, reader: Client
) -> None:
    answer = submitted(here, client, "consignment")

    def figures(accepted: str) -> Any:
        told = explained(reader, answer, accepted)["risks"]
        return {
            risk: (
                said["margin"],
                [(r["code"], r["contribution"], r["value"]) for r in said["reasons"]],
                [d["code"] for d in said["why_this_may_be_wrong"]],
                [(c["column"], c["instead"], c["margin"])
                 for c in said["what_would_have_lowered_it"]["changes"]],
            )
            for risk, said in told.items()
        }  # fmt: skip

    assert figures("mk") == figures("en")
    assert figures("sr-RS") == figures("en")


def test_an_answer_is_told_in_the_language_asked_for(here: Deployment, client: Client) -> None:
    payload = a_submission(here, "consignment")

    told = client.post("/v1/consignments", json=payload, headers={"Accept-Language": "sr-ME"})

    answer = told.json()
    assert told.headers["Content-Language"] == "sr-Latn"
    assert answer["language"] == "sr-Latn"
    assert answer["risks"]["arms"]["in_words"].endswith(" ovakvih")
    assert answer["risks"]["arms"]["base_rate_in_words"] == "oko 1 od 100"
    assert {k for k in answer if k not in ("language", "translation_reviewed")} == set(
        client.get(told.headers["Location"]).json()
    )


def test_a_rule_speaks_the_language(here: Deployment, client: Client) -> None:
    (item,) = a_submission(here, "consignment")["items"]
    unlicensed = {**item, "commodity_code": "93062100", "document_codes": []}
    answer = submitted(here, client, "consignment", items=[unlicensed])
    assert [rule["code"] for rule in answer["rules"]] == ["CA1"]

    told = client.get(f"/v1/scores/{answer['score_id']}?language=sr-Latn").json()

    (rule,) = told["rules"]
    assert rule == {
        "code": "CA1",
        "risk": "arms",
        "sentence": "Roba za koju je potrebna dozvola prijavljena je bez dozvole.",
    }


def test_what_is_stored_is_the_same_whatever_is_asked_for(tmp_path: Path) -> None:
    stored = []
    for tag in ("en", "mk"):
        here = deployed(a_home(tmp_path / tag))
        client = Client(here)
        payload = a_submission(here, "consignment", source_record_id="S-1")
        client.post("/v1/consignments", json=payload, headers={"Accept-Language": tag})
        with reading(here.ledger.engine) as connection:
            (text,) = connection.execute(select(tables.scores.c.answer)).scalars()
        told = orjson.loads(text)
        stored.append([told["risks"], told["rules"], sorted(told)])

    assert stored[0][2] == stored[1][2]
    assert "language" not in stored[1][2]
    assert " like this" in stored[1][0]["arms"]["in_words"]


def test_english_answers_are_what_was_stored(here: Deployment, client: Client) -> None:
    payload = a_submission(here, "consignment")

    told = client.post("/v1/consignments?reasons=false", json=payload)

    assert told.headers["Content-Language"] == "en"
    assert "language" not in told.json()


def test_a_cold_risk_says_why_in_the_language(here: Deployment, client: Client) -> None:
    answer = submitted(here, client, "crossing")
    assert "abstained" in answer["risks"]["smuggling"]

    again = client.get(f"/v1/scores/{answer['score_id']}?language=mk").json()

    # The reason of this champion is nobody's wording: it stays, as an office's own would.
    assert again["risks"]["smuggling"]["reason"] == answer["risks"]["smuggling"]["reason"]


def test_without_a_model_the_language_is_spoken_too(tmp_path: Path) -> None:
    here = deployed(a_home(tmp_path, heads=()))
    client = Client(here)

    answer = submitted(here, client, "consignment")
    again = client.get(f"/v1/scores/{answer['score_id']}?language=sq").json()

    assert answer["risks"]["arms"]["reason"] == (
        "There is no model for this risk yet; rules and chance decide."
    )
    assert again["risks"]["arms"]["reason"].startswith("Ende nuk ka model për këtë rrezik")


def light_goods_only(folder: Path) -> Settings:
    """A home whose head learnt from nothing heavier than 100 kg."""
    settings, head = a_home(folder, heads=()), a_real_head("consignment", "arms")
    seen = head.card.support.columns["gross_mass_kg"].model_copy(
        update={"lowest": 1.0, "highest": 100.0}
    )
    columns = head.card.support.columns | {"gross_mass_kg": seen}
    support = head.card.support.model_copy(update={"columns": columns})
    light = replace(head, card=head.card.model_copy(update={"support": support}))
    manifest = save_head(light, settings.models / light.card.name)
    write_pointer(
        settings.models,
        heads={light.card.name: manifest},
        key=signing_key(settings),
        version="7",
        rules_only=[COLD],
    )
    return settings


def test_an_abstention_is_told_by_the_check_that_found_it(tmp_path: Path) -> None:
    here = deployed(light_goods_only(tmp_path))
    client = Client(here)
    answer = submitted(here, client, "consignment", gross_mass_kg=8420.5)
    path = f"/v1/scores/{answer['score_id']}"

    def reason(tag: str) -> str:
        told = client.get(path, headers={"Accept-Language": tag}).json()
        assert told["risks"]["arms"]["abstained"]
        said: str = told["risks"]["arms"]["reason"]
        return said

    assert reason("en") == answer["risks"]["arms"]["reason"]
    assert reason("mk") == (
        "Бруто-маса во kg: 8.420 kg е далеку надвор од записите од кои моделот учел."
    )
    assert reason("sr-Latn") == (
        "Bruto masa u kg: 8.420 kg je daleko izvan zapisa iz kojih je model učio."
    )
    posted = client.post(
        "/v1/consignments?reasons=false&language=sq",
        json=a_submission(here, "consignment", gross_mass_kg=8420.5),
    ).json()
    assert posted["risks"]["arms"]["reason"] == reason("sq")
    assert "nuk" not in reason("en")
    explanation = (
        person(here, "auditor").get(f"{path}/explanation?language=mk").json()["risks"]["arms"]
    )
    assert explanation["band_in_words"] is None
    assert explanation["what_would_have_lowered_it"]["changes"] == []


def test_a_batch_is_told_in_the_language_item_by_item(here: Deployment, client: Client) -> None:
    good, bad = a_submission(here, "consignment"), a_submission(here, "consignment", currency="?")
    bad["gross_mass_kg"] = -1

    told = client.post(
        "/v1/consignments/batch", json=[good, bad], headers={"Accept-Language": "mk"}
    )

    first, second = told.json()["items"]
    assert told.headers["Content-Language"] == "mk"
    assert first["answer"]["risks"]["arms"]["in_words"].endswith(" вакви")
    assert second["problem"]["title"] == "Записот крши правила"
    assert "видете errors" in second["problem"]["detail"]


def test_movements_are_told_in_the_language(here: Deployment, client: Client) -> None:
    answer = submitted(here, client, "consignment")
    movement = answer["movement"]

    told = client.get(
        "/v1/movements",
        params={name: movement[name] for name in ("source_system", "source_record_id")},
        headers={"Accept-Language": "sq"},
    )

    (version,) = told.json()["movements"][0]["versions"]
    assert version["score"]["risks"]["arms"]["in_words"].endswith(" të tilla")


def test_a_problem_is_told_in_the_language(client: Client) -> None:
    told = client.get("/v1/scores/x", headers={"Accept-Language": "sr"})

    assert told.status_code == 404
    assert told.headers["Content-Language"] == "sr-Cyrl"
    assert told.json()["title"] == "Нема такве оцене"
    assert told.json()["detail"] == "Проверите ознаку оцене."
    assert told.json()["type"] == "/problems/unknown-score"


def test_the_parameter_goes_before_the_header(here: Deployment, client: Client) -> None:
    answer = submitted(here, client, "consignment")

    told = client.get(
        f"/v1/scores/{answer['score_id']}?language=sq", headers={"Accept-Language": "mk"}
    )

    assert told.headers["Content-Language"] == "sq"


def test_a_language_there_is_not_is_refused_by_the_parameter_only(
    here: Deployment, client: Client
) -> None:
    answer = submitted(here, client, "consignment")
    path = f"/v1/scores/{answer['score_id']}"

    asked, accepted = (
        client.get(f"{path}?language=de"),
        client.get(path, headers={"Accept-Language": "de"}),
    )

    assert asked.status_code == 422
    assert asked.json()["errors"][0]["field"] == "/query/language"
    assert (accepted.status_code, accepted.headers["Content-Language"]) == (200, "en")
