"""How numbers, units and missing values read in a sentence; a language is one `Language`."""

from __future__ import annotations

import re
from dataclasses import dataclass
from math import isinf, isnan

from models.card import CardColumn

#: Units that are not measured in anything: a claim that holds or not, and a part of a whole.
CLAIM = "yes/no"
SHARE = "share"

#: Parts smaller than this are written as "1 in N".
SMALL_SHARE = 0.01


@dataclass(frozen=True)
class Language:
    """The words and signs of one language.

    Attributes:
        base_rate: "about {n} in {m}".
        one_in: "1 in {m}", of a part.
        few: What stands for a base rate too small to count.
    """

    thousands: str
    decimal: str
    yes: str
    no: str
    not_known: str
    not_so: str
    code: str
    base_rate: str
    one_in: str
    few: str
    nearly_all: str


ENGLISH = Language(
    thousands=",",
    decimal=".",
    yes="yes",
    no="no",
    not_known="Not known: {name}",
    not_so="Not the case: {claim}",
    code="code {code}",
    base_rate="about {n} in {m} like this",
    one_in="1 in {m}",
    few="fewer than 1 in {m} like this",
    nearly_all="nearly all like this",
)


def sentence(column: CardColumn, value: float, *, language: Language = ENGLISH) -> str:
    """What a supervisor reads about one column of a movement.

    A column's sentence without `{value}` is a claim, and is true only of a value other than 0.
    """
    if isnan(value):
        return language.not_known.format(name=name_in_words(column.name))
    if "{value}" in column.sentence:
        return column.sentence.replace("{value}", value_in_words(column, value, language=language))
    if value != 0:
        return column.sentence
    return language.not_so.format(claim=_within_a_sentence(column.sentence))


def value_in_words(column: CardColumn, value: float, *, language: Language = ENGLISH) -> str:
    """A known value with its unit, or the level a code stands for."""
    if column.categorical and not isinf(value):
        for text, code in (column.levels or {}).items():
            if code == value:
                return text
        return language.code.format(code=int(value)) if column.levels else f"{value:.0f}"
    if column.unit == CLAIM:
        return language.yes if value else language.no
    if column.unit == SHARE:
        # Small percentages are misread; "1 in 2,800" is not.
        if 0 < value < SMALL_SHARE:
            one_in = number(float(f"{1 / value:.2g}"), language=language)
            return language.one_in.format(m=one_in)
        return f"{number(100 * value, language=language)} %"
    written = number(value, language=language)
    unit = _singular(column.unit) if written == "1" else column.unit
    return f"{written} {unit}".rstrip()


def number(value: float, *, language: Language = ENGLISH) -> str:
    """A number with as many digits as help: 1,240 or 45.2 or 3.07 or 0.00123."""
    size = abs(value)
    if isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == int(value) or size >= 100:
        text = f"{value:,.0f}"
    elif size >= 1e-6:
        text = f"{value:,.{_places(size)}f}".rstrip("0").rstrip(".")
    else:
        text = f"{value:.2e}"
    # Both signs at once, so that a comma put in is not taken out again.
    return text.translate({ord(","): language.thousands, ord("."): language.decimal})


def base_rate(probability: float, *, language: Language = ENGLISH) -> str:
    """A probability in words: "about 1 in 140 like this"."""
    if probability < 1e-6:
        return language.few.format(m=number(1e6, language=language))
    if probability > 0.95:
        return language.nearly_all
    if probability > 0.25:
        return language.base_rate.format(n=round(10 * probability), m=10)
    one_in = round(float(f"{1 / probability:.2g}"))
    return language.base_rate.format(n=1, m=number(float(one_in), language=language))


def name_in_words(name: str) -> str:
    """A column's name as words: `consignee_declarations_365d`: consignee declarations in 365 days."""
    return re.sub(r"_(\d+)d\b", r" in \1 days", name).replace("_", " ")


def _places(size: float) -> int:
    """Decimals that show three significant digits of a size below 100."""
    return 2 - int(f"{size:e}".partition("e")[2])


def _within_a_sentence(claim: str) -> str:
    """Without its capital, unless it opens with letters such as HS."""
    return claim if claim[1:2].isupper() else claim[:1].lower() + claim[1:]


def _singular(unit: str) -> str:
    """One of them: "goods items" is "goods item", "packages per lorry" is "package per lorry"."""
    counted, per, rest = unit.partition(" per ")
    if counted.endswith("ies"):
        counted = counted[:-3] + "y"
    elif counted.endswith("s") and not counted.endswith("ss"):
        counted = counted[:-1]
    return counted + per + rest
