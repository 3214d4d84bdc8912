"""What is usual of a column reads with the group it is usual in."""

from __future__ import annotations

import numpy as np
import pytest

from models.card import Card, CardColumn, ClassSupport
from models.languages import language
from models.usual import usual_in_words
from tests.heads import CHAPTER, NAMES, a_card

X = np.array([12000.0, 2.5, 1.0, 200.0, 0.0, 3.0])
MASS = NAMES.index("gross_mass_kg")


def with_column(**changes: object) -> tuple[Card, CardColumn]:
    """A card whose first column is another."""
    card = a_card()
    column = card.columns[MASS].model_copy(update=changes)
    return card.model_copy(update={"columns": (column, *card.columns[1:])}), column


def with_classes(*classes: ClassSupport) -> Card:
    card = a_card()
    support = card.support.model_copy(update={"classes": classes})
    return card.model_copy(update={"support": support})


def a_class(code: int, low: float, high: float) -> ClassSupport:
    return ClassSupport(column="chapter", code=code, ranges={"gross_mass_kg": (low, high)})


def test_a_range_names_the_group_it_is_usual_in() -> None:
    card, column = with_column(usual_low=300.0, usual_high=4000.5)

    assert usual_in_words(card, column, X) == "Usual among all consignments: 300 to 4,000 kg."


def test_crossings_are_a_group_of_their_own() -> None:
    card, column = with_column(usual_low=1.0, usual_high=2.0)
    crossing = card.model_copy(update={"subject": "crossing"})

    assert usual_in_words(crossing, column, X) == "Usual among all crossings: 1 to 2 kg."


def test_both_ends_of_a_share_bear_their_sign() -> None:
    card, column = with_column(unit="share", usual_low=0.001, usual_high=0.2)

    assert usual_in_words(card, column, X) == "Usual among all consignments: 1 in 1,000 to 20 %."


def test_a_range_of_one_value_is_that_value() -> None:
    card, column = with_column(unit="finds", usual_low=0.0, usual_high=0.0)

    assert usual_in_words(card, column, X) == "Usual among all consignments: 0 finds."


@pytest.mark.parametrize(
    ("low", "high", "read"),
    [
        (0.0, 0.0, "Usually not so."),
        (1.0, 1.0, "Usually so."),
        (0.0, 1.0, "Usual either way."),
    ],
)
def test_a_claim_is_usually_so_or_not(low: float, high: float, read: str) -> None:
    card, column = with_column(
        sentence="Crossing at night", unit="", usual_low=low, usual_high=high
    )

    assert usual_in_words(card, column, X) == read


def test_a_category_has_no_usual_range() -> None:
    card = a_card()

    assert usual_in_words(card, card.columns[CHAPTER], X) is None


def test_what_was_seen_among_its_like_is_told_beside() -> None:
    card = with_classes(a_class(2, 1.0, 5.0), a_class(3, 10.0, 900.0))
    column = card.columns[MASS].model_copy(update={"usual_low": 300.0, "usual_high": 4000.0})

    assert usual_in_words(card, column, X) == (
        "Usual among all consignments: 300 to 4,000 kg. Seen so far in chapter 3: 10 to 900 kg."
    )


def test_of_several_categories_the_one_that_ranged_least_is_told() -> None:
    narrow = ClassSupport(column="is_night", code=0, ranges={"gross_mass_kg": (20.0, 30.0)})
    card = with_classes(a_class(3, 10.0, 900.0), narrow)

    said = usual_in_words(card, card.columns[MASS], X)

    assert said is not None
    assert said.endswith("Seen so far in is night no: 20 to 30 kg.")


def test_without_a_known_category_only_all_movements_are_told() -> None:
    card, x = with_classes(a_class(3, 10.0, 900.0)), X.copy()
    x[CHAPTER] = np.nan

    said = usual_in_words(card, card.columns[MASS], x)

    assert said is not None
    assert "chapter" not in said


def test_it_is_read_in_the_language_where_the_column_is() -> None:
    card, column = with_column(sentence="Gross mass {value}", usual_low=300.0, usual_high=4000.5)

    said = usual_in_words(card, column, X, language=language("mk"))

    assert said == "Вообичаено кај сите пратки: 300 – 4.000 kg."
