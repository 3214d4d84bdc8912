"""A share that was counted, how far it may be from the true one, and whether enough backs it.

The definitions are those that heads are judged by before they serve; a contract test holds both to
the same numbers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

#: 97.5 % quantile of the normal distribution.
Z_95 = 1.959964
#: Finds below which a figure for the whole has no interval: "insufficient".
LEAST_FINDS = 10
#: Cases and finds below which a part of the whole (a post, a class, a pair) has no figure.
LEAST_CASES_IN_PART, LEAST_FINDS_IN_PART = 50, 5


@dataclass(frozen=True)
class Share:
    """So many of so many.

    Attributes:
        value: The share; NaN of nothing.
        low: Lower end of its 95 % interval (Wilson 1927); NaN where insufficient.
        high: Upper end.
        sufficient: Whether enough backs it to be told.
    """

    found: int
    of: int
    value: float
    low: float
    high: float
    sufficient: bool


def share(found: int, of: int, *, least_found: int = LEAST_FINDS, least_of: int = 1) -> Share:
    """A share with its interval, where at least so many were found among at least so many."""
    value = found / of if of else math.nan
    if of < max(least_of, 1) or found < least_found:
        return Share(found, of, value, math.nan, math.nan, sufficient=False)
    low, high = wilson(found, of)
    return Share(found, of, value, low, high, sufficient=True)


def share_in_part(found: int, of: int) -> Share:
    """The share in one part of the whole, such as a post."""
    return share(found, of, least_found=LEAST_FINDS_IN_PART, least_of=LEAST_CASES_IN_PART)


def wilson(found: float, of: float, *, z: float = Z_95) -> tuple[float, float]:
    """Ends of the score interval (Wilson, JASA 1927) of a share of more than no cases."""
    value = found / of
    middle = (value + z**2 / (2 * of)) / (1 + z**2 / of)
    half = z * math.sqrt(value * (1 - value) / of + (z / (2 * of)) ** 2) / (1 + z**2 / of)
    # Rounding must not push an end past the share itself.
    return max(0.0, min(value, middle - half)), min(1.0, max(value, middle + half))


@dataclass(frozen=True)
class Ratio:
    """One share by another, with its 95 % interval; NaN where one of them is insufficient."""

    value: float
    low: float
    high: float

    @property
    def sufficient(self) -> bool:
        """Whether there is a figure."""
        return not math.isnan(self.value)


NO_RATIO = Ratio(math.nan, math.nan, math.nan)


def ratio(one: Share, other: Share) -> Ratio:
    """How many times as often, by the logarithm's normal limits (Katz et al., Biometrics 1978)."""
    if not (one.sufficient and other.sufficient):
        return NO_RATIO
    value = one.value / other.value
    spread = 1 / one.found - 1 / one.of + 1 / other.found - 1 / other.of
    reach = math.exp(Z_95 * math.sqrt(max(spread, 0.0)))
    return Ratio(value, value / reach, value * reach)


def ratio_to_others(chosen: int, of: int, *, others_chosen: int, others: int) -> Ratio:
    """A group's rate of being chosen by that of all others.

    Given how many were chosen altogether, the share of them that is of the group tells the ratio, and
    Wilson's interval of that share its interval, as where challengers are audited. Too small a
    group, or one that is everybody, has none.
    """
    everyone = chosen + others_chosen
    if min(of, others) < LEAST_CASES_IN_PART or chosen < LEAST_FINDS_IN_PART:
        return NO_RATIO
    part = chosen / everyone
    low, high = wilson(chosen, everyone)
    return Ratio(*(_ratio(at, of, others) for at in (part, low, high)))


def _ratio(part: float, inside: int, outside: int) -> float:
    """The ratio of rates at which so large a part of the chosen is of the group."""
    return math.inf if part >= 1 else part / inside / ((1 - part) / outside)
