"""Which columns, and whether the score, have drifted from the reference, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from models.words import name_in_words
from training.watching.drift import Drift, Size, drift, population_stability_index
from training.watching.scored import SCORE, Scored

#: A share of missing values changed by more than this is told.
_MISSING_CHANGED = 0.02

_A_BIN = 1.0


@dataclass(frozen=True)
class ScoreDrift:
    """The score's distribution in a month against the reference."""

    month: str
    drift: Drift


def column_drifts(made: Scored) -> list[Drift]:
    """Every column over all that is watched, the farthest from the reference first."""
    names = [name for name in made.counts if name != SCORE]
    found = [
        drift(name, made.counts[name]["all"], made.counts[name][""], columns=len(names))
        for name in names
    ]
    return sorted(found, key=lambda of: (-of.excess, of.column))


def score_drifts(made: Scored) -> list[ScoreDrift]:
    """The score in each watched month, and in all of them together as the last."""
    counts = made.counts[SCORE]
    periods = [*sorted(of for of in counts if of not in ("", "all")), "all"]
    return [
        ScoreDrift(of, drift(SCORE, counts[of], counts[""], columns=len(periods))) for of in periods
    ]


def missing_changed(drifts: Sequence[Drift]) -> list[Drift]:
    """Columns of which more, or fewer, values are missing than before."""
    return sorted(
        (of for of in drifts if abs(of.missing - of.missing_before) > _MISSING_CHANGED),
        key=lambda of: -abs(of.missing - of.missing_before),
    )


def sentence(made: Scored, of: Drift) -> str:
    """What a person reads of a column's drift."""
    name = name_in_words(of.column).capitalize()
    if of.size == "insufficient":
        return f"{name}: too few movements to tell."
    if of.size == "none":
        return f"{name}: as before."
    return f"{name}: {_ADVERB[of.size]} {_towards(made, of)}."


_ADVERB: dict[Size, str] = {"moderate": "somewhat", "strong": "much"}


def _towards(made: Scored, of: Drift) -> str:
    """Where the values went: what is missing, if that is most of it, or the mean place among bins."""
    now, before = made.counts[of.column]["all"], made.counts[of.column][""]
    known_now, known_before = now[:-1], before[:-1]
    among_known = population_stability_index(known_now, known_before)
    if among_known < of.index / 2:
        more = "more" if of.missing > of.missing_before else "less"
        return f"{more} often missing ({of.missing_before:.1%} before, {of.missing:.1%} now)"
    place = np.arange(len(known_now))
    moved = np.average(place, weights=known_now) - np.average(place, weights=known_before)
    if abs(moved) < _A_BIN / 4:
        return "other than before, neither higher nor lower on the whole"
    return "higher than before" if moved > 0 else "lower than before"
