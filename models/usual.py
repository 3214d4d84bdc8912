"""What is usual of a column, in words: among all movements, and what was seen among its like."""

from __future__ import annotations

from features.spec import Floats
from models.card import Card, CardColumn, ClassSupport
from models.class_support import category_in_words
from models.languages import ENGLISH, Language
from models.words import CLAIM, SHARE, number, speaking, value_in_words


def usual_in_words(
    card: Card, column: CardColumn, x: Floats, *, language: Language = ENGLISH
) -> str | None:
    """The range of most movements, and of all seen in the movement's narrowest category.

    The card knows the 10th and 90th percentile over all training movements, and the smallest and
    largest value within single categories where that is narrower.

    Args:
        card: The head's card.
        column: One of its columns.
        x: The movement's row (f,), whose categories are looked up.
        language: What it is written in.

    Returns:
        None for a categorical column, or one that was never known.
    """
    low, high = column.usual_low, column.usual_high
    if low is None or high is None:
        return None
    narrowest = _narrowest(card, column, x)
    # Numbers in words take their time, and never change.
    kept = (column.name, language.tag, narrowest)
    said = card.usual_said.get(kept)
    if said is None:
        language = speaking(column, language)
        said = _usual(card, column, low, high, language)
        if narrowest is not None:
            said = f"{said} {_seen(card, column, card.support.classes[narrowest], language)}"
        card.usual_said[kept] = said
    return said


def _is_claim(column: CardColumn) -> bool:
    return "{value}" not in column.sentence or column.unit == CLAIM


def _usual(card: Card, column: CardColumn, low: float, high: float, language: Language) -> str:
    """The range of most movements."""
    if _is_claim(column):
        if low != high:
            return language.words("Usual either way.")
        return language.words("Usually so.") if low else language.words("Usually not so.")
    usual = _range(column, low, high, language)
    if card.subject == "consignment":
        return language.say("Usual among all consignments: {range}.", range=usual)
    return language.say("Usual among all crossings: {range}.", range=usual)


def _seen(card: Card, column: CardColumn, of: ClassSupport, language: Language) -> str:
    """The range of all seen in a category."""
    category = card.columns[card.column_names.index(of.column)]
    return language.say(
        "Seen so far in {category}: {range}.",
        category=category_in_words(category, of.code, language=speaking(category, language)),
        range=_range(column, *of.ranges[column.name], language),
    )


def _range(column: CardColumn, low: float, high: float, language: Language) -> str:
    ends = value_in_words(column, high, language=language)
    if low == high:
        return ends
    starts = (
        value_in_words(column, low, language=language)
        if column.unit == SHARE
        else number(low, language=language)
    )
    return language.say("{low} to {high}", low=starts, high=ends)


def _narrowest(card: Card, column: CardColumn, x: Floats) -> int | None:
    """The class of the row in which the column ranged least, by its place in the support."""
    within = card.ranges_within.get(column.name)
    if within is None or _is_claim(column):
        return None
    found = [of[code] for place, of in within.items() if (code := x.item(place)) in of]
    # Of equally narrow ones the first.
    return min(found)[1] if found else None
