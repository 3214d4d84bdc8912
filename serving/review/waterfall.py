"""From the base rate to this score: bars in log-odds, one a reason, that sum to the margin."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import exp, fsum
from typing import Any

from markupsafe import Markup

from models.languages import Language
from models.words import number

#: Reasons with a bar of their own.
_OWN = 7
_WIDTH = 100


@dataclass(frozen=True)
class Bar:
    """One step of the way.

    Attributes:
        contribution: In log-odds; above zero it raises.
        start: Where it begins, in log-odds.
        end: Where it leads.
        shift: The same in words, as a factor of the odds.
        drawn: The bar beside the others, on one scale.
    """

    label: str
    contribution: float
    start: float
    end: float
    shift: str
    drawn: Markup


@dataclass(frozen=True)
class Waterfall:
    """All of the way.

    Attributes:
        base: Where every movement begins, in log-odds.
        bars: In the order of their size, the remainder last; with the base they sum to `margin`.
        margin: Where this movement ends.
    """

    base: float
    bars: tuple[Bar, ...]
    margin: float


def waterfall(explained: Mapping[str, Any], spoken: Language) -> Waterfall | None:
    """The way from the base to the margin; None where the model abstained, or one may not see it.

    Args:
        explained: One risk of an explanation, with every reason.
        spoken: The reader's language.
    """
    margin = explained.get("margin")
    if margin is None or "base_margin" not in explained:
        return None
    base: float = explained["base_margin"]
    reasons: Sequence[Mapping[str, Any]] = explained["reasons"]
    own, rest = reasons[:_OWN], reasons[_OWN:]
    steps = [(reason["sentence"], float(reason["contribution"])) for reason in own]
    # Summed, never inferred: were a contribution missing, the bars would miss the margin and be seen to.
    steps.append((spoken.words("Everything else"), fsum(r["contribution"] for r in rest)))
    ends = [base]
    for _, contribution in steps:
        ends.append(ends[-1] + contribution)
    low, high = min(ends), max(ends)
    bars = tuple(
        Bar(label, size, start, end, _shift(size, spoken), _drawn(start, end, low, high))
        for (label, size), (start, end) in zip(steps, pairwise(ends), strict=True)
    )
    return Waterfall(base, bars, margin)


def _shift(contribution: float, spoken: Language) -> str:
    """A step in log-odds as what it does to the odds."""
    factor = exp(abs(contribution))
    told = number(float(f"{factor:.3g}"), language=spoken)
    if contribution >= 0:
        return spoken.say("odds × {factor}", factor=told)
    return spoken.say("odds ÷ {factor}", factor=told)


def _drawn(start: float, end: float, low: float, high: float) -> Markup:
    span = (high - low) or 1.0
    left, right = sorted(_WIDTH * (v - low) / span for v in (start, end))
    return Markup(
        '<svg class="fall" viewBox="0 0 {} 12" preserveAspectRatio="none" aria-hidden="true" '
        'focusable="false"><rect class="{}" x="{}" y="1" width="{}" height="10"/></svg>'
    ).format(
        _WIDTH,
        "raises" if end >= start else "lowers",
        round(left, 2),
        # A step too small to draw is still a step.
        max(round(right - left, 2), 0.6),
    )
