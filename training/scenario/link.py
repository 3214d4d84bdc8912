"""The published link: what a movement's recorded behaviour makes its true risk.

    risk = 1 / (1 + exp(-(base + log(rate) + sum of weight * signal + sum of together * product)))

Each signal is a number between 0 and about 3 computed from the record itself and from what was
known when the day began. `rate` multiplies published base rates (1 is reality, 50 is dense enough
to learn from). Nothing else enters: no typology, no intention, no hidden state. So ranking by true
risk is possible in principle, and its share of what was carried is what a perfect model would find.

Two origins of one risk add up by `either`: a lorry carries people if they hide in the vehicle or in
the goods it was declared with.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from training.scenario.streams import Floats

Signals = Mapping[str, Floats]


@dataclass(frozen=True)
class Link:
    """One risk of one class of movements, as weights of signals in log-odds.

    Attributes:
        base: Log-odds of a movement without any signal at rate 1.
        weights: Log-odds for each unit of a signal.
        together: Log-odds for the product of signals that mean more in company.
    """

    base: float
    weights: Mapping[str, float]
    together: tuple[tuple[tuple[str, ...], float], ...] = ()

    def risk(self, signals: Signals, *, rate: float) -> Floats:
        """True risks (n,) strictly between 0 and 1 of movements with these signals (n,)."""
        logit = np.full(len(next(iter(signals.values()))), self.base + np.log(rate))
        for name, weight in self.weights.items():
            logit += weight * signals[name]
        for names, weight in self.together:
            logit += weight * np.prod([signals[name] for name in names], axis=0)
        return np.asarray(1.0 / (1.0 + np.exp(-logit)))


def either(one: Floats, other: Floats) -> Floats:
    """Probability that at least one of two independent causes holds (noisy-or)."""
    return 1.0 - (1.0 - one) * (1.0 - other)


#: A2, parts among goods. Signals of `trade`: low_price and dense_packages in spreads of the
#: heading; new_consignee is 0 or 1; small_lots is log2(1 + small declarations to
#: the same consignee in 30 days) / 2, at most 2; past_low_price the consignee's mean shortfall in 30
#: days; past_finds the consignee's share of finds (`history.FoundShare`).
CONSIGNMENT_ARMS = Link(
    base=-10.88,
    weights={
        "low_price": 0.7,
        "dense_packages": 0.7,
        "metal_heading": 0.35,
        "new_consignee": 1.2,
        "small_lots": 0.9,
        "past_low_price": 0.95,
        "invoice_missing": 1.3,
        "past_finds": 1.7,
    },
    together=((("low_price", "dense_packages", "metal_heading"), 0.4),),
)

#: M1, people among goods on the road. late is hours behind the expected arrival / 8; past_finds is
#: the carrier's share of finds of people.
CONSIGNMENT_PEOPLE = Link(
    base=-12.48,
    weights={
        "by_road": 2.0,
        "seal_missing": 3.0,
        "late": 0.8,
        "presented_at_night": 1.2,
        "from_south": 1.1,
        "past_finds": 2.1,
    },
    together=((("seal_missing", "late"), 1.0),),
)

#: A1, the ant trade. frequent is log2(1 + crossings of the vehicle in 30 days) / 2; short_stay is
#: 1 for an immediate return and falls to 0 over 16 hours; other_post: not where it last crossed.
CAR_ARMS = Link(
    base=-13.01,
    weights={
        "frequent": 0.95,
        "short_stay": 1.3,
        "other_post": 1.5,
        "night": 0.9,
        "quiet_post": 1.1,
        "past_find": 2.0,
    },
    together=((("short_stay", "other_post"), 1.2),),
)
VAN_ARMS = Link(
    base=-11.19,
    weights={
        "frequent": 0.7,
        "short_stay": 1.3,
        "other_post": 1.3,
        "night": 0.9,
        "quiet_post": 1.1,
        "past_find": 1.8,
    },
    together=((("short_stay", "other_post"), 1.2),),
)

#: A lorry's own structure; what its goods carry is added by `either`.
LORRY_ARMS = Link(
    base=-11.2, weights={"quiet_post": 1.2, "night": 0.9, "other_trailer": 1.2, "past_find": 2.0}
)

#: M2, vans with cavities (and cars packed full). heavy is the weight beyond tare and declared
#: load in 400 kg.
VAN_PEOPLE = Link(
    base=-10.33,
    weights={
        "night": 1.2,
        "heavy": 0.65,
        "short_stay": 1.1,
        "other_post": 1.1,
        "frequent": 0.6,
        "past_find": 1.8,
    },
    together=((("night", "heavy"), 0.7),),
)
CAR_PEOPLE = Link(
    base=-12.23,
    weights={
        "night": 1.4,
        "short_stay": 1.2,
        "other_post": 1.5,
        "quiet_post": 1.0,
        "frequent": 0.7,
        "past_find": 2.0,
    },
)

#: M1, people in lorries and trailers. overweight is in 300 kg beyond tare and declared load; slow
#: the hours since the last post beyond the usual, in units of the usual and 4 hours; fleet_finds is
#: the carrier's share of finds of people.
LORRY_PEOPLE = Link(
    base=-9.7,
    weights={
        "overweight": 0.9,
        "slow": 2.0,
        "night": 1.1,
        "other_trailer": 1.5,
        "new_vehicle": 0.8,
        "fleet_finds": 1.2,
        "past_find": 1.2,
    },
    together=((("overweight", "slow"), 0.6),),
)

#: Buses: passengers counted beyond those declared, in threes.
BUS_ARMS = Link(base=-10.36, weights={"extra_passengers": 0.3, "night": 0.5, "past_find": 2.0})
BUS_PEOPLE = Link(base=-9.69, weights={"extra_passengers": 1.0, "night": 0.6, "past_find": 2.0})
