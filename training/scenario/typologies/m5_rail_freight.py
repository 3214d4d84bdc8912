"""M5: people in freight trains.

Public description: finds in wagons at Subotica, Dimitrovgrad and Gevgelija: people board where
trains stand, in yards and before signals; seals are broken or replaced.
Planted: trains of some rail carriers stand longer, run late and lose seals.
Honest overlap: crowded yards, engine changes, seals lost in shunting.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.scenario.days.link import Link
from training.scenario.streams import Flags
from training.scenario.typologies import CODES
from training.scenario.typologies.shift import Shift, shift

if TYPE_CHECKING:
    from training.scenario.world.world import World

ACTIVE = 0.5

#: long_wait is the wait at the post beyond an hour, in hours; fleet_people as in M1. Only goods by
#: rail can be concerned: by_rail outweighs everything else.
LINKS = {
    ("smuggling", "freight"): Link(
        {
            "by_rail": 8.0,
            "seal_missing": 1.8,
            "late": 0.7,
            "presented_at_night": 0.9,
            "from_south": 1.0,
            "fleet_people": 1.4,
        }
    ),
    ("smuggling", "train"): Link(
        {
            "long_wait": 1.4,
            "slow": 1.5,
            "night": 1.2,
            "towards_north": 0.9,
            "fleet_people": 1.6,
        }
    ),
}


def plant(world: World, share: float, rng: np.random.Generator) -> None:
    """Makes that share of the carriers by rail concerned."""
    carriers = world.firms.carriers
    rail = np.flatnonzero(carriers.by_rail)
    chosen = rail[rng.random(len(rail)) < share]
    carriers.typology[chosen] = CODES["M5"]
    carriers.typology[rail[:1]] = CODES["M5"]  # at least one, however small the period


def goods_behaviour(active: Flags, rng: np.random.Generator) -> Shift:
    """What of it shows in declarations (n,) of goods by rail; nothing where not `active`."""
    n = len(active)
    return shift(active, late_hours=rng.exponential(8.0, n), seal_missing=rng.random(n) < 0.35)
