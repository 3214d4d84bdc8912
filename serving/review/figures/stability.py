"""How far the scores of a period lie from those a head gave to the movements it learnt from.

The population stability index of shares p (now) and q (then) over B bins is the sum of
(p - q) log(p / q). The bins are those between the thresholds that a head's card keeps (`top_shares`), so
that q is known exactly, and without drift m scores make it 1 / m times a chi-square with B - 1 degrees of
freedom, approximately (Yurdakul, Statistical properties of population stability index, 2018). As in the
watch, its mean is taken off, and it counts where chance would not reach it in one of a hundred looks.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import NormalDist
from typing import Literal

#: Sizes that matter, by custom: below the first nothing has changed, beyond the second a lot has.
MODERATE, STRONG = 0.1, 0.25
#: How often chance alone may name a head.
_BY_CHANCE = 0.01
#: Scores that every bin is granted, so that an empty one does not weigh infinitely.
_GRANTED = 0.5

Size = Literal["none", "moderate", "strong", "insufficient"]


@dataclass(frozen=True)
class Bins:
    """Between which thresholds scores are counted.

    Attributes:
        thresholds: Probabilities (b - 1,), falling.
        usual: Share of the training movements in each bin (b,), the highest scores first.
    """

    thresholds: tuple[float, ...]
    usual: tuple[float, ...]

    def place(self, probability: float) -> int:
        """The bin of a probability: a threshold belongs to the bin it opens."""
        return bisect_left(self.thresholds, -probability, key=lambda p: -p)


@dataclass(frozen=True)
class Stability:
    """The index of n scores.

    Attributes:
        index: Population stability index.
        noise: What it would be without drift, in the mean.
        size: What is left of it; insufficient where chance alone makes a moderate one.
    """

    n: int
    index: float
    noise: float
    size: Size


def bins_of(top_shares: Sequence[tuple[float, float]]) -> Bins | None:
    """The bins that a card's (share, probability) pairs make; None where it keeps too few.

    Scores that many movements share take several thresholds at once: those are one.
    """
    thresholds: list[float] = []
    reached: list[float] = []
    for share, probability in top_shares:
        if share >= 1:
            break
        if thresholds and probability == thresholds[-1]:
            reached[-1] = share
        else:
            thresholds.append(probability)
            reached.append(share)
    if not thresholds:
        return None
    ends = [0.0, *reached, 1.0]
    usual = tuple(high - low for low, high in pairwise(ends))
    return Bins(tuple(thresholds), usual)


def stability(counts: Sequence[int], usual: Sequence[float]) -> Stability:
    """Counts of scores (b,) against the usual shares (b,)."""
    n = sum(counts)
    freedom = max(1, len(usual) - 1)
    if not n:
        return Stability(0, math.nan, math.nan, "insufficient")
    granted = n + _GRANTED * len(counts)
    index = 0.0
    for count, q in zip(counts, usual, strict=True):
        p = (count + _GRANTED) / granted
        index += (p - q) * math.log(p / q)
    noise = freedom / n
    reach = _chi_square(freedom) / n
    return Stability(n, index, noise, _size(index, noise=noise, reach=reach))


def _size(index: float, *, noise: float, reach: float) -> Size:
    if reach - noise >= STRONG:
        return "insufficient"
    excess = index - noise
    if index <= reach or excess < MODERATE:
        return "none"
    return "strong" if excess >= STRONG else "moderate"


def _chi_square(freedom: int) -> float:
    """What a chi-square exceeds once in a hundred times (Wilson and Hilferty, PNAS 1931)."""
    z = NormalDist().inv_cdf(1 - _BY_CHANCE)
    a = 2 / (9 * freedom)
    return float(freedom * (1 - a + z * math.sqrt(a)) ** 3)
