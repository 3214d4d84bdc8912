"""Serbian in Cyrillic: letters, digraphs, and what is no Serbian word."""

from __future__ import annotations

import pytest

from models.transliteration import to_cyrillic, to_latin


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("Pošiljka đubriva i ćumura", "Пошиљка ђубрива и ћумура"),
        ("ljubav, njega, džep", "љубав, њега, џеп"),
        ("Ljubav, Njega, Džep", "Љубав, Њега, Џеп"),
        ("LJUBAV NJEGOŠ DŽEP", "ЉУБАВ ЊЕГОШ ЏЕП"),
    ],
)
def test_every_letter_and_digraph_has_its_own(latin: str, cyrillic: str) -> None:
    assert to_cyrillic(latin) == cyrillic
    assert to_latin(cyrillic) == latin


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [
        ("injekcija", "инјекција"),
        ("Konjunkcija", "Конјункција"),
        ("konjunktura", "конјунктура"),
        ("konjugacija", "конјугација"),
        ("dekonjugacija", "деконјугација"),
        ("vanjezički", "ванјезички"),
        ("Tanjug", "Танјуг"),
        ("nadživeti", "надживети"),
        ("podžanr", "поджанр"),
        ("odživeti", "одживети"),
        ("INJEKCIJA", "ИНЈЕКЦИЈА"),
    ],
)
def test_letters_of_two_morphemes_stay_two(latin: str, cyrillic: str) -> None:
    assert to_cyrillic(latin) == cyrillic
    assert to_latin(cyrillic) == latin


@pytest.mark.parametrize(
    ("latin", "cyrillic"),
    [("konj", "коњ"), ("vanjski", "вањски"), ("odžak", "оџак"), ("nadžak", "наџак"),
     ("tanjir", "тањир"), ("budžet", "буџет"), ("godišnji", "годишњи")],
)  # fmt: skip
def test_words_that_only_begin_alike_have_the_digraph(latin: str, cyrillic: str) -> None:
    assert to_cyrillic(latin) == cyrillic


@pytest.mark.parametrize(
    "kept",
    [
        "{value}", "{rate_now}", "HS", "CN", "UTC", "kg", "km", "IV", "XXI", "CA1", "8431",
        "record_version", "`Retry-After`", "https://example.org/strana", "/openapi.json",
        "ured@carina.example", "Washington",
    ],
)  # fmt: skip
def test_what_is_no_serbian_word_stays_latin(kept: str) -> None:
    assert to_cyrillic(f"vidi {kept} ovde") == f"види {kept} овде"


def test_the_conjunction_i_is_no_roman_numeral() -> None:
    assert to_cyrillic("I primalac i pošiljalac") == "И прималац и пошиљалац"


@pytest.mark.parametrize("ligature", ["ǌega", "Ǉubav", "ǆep"])
def test_one_code_point_for_two_letters_is_read_as_both(ligature: str) -> None:
    assert to_cyrillic(ligature).isalpha()
    assert not any("a" <= letter <= "z" for letter in to_cyrillic(ligature).lower())


def test_letters_with_marks_of_their_own_are_read_as_one() -> None:
    assert to_cyrillic("s\N{COMBINING CARON}".replace("s", "s")) == "ш"
