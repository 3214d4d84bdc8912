"""From margins to probabilities that hold for movements at large, on data the trees did not see.

With enough hits: centred isotonic regression (Oron and Flournoy, Statistics in Biopharmaceutical
Research 2017): each step of the isotonic fit becomes one knot at its centre, so that the map rises
between steps and ranks are kept. With fewer: Platt scaling, log-odds = a + b * margin, where b is
pulled towards 1, at which the margin is believed as it is.

The last fit may know more rows than the one that was calibrated: `carried_over` sees to that. Where
the days kept for it hold few hits, all folds of the past calibrate (`training.forward`), each judged by
fits on what came before it; and `anchored` holds the level at the rate among all movements.
"""

from __future__ import annotations

import numpy as np
from sklearn.isotonic import IsotonicRegression

from features.spec import Floats
from models.calibration import Calibration
from training.intervals import effective_number
from training.labels import Flags

#: How firmly the slope is held at 1: as firmly as by this much Fisher information.
_SLOPE_PRIOR = 4.0
_LEAST_SLOPE = 0.05
_PLATT_KNOTS = 65
_QUANTILES = 201
_NEWTON_STEPS = 50
#: A level is never further off than this, in log-odds.
_FURTHEST = 12.0
_BISECTIONS = 60


def calibrate(
    margins: Floats, hit: Flags, weight: Floats, *, isotonic_from_hits: int
) -> Calibration:
    """Fit a calibration on margins (n,), whether each was a hit (n,), and weights (n,)."""
    # Rows that stand for many others are still single rows: the weights sum to what they are worth.
    weight = weight * effective_number(weight) / weight.sum()
    if effective_number(weight[hit]) >= isotonic_from_hits:
        return _isotonic(margins, hit, weight)
    return _platt(margins, hit, weight)


def carried_over(calibration: Calibration, *, before: Floats, after: Floats) -> Calibration:
    """A calibration of one fit's margins, made one of another's: the same rank, the same probability.

    A fit on more rows spreads its margins otherwise, and the rows that could calibrate it anew are
    those it learnt from. So the quantiles of both fits are laid upon each other.

    Args:
        calibration: Of the first fit's margins.
        before: Margins (n,) by the first fit, of rows that neither fit has learnt from.
        after: Margins (n,) of the same rows by the second.
    """
    shares = np.linspace(0, 1, _QUANTILES)
    old, place = np.unique(np.quantile(before, shares), return_index=True)
    new = np.quantile(after, shares)[place]
    knots = np.array(calibration.knots_margin)
    # Beyond what was seen the two run side by side.
    beyond = np.minimum(knots - old[0], 0) + np.maximum(knots - old[-1], 0)
    moved = np.interp(knots, old, new) + beyond
    moved = np.maximum.accumulate(moved)
    # Of knots that fall onto one margin the last stands, or the riskiest would be told as the rest.
    kept = np.flatnonzero(np.r_[np.diff(moved) > 0, True])
    if len(kept) < 2:
        return calibration
    p = np.array(calibration.knots_probability)[kept]
    return Calibration(tuple(moved[kept]), tuple(p))


def anchored(calibration: Calibration, margins: Floats, rate: float) -> Calibration:
    """The same calibration, shifted in log-odds until its mean over margins (n,) is a rate.

    What was inspected is riskier than it looks, so that its hits tell how risks compare, and the
    rate among all movements what they come to.
    """
    if not 0 < rate < 1 or not len(margins):
        return calibration
    p = np.clip(np.array(calibration.knots_probability), 1e-12, 1 - 1e-12)
    logit = np.log(p / (1 - p))

    def shifted(by: float) -> Calibration:
        moved = 1 / (1 + np.exp(-(logit + by)))
        return Calibration(calibration.knots_margin, tuple(np.maximum.accumulate(moved)))

    low, high = -_FURTHEST, _FURTHEST
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        if float(shifted(middle).probability(margins).mean()) < rate:
            low = middle
        else:
            high = middle
    return shifted((low + high) / 2)


def _isotonic(margins: Floats, hit: Flags, weight: Floats) -> Calibration:
    fitted = IsotonicRegression().fit_transform(margins, hit.astype(float), sample_weight=weight)
    _, block = np.unique(fitted, return_inverse=True)
    mass = np.bincount(block, weight)
    centre = np.bincount(block, weight * margins) / mass
    base = float(weight[hit].sum() / weight.sum())
    # One row at the base rate joins each step, so that none claims 0 or 1.
    p = (np.bincount(block, weight * hit) + base) / (mass + 1)
    p = np.maximum.accumulate(p)
    if len(centre) < 2:
        return _flat(margins, base)
    return Calibration(tuple(centre), tuple(p))


def _platt(margins: Floats, hit: Flags, weight: Floats) -> Calibration:
    # Half a hit and half a miss at the middle keep the intercept finite without hits.
    middle = float(np.average(margins, weights=weight))
    m = np.concatenate([margins, [middle, middle]])
    y = np.concatenate([hit.astype(float), [1.0, 0.0]])
    w = np.concatenate([weight, [0.5, 0.5]])
    design = np.column_stack([np.ones_like(m), m - middle])
    base = np.average(y, weights=w)
    found = np.array([np.log(base / (1 - base)), 1.0])
    prior = np.diag([0.0, _SLOPE_PRIOR])
    for _ in range(_NEWTON_STEPS):
        p = 1 / (1 + np.exp(-design @ found))
        gradient = design.T @ (w * (y - p)) - prior @ (found - [0.0, 1.0])
        information = (design * (w * p * (1 - p))[:, None]).T @ design + prior
        step = np.linalg.solve(information, gradient)
        # Short steps: a full one can overshoot where the margins lie far apart.
        found = found + step / max(1.0, float(np.abs(step).max()))
    slope = max(float(found[1]), _LEAST_SLOPE)
    # Beyond the margins seen as much again, since movements to come may be odder.
    low, high = float(margins.min()), float(margins.max())
    reach = max(high - low, 1.0) / 2
    knots = np.linspace(low - reach, high + reach, _PLATT_KNOTS)
    return Calibration(
        tuple(knots), tuple(1 / (1 + np.exp(-(found[0] + slope * (knots - middle)))))
    )


def _flat(margins: Floats, base: float) -> Calibration:
    low = float(margins.min())
    return Calibration((low, max(float(margins.max()), low + 1.0)), (base, base))
