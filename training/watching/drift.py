"""How far does a column's distribution lie from the reference, beyond what chance makes of few rows?

The population stability index of shares p (now) and q (reference) over B bins is the sum of
(p - q) * log(p / q). Without any drift it is not 0: of m rows against n it is (1 / m + 1 / n) times a
chi-square with B - 1 degrees of freedom, approximately (Yurdakul, Statistical properties of population
stability index, 2018). Its mean is taken off, and a column drifts when what is left reaches a size
that matters and chance would not reach it in one of a hundred looks at all columns.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2  # type: ignore[import-untyped]

from features.spec import Floats, Integers

#: Sizes that matter, by custom: below the first nothing has changed, beyond the second a lot has.
MODERATE, STRONG = 0.1, 0.25

#: How often one of all columns may be named by chance.
_BY_CHANCE = 0.01
_BINS = 10
#: Rows that every bin is granted, so that an empty one does not weigh infinitely.
_GRANTED = 0.5

Size = Literal["none", "moderate", "strong", "insufficient"]


@dataclass(frozen=True)
class Bins:
    """How a column's values are counted.

    Attributes:
        upper: Upper ends of the bins but the last (b,), growing; for categories their codes.
        categorical: Whether `upper` holds codes.

    The last two bins are for what is beyond (or another category) and for what is missing.
    """

    upper: Floats
    categorical: bool

    @property
    def size(self) -> int:
        """How many bins there are."""
        return len(self.upper) + 2

    def counts(self, values: Floats) -> Integers:
        """How many of the values (n,) fall into each bin; NaN is missing."""
        known = values[~np.isnan(values)]
        place = np.searchsorted(self.upper, known, side="left")
        if self.categorical:
            inside = np.minimum(place, len(self.upper) - 1)
            place = np.where(self.upper[inside] == known, inside, len(self.upper))
        counts = np.bincount(place, minlength=self.size).astype(np.int64)
        counts[-1] += len(values) - len(known)
        return counts


@dataclass(frozen=True)
class Drift:
    """A column of a period against the reference.

    Attributes:
        index: The population stability index.
        noise: What it would be without drift, in the mean.
        beyond_chance: What it would exceed without drift once in a hundred looks at all columns.
        missing: Share of missing values; `missing_before` in the reference.
        size: What is left of it; insufficient where chance alone makes a moderate one.
    """

    column: str
    index: float
    noise: float
    beyond_chance: float
    missing: float
    missing_before: float
    size: Size

    @property
    def excess(self) -> float:
        """The index without what chance makes of it, never below 0."""
        return max(0.0, self.index - self.noise)


def bins_of(values: Floats, *, categorical: bool) -> Bins:
    """Bins of about equally many of a reference's values (n,); of categories the commonest."""
    known = values[~np.isnan(values)]
    if not len(known):
        return Bins(np.zeros(1), categorical)
    if categorical:
        codes, times = np.unique(known, return_counts=True)
        commonest = codes[np.argsort(-times, kind="stable")[:_BINS]]
        return Bins(np.sort(commonest), True)
    # Values that repeat, as counts do, take whole bins: a quantile is an upper end once.
    return Bins(np.unique(np.quantile(known, np.arange(1, _BINS) / _BINS)), False)


def drift(column: str, now: Integers, before: Integers, *, columns: int) -> Drift:
    """Compare counts (b,) of a period with those of the reference (b,), bins as of `Bins`.

    Args:
        column: Its name.
        now: Counts of the period.
        before: Counts of the reference.
        columns: How many columns are looked at, of all heads and periods.
    """
    m, n = int(now.sum()), int(before.sum())
    used = (now + before) > 0
    freedom = max(1, int(used.sum()) - 1)
    index = population_stability_index(now[used], before[used])
    scale = (1 / m + 1 / n) if m and n else np.inf
    noise = scale * freedom
    reach = float(scale * chi2.isf(_BY_CHANCE / max(columns, 1), freedom))
    return Drift(
        column=column,
        index=index,
        noise=noise,
        beyond_chance=reach,
        missing=float(now[-1] / m) if m else np.nan,
        missing_before=float(before[-1] / n) if n else np.nan,
        size=_size(index, noise=noise, reach=reach),
    )


def population_stability_index(now: NDArray[np.int64], before: NDArray[np.int64]) -> float:
    """The index of two rows of counts (b,); 0 where one of them is empty."""
    if not now.sum() or not before.sum():
        return 0.0
    p = (now + _GRANTED) / (now.sum() + _GRANTED * len(now))
    q = (before + _GRANTED) / (before.sum() + _GRANTED * len(before))
    return float(((p - q) * np.log(p / q)).sum())


def _size(index: float, *, noise: float, reach: float) -> Size:
    if reach - noise >= STRONG:
        return "insufficient"
    excess = index - noise
    if index <= reach or excess < MODERATE:
        return "none"
    return "strong" if excess >= STRONG else "moderate"
