"""How numbers, counted things and days read in each language, and what is said without a translation."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from gettext import c2py

import pytest

from models.card import CardColumn
from models.languages import ENGLISH, TAGS, TRANSLATED, all_languages, language, read_catalogue
from models.words import base_rate, number, rate, sentence, value_in_words


def a_column(**changes: object) -> CardColumn:
    given = {
        "name": "consignee_finds_365d",
        "sentence": "This consignee: {value} in the last 365 days",
        "unit": "finds",
        "reason": "past",
    }
    return CardColumn.model_validate(given | changes)


@pytest.mark.parametrize(
    ("tag", "read"),
    [
        ("en", "1,240.5"),
        ("mk", "1.240,5"),
        ("sq", "1\N{NO-BREAK SPACE}240,5"),
        ("sr-Latn", "1.240,5"),
        ("sr-Cyrl", "1.240,5"),
    ],
)
def test_a_number_is_written_with_the_signs_of_its_language(tag: str, read: str) -> None:
    assert language(tag).signed("1,240.5") == read


@pytest.mark.parametrize(
    ("tag", "read"),
    [
        ("en", "12.5 %"),
        ("mk", "12,5 %"),
        ("sq", "12,5%"),
        ("sr-Latn", "12,5%"),
        ("sr-Cyrl", "12,5%"),
    ],
)
def test_a_share_is_a_percentage_as_its_language_writes_it(tag: str, read: str) -> None:
    said = value_in_words(a_column(unit="share"), 0.125, language=language(tag))

    # CLDR sets a no-break space before the sign where there is one.
    assert said.replace("\N{NO-BREAK SPACE}", " ") == read


@pytest.mark.parametrize(
    ("tag", "value", "read"),
    [
        ("en", 1, "1 find"),
        ("en", 21, "21 finds"),
        ("mk", 1, "1 наод"),
        ("mk", 2, "2 наоди"),
        ("mk", 11, "11 наоди"),
        ("mk", 21, "21 наод"),
        ("sq", 1, "1 kalim"),
        ("sq", 2, "2 kalime"),
        ("sq", 21, "21 kalime"),
        ("sr-Latn", 1, "1 prelazak"),
        ("sr-Latn", 3, "3 prelaska"),
        ("sr-Latn", 5, "5 prelazaka"),
        ("sr-Latn", 12, "12 prelazaka"),
        ("sr-Latn", 22, "22 prelaska"),
        ("sr-Latn", 101, "101 prelazak"),
        ("sr-Cyrl", 22, "22 преласка"),
        ("sr-Latn", 0.3, "0,3 prelaska"),
        ("sr-Latn", 0.5, "0,5 prelazaka"),
        ("sr-Latn", -1, "-1 prelazak"),
    ],
)
def test_a_counted_thing_takes_the_form_of_its_number(tag: str, value: float, read: str) -> None:
    unit = "crossings" if tag in ("sq", "sr-Latn", "sr-Cyrl") else "finds"

    assert value_in_words(a_column(unit=unit), value, language=language(tag)) == read


@pytest.mark.parametrize("tag", TRANSLATED)
def test_the_plural_rule_of_a_catalogue_is_the_one_of_the_locale(tag: str) -> None:
    rule = c2py(read_catalogue(TAGS[tag]).plural_expr)
    spoken = language(tag)
    categories = [
        c for c in ("one", "few", "other") if c in {*spoken.locale.plural_form.tags, "other"}
    ]

    for n in range(1200):
        assert categories[rule(n)] == spoken.plural(Decimal(n)), n


@pytest.mark.parametrize(
    ("tag", "read"),
    [
        ("en", "5 March 2026"),
        ("mk", "5 март 2026\N{NARROW NO-BREAK SPACE}г."),
        ("sq", "5 mars 2026"),
        ("sr-Latn", "5. mart 2026."),
        ("sr-Cyrl", "5. март 2026."),
    ],
)
def test_a_day_is_written_out_in_its_language(tag: str, read: str) -> None:
    assert language(tag).date(date(2026, 3, 5)) == read


@pytest.mark.parametrize(
    ("tag", "alike", "of_all"),
    [
        ("en", "about 1 in 1,400 like this", "about 1 in 1,400"),
        ("mk", "околу 1 од 1.400 вакви", "околу 1 од 1.400"),
        ("sq", "rreth 1 në 1\N{NO-BREAK SPACE}400 të tilla", "rreth 1 në 1\N{NO-BREAK SPACE}400"),
        ("sr-Latn", "oko 1 od 1.400 ovakvih", "oko 1 od 1.400"),
        ("sr-Cyrl", "око 1 од 1.400 оваквих", "око 1 од 1.400"),
    ],
)
def test_a_rate_reads_as_one_in_so_many_in_each_language(tag: str, alike: str, of_all: str) -> None:
    assert base_rate(1 / 1437, language=language(tag)) == alike
    assert rate(1 / 1437, language=language(tag)) == of_all


def test_the_rate_of_all_is_the_english_one_without_likeness() -> None:
    for probability in (0.0, 1e-5, 0.0071, 0.2, 0.31, 0.7, 0.99):
        assert rate(probability) == base_rate(probability).removesuffix(" like this")


def test_what_is_not_known_is_named_in_the_language() -> None:
    said = sentence(a_column(), float("nan"), language=language("sq"))

    assert said == "Nuk njihet: gjetje në 365 ditë (marrësi)"


def test_an_offices_own_column_is_spoken_of_in_english_as_a_whole() -> None:
    own = a_column(name="drop_point_365d", sentence="This drop point: {value}", unit="finds")

    for spoken in all_languages():
        assert sentence(own, 1240.5, language=spoken) == "This drop point: 1,240 finds"
        assert sentence(own, float("nan"), language=spoken) == "Not known: drop point in 365 days"


def test_an_offices_own_unit_stays_as_it_is_beside_a_translated_number() -> None:
    said = value_in_words(a_column(unit="barrels"), 2.5, language=language("mk"))

    assert said == "2,5 barrels"


def test_no_translation_claims_that_a_native_speaker_has_read_it() -> None:
    assert ENGLISH.reviewed
    assert not any(language(tag).reviewed for tag in TAGS if tag != "en")


def test_cyrillic_serbian_is_the_latin_one_letter_by_letter() -> None:
    latin, cyrillic = language("sr-Latn"), language("sr-Cyrl")

    assert latin.texts.keys() == cyrillic.texts.keys()
    assert cyrillic.words("Goods of HS chapter {value}") == "Роба из главе {value} HS"
    assert cyrillic.words("Gross mass {value}") == "Бруто маса {value}"


def test_values_without_end_have_a_sign_in_every_language() -> None:
    for spoken in all_languages():
        assert number(float("inf"), language=spoken) == "∞"
        assert value_in_words(a_column(), float("inf"), language=spoken).startswith("∞ ")
