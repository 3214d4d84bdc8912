"""What scores of one kind of movement about one risk are worth, beside a ranking by the true risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.intervals import Figure, bootstrapped
from training.scenario.leaderboard.scores import Judged
from training.scenario.streams import Floats, Integers
from training.shares import wilson

#: With fewer carrying movements than this, a recall says next to nothing.
LEAST_CARRYING = 10

_TENTHS = np.arange(1, 10) / 10
_UNKNOWN = Figure(np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class Found:
    """How much of what one typology carried the scores find.

    Attributes:
        recall: With Wilson's interval; NaN where `sufficient` is false.
        oracle: What ranking by the true risk finds; NaN likewise.
    """

    typology: str
    carrying: int
    sufficient: bool
    recall: Figure
    oracle: float


@dataclass(frozen=True)
class Calibration:
    """Whether scores between 0 and 1 are the true risks, over the scored movements.

    Attributes:
        error: Expected calibration error over tenths of the scores, against the true risk.
        mean_score: Mean of the scores; `mean_risk` of the true risks.
    """

    error: float
    mean_score: float
    mean_risk: float


@dataclass(frozen=True)
class Rating:
    """Scores of one kind of movement, about one risk.

    Intervals draw the carrying movements again, given who would be inspected (both rankings by the
    same draw); they are NaN where fewer than `LEAST_CARRYING` carry, and all figures where none do.

    Attributes:
        movements: Movements in the days asked for; `scored` of them, `coverage` as a share; the
            others rank last. `carrying` of the movements carry something.
        recall: Share of the carrying that are inspected; `oracle` if ranked by the true risk.
        regret: What is missing to the oracle, as a share of the oracle's recall.
        expected_regret: The same by true risks, not by what was carried: without luck.
        precision: Share of the inspected that carry; `lift` is its ratio to chance's.
        auc: Over all movements, wherever the capacity applies.
        calibration: None where the scores are no probabilities.
    """

    kind: str
    risk: str
    movements: int
    scored: int
    coverage: float
    carrying: int
    recall: Figure
    oracle: Figure
    regret: Figure
    expected_regret: float
    precision: float
    lift: float
    auc: Figure
    calibration: Calibration | None
    typologies: tuple[Found, ...]


def rated(made: Judged, *, capacity: float, per_post: bool, resamples: int, seed: int) -> Rating:
    """Rates them; arguments as of `training.scenario.leaderboard.leaderboard.leaderboard`."""
    cell = made.cell if per_post else np.zeros(len(made.cell), dtype=np.int64)
    own = inspected_share(made.score, cell, capacity=capacity)
    oracle = inspected_share(made.true_risk, cell, capacity=capacity)
    carrying = int(made.carries.sum())
    found = (own[made.carries], oracle[made.carries], _below(made))
    figures = _figures(*found, resamples=resamples, seed=seed)
    if carrying < LEAST_CARRYING:
        figures = {name: Figure(of.value, np.nan, np.nan) for name, of in figures.items()}
    scored = int(np.isfinite(made.score).sum())
    precision = float(found[0].sum() / (capacity * len(own)))
    best = float(oracle @ made.true_risk)
    return Rating(
        kind=made.kind,
        risk=made.risk,
        movements=len(own),
        scored=scored,
        coverage=scored / len(own),
        carrying=carrying,
        recall=figures["recall"],
        oracle=figures["oracle"],
        regret=figures["regret"],
        expected_regret=1 - float(own @ made.true_risk) / best if best > 0 else np.nan,
        precision=precision,
        lift=precision * len(own) / carrying if carrying else np.nan,
        auc=figures["auc"],
        calibration=_calibration(made),
        typologies=_typologies(made, found[0], found[1]),
    )


def inspected_share(score: Floats, cell: Integers, *, capacity: float) -> Floats:
    """Probability (n,) of being inspected if the highest scores of each cell are, ties by chance.

    In each cell the probabilities sum to `capacity` times its movements: a cell too small for one
    inspection has its turn as often as its share says.
    """
    order = np.lexsort((-score, cell))
    ordered, in_cell = score[order], cell[order]
    new_cell = np.r_[True, in_cell[1:] != in_cell[:-1]]
    new_score = np.r_[True, ordered[1:] != ordered[:-1]]
    starts, firsts = np.flatnonzero(new_cell | new_score), np.flatnonzero(new_cell)
    tied, within = np.diff(np.r_[starts, len(score)]), np.diff(np.r_[firsts, len(score)])
    of = np.cumsum(new_cell)[starts] - 1
    room = capacity * within[of] - (starts - firsts[of])
    share = np.empty(len(score))
    share[order] = np.repeat(np.clip(room / tied, 0.0, 1.0), tied)
    return share


def calibration_error(score: Floats, true_risk: Floats) -> float:
    """Expected calibration error (n,) over tenths of the scores; equal scores stay together."""
    tenth = np.searchsorted(np.quantile(score, _TENTHS), score, side="right")
    gaps = np.bincount(tenth, weights=score - true_risk)
    return float(np.abs(gaps).sum() / len(score))


def _figures(
    own: Floats, oracle: Floats, below: Floats, *, resamples: int, seed: int
) -> dict[str, Figure]:
    """Figures from what holds for each of the h carrying movements (h,).

    All are means over the carrying. Whom a capacity reaches hardly changes with the many others,
    so the carrying alone are drawn again: that keeps ten millions of movements affordable.
    """

    def measure(weights: Floats) -> dict[str, Floats]:
        total, found, best = weights.sum(axis=1), weights @ own, weights @ oracle
        with np.errstate(divide="ignore", invalid="ignore"):
            return {
                "recall": found / total,
                "oracle": best / total,
                "regret": np.where(best > 0, 1 - found / best, np.nan),
                "auc": weights @ below / total,
            }

    if not len(own):
        return dict.fromkeys(("recall", "oracle", "regret", "auc"), _UNKNOWN)
    return bootstrapped(measure, np.ones(len(own)), resamples=resamples, seed=seed)


def _below(made: Judged) -> Floats:
    """For each carrying movement (h,) the share of the others that score less, ties by half."""
    others = np.sort(made.score[~made.carries])
    if not len(others):
        return np.full(int(made.carries.sum()), np.nan)
    score = made.score[made.carries]
    less, most = (np.searchsorted(others, score, side=side) for side in ("left", "right"))
    return np.asarray((less + most) / 2 / len(others))


def _calibration(made: Judged) -> Calibration | None:
    scored = np.isfinite(made.score)
    score, true_risk = made.score[scored], made.true_risk[scored]
    if score.min() < 0 or score.max() > 1:
        return None
    error = calibration_error(score, true_risk)
    return Calibration(error, float(score.mean()), float(true_risk.mean()))


def _typologies(made: Judged, own: Floats, oracle: Floats) -> tuple[Found, ...]:
    found = []
    for typology in sorted(set(made.typology)):
        of = made.typology == typology
        n = int(of.sum())
        sufficient = n >= LEAST_CARRYING
        recall = wilson(float(own[of].sum()), n) if sufficient else _UNKNOWN
        best = float(oracle[of].mean()) if sufficient else np.nan
        found.append(Found(typology, n, sufficient, recall, best))
    return tuple(found)
