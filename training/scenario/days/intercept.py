"""The level at which scores of a stratum mean the rate that was asked for.

A score says how movements compare; a rate says how many there are. The intercept joins the two:
the number a with mean(1 / (1 + exp(-(a + score)))) = rate, over today's movements and, where they
are few, those of the days before. What earlier days had too much or too little is made good, so that
the rate holds over a period in which histories grow. It is computed from records alone, so a true
risk stays a function of what is known.
"""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from training.scenario.streams import Floats

#: Scores are counted in bins this wide between these ends; what lies beyond counts at the end.
_WIDTH, _LOW, _HIGH = 0.05, -10.0, 25.0
_BINS = int((_HIGH - _LOW) / _WIDTH)
_CENTRES = _LOW + _WIDTH * (np.arange(_BINS) + 0.5)
_STEPS = 50

#: The level looks back until it has seen so many movements, and no longer than so many days.
_ENOUGH = 2000
_DAYS = 56

#: What is owed is made good at once, but a day's rate is never further from the asked than this.
_MADE_GOOD = (0.7, 1.4)


class Intercept:
    """Follows the scores of one stratum; counts are integers, so no order of summing matters."""

    def __init__(self) -> None:
        self._days: deque[NDArray[np.int64]] = deque(maxlen=_DAYS)
        self._owed = 0.0

    def probabilities(self, scores: Floats, rate: float | Floats) -> Floats:
        """Probabilities (n,) of today's scores (n,), whose mean is `rate` over the days.

        Call it once a day. A `rate` (n,) that differs from movement to movement shifts each one's
        log-odds from the level of the mean rate.
        """
        bins = np.clip((scores - _LOW) / _WIDTH, 0, _BINS - 1).astype(np.int64)
        self._days.appendleft(np.bincount(bins, minlength=_BINS))
        mean = float(np.mean(rate)) if len(scores) else 0.0
        if mean <= 0.0:
            return np.zeros(len(scores))
        shift = np.log(np.maximum(rate, 1e-300)) - np.log(mean)
        counts = self._counts()
        low, high = _MADE_GOOD
        asked = mean * float(np.clip(1 + self._owed / (mean * counts.sum()), low, high))
        found = expit(np.asarray(_level(counts, asked) + scores + shift))
        self._owed += mean * len(scores) - float(found.sum())
        return found

    def _counts(self) -> NDArray[np.int64]:
        """Scores by bin, today's and those of the days before that are looked back on."""
        counts = np.zeros(_BINS, dtype=np.int64)
        for day in self._days:
            counts += day
            if counts.sum() >= _ENOUGH:
                break
        return counts


def _level(counts: NDArray[np.int64], rate: float) -> float:
    """Bisection: the mean probability grows with the level."""
    used = np.flatnonzero(counts)
    weights = np.asarray(counts[used] / counts.sum(), dtype=np.float64)
    centres = _CENTRES[used]
    low, high = -60.0, 60.0
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if float((weights * expit(np.asarray(middle + centres))).sum()) < rate:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def expit(logit: Floats) -> Floats:
    """1 / (1 + exp(-logit)), elementwise."""
    return np.asarray(1.0 / (1.0 + np.exp(-logit)))
