"""What would have lowered a score: lawful, truthful changes, judged by the head itself.

Only what whoever declares or carries could have done or told otherwise is looked at, each column
for itself: no party's identity or past, no goods, no way taken, no hour, no post. A change leads to a
value that is usual for the column, and counts only if the head still answers for the changed row.

It shows a supervisor what the model looks at. It is no advice to a trader: whoever knows what
lowers a score can hide behind it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

import numpy as np

from features.spec import Floats
from models.card import BANDS, BandName, CardColumn
from models.languages import ENGLISH, Language
from models.risk_model import RiskModel
from models.verdicts import band_in_words
from models.words import base_rate, sentence

Way = Literal["less", "more"]

#: Changes told.
_MOST = 3
#: Values tried between a column's present value and the far end of what is usual.
_STEPS = 16
#: A fall smaller than this part of the probability is none to speak of.
_LEAST_FALL = 0.05
#: Columns that count things: nothing lies between two whole numbers.
_COUNTED = frozenset(
    {"documents", "doubts", "seals", "words", "times", "passengers", "countries", ""}
)


@dataclass(frozen=True)
class Feasible:
    """A column that could lawfully and truthfully have been otherwise.

    Attributes:
        way: Whether less or more of it is what a declarant or carrier could have brought about.
        why: How.
    """

    way: Way
    why: str


FEASIBLE: Mapping[str, Feasible] = MappingProxyType({
    "licence_document_missing": Feasible("less", "the licence can be obtained and presented"),
    "certificate_missing": Feasible("less", "the certificate can be obtained and presented"),
    "documents_missing": Feasible("less", "invoice and transport document can be presented"),
    "seal_count": Feasible("more", "seals can be put on, and their numbers declared"),
    "routing_countries": Feasible("more", "the countries on the way can be declared in full"),
    "container_check_digit_failed": Feasible("less", "the container's number can be written right"),
    "amendment_count": Feasible("less", "a declaration that is right at once needs no amendment"),
    "quality_flags": Feasible("less", "a record can be filled in without contradictions"),
    "minutes_lodged_before": Feasible("more", "a declaration can be lodged earlier"),
    "minutes_late": Feasible("less", "an estimate of arrival can be kept up to date"),
    "description_words": Feasible("more", "goods can be described more fully"),
    "description_is_generic": Feasible("less", "a description can name the goods"),
    "description_overlap": Feasible("more", "a description can use the tariff's own words"),
    "description_disagreement": Feasible("less", "code and description can be made to agree"),
    "linked_weight_residual_kg": Feasible("less", "the whole load can be declared"),
    "weight_residual_kg": Feasible("less", "the whole load can be declared"),
    "undeclared_mass_kg": Feasible("less", "the whole load can be declared"),
    "uncounted_passengers": Feasible("less", "all who travel can be counted"),
})  # fmt: skip


@dataclass(frozen=True)
class Lowering:
    """One change, and what the head makes of the movement with it.

    Attributes:
        value: The present value; None if not known.
        instead: The value it would have taken.
        margin: The head's margin of the changed row, in log-odds.
        sentence: All of it in words.
    """

    column: str
    value: float | None
    instead: float
    margin: float
    probability: float
    band: BandName
    sentence: str


def lowering(head: RiskModel, x: Floats, *, language: Language = ENGLISH) -> list[Lowering]:
    """At most three changes that would have lowered a score: to a lower band, or else by the most.

    Of each column the smallest change that reaches a lower band is taken; where none does, the
    smallest of those that lower the probability most. Each is judged by the head's own margin of
    the changed row, within its support.

    Args:
        head: The head that was asked.
        x: The row (f,) it read.
        language: What the sentences are written in.
    """
    tried = [
        (j, value)
        for j, column in enumerate(head.card.columns)
        if column.name in FEASIBLE
        for value in _candidates(column, float(x[j]), FEASIBLE[column.name].way)
    ]
    if not tried:
        return []
    rows = np.repeat(x[np.newaxis], len(tried) + 1, axis=0)
    for i, (j, value) in enumerate(tried):
        rows[i, j] = value
    # The last row is the movement itself.
    margins = head.margins(rows)
    probabilities = head.probabilities(margins).tolist()
    answered = [problem is None for problem in head.support_problems(rows[:-1])]
    now = probabilities[-1]
    band_now = BANDS.index(head.band(now))
    best: dict[int, tuple[tuple[float, ...], int]] = {}
    for i, (j, value) in enumerate(tried):
        then = probabilities[i]
        lower_band = BANDS.index(head.band(then)) < band_now
        if not answered[i] or not (lower_band or then <= now * (1 - _LEAST_FALL)):
            continue
        size = 0.0 if np.isnan(x[j]) else abs(value - float(x[j]))
        order = (0.0, size, then) if lower_band else (1.0, then, size)
        if j not in best or order < best[j][0]:
            best[j] = (order, i)
    chosen = sorted(best.values(), key=lambda of: (of[0][0], probabilities[of[1]], of[1]))[:_MOST]
    return [
        _told(head, x, *tried[i], float(margins[i]), probabilities[i], now, language)
        for _, i in chosen
    ]


def note(*, language: Language = ENGLISH) -> str:
    """What is to be said beside any of it."""
    return language.words(
        "This shows what the model looks at. It is no advice to a trader and is told to none: "
        "only what was true and lawful could have been declared."
    )


def _candidates(column: CardColumn, value: float, way: Way) -> list[float]:
    """Usual values a column could have taken instead, on the way from its present one."""
    low, high = column.usual_low, column.usual_high
    if low is None or high is None:
        return []
    # Less than nothing is not to be had: no arrival before its time, no load below zero.
    low = max(low, 0.0)
    far = low if way == "less" else high
    if low > high:
        return []
    if np.isnan(value):
        found = np.linspace(low, high, _STEPS)
    elif (value <= far) if way == "less" else (value >= far):
        return []
    else:
        # From the nearest usual value on: a value beyond the range comes back to its end first.
        near = min(max(value, low), high)
        found = np.linspace(near, far, _STEPS)
    if column.unit in _COUNTED:
        found = np.round(found)
    return sorted({v for v in found.tolist() if v != value and low <= v <= high})


def _told(
    head: RiskModel,
    x: Floats,
    j: int,
    instead: float,
    margin: float,
    probability: float,
    now: float,
    language: Language,
) -> Lowering:
    column, value = head.card.columns[j], float(x[j])
    said = language.say(
        "Instead of “{now}” this: “{then}”. The model would have said {rate_then} instead of {rate_now}.",
        now=sentence(column, value, language=language),
        then=sentence(column, instead, language=language),
        rate_then=base_rate(probability, language=language),
        rate_now=base_rate(now, language=language),
    )
    band = head.band(probability)
    if band != head.band(now):
        said += " " + language.say(
            "The band would have been: {band}.", band=band_in_words(band, language=language)
        )
    return Lowering(
        column=column.name,
        value=None if np.isnan(value) else value,
        instead=instead,
        margin=margin,
        probability=probability,
        band=band,
        sentence=said,
    )
