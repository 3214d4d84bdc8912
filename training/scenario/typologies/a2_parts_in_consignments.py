"""A2: parts and components among ordinary goods.

Public description: more than 50 rifle parts in a van at Horgoš; sights and range-finders
undeclared; SEESAC and UNODC on parts declared as tools, machine parts, vehicle parts, sports goods
or toys. Dense metal in few packages, cheap by its papers, in small lots, again and again to the
same new consignee.
Planted: on most declarations of some consignees, prices below and packages heavier than the
heading's peers, small lots, papers missing; they trade in metal headings more often.
Honest overlap: dealers in spare parts (metal, dense), discounters (cheap), internet shops (small
lots again and again), and new firms, nearly all of which are honest.
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

#: Share of the declarations on such a lane on which the behaviour shows.
ACTIVE = 0.6

#: Share of its trade lanes that are in metal headings.
_METAL_LANES = 0.4

#: low_price and dense_packages are in spreads of the heading; new_consignee is 0 or 1; small_lots
#: is log2(1 + small declarations to the same consignee in 30 days) / 2, at most 2; past_low_price
#: the consignee's mean shortfall in 30 days; new_pair: goods never went this way before;
#: consignee_finds the consignee's share of finds (`history.FoundShare`).
LINKS = {
    ("arms", "freight"): Link(
        {
            "low_price": 0.7,
            "dense_packages": 0.8,
            "metal_heading": 0.5,
            "new_consignee": 2.2,
            "small_lots": 1.5,
            "past_low_price": 1.4,
            "new_pair": 1.7,
            "invoice_missing": 0.9,
            "consignee_finds": 1.7,
        },
        together=((("low_price", "dense_packages", "metal_heading"), 0.4),),
    )
}


def plant(world: World, share: float, rng: np.random.Generator) -> None:
    """Makes all lanes of that share of consignees follow the typology, some of them in metal."""
    lanes, goods = world.firms.lanes, world.goods
    chosen = lanes_of_some_consignees(world, "A2", share, rng, new_firms=3.0)
    to_metal = chosen & (rng.random(len(lanes.good)) < _METAL_LANES)
    lanes.good[to_metal] = weighted(rng, goods.share * goods.metal, int(to_metal.sum()))


def behaviour(active: Flags, rng: np.random.Generator) -> Shift:
    """The behaviour of declarations (n,); nothing where not `active`."""
    n = len(active)
    return shift(
        active,
        price=rng.normal(-1.0, 0.5, n),
        density=rng.normal(1.0, 0.5, n),
        log_mass=-1.0,
        invoice_missing=rng.random(n) < 0.25,
    )
