"""What movements carry: each typology's link draws independently, and the truth remembers which."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from training.scenario.days import shocks
from training.scenario.days.intercept import Intercept
from training.scenario.days.link import Link, Signals, either
from training.scenario.days.movements import Carriage
from training.scenario.profile import Profile
from training.scenario.streams import Flags, Floats, Integers
from training.scenario.typologies import CODES
from training.scenario.typologies.all_links import LINKS

RISKS = ("arms", "smuggling")

#: Pieces of a case: Pareto with this shape, so that few cases hold most of what is carried; stock
#: (A7) comes in larger lots.
_PIECES_SHAPE = 1.3
_MOST_PIECES = 3000
_STOCK = 6.0


@dataclass(frozen=True)
class _Cause:
    """One typology's link for one risk of one stratum."""

    typology: str
    risk: str
    stratum: int
    link: Link
    rate: float
    intercept: Intercept = field(default_factory=Intercept)


class Carrying:
    """Draws what the movements of one kind carry; its intercepts learn from day to day."""

    def __init__(self, profile: Profile, strata: Sequence[str]) -> None:
        self._profile = profile
        self._strata = strata
        self._causes = [
            _Cause(name, risk, strata.index(stratum), link, _rate(profile, name, risk, stratum))
            for name, links in LINKS.items()
            for (risk, stratum), link in links.items()
            if stratum in strata
        ]
        #: Expected number carrying so far by the configured rates, by risk and stratum.
        self.configured: dict[str, dict[str, float]] = {risk: defaultdict(float) for risk in RISKS}

    def drawn(
        self,
        signals: Signals,
        stratum: Integers,
        *,
        day: int,
        rng: np.random.Generator,
        goods: Carriage | None = None,
    ) -> Carriage:
        """What movements (n,) with these signals (n,) carry.

        Args:
            signals: Everything any link of these strata reads.
            stratum: Stratum of each movement, as its place among the strata.
            day: Days since the period began; call it once for each day, in turn.
            rng: Randomness of what is carried, given the risk.
            goods: What the declared goods on board carry; it comes on top.
        """
        n = len(stratum)
        carried = {risk: (np.zeros(n), np.zeros(n, dtype=np.int64)) for risk in RISKS}
        eased = shocks.eased(self._profile, day)
        for cause in self._causes:
            rows = np.flatnonzero(stratum == cause.stratum)
            level = shocks.level(self._profile, cause.risk, cause.typology, day)
            scores = cause.link.scores(signals, rows, eased=eased)
            p = cause.intercept.probabilities(scores, cause.rate * level)
            self.configured[cause.risk][self._strata[cause.stratum]] += (
                cause.rate * level * len(rows)
            )
            risk, by = carried[cause.risk]
            risk[rows] = either(risk[rows], p)
            hit = rows[(rng.random(len(rows)) < p) & (by[rows] == 0)]
            by[hit] = CODES[cause.typology]
        size = (1 + rng.pareto(_PIECES_SHAPE, n)) * np.where(
            carried["arms"][1] == CODES["A7"], _STOCK, 1.0
        )
        own = _carriage(carried["arms"], carried["smuggling"], np.minimum(size, _MOST_PIECES))
        if goods is None:
            return own
        self._expect_goods(goods, stratum)
        return _with_goods(own, goods)

    def _expect_goods(self, goods: Carriage, stratum: Integers) -> None:
        """What the goods on board carry was configured with the goods."""
        for risk, expected in (("arms", goods.risk_arms), ("smuggling", goods.risk_people)):
            by_stratum = np.bincount(stratum, weights=expected, minlength=len(self._strata))
            for place in np.flatnonzero(by_stratum).tolist():
                self.configured[risk][self._strata[place]] += float(by_stratum[place])


def _rate(profile: Profile, typology: str, risk: str, stratum: str) -> float:
    rates = profile.rates_per_10000
    configured = (rates.arms if risk == "arms" else rates.smuggling)[stratum]
    share = profile.typologies[typology].share[stratum]
    return min(0.5, configured / 10_000 * share * profile.rate_multiplier)


def _carriage(
    arms: tuple[Floats, Integers], people: tuple[Floats, Integers], size: Floats
) -> Carriage:
    carries: Flags = arms[1] > 0
    return Carriage(
        risk_arms=arms[0],
        risk_people=people[0],
        arms=carries,
        people=people[1] > 0,
        arms_by=arms[1],
        people_by=people[1],
        pieces=np.where(carries, np.floor(size), 0).astype(np.int64),
    )


def _with_goods(own: Carriage, goods: Carriage) -> Carriage:
    return Carriage(
        risk_arms=either(own.risk_arms, goods.risk_arms),
        risk_people=either(own.risk_people, goods.risk_people),
        arms=own.arms | goods.arms,
        people=own.people | goods.people,
        arms_by=np.where(own.arms, own.arms_by, goods.arms_by),
        people_by=np.where(own.people, own.people_by, goods.people_by),
        pieces=own.pieces + goods.pieces,
    )
