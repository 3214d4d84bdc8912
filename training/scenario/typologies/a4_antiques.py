"""A4: deactivated and antique weapons, moved between legal regimes.

Public description: SEESAC and the EU's evaluation of its firearms directive: weapons that count as
antique or deactivated on one side of a border are bought there and made to work on the other;
temporary admissions that recur, certificates that are missing, values far from collectors' prices.
Planted: some consignees receive collectors' pieces again and again, under temporary admission,
cheap, at times without a certificate.
Honest overlap: museums and auction houses (temporary admission), collectors, forgotten papers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.scenario.days.link import Link
from training.scenario.streams import Flags, weighted
from training.scenario.typologies.planting import lanes_of_some_consignees
from training.scenario.typologies.shift import Shift, shift

if TYPE_CHECKING:
    from training.scenario.world.world import World

ACTIVE = 0.6
_LANES_IN_SUCH_GOODS = 0.5

#: certified: goods that need a certificate of age or deactivation; past_temporary is
#: log2(1 + temporary admissions of the consignee in 90 days) / 2.
LINKS = {
    ("arms", "freight"): Link(
        {
            "certified": 2.0,
            "certificate_missing": 1.4,
            "temporary": 1.5,
            "past_temporary": 1.6,
            "low_price": 0.7,
            "new_pair": 1.3,
            "consignee_finds": 1.7,
        },
        together=((("certified", "temporary", "past_temporary"), 0.6),),
    )
}


def plant(world: World, share: float, rng: np.random.Generator) -> None:
    """Makes all lanes of that share of consignees follow the typology, half in such goods."""
    lanes, goods = world.firms.lanes, world.goods
    chosen = lanes_of_some_consignees(world, "A4", share, rng)
    changed = chosen & (rng.random(len(lanes.good)) < _LANES_IN_SUCH_GOODS)
    lanes.good[changed] = weighted(
        rng, np.maximum(goods.share, 1.0) * goods.certified, int(changed.sum())
    )


def behaviour(active: Flags, rng: np.random.Generator) -> Shift:
    """The behaviour of declarations (n,); nothing where not `active`."""
    n = len(active)
    return shift(
        active,
        price=rng.normal(-0.8, 0.5, n),
        temporary=rng.random(n) < 0.45,
        certificate_missing=rng.random(n) < 0.3,
    )
