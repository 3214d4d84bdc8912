"""M2: vans and small lorries with purpose-built cavities.

Public description: Frontex and Europol reports of caravans and vans with compartments under the
floor, running at night, empty by their papers, back within hours and by another post.
Planted: nights, weight beyond what is declared, short stays, other posts.
Honest overlap: movers (heavy without a declared load), couriers (at night, short stays), craftsmen
(tools nobody declares).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.scenario.days.link import Link
from training.scenario.typologies import CODES
from training.scenario.world.vehicles import VAN

if TYPE_CHECKING:
    from training.scenario.world.world import World

#: heavy is the weight beyond tare and declared load in 400 kg.
LINKS = {
    ("smuggling", "van"): Link(
        {
            "night": 1.2,
            "heavy": 0.6,
            "short_stay": 1.1,
            "other_post": 1.2,
            "frequent": 1.4,
            "past_people": 2.2,
        },
        together=((("night", "heavy"), 0.7),),
    )
}


def plant(world: World, share: float, rng: np.random.Generator) -> None:
    """Makes that share of the vans carry cavities."""
    vehicles = world.vehicles
    chosen = (vehicles.kind == VAN) & (vehicles.typology == 0)
    chosen &= rng.random(len(vehicles.kind)) < share
    chosen[np.flatnonzero(vehicles.kind == VAN)[0]] = True  # at least one, however small the period
    vehicles.typology[chosen] = CODES["M2"]
    vehicles.activity[chosen] = np.maximum(vehicles.activity[chosen], 5.0)
    vehicles.night[chosen] = 0.55
    vehicles.heavy_kg[chosen] = 550.0
    vehicles.stay_log_hours[chosen] = np.log(9.0)
    vehicles.other_post[chosen] = 0.5
