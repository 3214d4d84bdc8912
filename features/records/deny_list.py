"""Which names and values stand for an attribute of a person that nothing here may use."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import chain
from typing import Any

import yaml

from features.records.reference import REFERENCE

#: Terms at least this long are sought inside words written together; shorter ones would hit "message".
_WRITTEN_TOGETHER = 8

#: Letters that Unicode does not take apart into a letter and a mark.
_UNMARKED = str.maketrans({"đ": "d", "ı": "i", "ł": "l", "ø": "o", "æ": "ae"})


@lru_cache(maxsize=8192)
def protected_name(name: str) -> str | None:
    """The protected attribute a column, field or feature name stands for, or None.

    >>> protected_name("driverSex"), protected_name("country_origin")
    ('sex', None)
    """
    terms = _terms()
    words = terms.allowed.sub("_", f"_{'_'.join(_words(name))}_")
    found = [*terms.side_by_side.finditer(words), *terms.together.finditer(words.replace("_", ""))]
    # "driver_sex" is about a driver and about sex: the attribute listed first is the one named.
    return terms.attributes[min(match.lastindex or 0 for match in found)] if found else None


def protected_values(values: Iterable[object]) -> str | None:
    """The protected attribute that the values of one column give away, or None.

    Every value has to be a word of one attribute, unknown ones aside; the letters M and F count
    only where both sexes occur, for a column of M alone says nothing.
    """
    shapes = _value_shapes()
    texts = {fold(value).strip() for value in values if isinstance(value, str)}
    texts -= shapes.unknown
    if not texts:
        return None
    for attribute, words in shapes.words.items():
        if texts <= words:
            return attribute
    male, female = (texts & letters for letters in (shapes.male, shapes.female))
    return "sex" if male and female and texts <= shapes.male | shapes.female else None


def fold(text: str) -> str:
    """The text without case and diacritics."""
    apart = unicodedata.normalize("NFKD", text.casefold().translate(_UNMARKED))
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


@dataclass(frozen=True)
class _Terms:
    attributes: dict[int, str]
    side_by_side: re.Pattern[str]
    together: re.Pattern[str]
    allowed: re.Pattern[str]


@dataclass(frozen=True)
class _ValueShapes:
    unknown: frozenset[str]
    words: dict[str, frozenset[str]]
    male: frozenset[str]
    female: frozenset[str]


def _words(name: str) -> Iterator[str]:
    """Words of a name: split where it changes from lower to upper case and at all but letters."""
    spaced = "".join(
        f" {letter}" if letter.isupper() and before.islower() else letter
        for before, letter in zip(chain(" ", name), name, strict=False)
    )
    letters = "".join(letter if letter.isalpha() else " " for letter in fold(spaced))
    return iter(letters.split())


@cache
def _list() -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((REFERENCE / "deny_list.yaml").read_text("utf-8"))
    return loaded


@cache
def _terms() -> _Terms:
    attributes: dict[int, str] = {}
    side_by_side, together = [], []
    for group, (attribute, languages) in enumerate(_list()["names"].items(), start=1):
        attributes[group] = attribute
        terms = sorted({term for terms in languages.values() for term in terms})
        side_by_side.append(f"({'|'.join(map(_as_words, terms))})")
        joined = ("".join(_words(term)) for term in terms)
        long = [re.escape(term) for term in joined if len(term) >= _WRITTEN_TOGETHER]
        # An empty group that cannot match keeps the numbers of both patterns alike.
        together.append(f"({'|'.join(long) or '(?!)'})")
    allowed = "|".join(f"_{'_'.join(_words(phrase))}(?=_)" for phrase in _list()["allowed"])
    return _Terms(
        attributes,
        re.compile("|".join(side_by_side)),
        re.compile("|".join(together)),
        re.compile(allowed),
    )


def _as_words(term: str) -> str:
    words = "_".join(_words(term))
    if term.startswith("="):
        return f"^_{words}_$"
    return f"_{words}{'[^_]*' if term.endswith('*') else ''}(?=_)"


@cache
def _value_shapes() -> _ValueShapes:
    values = _list()["values"]

    def folded(terms: Iterable[str]) -> frozenset[str]:
        return frozenset(fold(term) for term in terms)

    sexes = values["male"]["words"] + values["female"]["words"]
    return _ValueShapes(
        unknown=folded(values["unknown"]) | {""},
        words={
            "sex": folded(sexes),
            "nationality": folded(chain.from_iterable(values["nationality"].values())),
            "religion": folded(chain.from_iterable(values["religion"].values())),
        },
        male=folded(values["male"]["letters"] + values["male"]["words"]),
        female=folded(values["female"]["letters"] + values["female"]["words"]),
    )
