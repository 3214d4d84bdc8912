"""M4: shuttle taxis between a hub and the border.

Public description: reports on facilitated movements: taxis and private cars that take people on
short legs to the border again and again within days, and come back nearly empty.
Planted: some cars make bursts of very short journeys by the same post, evenings and nights.
Honest overlap: honest taxis, shoppers and shift workers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.scenario.days.link import Link
from training.scenario.typologies import CODES
from training.scenario.world.vehicles import CAR

if TYPE_CHECKING:
    from training.scenario.world.world import World

#: burst is log2(1 + crossings of the vehicle in 7 days) / 2; same_post: where it last crossed;
#: towards_north: the passage leads on along the corridors.
LINKS = {
    ("smuggling", "car"): Link(
        {
            "burst": 2.6,
            "short_stay": 2.0,
            "same_post": 0.5,
            "night": 1.4,
            "towards_north": 1.0,
            "past_people": 2.5,
        },
        together=((("burst", "short_stay"), 1.0),),
    )
}


def plant(world: World, share: float, rng: np.random.Generator) -> None:
    """Makes that share of the cars shuttles."""
    vehicles = world.vehicles
    chosen = (vehicles.kind == CAR) & (vehicles.typology == 0) & (vehicles.companion < 0)
    chosen &= rng.random(len(vehicles.kind)) < share
    vehicles.typology[chosen] = CODES["M4"]
    vehicles.activity[chosen] = np.maximum(vehicles.activity[chosen], 10.0)
    vehicles.stay_log_hours[chosen] = np.log(3.0)
    vehicles.stay_spread[chosen] = 0.5
    vehicles.night[chosen] = 0.45
    vehicles.other_post[chosen] = 0.05
