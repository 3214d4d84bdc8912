"""Is this movement like those the model has seen? If not, the model abstains and says why.

A model abstains when, against what training saw, the movement

1. lacks every key column (no trader, vehicle or container with a past is named), although fewer
   than `RARELY` of the training movements did;
2. lacks `SEVERAL` columns or more that fewer than `HARDLY_EVER` of them lacked;
3. has a category no training movement had, in a column where new ones are hardly ever to be
   expected (a mode of transport, not one of a thousand tariff headings);
4. has a number of its own further beyond the smallest or largest seen than those two lie apart.
   Numbers of the past have no such bound: they grow with the ledger, and a party with more finds
   than any before must be scored, not passed by.

Rules on single columns are kept this wide on purpose: ordinary trade is full of small surprises,
and an abstention hands the movement to rules and chance.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

import numpy as np

from features.spec import Floats
from models.card import Card, CardColumn, ColumnSupport, Support
from models.class_support import ClassCheck, classes_of, reach
from models.gaps import GapCheck, gaps_of
from models.languages import ENGLISH, Language
from models.words import name_in_words, opening, speaking, value_in_words

RARELY = 0.01
HARDLY_EVER = 0.001
SEVERAL = 3

#: Rows looked at together: it bounds the memory of a batch.
_AT_ONCE = 2_000

#: Combinations of gaps that are kept at hand, some 150 bytes each.
_GAPS_KEPT = 4_096


def support_of(
    X: Floats,
    *,
    names: Sequence[str],
    categorical: Collection[str] = (),
    key_columns: Collection[str] = (),
    unbounded: Collection[str] = (),
) -> Support:
    """What the training rows (n, f) show of each column, for the card.

    Columns named in `unbounded`, those of the past, get no smallest and largest value.
    """
    columns = {}
    for j, name in enumerate(names):
        known = X[~np.isnan(X[:, j]), j]
        share_missing = float(1 - len(known) / len(X))
        if name in categorical:
            codes, times = np.unique(known, return_counts=True)
            columns[name] = ColumnSupport(
                share_missing=share_missing,
                codes=tuple(int(code) for code in codes),
                share_new=float((times == 1).sum() / len(X)),
            )
        elif len(known) and name not in unbounded:
            columns[name] = ColumnSupport(
                lowest=float(known.min()), highest=float(known.max()), share_missing=share_missing
            )
        else:
            columns[name] = ColumnSupport(share_missing=share_missing)
    keys = [j for j, name in enumerate(names) if name in key_columns]
    without = float(np.isnan(X[:, keys]).all(axis=1).mean()) if keys else 0.0
    record = [n for n in names if n not in unbounded and n not in key_columns]
    watched, gaps = gaps_of(X, names=names, record=record, rarely=HARDLY_EVER)
    numbers = [name for name in record if name not in categorical]
    return Support(
        columns=columns,
        key_columns=tuple(names[j] for j in keys),
        share_without_keys=without,
        classes=classes_of(X, names=names, categorical=categorical, numbers=numbers),
        gap_columns=watched,
        gaps=gaps,
    )


class SupportCheck:
    """A card's support, laid out for checking rows quickly."""

    def __init__(self, card: Card) -> None:
        self._columns = card.columns
        seen = [card.support.columns[name] for name in card.column_names]
        self._low, self._high = np.array([_limits(column) for column in seen]).T
        self._known = np.array([column.share_missing < HARDLY_EVER for column in seen])
        self._codes = [
            (j, frozenset(float(code) for code in seen[j].codes))
            for j, column in enumerate(card.columns)
            if column.categorical and seen[j].share_new < HARDLY_EVER
        ]
        self._classes, self._gaps = ClassCheck(card), GapCheck(card)
        expected = card.support.share_without_keys < RARELY
        names = card.column_names
        keys = card.support.key_columns if expected else ()
        self._keys = np.array([names.index(name) for name in keys], np.intp)
        #: The same limits by column, without those that are none.
        self._limits = [
            (j, low, high)
            for j, (low, high) in enumerate(
                zip(self._low.tolist(), self._high.tolist(), strict=True)
            )
            if low > -np.inf or high < np.inf
        ]
        #: Gaps of rows, as bytes of flags (f,), that were found ordinary.
        self._ordinary_gaps: set[bytes] = set()

    def problems(self, X: Floats, *, language: Language = ENGLISH) -> list[str | None]:
        """For each row (n, f): why the model should not be asked, or None."""
        if len(X) != 1:
            return self._problems_of_many(X, language)
        # Nearly every row is ordinary, and known to be so sooner than numpy could look at it.
        gaps = np.isnan(X[0]).tobytes()
        if gaps in self._ordinary_gaps and self._has_ordinary_values(X[0].tolist()):
            return [None]
        found = self._problems(X, language)
        if found == [None]:
            if len(self._ordinary_gaps) >= _GAPS_KEPT:
                self._ordinary_gaps.clear()
            self._ordinary_gaps.add(gaps)
        return found

    def _has_ordinary_values(self, row: list[float]) -> bool:
        """Whether nothing in a row (f,) is odd but, perhaps, which of its columns are not known."""
        for j, low, high in self._limits:
            if row[j] < low or row[j] > high:
                return False
        for j, codes in self._codes:
            if row[j] == row[j] and row[j] not in codes:
                return False
        return self._classes.fits(row)

    def _problems_of_many(self, X: Floats, language: Language) -> list[str | None]:
        found: list[str | None] = []
        for start in range(0, len(X), _AT_ONCE):
            found += self._problems(X[start : start + _AT_ONCE], language)
        return found

    def _problems(self, X: Floats, language: Language) -> list[str | None]:
        missing = np.isnan(X)
        beyond = np.less(X, self._low) | np.greater(X, self._high)
        for j, codes in self._codes:
            # A code that is not a number is not known, and no new one.
            beyond[:, j] = [code == code and code not in codes for code in X[:, j].tolist()]
        lacking = missing & self._known
        without_keys = np.full(len(X), len(self._keys) > 0) & missing[:, self._keys].all(axis=1)
        misfit, gaps = self._classes.odd(X), self._gaps.odd(missing)
        odd = (
            without_keys
            | beyond.any(axis=1)
            | (np.count_nonzero(lacking, axis=1) >= SEVERAL)
            | misfit
            | gaps
        )
        found: list[str | None] = [None] * len(X)
        for i in np.flatnonzero(odd):
            if without_keys[i]:
                found[i] = language.words(
                    "No trader, vehicle or container with a known past is named."
                )
            elif beyond[i].any():
                j = int(np.flatnonzero(beyond[i])[0])
                found[i] = _beyond_in_words(self._columns[j], float(X[i, j]), language)
            elif lacking[i].sum() >= SEVERAL:
                found[i] = _lacking_in_words(
                    [self._columns[j] for j in np.flatnonzero(lacking[i])], language
                )
            elif misfit[i]:
                found[i] = self._classes.told(X[i], language=language)
            else:
                found[i] = self._gaps.told(missing[i], language=language)
        return found


def _limits(column: ColumnSupport) -> tuple[float, float]:
    """The farthest values still close enough to those seen; no limit where none was seen."""
    if column.lowest is None or column.highest is None:
        return -np.inf, np.inf
    return reach(column.lowest, column.highest)


def _beyond_in_words(column: CardColumn, value: float, language: Language) -> str:
    language = speaking(column, language)
    name = opening(name_in_words(column.name, language=language))
    words = value_in_words(column, value, language=language)
    if column.categorical:
        return language.say(
            "{name}: {value} did not occur in the records the model learnt from.",
            name=name,
            value=words,
        )
    return language.say(
        "{name}: {value} lies far outside the records the model learnt from.",
        name=name,
        value=words,
    )


def _lacking_in_words(columns: Sequence[CardColumn], language: Language) -> str:
    names = [
        language.say("no {name}", name=name_in_words(column.name, language=language))
        for column in columns
    ]
    return language.say("Too little is known, which is rare: {names}.", names=", ".join(names))
