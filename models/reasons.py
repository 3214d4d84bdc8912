"""Why a movement was scored as it was: contributions grouped into reasons, with their sentences."""

from __future__ import annotations

from math import isnan
from typing import Any, Literal, NamedTuple

import numpy as np

from features.spec import Floats
from models.card import Card, CardColumn
from models.languages import ENGLISH, Language
from models.usual import usual_in_words
from models.words import sentence

#: Kernels agree to 1e-9: ranks are taken after rounding to it, so that they agree on those too.
_DECIMALS = 9

#: Sentences of a head that are kept at hand, some 200 bytes each.
_SENTENCES_KEPT = 20_000


class Reason(NamedTuple):
    """A group of related columns, and how far it moved the margin.

    Attributes:
        code: The code its columns share.
        contribution: Sum over its columns, in log-odds.
        share: Its part of the sum of the absolute contributions of all groups.
        sentence: What the column that moved the margin most in this direction says.
        column: That column.
        value: Its value; None if not known.
        usual_low: 10th percentile of that column over the training movements, if it has one.
        usual_high: 90th percentile, likewise.
        unit: Unit of value, usual_low and usual_high.
        usual_in_words: What is usual of that column, and among what; None where nothing is.
    """

    code: str
    direction: Literal["raises", "lowers"]
    contribution: float
    share: float
    sentence: str
    column: str
    value: float | None
    usual_low: float | None
    usual_high: float | None
    unit: str
    usual_in_words: str | None


def reasons(
    card: Card,
    x: Floats,
    contributions: Floats,
    *,
    limit: int | None = 5,
    language: Language = ENGLISH,
) -> list[Reason]:
    """The reasons for one row's margin, the strongest first.

    Args:
        card: The head's card.
        x: The row (f,).
        contributions: Its contributions (f + 1,), the expected value last.
        limit: How many to give; None for all, whose contributions with the expected value sum to
            the margin.
        language: What the sentences are written in.
    """
    members = list(card.reason_groups.items())
    of_column, alphabetical = card.reason_ranks
    sums = np.bincount(of_column, contributions[:-1], len(members))
    sizes = np.abs(sums)
    rounded = np.round(sizes, _DECIMALS)
    # The largest first, and of equal ones the first in the alphabet.
    ranked = np.lexsort((alphabetical, -rounded))[: np.count_nonzero(rounded)][:limit].tolist()
    each, whole = contributions.tolist(), float(sizes.sum())
    return [
        _reason(
            card,
            x,
            code=members[place][0],
            contribution=(contribution := float(sums[place])),
            share=abs(contribution) / whole,
            strongest=_strongest(each, members[place][1], sign=1 if contribution > 0 else -1),
            language=language,
        )
        for place in ranked
    ]


def told_of(reason: Reason) -> dict[str, Any]:
    """The reason as a client is told it."""
    return reason._asdict()


def _strongest(contributions: list[float], group: tuple[int, ...], *, sign: int) -> int:
    """The column that moved the margin farthest in the group's own direction."""
    if len(group) == 1:
        return group[0]
    farthest = max([sign * contributions[j] for j in group])
    # Rounding takes long, and brings together only what lies closer than this.
    near = [j for j in group if sign * contributions[j] > farthest - 2 * 10**-_DECIMALS]
    if len(near) == 1:
        return near[0]
    return min(near, key=lambda j: (-sign * round(contributions[j], _DECIMALS), j))


def _reason(
    card: Card,
    x: Floats,
    *,
    code: str,
    contribution: float,
    share: float,
    strongest: int,
    language: Language,
) -> Reason:
    column = card.columns[strongest]
    value = float(x[strongest])
    return Reason(
        code=code,
        direction="raises" if contribution > 0 else "lowers",
        contribution=contribution,
        share=share,
        sentence=_sentence(card, column, value, language),
        column=column.name,
        value=None if isnan(value) else value,
        usual_low=column.usual_low,
        usual_high=column.usual_high,
        unit=column.unit,
        usual_in_words=usual_in_words(card, column, x, language=language),
    )


def _sentence(card: Card, column: CardColumn, value: float, language: Language) -> str:
    """The same sentences are said again and again: making one takes twenty times as long as finding it."""
    if isnan(value):
        # It would never be found again: NaN equals nothing.
        return sentence(column, value, language=language)
    said = card.sentences_said
    key = (column.name, value, language.tag)
    found = said.get(key)
    if found is None:
        if len(said) >= _SENTENCES_KEPT:
            said.clear()
        found = said[key] = sentence(column, value, language=language)
    return found
