"""Laws of translated sentences: they say the values that the English ones say, and nothing is lost."""

from __future__ import annotations

import re
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from features.measures import FINDS
from features.registry import SUBJECTS, FeatureSet
from models.card import CardColumn
from models.languages import TAGS, Language, language
from models.transliteration import to_cyrillic, to_latin
from models.words import base_rate, sentence, value_in_words

_NUMBER = re.compile(r"-?\d[\d.,\N{NO-BREAK SPACE}]*")


@cache
def columns() -> list[CardColumn]:
    return [CardColumn.of(c) for s in SUBJECTS for c in FeatureSet().columns(s, FINDS)]


def numbers(said: str, spoken: Language) -> list[str]:
    """The numbers of a text in English signs, in order of size: word order differs."""
    group, decimal = spoken.signed(","), spoken.signed(".")
    found = [n.rstrip(f".,{group}\N{NO-BREAK SPACE}") for n in _NUMBER.findall(said)]
    return sorted(n.replace(group, "").replace(decimal, ".") for n in found)


tags = st.sampled_from(list(TAGS))
values = (
    st.integers(-50, 50_000).map(float)
    | st.floats(0.0001, 1, allow_nan=False)
    | st.floats(-1e4, 1e6, allow_nan=False)
)


@given(st.data(), tags, values)
def test_a_translated_sentence_holds_the_same_numbers(
    data: st.DataObject, tag: str, value: float
) -> None:
    column = data.draw(st.sampled_from(columns()))
    spoken = language(tag)

    english = sentence(column, value)
    said = sentence(column, value, language=spoken)

    assert numbers(said, spoken) == numbers(english, language("en"))
    if "{value}" in column.sentence:
        assert value_in_words(column, value, language=spoken) in said


@given(tags, st.floats(0, 1, allow_nan=False))
def test_a_translated_rate_holds_the_same_numbers(tag: str, probability: float) -> None:
    spoken = language(tag)

    said = base_rate(probability, language=spoken)

    assert numbers(said, spoken) == numbers(base_rate(probability), language("en"))


@given(st.data(), tags)
def test_claims_differ_from_their_denial_in_every_language(data: st.DataObject, tag: str) -> None:
    claims = [c for c in columns() if "{value}" not in c.sentence]
    column, spoken = data.draw(st.sampled_from(claims)), language(tag)

    said = {sentence(column, v, language=spoken) for v in (0.0, 1.0, float("nan"))}

    assert len(said) == 3


letters = st.text("abvgdđežzijklmnoprstćufhcčš", min_size=1, max_size=12)


@given(letters, st.sampled_from([str.lower, str.upper, str.capitalize]))
def test_serbian_comes_back_from_cyrillic(word: str, case: object) -> None:
    written = case(word)  # type: ignore[operator]

    back = to_latin(to_cyrillic(written))

    # A single capital digraph (LJ alone, or at the end of a word of capitals) has two spellings.
    assert back.lower() == written.lower()
    if len(word) > 2 and written != written.upper():
        assert back == written


@given(st.text(max_size=40))
def test_what_was_cyrillic_or_foreign_is_not_lost(text: str) -> None:
    once = to_cyrillic(text)

    assert to_cyrillic(once) == once
