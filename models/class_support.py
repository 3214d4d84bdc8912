"""Do a movement's own numbers fit its category? A parcel may weigh what a lorry-load never does.

What was seen is kept for each category of each categorical column that is frequent enough; a
movement is compared with all of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np
from numpy.typing import NDArray

from features.spec import Floats
from models.card import Card, CardColumn, ClassSupport
from models.languages import ENGLISH, Language
from models.words import name_in_words, opening, speaking, value_in_words

#: Fewer movements of a category than this say too little of what it can be.
LEAST_ROWS = 300
#: Categories told apart in one column, the most frequent: it bounds the card.
MOST_CATEGORIES = 200
#: A claim that holds for fewer or more than these shares is a rare sign, not a mark of a category.
_COMMON = (0.05, 0.95)
#: How much farther than the largest, or nearer to zero than the smallest, is still close.
_FACTOR = 2.0

_Places = NDArray[np.intp]


def reach(lowest: float, highest: float) -> tuple[float, float]:
    """How far from a smallest and largest value seen a value is still close to them.

    Twice and half, of a quantity that was never zero or less; as far again as the two lie apart,
    of any other.
    """
    if lowest > 0:
        return lowest / _FACTOR, highest * _FACTOR
    # A column that was constant has no width of its own: its size stands in for it.
    width = (highest - lowest) or max(abs(highest), 1.0)
    return lowest - width, highest + width


def classes_of(
    X: Floats, *, names: Sequence[str], categorical: Collection[str], numbers: Sequence[str]
) -> tuple[ClassSupport, ...]:
    """What training rows (n, f) show within each frequent category.

    Args:
        X: The rows, categories in raw codes.
        names: Of the columns.
        categorical: Columns that hold categories.
        numbers: Columns of the record's own numbers.
    """
    watched = [names.index(name) for name in numbers if _marks(X[:, names.index(name)])]
    everywhere = {j: _seen(X[:, j]) for j in watched}
    found = []
    for a, name in enumerate(names):
        if name not in categorical:
            continue
        codes, times = np.unique(X[~np.isnan(X[:, a]), a], return_counts=True)
        often = np.argsort(-times, kind="stable")[:MOST_CATEGORIES]
        for i in sorted(often[times[often] >= LEAST_ROWS]):
            rows = X[X[:, a] == codes[i]]
            of_class = _class(name, int(codes[i]), rows, names, everywhere)
            if of_class.ranges or of_class.always or of_class.never:
                found.append(of_class)
    return tuple(found)


class ClassCheck:
    """A card's categories, laid out for checking rows quickly.

    Categories that no movement had are not looked at here (`models.support` does).
    """

    def __init__(self, card: Card) -> None:
        self._columns = card.columns
        names, classes = card.column_names, card.support.classes
        used = {n for c in classes for n in (*c.ranges, *c.always, *c.never)}
        self._numbers = np.array([j for j, name in enumerate(names) if name in used], np.intp)
        of_number = {names[j]: k for k, j in enumerate(self._numbers)}
        shape = (len(classes) + 1, len(self._numbers))
        # The last row stands for categories that say nothing.
        self._low, self._high = np.full(shape, -np.inf), np.full(shape, np.inf)
        self._always = np.zeros(shape, np.bool_)
        self._of_column: dict[int, dict[float, int]] = {}
        for i, seen in enumerate(classes):
            self._of_column.setdefault(names.index(seen.column), {})[float(seen.code)] = i
            for name, (low, high) in seen.ranges.items():
                wide = (low, high) if _is_claim(card, name) else reach(low, high)
                self._low[i, of_number[name]], self._high[i, of_number[name]] = wide
            for name in seen.never:
                # No number lies in between.
                self._low[i, of_number[name]], self._high[i, of_number[name]] = np.inf, -np.inf
            self._always[i, [of_number[name] for name in seen.always]] = True
        self._never = [set(seen.never) for seen in classes]
        self._marks = [
            (j, {code: self._marks_of(i) for code, i in places.items()})
            for j, places in self._of_column.items()
        ]

    def odd(self, X: Floats) -> NDArray[np.bool_]:
        """Which rows (n, f) do not fit one of their categories (n,)."""
        if not self._of_column:
            return np.zeros(len(X), np.bool_)
        numbers, places = X[:, self._numbers][:, np.newaxis], self._places(X)
        outside = np.less(numbers, self._low[places]) | np.greater(numbers, self._high[places])
        outside |= np.isnan(numbers) & self._always[places]
        return np.asarray(outside.any(axis=(1, 2)))

    def fits(self, row: list[float]) -> bool:
        """Whether a row (f,) fits all of its categories: what `odd` says of many, of one."""
        for j, of_code in self._marks:
            for k, low, high, always in of_code.get(row[j], ()):
                value = row[k]
                if value < low or value > high or (always and value != value):
                    return False
        return True

    def _marks_of(self, place: int) -> list[tuple[int, float, float, bool]]:
        """What marks the category at a place of the tables: a column, its ends, whether it is always known."""
        marks = zip(
            self._numbers, self._low[place], self._high[place], self._always[place], strict=True
        )
        return [
            (int(j), float(low), float(high), bool(always))
            for j, low, high, always in marks
            if always or low > -np.inf or high < np.inf
        ]

    def told(self, x: Floats, *, language: Language = ENGLISH) -> str:
        """What is odd about a row (f,) that `odd` found, the first of it."""
        numbers, places = x[self._numbers], self._places(x[np.newaxis])[0]
        beyond = np.less(numbers, self._low[places]) | np.greater(numbers, self._high[places])
        lacking = np.isnan(numbers) & self._always[places]
        a, k = (int(i) for i in np.argwhere(beyond | lacking)[0])
        category = self._columns[list(self._of_column)[a]]
        column = self._columns[self._numbers[k]]
        language = speaking(column, speaking(category, language))
        code = float(x[list(self._of_column)[a]])
        where = category_in_words(category, code, language=language)
        name = opening(name_in_words(column.name, language=language))
        if lacking[a, k]:
            return language.say(
                "{name} is not known, though it always was for {category}.",
                name=name,
                category=where,
            )
        words = value_in_words(column, float(numbers[k]), language=language)
        if column.name in self._never[places[a]]:
            return language.say(
                "{name}: {value} is known, though it never was for {category}.",
                name=name,
                value=words,
                category=where,
            )
        return language.say(
            "{name}: {value} lies far outside the records of {category} the model learnt from.",
            name=name,
            value=words,
            category=where,
        )

    def _places(self, X: Floats) -> _Places:
        """Of each row, its category's place in the tables, column by column (n, c)."""
        nothing = len(self._low) - 1
        return np.array(
            [
                [places.get(code, nothing) for code in X[:, j].tolist()]
                for j, places in self._of_column.items()
            ],
            dtype=np.intp,
        ).T


def category_in_words(column: CardColumn, code: float, *, language: Language = ENGLISH) -> str:
    """A category by its column's name: "chapter 93"."""
    name = name_in_words(column.name, language=language)
    return f"{name} {value_in_words(column, code, language=language)}"


def _marks(values: Floats) -> bool:
    """Whether a column can tell categories apart: not a claim that hardly ever holds, or always."""
    known = values[~np.isnan(values)]
    if not len(known):
        return False
    if not np.isin(known, (0.0, 1.0)).all():
        return True
    return bool(_COMMON[0] <= known.mean() <= _COMMON[1])


def _seen(values: Floats) -> tuple[float, float, bool, bool]:
    """Smallest and largest value, whether all are known, whether none is."""
    known = values[~np.isnan(values)]
    if not len(known):
        return np.inf, -np.inf, False, True
    return float(known.min()), float(known.max()), len(known) == len(values), False


def _class(
    name: str,
    code: int,
    rows: Floats,
    names: Sequence[str],
    everywhere: dict[int, tuple[float, float, bool, bool]],
) -> ClassSupport:
    ranges, always, never = {}, [], []
    for j, (lowest, highest, all_known, _) in everywhere.items():
        low, high, known, unknown = _seen(rows[:, j])
        if unknown:
            never.append(names[j])
            continue
        if known and not all_known:
            always.append(names[j])
        claim = (lowest, highest) == (0.0, 1.0)
        near, far = (low, high) if claim else reach(low, high)
        # A range as wide as everybody's says nothing of the category.
        if near > lowest or far < highest:
            ranges[names[j]] = (low, high)
    return ClassSupport(
        column=name, code=code, ranges=ranges, always=tuple(always), never=tuple(never)
    )


def _is_claim(card: Card, name: str) -> bool:
    seen = card.support.columns[name]
    return (seen.lowest, seen.highest) == (0.0, 1.0)
