"""Everything a person reads of a score is translated, and a developer is told what is not."""

from __future__ import annotations

import re
import shutil
from itertools import product
from pathlib import Path
from typing import get_args

import pytest
from babel.messages.pofile import read_po, write_po
from typer.testing import CliRunner

from models import languages
from models.card import BANDS
from models.catalogue import Message, faults, locales, template, update
from models.doubts import DOUBTS
from models.languages import catalogue_path, language
from models.policy import Action, Because
from models.verdicts import BANDS_IN_WORDS, RECOMMENDATIONS, why_no_model
from serving.catalogue_commands import all_messages
from training.heads import _too_few
from vardar import app

ROOT = Path(__file__).parents[2]
RULES = ROOT / "seeds" / "rules.yaml"


@pytest.fixture(scope="module")
def messages() -> list[Message]:
    return list(all_messages(RULES))


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Catalogues that a test may spoil."""
    shutil.copytree(languages.LOCALES, tmp_path / "locales")
    monkeypatch.setattr(languages, "LOCALES", tmp_path / "locales")
    return tmp_path / "locales"


def spoilt(locale: str, text: str, change: str) -> None:
    """One message of a copied catalogue made fuzzy, or given another translation."""
    path = catalogue_path(locale)
    with path.open("rb") as file:
        catalogue = read_po(file, locale=locale)
    message = catalogue.get(text)
    assert message is not None
    if change == "fuzzy":
        message.flags.add("fuzzy")
    else:
        message.string = change
    with path.open("wb") as file:
        write_po(file, catalogue)


@pytest.mark.parametrize("locale", locales())
def test_every_message_is_translated(locale: str, messages: list[Message]) -> None:
    assert faults(locale, messages) == []


@pytest.mark.parametrize("locale", locales())
def test_updating_a_complete_catalogue_changes_no_byte(
    locale: str, messages: list[Message], copied: Path
) -> None:
    before = catalogue_path(locale).read_bytes()

    update(locale, messages)

    assert catalogue_path(locale).read_bytes() == before


def test_a_new_column_is_asked_for_by_name(messages: list[Message], copied: Path) -> None:
    new = [*messages, Message("Axles lifted: {value}"), Message("axle", "unit", "axles")]

    assert faults("mk", new) == [
        "mk: 'Axles lifted: {value}' is missing: vardar catalogue --update, then translate it.",
        "mk: 'axle' is missing: vardar catalogue --update, then translate it.",
    ]
    update("mk", new)
    assert faults("mk", new) == [
        "mk: 'Axles lifted: {value}' is not translated.",
        "mk: 'axle' is not translated.",
    ]
    assert faults("mk", messages) == [
        "mk: 'Axles lifted: {value}' is said no more: vardar catalogue --update.",
        "mk: ('axle', 'axles') is said no more: vardar catalogue --update.",
    ]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        pytest.param("Бруто-маса", "other placeholders", id="a placeholder lost"),
        pytest.param("Бруто-маса {вредност}", "other placeholders", id="a placeholder translated"),
        pytest.param("", "is not translated", id="empty"),
        pytest.param("fuzzy", "is fuzzy", id="fuzzy"),
    ],
)
def test_a_doubtful_translation_is_named(
    change: str, fault: str, messages: list[Message], copied: Path
) -> None:
    spoilt("mk", "Gross mass {value}", change)

    (found,) = faults("mk", messages)

    assert fault in found
    assert "Gross mass" in found


def test_a_fuzzy_translation_is_not_spoken(copied: Path) -> None:
    spoilt("mk", "Gross mass {value}", "fuzzy")
    languages.language.cache_clear()
    try:
        assert language("mk").words("Gross mass {value}") == "Gross mass {value}"
        assert language("mk").words("Net mass {value}") != "Net mass {value}"
    finally:
        languages.language.cache_clear()


def test_the_command_fails_where_something_is_missing(copied: Path) -> None:
    runner = CliRunner()
    whole = runner.invoke(app, ["catalogue", "--check", "--rules", str(RULES)])
    spoilt("sq", "Gross mass {value}", "")

    told = runner.invoke(app, ["catalogue", "--check", "--rules", str(RULES)])

    assert (whole.exit_code, told.exit_code) == (0, 1)
    assert "sq: 'Gross mass {value}' is not translated." in told.stdout.replace("\n", " ")


def test_every_quality_flag_has_words() -> None:
    sources = [p.read_text("utf-8") for p in (ROOT / "features" / "records").glob("*.py")]
    flags = {f for s in sources for f in re.findall(r'_note\(info, "(\w+)"\)', s)}
    quality = (ROOT / "features" / "records" / "quality.py").read_text("utf-8")
    flags |= set(re.findall(r'yield "(\w+)"', quality))
    roles = re.findall(r'\("(\w+)", record\.\w+_id', quality)
    flags |= {f"{role}_id_check_failed" for role in roles}

    assert len(flags) > 20
    assert flags == DOUBTS.keys()


def test_every_band_and_recommendation_has_words() -> None:
    # Chance only ever names movements for inspection.
    said = {(a, b) for a, b in product(get_args(Action), get_args(Because)) if b != "random"}

    assert RECOMMENDATIONS.keys() == said | {("inspect", "random")}
    assert tuple(BANDS_IN_WORDS) == BANDS


def test_why_there_is_no_model_is_understood_as_training_says_it() -> None:
    few, only = _too_few(7, 300, least=50), _too_few(300, 300, least=50)
    assert few is not None
    assert only is not None

    assert why_no_model(few) == few
    assert "7; modelu ih treba 50" in why_no_model(few, language=language("sr-Latn"))
    assert why_no_model(only, language=language("mk")).startswith("Секој преглед")
    assert why_no_model("Somebody else's reason.", language=language("mk")) == (
        "Somebody else's reason."
    )


def test_a_message_is_asked_for_once() -> None:
    twice = [Message("kg", "unit", "kg"), Message("kg", "unit", "kg"), Message("kg")]

    assert len([m for m in template(twice) if m.id]) == 2
