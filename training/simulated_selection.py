"""Made-up seasons of which all is known: what a figure says of them is held against the truth.

Far simpler than the scenario, and quick enough for hundreds of seasons: risk follows two traits, one
seen by the ranking under test, both by the office that selects. So inspections go where the risk is,
in a way the ranking alone cannot explain, and only the recorded propensity can undo.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from features.spec import Floats
from training.errors import TrainingError
from training.labels import Flags
from training.policy_value.figures import Estimate, hit_rate, precision, recall
from training.policy_value.logged import Logged, at_capacity
from training.policy_value.measuring import About, Method, measuring
from training.shares import Z_95

Estimand = Literal["hit_rate", "precision", "recall"]
ESTIMANDS: tuple[Estimand, ...] = ("hit_rate", "precision", "recall")


@dataclass(frozen=True)
class Office:
    """How a season comes about.

    Attributes:
        movements: In a season.
        base_rate: Mean risk.
        floor: Probability with which chance names any movement.
        judged_share: Share that rules and model select besides, about.
        softness: How gradual their threshold is, in standard deviations of a trait; 0 is sharp, and
            propensities are then the floor or 1.
        tip_rate: Probability that a movement that carries something is tipped off, which has no
            known propensity.
        detection: Probability that an inspection finds what is there. What it would miss is no hit
            in the truth either.
        together: How many movements in a row share chance's draw and a part of their risk.
        kinship: Standard deviation of that shared part, in log-odds.
    """

    movements: int = 4_000
    base_rate: float = 0.02
    floor: float = 0.1
    judged_share: float = 0.05
    softness: float = 0.5
    tip_rate: float = 0.05
    detection: float = 1.0
    together: int = 1
    kinship: float = 0.0

    def __post_init__(self) -> None:
        if self.movements % self.together:
            raise TrainingError("Movements that come together must fill the season.")


@dataclass(frozen=True)
class Season:
    """One season.

    Attributes:
        logged: What the office recorded; a ranking named `new`, and propensities of all but tips.
        propensity: True propensity (n,), tips left aside.
        risk: True probability of a hit (n,).
        hit: Whether an inspection would find something (n,).
    """

    logged: Logged
    propensity: Floats
    risk: Floats
    hit: Flags


@dataclass(frozen=True)
class Coverage:
    """How intervals did over many seasons.

    Attributes:
        seasons: How many.
        sufficient: In which share of them there was an interval.
        covered: In which share of those it held the truth.
        too_high: In which share of those it lay above the truth.
        too_low: In which it lay below.
        width_ratio: Mean width of those, over the mean width of the doubly robust estimate that
            knows every risk, with its true variance, in the same seasons.
        bias: Mean error of all estimates, in units of the mean truth.
        effective_hits: Their median.
    """

    seasons: int
    sufficient: float
    covered: float
    too_high: float
    too_low: float
    width_ratio: float
    bias: float
    effective_hits: float


def seasons(office: Office, *, runs: int, seed: int) -> Iterator[Season]:
    """Seasons, the same for the same seed."""
    rng = np.random.default_rng(seed)
    intercept, threshold = _levels(office)
    for _ in range(runs):
        yield _season(office, intercept, threshold, rng)


def coverage(
    office: Office,
    methods: Sequence[Method],
    *,
    runs: int,
    seed: int,
    capacity: float = 0.05,
    about: About = "these_movements",
    progress: Callable[[], None] = lambda: None,
) -> dict[tuple[Method, Estimand], Coverage]:
    """How often intervals hold the truth, by method and figure.

    The truth is the share of hits of the season itself, or the mean true risk where the figures are
    about such movements. `progress` is called after each season.
    """
    seen: dict[tuple[Method, Estimand], list[tuple[Estimate, float, float]]] = {}
    for season in seasons(office, runs=runs, seed=seed):
        selection = at_capacity(season.logged.margins["new"], capacity)
        truths = _truths(season, selection, about)
        for method in methods:
            made = measuring(season.logged, method=method, about=about)
            told = {"hit_rate": hit_rate(made), "precision": precision(made, selection),
                    "recall": recall(made, selection)}  # fmt: skip
            for what in ESTIMANDS:
                truth, width = truths[what]
                seen.setdefault((method, what), []).append((told[what], truth, width))
        progress()
    return {key: _coverage(rows) for key, rows in seen.items()}


def _coverage(rows: Sequence[tuple[Estimate, float, float]]) -> Coverage:
    value, low, high, truth, best, backed = np.array([
        (told.value, told.low, told.high, truth, width, told.effective_hits)
        for told, truth, width in rows
    ]).T  # fmt: skip
    given = ~np.isnan(low)
    if not given.any():
        none = math.nan
        return Coverage(len(rows), 0.0, none, none, none, none, none, float(np.median(backed)))
    # Where everything was inspected for sure, interval and truth are one number, up to rounding.
    above = low[given] > truth[given] + 1e-12
    below = high[given] < truth[given] - 1e-12
    return Coverage(
        seasons=len(rows),
        sufficient=float(given.mean()),
        covered=float((~above & ~below).mean()),
        too_high=float(above.mean()),
        too_low=float(below.mean()),
        width_ratio=float((high - low)[given].mean() / best[given].mean()),
        bias=float(np.nanmean(value - truth) / truth.mean()),
        effective_hits=float(np.median(backed)),
    )


def _truths(season: Season, selection: Floats, about: About) -> dict[Estimand, tuple[float, float]]:
    """The truth, and the width of the best unbiased interval, of each figure."""
    these = about == "these_movements"
    p, risk = season.propensity, season.risk
    truth = season.hit.astype(np.float64) if these else risk
    rate, found, all_of = truth.mean(), selection @ truth, truth.sum()
    doubt = risk * (1 - risk) * ((1 - p) / p if these else 1 / p)

    def width(coefficient: Floats) -> float:
        return float(2 * Z_95 * np.sqrt(coefficient**2 @ doubt))

    n = len(risk)
    share = float(found / all_of)
    return {
        "hit_rate": (float(rate), width(np.full(n, 1 / n))),
        "precision": (float(found / selection.sum()), width(selection / selection.sum())),
        "recall": (share, width((selection - share) / risk.sum())),
    }


def _season(office: Office, intercept: float, threshold: float, rng: np.random.Generator) -> Season:
    n = office.movements
    seen, unseen, judgement, noise = rng.normal(size=(4, n))
    kin = np.repeat(rng.normal(0, office.kinship, n // office.together), office.together)
    logit = intercept + 1.5 * seen + unseen + kin
    risk = office.detection / (1 + np.exp(-logit))
    hit = rng.random(n) < risk
    judged = _judged(seen + unseen + 0.7 * judgement, threshold, office.softness)
    is_random = np.repeat(rng.random(n // office.together), office.together) < office.floor
    known = is_random | (rng.random(n) < judged)
    tipped = hit & (rng.random(n) < office.tip_rate)
    propensity = 1 - (1 - office.floor) * (1 - judged)
    logged = Logged(
        propensity=np.where(tipped & ~known, np.nan, propensity),
        inspected=known | tipped,
        hit=hit & (known | tipped),
        margins={"new": intercept + 1.5 * seen + 0.7 * noise},
        random=is_random,
        cluster=np.arange(n) // office.together if office.together > 1 else None,
    )
    return Season(logged, propensity, risk, hit)


def _judged(score: Floats, threshold: float, softness: float) -> Floats:
    """Probability (n,) that rules and model select."""
    if softness <= 0:
        return np.asarray((score > threshold).astype(np.float64))
    return np.asarray(1 / (1 + np.exp(-np.clip((score - threshold) / softness, -40, 40))))


def _levels(office: Office) -> tuple[float, float]:
    """The intercept that gives the base rate, and the threshold that gives the judged share."""
    rng = np.random.default_rng(0)
    seen, unseen, judgement = rng.normal(size=(3, 100_000))
    logit = 1.5 * seen + unseen + office.kinship * rng.normal(size=len(seen))
    low, high = -30.0, 30.0
    while high - low > 1e-9:
        middle = (low + high) / 2
        mean = float((office.detection / (1 + np.exp(-(middle + logit)))).mean())
        low, high = (middle, high) if mean < office.base_rate else (low, middle)
    score = seen + unseen + 0.7 * judgement
    return low, float(np.quantile(score, 1 - office.judged_share))
