"""Each month of a served head: volumes, abstentions, hit rate and calibration on the random slice."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from scipy.stats import chi2  # type: ignore[import-untyped]

from features.spec import Floats
from training.intervals import Figure
from training.labels import Flags
from training.shares import wilson
from training.watching.delays import MonthDelays, month_delays
from training.watching.scored import DAY, Scored

#: Hits below which no interval is told.
LEAST_HITS = 10

#: Why a movement was inspected, when chance named it.
CHANCE = "random"

_NO_FIGURE = Figure(math.nan, math.nan, math.nan)


@dataclass(frozen=True)
class Month:
    """A month, or all that is watched.

    Attributes:
        month: As 2026-05, or "all".
        movements: How many there were.
        abstained: Share of them the head abstained from, with its interval.
        inspected: How many have a score, and an outcome that says something by now.
        hits: Hits among them.
        expected: Hits expected of them by the head alone.
        random_inspected: Inspected because chance named them; the head abstained from none.
        random_hits: Hits among those.
        hit_rate: Their share of hits; no ends below ten hits.
        calibration: Observed over expected hits of the random slice; no ends below ten hits.
        delays: How long until outcomes were known, in days.
    """

    month: str
    movements: int
    abstained: Figure
    inspected: int
    hits: int
    expected: float
    random_inspected: int
    random_hits: int
    hit_rate: Figure
    calibration: Figure
    delays: MonthDelays

    @property
    def sufficient(self) -> bool:
        """Whether enough hits of the random slice back its figures."""
        return self.random_hits >= LEAST_HITS


def months_of(made: Scored, *, until: int) -> list[Month]:
    """Each watched month in order, and all of them together as the last."""
    names = sorted(set(made.month[made.watched].tolist()))
    everything = _delays(made, np.ones(len(made.watched), dtype=bool), until=until, like=None)
    told = [_month(made, name, made.watched & (made.month == name), everything, until=until)
            for name in names]  # fmt: skip
    return [*told, _month(made, "all", made.watched, everything, until=until)]


def maturity_days(delays: MonthDelays, *, known_share: float) -> float | None:
    """Days after which this share of outcomes is known; None where that cannot be told yet."""
    return delays.quantile(known_share)


def observed_over_expected(observed: int, expected: float) -> Figure:
    """The ratio, with the exact 95 % interval of a Poisson count (Garwood, Biometrika 1936)."""
    if expected <= 0:
        return _NO_FIGURE
    low = chi2.ppf(0.025, 2 * observed) / 2 if observed else 0.0
    high = chi2.ppf(0.975, 2 * observed + 2) / 2
    return Figure(observed / expected, float(low) / expected, float(high) / expected)


def _month(made: Scored, name: str, within: Flags, everything: MonthDelays, *, until: int) -> Month:
    n = int(within.sum())
    searched = within & made.labels.searched & ~made.abstained
    chance = searched & (made.labels.reason == CHANCE)
    random_inspected, random_hits = int(chance.sum()), int(made.labels.hit[chance].sum())
    hit_rate = wilson(random_hits, random_inspected) if random_inspected else _NO_FIGURE
    calibration = observed_over_expected(random_hits, float(made.probability[chance].sum()))
    if random_hits < LEAST_HITS:
        hit_rate, calibration = _without_ends(hit_rate), _without_ends(calibration)
    return Month(
        month=name,
        movements=n,
        abstained=wilson(int(made.abstained[within].sum()), n) if n else _NO_FIGURE,
        inspected=int(searched.sum()),
        hits=int(made.labels.hit[searched].sum()),
        expected=float(made.probability[searched].sum()),
        random_inspected=random_inspected,
        random_hits=random_hits,
        hit_rate=hit_rate,
        calibration=calibration,
        delays=_delays(made, within, until=until, like=everything),
    )


def _delays(made: Scored, within: Flags, *, until: int, like: MonthDelays | None) -> MonthDelays:
    rows = np.flatnonzero(within & (made.first_known_at > 0))
    at = made.event_at[rows]
    delay = np.maximum(made.first_known_at[rows] - at, 0) / DAY
    follow_up: Floats = (until - at) / DAY
    return month_delays(delay, follow_up, like=like)


def _without_ends(figure: Figure) -> Figure:
    return Figure(figure.value, math.nan, math.nan)
