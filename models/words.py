"""How numbers, units and missing values read in a sentence."""

from __future__ import annotations

import re
from decimal import Decimal
from math import isinf, isnan

from models.card import CardColumn
from models.languages import ENGLISH, Language

#: Units that are not measured in anything: a claim that holds or not, and a part of a whole.
CLAIM = "yes/no"
SHARE = "share"

#: Parts smaller than this are written as "1 in N".
SMALL_SHARE = 0.01

#: What the translations of units and of columns' names are told apart by.
UNIT, COLUMN = "unit", "column"


def sentence(column: CardColumn, value: float, *, language: Language = ENGLISH) -> str:
    """What a supervisor reads about one column of a movement.

    A column's sentence without `{value}` is a claim, and is true only of a value other than 0.
    A column an office added has no translation: its sentence is English as a whole.
    """
    language = speaking(column, language)
    if isnan(value):
        return language.say("Not known: {name}", name=name_in_words(column.name, language=language))
    said = language.words(column.sentence)
    if "{value}" in said:
        return said.replace("{value}", value_in_words(column, value, language=language))
    if value != 0:
        return said
    return language.say("Not the case: {claim}", claim=within_a_sentence(said))


def speaking(column: CardColumn, language: Language) -> Language:
    """The language a column can be spoken of in: English where its sentence is not translated."""
    return language if language.knows(column.sentence) else ENGLISH


def value_in_words(column: CardColumn, value: float, *, language: Language = ENGLISH) -> str:
    """A known value with its unit, or the level a code stands for."""
    if column.categorical and not isinf(value):
        for text, code in (column.levels or {}).items():
            if code == value:
                return text
        return language.say("code {code}", code=int(value)) if column.levels else f"{value:.0f}"
    if column.unit == CLAIM:
        return language.words("yes") if value else language.words("no")
    if column.unit == SHARE:
        # Small percentages are misread; "1 in 2,800" is not.
        if 0 < value < SMALL_SHARE:
            one_in = number(float(f"{1 / value:.2g}"), language=language)
            return language.say("1 in {m}", m=one_in)
        return language.percent(number(100 * value, language=language))
    return f"{number(value, language=language)} {_unit(column.unit, value, language)}".rstrip()


def number(value: float, *, language: Language = ENGLISH) -> str:
    """A number with as many digits as help: 1,240 or 45.2 or 3.07 or 0.00123."""
    return language.signed(_written(value))


def base_rate(probability: float, *, language: Language = ENGLISH) -> str:
    """A probability in words: "about 1 in 140 like this"."""
    if probability < 1e-6:
        return language.say("fewer than 1 in {m} like this", m=number(1e6, language=language))
    if probability > 0.95:
        return language.words("nearly all like this")
    n, m = _one_in(probability)
    return language.say("about {n} in {m} like this", n=n, m=number(m, language=language))


def rate(probability: float, *, language: Language = ENGLISH) -> str:
    """The same of all movements: "about 1 in 140"."""
    if probability < 1e-6:
        return language.say("fewer than 1 in {m}", m=number(1e6, language=language))
    if probability > 0.95:
        return language.words("nearly all")
    n, m = _one_in(probability)
    return language.say("about {n} in {m}", n=n, m=number(m, language=language))


def name_in_words(name: str, *, language: Language = ENGLISH) -> str:
    """A column's name as words: `consignee_declarations_365d`: consignee declarations in 365 days."""
    english = re.sub(r"_(\d+)d\b", r" in \1 days", name).replace("_", " ")
    return language.words(english, context=COLUMN)


def within_a_sentence(claim: str) -> str:
    """Without its capital, unless it opens with letters such as HS."""
    return claim if claim[1:2].isupper() else claim[:1].lower() + claim[1:]


def opening(words: str) -> str:
    """With a capital."""
    return words[:1].upper() + words[1:]


def singular(unit: str) -> str:
    """One of them: "goods items" is "goods item", "packages per lorry" is "package per lorry"."""
    counted, per, rest = unit.partition(" per ")
    if counted.endswith("ies"):
        counted = counted[:-3] + "y"
    elif counted.endswith("s") and not counted.endswith("ss"):
        counted = counted[:-1]
    return counted + per + rest


def _unit(unit: str, value: float, language: Language) -> str:
    if not unit:
        return ""
    return language.counted(singular(unit), unit, _as_read(value), context=UNIT)


def _as_read(value: float) -> Decimal:
    """The number that is written of a value; any large one for what has no end."""
    return Decimal(10) if isinf(value) else Decimal(_written(value).replace(",", ""))


def _written(value: float) -> str:
    """In English signs."""
    size = abs(value)
    if isinf(value):
        return "∞" if value > 0 else "-∞"
    if value == int(value) or size >= 100:
        return f"{value:,.0f}"
    if size >= 1e-6:
        return f"{value:,.{_places(size)}f}".rstrip("0").rstrip(".")
    return f"{value:.2e}"


def _one_in(probability: float) -> tuple[int, float]:
    if probability > 0.25:
        return round(10 * probability), 10.0
    return 1, float(round(float(f"{1 / probability:.2g}")))


def _places(size: float) -> int:
    """Decimals that show three significant digits of a size below 100."""
    return 2 - int(f"{size:e}".partition("e")[2])
