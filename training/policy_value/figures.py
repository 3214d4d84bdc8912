"""Hit rate, precision, finds, recall, lift and calibration over all movements, with 95 % intervals.

A figure that fewer than ten effective hits back is told without an interval: "insufficient". The
effective number of hits, or rows, is that of equally weighted ones worth as much (Kish 1965).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from features.spec import Floats, Integers
from training.errors import TrainingError
from training.intervals import effective_number
from training.policy_value.limits import effective_hits, ratio, total
from training.policy_value.logged import checked
from training.policy_value.measuring import About, Measuring, Method
from training.shares import wilson

#: Effective hits below which there is no interval.
LEAST_HITS = 10.0


@dataclass(frozen=True)
class Estimate:
    """A figure, what backs it, and how far it may be from the truth.

    Attributes:
        what: hit_rate, precision, finds, recall, lift_over_chance, lift, observed_rate.
        method: How all movements were inferred.
        about: What the interval speaks of.
        value: The figure; NaN where nothing measures it.
        low: Lower end of the 95 % interval; NaN where insufficient.
        high: Upper end; infinite where a ratio's denominator may be 0.
        standard_error: From the influence function; of a ratio by linearisation; NaN without rows.
        rows: Measuring rows.
        hits: Hits among them.
        effective_rows: Equally weighted rows those are worth.
        effective_hits: Equally weighted hits those are worth, also if one more were found.
        bias_bound: What the clip may have taken from the figure, were all it clipped a hit.
        sufficient: Whether enough effective hits back it.
    """

    what: str
    method: Method
    about: About
    value: float
    low: float
    high: float
    standard_error: float
    rows: int
    hits: int
    effective_rows: float
    effective_hits: float
    bias_bound: float
    sufficient: bool

    def words(self) -> str:
        """The figure in one line."""
        backing = f"{self.effective_hits:.1f} effective hits"
        if not self.sufficient:
            return f"{self.what}: insufficient ({backing})"
        return f"{self.what}: {self.value:.4g} [{self.low:.4g}, {self.high:.4g}] ({backing})"


@dataclass(frozen=True)
class BandCalibration:
    """Observed against expected in one band.

    Attributes:
        band: Its number; -1 for all movements, calibration in the large.
        expected: Mean probability over all movements of the band.
        observed: Their hit rate.
        agrees: Whether the interval holds the expected; None where insufficient.
    """

    band: int
    expected: float
    observed: Estimate
    agrees: bool | None


def hit_rate(made: Measuring) -> Estimate:
    """The share of all movements that are hits."""
    return _share("hit_rate", made, np.ones(made.total))


def precision(made: Measuring, selection: Floats) -> Estimate:
    """The share of hits among what a policy selects with these probabilities (n,)."""
    return _share("precision", made, checked(selection, made.total))


def finds(made: Measuring, selection: Floats) -> Estimate:
    """How many hits such a policy is expected to find."""
    chosen = checked(selection, made.total)
    return _scaled(_share("finds", made, chosen), float(chosen.sum()))


def recall(made: Measuring, selection: Floats) -> Estimate:
    """The share of all hits that such a policy finds."""
    chosen = checked(selection, made.total)
    inside, outside = total(made, chosen), total(made, 1 - chosen)
    everything = inside.value + outside.value
    value = inside.value / everything if everything > 0 else math.nan
    if made.method in ("naive", "random_slice") and _is_whole(chosen):
        # Of the hits seen, each equally likely, so many lay inside.
        seen = int(made.hit.sum())
        low, high = _wilson(float(chosen[made.rows] @ made.hit), seen)
    else:
        low, high = (_of_odds(odds) for odds in ratio(inside, outside, made))
    slope = (1 - value) * inside.contribution - value * outside.contribution
    return _told(
        "recall", made, value, low, high,
        error=_root(made, slope) / everything if everything > 0 else math.nan,
        hit_weight=made.weight[made.hit > 0],
        skewness=max(inside.skewness, outside.skewness),
        row_weight=made.weight,
        bias_bound=float(made.beyond.sum()) / everything if everything > 0 else math.nan,
    )  # fmt: skip


def lift_over_chance(made: Measuring, selection: Floats) -> Estimate:
    """How many times as much such a policy finds as chance with the same capacity: recall / share."""
    chosen = checked(selection, made.total)
    return over_chance(recall(made, chosen), share=float(chosen.sum()) / made.total)


def over_chance(told: Estimate, *, share: float) -> Estimate:
    """The lift over chance that a recall comes to, for the share of movements that is selected."""
    return _renamed(_scaled(told, 1 / share), "lift_over_chance")


def lift(made: Measuring, selection: Floats, other: Floats) -> Estimate:
    """The precision of one policy divided by another's; hits that both find hardly blur it.

    The effective hits are those of the policy with fewer.
    """
    chosen, against = checked(selection, made.total), checked(other, made.total)
    x = total(made, chosen / chosen.sum())
    y = total(made, against / against.sum())
    value = x.value / y.value if y.value > 0 else math.nan
    low, high = ratio(x, y, made)
    fewer = min(x, y, key=lambda part: effective_hits(part.hit_weight, part.skewness))
    return _told(
        "lift", made, value, low, high,
        error=_root(made, x.contribution - value * y.contribution) / y.value
        if y.value > 0 else math.nan,
        hit_weight=fewer.hit_weight,
        skewness=fewer.skewness,
        row_weight=fewer.row_weight,
        bias_bound=(x.bias_bound + value * y.bias_bound) / y.value if y.value > 0 else math.nan,
    )  # fmt: skip


def calibration(
    made: Measuring, probability: Floats, bands: Integers | None = None
) -> list[BandCalibration]:
    """Observed hit rates against the mean of probabilities (n,): in the large, then per band.

    Args:
        made: The measuring rows.
        probability: What was said of each movement (n,).
        bands: The band of each movement (n,), 0 or more; None for calibration in the large alone.

    Raises:
        TrainingError: when the arrays are not of all movements.
    """
    if probability.shape != (made.total,) or (bands is not None and bands.shape != (made.total,)):
        raise TrainingError(f"Probabilities and bands must be of all {made.total} movements.")
    parts = [(-1, np.ones(made.total))]
    if bands is not None:
        parts += [(int(band), (bands == band).astype(np.float64)) for band in np.unique(bands)]
    told = []
    for band, inside in parts:
        observed = _share("observed_rate", made, inside)
        expected = float(probability @ inside / inside.sum())
        agrees = observed.low <= expected <= observed.high if observed.sufficient else None
        told.append(BandCalibration(band, expected, observed, agrees))
    return told


def _share(what: str, made: Measuring, chosen: Floats) -> Estimate:
    """The share of hits among movements chosen with probabilities (n,)."""
    part = total(made, chosen / chosen.sum())
    value = part.value if len(part.row_weight) else math.nan
    low, high = part.low, part.high
    if made.method in ("naive", "random_slice") and _is_whole(chosen):
        low, high = _wilson(float(len(part.hit_weight)), len(part.row_weight))
    return _told(
        what, made, value, low, high,
        error=_root(made, part.contribution),
        hit_weight=part.hit_weight,
        skewness=part.skewness,
        row_weight=part.row_weight,
        bias_bound=part.bias_bound,
    )  # fmt: skip


def _told(
    what: str,
    made: Measuring,
    value: float,
    low: float,
    high: float,
    *,
    error: float,
    hit_weight: Floats,
    skewness: float,
    row_weight: Floats,
    bias_bound: float,
) -> Estimate:
    hits = effective_hits(hit_weight, skewness)
    sufficient = hits >= LEAST_HITS and not math.isnan(value)
    return Estimate(
        what=what,
        method=made.method,
        about=made.about,
        value=value,
        low=low if sufficient else math.nan,
        high=high if sufficient else math.nan,
        standard_error=error if len(row_weight) else math.nan,
        rows=len(row_weight),
        hits=len(hit_weight),
        effective_rows=effective_number(row_weight),
        effective_hits=hits,
        bias_bound=bias_bound,
        sufficient=sufficient,
    )


def _scaled(told: Estimate, by: float) -> Estimate:
    names = ("value", "low", "high", "standard_error", "bias_bound")
    return Estimate(**{**vars(told), **{name: by * getattr(told, name) for name in names}})


def _renamed(told: Estimate, what: str) -> Estimate:
    return Estimate(**{**vars(told), "what": what})


def _root(made: Measuring, contribution: Floats) -> float:
    """The standard error of rows' contributions (k,)."""
    if made.cluster is not None and len(contribution):
        contribution = np.bincount(made.cluster, contribution).astype(np.float64)
    return float(np.sqrt(contribution @ contribution))


def _of_odds(odds: float) -> float:
    return 1.0 if math.isinf(odds) else odds / (1 + odds)


def _is_whole(chosen: Floats) -> bool:
    return bool(((chosen == 0) | (chosen == 1)).all())


def _wilson(found: float, of: int) -> tuple[float, float]:
    if not of:
        return math.nan, math.nan
    told = wilson(found, of)
    return told.low, told.high
