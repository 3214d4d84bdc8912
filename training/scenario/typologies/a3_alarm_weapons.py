"""A3: gas, alarm and signal weapons, and what is converted from them.

Public description: operation Conversus and SELEC's and Europol's reports: alarm and blank-firing
weapons bought freely in one country, sold on or converted in another; lorries and parcels from the
east, stopped with blanks and gas pistols beside ordinary goods.
Planted: some consignees receive sporting goods, fireworks and chapter 93 goods at times without
the licence, in larger lots than before, unloaded short of the declared destination.
Honest overlap: hunting and sports shops, organisers of fireworks, forgotten papers, forwarders who
unload in a neighbouring country.
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

#: near_arms: chapter 93, fireworks, sports goods; larger_lot: log mass beyond the consignee's mean
#: of 90 days; unloaded_short: in another country than the destination.
LINKS = {
    ("arms", "freight"): Link(
        {
            "near_arms": 2.0,
            "licence_missing": 1.5,
            "from_south": 1.3,
            "larger_lot": 1.1,
            "unloaded_short": 1.8,
            "new_pair": 2.0,
            "consignee_finds": 1.7,
        },
        together=((("near_arms", "from_south", "larger_lot"), 0.6),),
    )
}


def plant(world: World, share: float, rng: np.random.Generator) -> None:
    """Makes all lanes of that share of consignees follow the typology, half in such goods."""
    lanes, goods = world.firms.lanes, world.goods
    chosen = lanes_of_some_consignees(world, "A3", share, rng)
    changed = chosen & (rng.random(len(lanes.good)) < _LANES_IN_SUCH_GOODS)
    lanes.good[changed] = weighted(
        rng, np.maximum(goods.share, 1.0) * near_arms(goods.code), int(changed.sum())
    )


def near_arms(codes: np.ndarray[tuple[int], np.dtype[np.str_]]) -> Flags:
    """Which commodity codes (n,) are of chapter 93, fireworks or sports goods."""
    return np.array([code[:2] == "93" or code[:4] in ("3604", "9506") for code in codes.tolist()])


def behaviour(active: Flags, rng: np.random.Generator) -> Shift:
    """The behaviour of declarations (n,); nothing where not `active`."""
    n = len(active)
    return shift(
        active,
        log_mass=np.abs(rng.normal(0.6, 0.5, n)),
        licence_missing=rng.random(n) < 0.3,
        unloaded_short=rng.random(n) < 0.35,
    )
