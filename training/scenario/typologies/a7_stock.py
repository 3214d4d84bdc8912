"""A7: stock that leaves the region: old arsenals, large lots, rarely.

Public description: SEESAC and the Small Arms Survey on weapons left from past conflicts that leave
the region hidden in loads and in the structure of lorries and wagons; seizures are heavy-tailed: a
few cases hold most of the pieces.
Planted: consignors of the region that were long silent send scrap and used machinery in dense
packages; lorries and trains of some carriers run at night, the lorries by quiet posts.
Honest overlap: scrap dealers and builders (dense, irregular), seasonal exporters (long silent),
exchanged trailers, night runs of freight. `pieces` says how much a case holds; no case weighs more
than another in the risk.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.scenario.days.link import Link
from training.scenario.days.movements import FREIGHT
from training.scenario.streams import Flags, weighted
from training.scenario.typologies import CODES
from training.scenario.typologies.shift import Shift, shift
from training.scenario.world.vehicles import LORRY, move_to_quiet_posts

if TYPE_CHECKING:
    from training.scenario.world.world import World

ACTIVE = 0.6
_LANES_IN_SUCH_GOODS = 0.5
#: Trade of such a lane against what it was: it is rarely used.
_RARELY = 0.35

#: of_region: origin in the region; silent is the days since the consignor's last declaration
#: beyond 20, in 40; scrap: scrap and used machinery; leaving: out of the country that records it;
#: consignor_finds and fleet_arms are shares of finds.
LINKS = {
    ("arms", "freight"): Link(
        {
            "of_region": 1.5,
            "silent": 2.4,
            "scrap": 1.7,
            "dense_packages": 1.0,
            "late": 0.6,
            "consignor_finds": 1.8,
        },
        together=((("scrap", "of_region", "silent"), 1.0),),
    ),
    ("arms", "lorry"): Link(
        {
            "quiet_post": 1.6,
            "night": 1.2,
            "other_trailer": 1.5,
            "leaving": 0.6,
            "new_vehicle": 2.1,
            "overweight": 0.6,
            "fleet_arms": 1.8,
            "past_arms": 2.5,
        },
        together=((("quiet_post", "night"), 0.9),),
    ),
    ("arms", "train"): Link(
        {"long_wait": 1.5, "night": 1.2, "leaving": 0.7, "slow": 1.0, "fleet_arms": 2.0}
    ),
}


def plant(world: World, share: float, rng: np.random.Generator) -> None:
    """Makes the lanes of that share of consignors, and that share of carriers, follow it."""
    lanes, goods, carriers = world.firms.lanes, world.goods, world.firms.carriers
    consignors = rng.random(len(world.firms.traders.consignor_number)) < share
    consignors[0] = True  # at least one, however small the period
    chosen = consignors[lanes.consignor] & (lanes.stratum == FREIGHT) & (lanes.typology == 0)
    lanes.typology[chosen] = CODES["A7"]
    lanes.weight[chosen] *= _RARELY
    changed = chosen & (rng.random(len(lanes.good)) < _LANES_IN_SUCH_GOODS)
    lanes.good[changed] = weighted(
        rng, np.maximum(goods.share, 1.0) * scrap(goods.code), int(changed.sum())
    )
    home = chosen & (rng.random(len(lanes.good)) < _LANES_IN_SUCH_GOODS)
    lanes.origin[home] = weighted(rng, world.of_region.astype(np.float64), int(home.sum()))
    hauliers = (carriers.typology == 0) & (rng.random(len(carriers.typology)) < share)
    carriers.typology[hauliers] = CODES["A7"]
    mine = np.isin(world.vehicles.carrier, np.flatnonzero(hauliers))
    world.vehicles.typology[mine] = CODES["A7"]
    world.vehicles.night[mine] = np.minimum(0.95, world.vehicles.night[mine] + 0.2)
    by_road = mine & (world.vehicles.kind == LORRY)
    move_to_quiet_posts(world.vehicles, world.posts, by_road & (rng.random(len(mine)) < 0.4))


def scrap(codes: np.ndarray[tuple[int], np.dtype[np.str_]]) -> Flags:
    """Which commodity codes (n,) are scrap or (used) machinery and vehicles."""
    return np.array([code[:4] in ("7204", "8429", "8701") for code in codes.tolist()])


def behaviour(active: Flags, rng: np.random.Generator) -> Shift:
    """The behaviour of declarations (n,); nothing where not `active`."""
    n = len(active)
    return shift(active, density=rng.normal(0.9, 0.5, n), late_hours=rng.exponential(2.0, n))
