"""A head's calibration: from the validation days where they hold the hits for it, else from all folds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.spec import Floats, Integers
from models.calibration import Calibration
from models.risk_model import Scorer
from training.calibrate import anchored, calibrate, carried_over
from training.choosing import Choice, Dated, Fold
from training.forward import forward_rows
from training.labels import Flags, Labels
from training.metrics import Ranking
from training.params import Params
from training.split import Split
from training.weights import measuring_weights, training_weights, uninspected_weights


@dataclass(frozen=True)
class Judged:
    """What movements a fit had not learnt from say of it.

    Attributes:
        calibration: Of the last fit.
        metrics: Figures for the card, of the rows that calibrated it.
    """

    calibration: Calibration
    metrics: dict[str, float]


@dataclass(frozen=True)
class Fits:
    """One scorer before and after it was fitted again on all of the past; the same where it was not.

    Attributes:
        chosen: What it is made of; None for the regression alone.
    """

    first: Scorer
    last: Scorer
    chosen: Choice | None


def judged(
    fits: Fits,
    Z: Floats,
    parts: Split,
    *,
    folds: Sequence[Fold],
    dated: Dated,
    event_at: Integers,
    base_rate: float,
    params: Params,
) -> Judged:
    """Calibrate a scorer.

    Args:
        fits: The scorer.
        Z: What the columns say of all movements (n, f), categories in small codes.
        parts: The split.
        folds: What `training.choosing.forward_folds` gives.
        dated: The rows the folds are made of.
        event_at: Times of all movements (n,), microseconds since 1970 UTC.
        base_rate: Share of hits among all movements, for where none is left uninspected.
        params: The parameter file.
    """
    valid = parts.valid.rows
    hits = int(parts.valid.labels.hit[valid].sum())
    if hits < params.calibrate.valid_from_hits:
        places = _recent(parts, folds, event_at)
        recent = fits.last.margins(Z[places])
        rows = forward_rows(folds, dated, chosen=fits.chosen, Z=Z, event_at=event_at, recent=recent)
        if rows is not None:
            made = _calibrated(rows.margins, rows.hit, np.ones(len(rows.hit)), params)
            rate = _rate_of(places, parts, base_rate)
            return Judged(anchored(made, recent, rate), _figures(rows.margins, rows.hit, None))
    measured = valid if len(valid) else parts.train.rows
    at, weight = _measuring(measured, parts.valid.labels, cap=params.fit.weight_cap)
    margins, hit = fits.first.margins(Z[at]), parts.valid.labels.hit[at]
    made = _calibrated(margins, hit, weight, params)
    if fits.last is not fits.first:
        unseen = Z[_unseen(parts)]
        made = carried_over(
            made, before=fits.first.margins(unseen), after=fits.last.margins(unseen)
        )
    return Judged(made, _figures(margins, hit, weight))


def _calibrated(margins: Floats, hit: Flags, weight: Floats, params: Params) -> Calibration:
    return calibrate(margins, hit, weight, isotonic_from_hits=params.calibrate.isotonic_from_hits)


def _figures(margins: Floats, hit: Flags, weight: Floats | None) -> dict[str, float]:
    one = np.ones((1, len(hit))) if weight is None else weight[np.newaxis]
    figures = Ranking(margins, hit, capacities=()).measures(one)
    known = {f"valid_{name}": float(of[0]) for name, of in figures.items() if np.isfinite(of[0])}
    return known | {"valid_hits": float(hit.sum())}


def _measuring(rows: Integers, labels: Labels, *, cap: float) -> tuple[Integers, Floats]:
    """Rows with a known propensity and what each stands for, unless none of those is a hit."""
    weight = measuring_weights(labels.propensity[rows])
    known = weight > 0
    if labels.hit[rows[known]].any():
        return rows[known], weight[known]
    return rows, training_weights(labels.propensity[rows], cap=cap)


def _recent(parts: Split, folds: Sequence[Fold], event_at: Integers) -> Integers:
    """The latest movements before the test that no fit has learnt from."""
    since = folds[-1].start if folds else 0
    unseen = parts.past.within & (event_at >= since) & ~parts.past.labels.searched
    return np.flatnonzero(unseen if unseen.any() else parts.past.within)


def _rate_of(places: Integers, parts: Split, base_rate: float) -> float:
    """Share of hits that inspecting these movements (k,) would have found.

    Nobody inspected them, and what is likeliest was: their rate lies below that of all movements.
    """
    labels, rows = parts.past.labels, parts.past.rows
    weight = uninspected_weights(labels.propensity[rows])
    if labels.searched[places].any() or not labels.hit[rows[weight > 0]].any():
        return base_rate
    return float(np.average(labels.hit[rows], weights=weight))


def _unseen(parts: Split) -> Integers:
    """Movements of the validation days that no fit learns from; all of them if none is left."""
    unseen = np.flatnonzero(parts.valid.within & ~parts.past.labels.searched)
    return unseen if len(unseen) else np.flatnonzero(parts.past.within)
