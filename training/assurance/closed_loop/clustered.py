"""Shares of cases, and ratios of such shares, with intervals that know whose the cases are.

Cases are no independent draws: one lane or vehicle in ten makes up half of them, and an office that
has found one goes on finding it. Intervals that take each case for itself are three times too narrow.
So entities are what is drawn: the variance is that of their influences (the infinitesimal jackknife,
Efron, Canadian Journal of Statistics 1981), on the scale of log-odds for a share and of logarithms for
a ratio.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.spec import Floats, Integers
from training.intervals import Figure
from training.shares import Z_95, wilson

#: More than there are entities in any seed.
_SEED_APART = 2**40


@dataclass(frozen=True, eq=False)
class Cases:
    """Cases, and those of them that were reached, of k entities.

    Attributes:
        entity: Numbers of the entities (k,), growing; the same in all arms of a seed.
        cases: Of each (k,).
        reached: Of these (k,).
    """

    entity: Integers
    cases: Integers
    reached: Integers

    @property
    def share(self) -> Figure:
        """The share reached and its interval; where nothing or all is reached, as of single cases."""
        cases, reached = int(self.cases.sum()), int(self.reached.sum())
        if not cases:
            return Figure(math.nan, math.nan, math.nan)
        if reached in {0, cases}:
            return wilson(reached, cases)
        share = reached / cases
        spread = _spread((self.reached - share * self.cases) / (cases * share * (1 - share)))
        odds = math.log(share / (1 - share))
        low, high = (1 / (1 + math.exp(-(odds + z * spread))) for z in (-Z_95, Z_95))
        return Figure(share, low, high)

    def over(self, other: Cases) -> Figure:
        """This share over another, of the same entities where they are in both, and its interval.

        Without an interval where either is 0.
        """
        a, b = self.share.value, other.share.value
        if not self.reached.sum() or not other.reached.sum():
            return Figure(a / b if b else math.nan, math.nan, math.nan)
        entity = np.union1d(self.entity, other.entity)
        influence = self._influence(entity) - other._influence(entity)
        spread = _spread(influence)
        return Figure(a / b, a / b * math.exp(-Z_95 * spread), a / b * math.exp(Z_95 * spread))

    def _influence(self, entity: Integers) -> Floats:
        """What each of these entities (n,) does to the logarithm of the share."""
        found = np.zeros(len(entity))
        found[np.searchsorted(entity, self.entity)] = (
            self.reached / self.reached.sum() - self.cases / self.cases.sum()
        )
        return found


def together(of: Sequence[Cases]) -> Cases:
    """The cases of several seeds, whose entities are all different ones; in this order."""
    return Cases(
        np.concatenate([each.entity + k * _SEED_APART for k, each in enumerate(of)]),
        np.concatenate([each.cases for each in of]),
        np.concatenate([each.reached for each in of]),
    )


def cases_of(rows: pd.DataFrame, cases: Integers, reached: Integers) -> Cases:
    """The cases (n,) of rows (n,) of a `years.frame`, and those reached, by entity."""
    number = (
        2 * rows["entity"].to_numpy(dtype=np.int64) + (rows["subject"] == "crossing").to_numpy()
    )
    mine = cases > 0
    entity, place = np.unique(number[mine], return_inverse=True)
    sums = (np.bincount(place, weights=of[mine], minlength=len(entity)) for of in (cases, reached))
    total, hit = (np.rint(of).astype(np.int64) for of in sums)
    return Cases(entity, total, hit)


def _spread(influence: Floats) -> float:
    """Standard error of a figure on which entities (n,) have these influences."""
    n = len(influence)
    if n < 2:
        return math.inf
    return math.sqrt(n / (n - 1) * float(((influence - influence.mean()) ** 2).sum()))
