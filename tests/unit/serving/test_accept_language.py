"""Which language a reader is answered in."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.languages import TAGS
from serving.speaking import accepted


@pytest.mark.parametrize(
    ("header", "tag"),
    [
        pytest.param("", "en", id="nothing asked for"),
        pytest.param("mk", "mk", id="a language there is"),
        pytest.param("mk-MK", "mk", id="of a country"),
        pytest.param("sq-AL, en;q=0.5", "sq", id="the weight of 1 is the default"),
        pytest.param("en;q=0.2, sq;q=0.7", "sq", id="the heavier, though it comes later"),
        pytest.param("sq;q=0.7, mk;q=0.7", "sq", id="the first of equals"),
        pytest.param("de, fr;q=0.9", "en", id="none there is"),
        pytest.param("de, mk;q=0.1", "mk", id="the next best"),
        pytest.param("*", "en", id="any"),
        pytest.param("*;q=0.1, mk;q=0.01", "en", id="any, rather than Macedonian"),
        pytest.param("mk;q=0, sq;q=0.1", "sq", id="one refused"),
        pytest.param("mk, mk;q=0", "en", id="refused is refused"),
        pytest.param("sr", "sr-Cyrl", id="Serbian without a script"),
        pytest.param("sr-RS", "sr-Cyrl", id="of Serbia"),
        pytest.param("sr-ME", "sr-Latn", id="of Montenegro"),
        pytest.param("sr-Latn-RS", "sr-Latn", id="a script goes before a country"),
        pytest.param("sr-Cyrl-ME", "sr-Cyrl", id="and there too"),
        pytest.param("cnr-ME", "sr-Latn", id="Montenegrin"),
        pytest.param("SR-LATN", "sr-Latn", id="in capitals"),
        pytest.param("mk;q=high", "en", id="a weight that is none"),
        pytest.param("mk;q=2", "en", id="a weight beyond 1"),
        pytest.param("mk;level=1, sq", "sq", id="another parameter"),
        pytest.param(f"{'de,' * 20}mk", "en", id="more than anybody reads"),
    ],
)
def test_the_language_a_reader_likes_best_is_spoken(header: str, tag: str) -> None:
    assert accepted(header) == tag


@given(st.text("mksqr-LatnCy,;q=0.1* ", max_size=60))
def test_any_header_is_answered_in_a_language_there_is(header: str) -> None:
    assert accepted(header) in TAGS
