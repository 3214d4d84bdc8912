"""What a check says: a verdict, a sentence a person understands, and the figures behind it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import NormalDist
from typing import Literal

Verdict = Literal["ok", "refused", "insufficient"]
Value = float | int | str | bool | None


@dataclass(frozen=True)
class Check:
    """One check of the gate.

    Attributes:
        name: What was looked at: value, calibration, posts, ...
        about: The head it is about; "" for all of them.
        verdict: Whether it speaks against the challenger; insufficient where it cannot tell.
        sentence: Why.
        figures: What it rests on, by name.
        rows: A table of what it rests on: each row the same names.
        acceptable: Whether a second person may take an insufficient check on them.
    """

    name: str
    about: str
    verdict: Verdict
    sentence: str
    figures: Mapping[str, Value] = field(default_factory=dict)
    rows: tuple[Mapping[str, Value], ...] = ()
    acceptable: bool = True


def holm(p_values: Sequence[float], *, family_error: float) -> list[bool]:
    """Which of several hypotheses are rejected, with so much chance of any error among them.

    Holm, Scandinavian Journal of Statistics 6 (1979): the smallest p against error / k, the next
    against error / (k - 1), until one holds.
    """
    rejected = [False] * len(p_values)
    for place, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        if not p_values[i] < family_error / (len(p_values) - place):
            break
        rejected[i] = True
    return rejected


def upper_tail(z: float) -> float:
    """The probability of more than z standard deviations above the mean."""
    return NormalDist().cdf(-z)
