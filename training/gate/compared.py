"""What two ways to select would find of the same movements, and how sure one can be of the difference.

Both select alike for the most part, and what both find says nothing about which is better. So the
finds are parted into those both would have, C, the challenger's alone, A, and the champion's alone,
B: three totals over different movements, with intervals of their own. The ratio (C + A) / (C + B)
lies at or above θ where C (1 - θ) + A - θ B is positive, and an interval of that sum follows from
those of its parts (MOVER: Donner and Zou, Statistical Methods in Medical Research 2012).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.spec import Floats
from training.gate.verdicts import upper_tail
from training.policy_value.figures import LEAST_HITS
from training.policy_value.limits import Total, effective_hits, total
from training.policy_value.logged import checked
from training.policy_value.measuring import Measuring
from training.shares import Z_95

#: A ratio beyond this is told as infinite.
_MOST = 1e4


@dataclass(frozen=True)
class Compared:
    """Expected finds of champion and challenger among the same movements, with 95 % intervals.

    Attributes:
        champion: Finds expected of the champion's selection.
        challenger: Finds expected of the challenger's.
        difference: Challenger's less champion's.
        difference_low: Lower end.
        difference_high: Upper end.
        ratio: Challenger's divided by champion's; NaN where neither finds anything.
        ratio_low: Lower end.
        ratio_high: Upper end; infinite where the champion may find nothing.
        effective_hits: Equally weighted hits behind it: those that either would have found.
        p_worse: How likely a difference so much below 0 were if there was none.
    """

    champion: float
    challenger: float
    difference: float
    difference_low: float
    difference_high: float
    ratio: float
    ratio_low: float
    ratio_high: float
    effective_hits: float
    p_worse: float

    @property
    def sufficient(self) -> bool:
        """Whether enough effective hits back it."""
        return self.effective_hits >= LEAST_HITS

    def words(self) -> str:
        """The comparison in one phrase."""
        backing = f"{self.effective_hits:.1f} effective hits"
        if not self.sufficient:
            return f"insufficient ({backing})"
        return (
            f"{self.challenger:.1f} finds expected against {self.champion:.1f}, a share of "
            f"{self.ratio:.2f} [{self.ratio_low:.2f}, {self.ratio_high:.2f}] ({backing})"
        )


def compared(made: Measuring, *, champion: Floats, challenger: Floats) -> Compared:
    """Compare two selections, probabilities (n,) of all movements; one of them may select nothing.

    Raises:
        TrainingError: when they are not made of probabilities.
    """
    either_way = np.maximum(champion, challenger)
    checked(either_way, made.total)
    ours, theirs = challenger, champion
    common = np.minimum(ours, theirs)
    both, mine, other = (total(made, part) for part in (common, ours - common, theirs - common))
    x, y = both.value + mine.value, both.value + other.value
    low, high = _sum([(1.0, mine), (-1.0, other)])
    difference = mine.value - other.value
    either = total(made, either_way)
    # The interval, stretched until it reaches 0, says at which level there is a difference.
    reach = high - difference
    z = Z_95 * -difference / reach if reach > 0 else 0.0
    return Compared(
        champion=y,
        challenger=x,
        difference=difference,
        difference_low=low,
        difference_high=high,
        ratio=x / y if y > 0 else (math.inf if x > 0 else math.nan),
        ratio_low=_end(both, mine, other, upper=False),
        ratio_high=_end(both, mine, other, upper=True),
        effective_hits=effective_hits(either.hit_weight, either.skewness),
        p_worse=upper_tail(z),
    )


def _end(both: Total, mine: Total, other: Total, *, upper: bool) -> float:
    """The θ at which the sum's interval lets go of 0, by bisection."""

    def holds(theta: float) -> bool:
        low, high = _sum([(1 - theta, both), (1.0, mine), (-theta, other)])
        return high > 0 if upper else low <= 0

    # At small θ the sum is positive, at large ones negative: each end of its interval falls.
    low, high = 0.0, _MOST
    if holds(high) if upper else not holds(high):
        return math.inf if upper else high
    for _ in range(60):
        middle = (low + high) / 2
        # The upper end: the largest θ whose sum may still be positive; the lower: the least whose
        # sum may already be none.
        if holds(middle) == upper:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _sum(parts: Sequence[tuple[float, Total]]) -> tuple[float, float]:
    """The interval of a weighted sum of totals over different movements."""
    value = sum(weight * part.value for weight, part in parts)
    below = above = 0.0
    for weight, part in parts:
        down, up = part.value - part.low, part.high - part.value
        if weight < 0:
            down, up = up, down
        below += (weight * down) ** 2
        above += (weight * up) ** 2
    return value - math.sqrt(below), value + math.sqrt(above)
