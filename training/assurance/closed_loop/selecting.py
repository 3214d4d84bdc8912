"""Whom an office inspects under its capacity: the top of its rankings, duty, and chance.

The same law as the service's (`models.shifts`), for a day at once: chance is named first; the
propensity is exact, 1 where a ranking or duty selects; tips and joint operations come on top and have
none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.spec import Floats
from models.errors import InvalidPolicyError
from models.policy import LEAST_RANDOM_SHARE, random_draw
from training.labels import Flags
from training.scenario.office.selection import (
    CHANCE,
    JOINT,
    MANDATORY,
    TIP,
    Selection,
)
from training.scenario.streams import Integers


@dataclass(frozen=True)
class Spending:
    """How capacity is spent.

    Attributes:
        capacity: Share of the movements that the office inspects of its own accord.
        random_share: Share of these inspections that chance decides.
        rules_share: Share that rules may name besides what they make mandatory, where heads rank.
        what_if: Let the random share lie below the least that the service accepts: what would be.

    Raises:
        InvalidPolicyError: when a share cannot be.
    """

    capacity: float
    random_share: float
    rules_share: float = 0.0
    what_if: bool = False

    def __post_init__(self) -> None:
        if not 0 < self.capacity <= 1:
            raise InvalidPolicyError(f"The capacity is {self.capacity}; it is in (0, 1].")
        least = 0.0 if self.what_if else LEAST_RANDOM_SHARE
        if not least <= self.random_share <= 1:
            raise InvalidPolicyError(f"The random share is {self.random_share}; at least {least}.")
        if not 0 <= self.rules_share <= 1 - self.random_share:
            raise InvalidPolicyError(
                f"The rules' share is {self.rules_share}; with the random share it is at most 1."
            )

    @property
    def chance(self) -> float:
        """The probability with which chance names any movement, as it is recorded."""
        return round(self.capacity * self.random_share, 6)

    @property
    def ruled(self) -> float:
        """The share of the movements that rules may name."""
        return self.capacity * self.rules_share


@dataclass(frozen=True)
class Judged:
    """What rankings, duty and chance make of n movements before anything is drawn.

    Attributes:
        selected: Probability (n,) that the rankings select each: 0 or 1, between only among equals.
        by: Whether `RULE` or `MODEL` ranked it highest (n,).
        mandatory: Whether a mandatory rule applies (n,).
        propensity: Probability (n,) over all draws of being inspected of the office's own accord.
    """

    selected: Floats
    by: Integers
    mandatory: Flags
    propensity: Floats


def judged(selected: Floats, by: Integers, mandatory: Flags, *, chance: float) -> Judged:
    """The propensities that follow; six decimals are recorded, and so six are drawn with."""
    selected = np.asarray(np.round(selected, 6), dtype=np.float64)
    known = np.where(mandatory, 1.0, 1 - (1 - selected) * (1 - chance))
    propensity = np.asarray(np.round(known, 6), dtype=np.float64)
    return Judged(selected, by, mandatory, propensity)


def drawn(
    made: Judged,
    *,
    identities: Sequence[str],
    secret: bytes,
    chance: float,
    joint: Flags,
    tipped: Flags,
) -> Selection:
    """Draws who is inspected, and says why.

    Args:
        made: What is made of each movement (n,).
        identities: By which the draws of chance can be replayed (n,).
        secret: Of the draws.
        chance: The probability with which chance names any movement.
        joint: Whether a joint operation controls it (n,).
        tipped: Whether a tip names it (n,).
    """
    n = len(identities)
    by_chance = np.array([random_draw(secret, name) for name in identities]).reshape(n) < chance
    equals = (made.selected > 0) & (made.selected < 1)
    lot = np.zeros(n)
    for i in np.flatnonzero(equals).tolist():
        lot[i] = random_draw(secret, f"{identities[i]}\0among equals")
    by_rank = lot < made.selected
    row = np.flatnonzero(by_chance | made.mandatory | by_rank | joint | tipped)
    reason = np.select(
        [by_chance[row], made.mandatory[row], by_rank[row], joint[row]],
        [np.full(len(row), CHANCE), np.full(len(row), MANDATORY), made.by[row],
         np.full(len(row), JOINT)],
        TIP,
    )  # fmt: skip
    unknown = (reason == TIP) | (reason == JOINT)
    propensity = np.where(unknown, np.nan, made.propensity[row])
    return Selection(row=row, reason=reason.astype(np.int64), propensity=propensity)
