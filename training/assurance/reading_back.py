"""What a reason's sentence says of the record, read back from the words alone.

Nothing here uses the code that wrote them (`models.words`): a sentence is true if what a reader
takes from it is what the record holds, to the digits that are shown.
"""

from __future__ import annotations

import math
import re

from models.card import CardColumn

_NOT_KNOWN = "Not known: "
_NOT_SO = "Not the case: "
#: Three significant digits are shown below 100: half of the last may be lost.
_LOST = 0.00501
#: Of "1 in N" two are shown.
_LOST_ONE_IN = 0.0501
_CODE = re.compile(r"code (-?\d+)")
_ONE_IN = re.compile(r"1 in ([\d,]+)")


def is_true(said: str, column: CardColumn, value: float) -> bool:
    """Whether a sentence is true of a column's value, NaN where the record does not know it."""
    if said.startswith(_NOT_KNOWN):
        return math.isnan(value) and _words(said[len(_NOT_KNOWN) :]) == _words(column.name)
    if math.isnan(value):
        return False
    if "{value}" not in column.sentence:
        if said.startswith(_NOT_SO):
            claim = said[len(_NOT_SO) :]
            return value == 0 and claim[1:] == column.sentence[1:]
        return value != 0 and said == column.sentence
    before, after = column.sentence.split("{value}")
    if not (said.startswith(before) and said.endswith(after)):
        return False
    told = said[len(before) : len(said) - len(after)]
    return _is_value(told, column, value)


def _is_value(told: str, column: CardColumn, value: float) -> bool:
    if column.categorical:
        return _category(told, column) == value
    if column.unit == "yes/no":
        return told == ("yes" if value else "no")
    if column.unit == "share":
        if found := _ONE_IN.fullmatch(told):
            return value > 0 and abs(_number(found[1]) * value - 1) <= _LOST_ONE_IN
        return told.endswith(" %") and _near(_number(told[:-2]), 100 * value)
    number, _, unit = told.partition(" ")
    if not _near(_number(number), value):
        return False
    return unit == column.unit or (number == "1" and _singular(unit, column.unit))


def _category(told: str, column: CardColumn) -> float:
    if found := _CODE.fullmatch(told):
        return float(found[1])
    levels = column.levels or {}
    return float(levels[told]) if told in levels else _number(told)


def _number(told: str) -> float:
    try:
        return float(told.replace(",", ""))
    except ValueError:
        return math.nan


def _near(told: float, value: float) -> bool:
    """Equal to the digits shown: three below 100, all before the point above; whole numbers exactly."""
    if math.isclose(told, value, rel_tol=1e-9):
        return True
    if abs(value) >= 100:
        return abs(told - value) <= 0.5
    return not float(value).is_integer() and abs(told - value) <= _LOST * abs(value)


def _singular(unit: str, of: str) -> bool:
    """Whether a unit is the singular of another: "day" of "days", "country" of "countries"."""
    ours, theirs = unit.split(" ")[0], of.split(" ")[0]
    rest = unit.split(" ")[1:] == of.split(" ")[1:]
    if rest and theirs in (f"{ours}s", ours, f"{ours[:-1]}ies"):
        return True
    return of in (f"{unit}s", unit) or (unit.endswith("y") and of == f"{unit[:-1]}ies")


def _words(name: str) -> list[str]:
    """A column's name as single words, windows of days spelt alike: 30d and "in 30 days"."""
    spelt = re.sub(r"\bin (\d+) days\b", r"\1d", name.replace("_", " "))
    return spelt.split()
