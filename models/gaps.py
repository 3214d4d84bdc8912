"""Is what is known of a movement ever known together? A weight without scales is no record we know.

Fields are filled in bundles: who weighs a lorry knows its load too. A combination of gaps that no
training movement had, where new ones are hardly ever to be expected, is another way of recording.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from features.spec import Floats
from models.card import Card
from models.languages import ENGLISH, Language
from models.words import name_in_words

#: With more combinations than this, gaps follow no rule.
MOST_COMBINATIONS = 500

_Bits = NDArray[np.bool_]


def gaps_of(
    X: Floats, *, names: Sequence[str], record: Sequence[str], rarely: float
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Columns with gaps in training rows (n, f), and every combination of gaps there was.

    Args:
        X: The rows.
        names: Of the columns.
        record: Columns of the record alone.
        rarely: Both are empty where a larger share than this of the movements to come is to be
            expected to bring a new combination (Good-Turing: combinations seen just once).
    """
    share = np.isnan(X).mean(axis=0)
    columns = [names.index(name) for name in record if 0 < share[names.index(name)] < 1]
    found, times = np.unique(np.isnan(X[:, columns]), axis=0, return_counts=True)
    new = float((times == 1).sum() / len(X))
    if not columns or len(found) > MOST_COMBINATIONS or new >= rarely:
        return (), ()
    watched = tuple(names[j] for j in columns)
    return watched, tuple(
        tuple(name for name, gap in zip(watched, gaps, strict=True) if gap) for gaps in found
    )


class GapCheck:
    """A card's gaps, laid out for checking rows quickly."""

    def __init__(self, card: Card) -> None:
        names, support = card.column_names, card.support
        self._watched = support.gap_columns
        self._columns = np.array([names.index(name) for name in self._watched], np.intp)
        self._seen = [frozenset(gap) for gap in support.gaps]
        rows = [[name in gap for name in self._watched] for gap in self._seen]
        self._known = {row.tobytes() for row in np.array(rows, np.bool_)}

    def odd(self, missing: _Bits) -> _Bits:
        """Which rows have gaps that never came together (n,), of what each lacks (n, f)."""
        if not len(self._columns):
            return np.zeros(len(missing), np.bool_)
        gaps = np.ascontiguousarray(missing[:, self._columns])
        return np.array([gap.tobytes() not in self._known for gap in gaps], np.bool_)

    def told(self, missing: _Bits, *, language: Language = ENGLISH) -> str:
        """What is odd about a row that `odd` found, of what it lacks (f,): the least that would mend it."""
        gap = {n for n, j in zip(self._watched, self._columns, strict=True) if missing[j]}
        nearest = min(self._seen, key=lambda seen: len(seen ^ gap))

        def say(text: str, name: str) -> str:
            return language.say(text, name=name_in_words(name, language=language))

        odd = [
            *(say("no {name}", n) for n in self._watched if n in gap - nearest),
            *(say("{name} is known", n) for n in self._watched if n in nearest - gap),
        ]
        return language.say(
            "Never known so before: {names}, beside what else is told.", names=", ".join(odd)
        )
