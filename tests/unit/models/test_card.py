"""A card says what it must, reads back as it was written, and is refused by the field at fault."""

from pathlib import Path

import numpy as np
import orjson
import pytest

from features.spec import Column, Feature
from models.card import Card, CardColumn
from models.errors import InvalidCardError
from tests.heads import a_card


def test_a_card_reads_back_as_it_was_saved(tmp_path: Path) -> None:
    a_card().save(tmp_path / "card.json")

    assert Card.load(tmp_path / "card.json") == a_card()


def test_the_same_card_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = a_card().to_json(), Card.from_json(a_card().to_json()).to_json()

    assert first == second
    assert first.endswith(b"}\n")


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        pytest.param("base_rate", 1.5, "base_rate", id="a rate above one"),
        pytest.param("base_rate", "0.1", "base_rate", id="a number as text"),
        pytest.param("risk", None, "risk", id="no risk"),
        pytest.param("kind", "forest", "kind", id="an unknown kind"),
        pytest.param("spec_sha256", "short", "spec_sha256", id="no hash"),
        pytest.param("colour", "red", "colour", id="a field cards do not have"),
        pytest.param("trained_hits", 2001, "trained_hits", id="more hits than rows"),
        pytest.param("trained_from", "2026-01-01T00:00:00+00:00", "trained_from", id="backwards"),
        pytest.param("name", "crossing-arms", "name", id="a name of something else"),
        pytest.param("bands", [["low", 0.0]], "bands", id="bands left out"),
        pytest.param(
            "bands",
            [["low", 0.0], ["medium", 0.5], ["high", 0.4], ["very_high", 0.9]],
            "bands",
            id="bands that fall",
        ),
        pytest.param("top_shares", [[0.1, 0.2], [0.2, 0.3]], "top_shares", id="shares that rise"),
    ],
)
def test_an_invalid_card_is_refused_by_its_field(field: str, value: object, named: str) -> None:
    written = orjson.loads(a_card(trained_to="2025-06-30T00:00:00+00:00").to_json())
    written[field] = value

    with pytest.raises(InvalidCardError, match=named):
        Card.from_json(orjson.dumps(written))


def test_a_column_that_appears_twice_is_refused_by_name() -> None:
    written = orjson.loads(a_card().to_json())
    written["columns"].append(written["columns"][0])

    with pytest.raises(InvalidCardError, match="twice: gross_mass_kg"):
        Card.from_json(orjson.dumps(written))


def test_support_must_cover_every_column() -> None:
    written = orjson.loads(a_card().to_json())
    del written["support"]["columns"]["value_per_kg"]

    with pytest.raises(InvalidCardError, match="value_per_kg"):
        Card.from_json(orjson.dumps(written))


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"null", b"\xff"])
def test_what_is_not_a_card_at_all_is_refused(content: bytes) -> None:
    with pytest.raises(InvalidCardError):
        Card.from_json(content)


@pytest.mark.parametrize(
    ("probability", "band"),
    [
        pytest.param(0.0, "low", id="nothing"),
        pytest.param(0.1, "medium", id="a band begins at its lower end"),
        pytest.param(0.0999, "low", id="just below"),
        pytest.param(1.0, "very_high", id="certainty"),
    ],
)
def test_a_probability_falls_in_the_highest_band_it_reaches(probability: float, band: str) -> None:
    assert a_card().band(probability) == band


def test_a_band_no_probability_reaches_is_allowed() -> None:
    bands = (("low", 0.0), ("medium", 0.2), ("high", 0.2), ("very_high", 0.9))

    assert a_card(bands=bands).band(0.2) == "high"


def test_a_card_column_takes_the_words_of_the_catalogue() -> None:
    column = Column(
        name="declarations_30d",
        sentence="{value} in 30 days.",
        unit="declarations",
        reason="past",
        inputs=(Feature("consignee", "declarations", "sum", 30),),
        finish=lambda n: np.asarray(n),
        direction=1,
        field_role=False,
    )

    written = CardColumn.of(column, usual_low=0.0, usual_high=9.0)

    assert (written.sentence, written.unit, written.direction) == (
        "{value} in 30 days.",
        "declarations",
        1,
    )
    assert not written.field_role
