"""The published link: what a movement's recorded behaviour makes its true risk.

Each typology links some strata to one risk. A link gives a score in log-odds,

    score = sum of weight * signal + sum of together * product of signals

and `intercept` turns scores into probabilities whose mean is the rate configured for that typology
in that stratum. Each signal is a number between 0 and about 3 computed from the record itself and
from what was known when the day began. Nothing else enters: no intention, no hidden state. So
ranking by true risk is possible in principle, and its share of what was carried is what a perfect
model would find.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.scenario.streams import Floats, Integers

Signals = Mapping[str, Floats]


@dataclass(frozen=True)
class Link:
    """What signals mean for one risk of one stratum, in log-odds.

    Attributes:
        weights: Log-odds for each unit of a signal.
        together: Log-odds for the product of signals that mean more in company.
    """

    weights: Mapping[str, float]
    together: tuple[tuple[tuple[str, ...], float], ...] = ()

    def scores(self, signals: Signals, rows: Integers, *, eased: Mapping[str, float]) -> Floats:
        """Scores (m,) of these rows (m,) of signals (n,).

        `eased` holds factors of the weights of signals that whoever carries has learnt to avoid.
        """
        score = np.zeros(len(rows))
        for name, weight in self.weights.items():
            score += weight * eased.get(name, 1.0) * signals[name][rows]
        for names, weight in self.together:
            factor = min(eased.get(name, 1.0) for name in names)
            score += weight * factor * np.prod([signals[name][rows] for name in names], axis=0)
        return score


def either(one: Floats, other: Floats) -> Floats:
    """Probability that at least one of two independent causes holds (noisy-or)."""
    return np.asarray(1.0 - (1.0 - one) * (1.0 - other))
