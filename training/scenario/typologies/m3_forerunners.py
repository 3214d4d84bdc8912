"""M3: behind a forerunner: one car looks whether the road is clear, the other follows loaded.

Public description: police reports of "blocking" cars on the routes; two vehicles that pass post
after post within minutes of each other, on different days.
Planted: some cars and vans follow a lead car on most of its journeys, rather at night. The link is
about the one behind; a lead car is linked to nothing by leading.
Honest overlap: families and colleagues that travel in two cars, couriers of one firm, and chance at
busy posts.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.scenario.days.link import Link
from training.scenario.typologies import CODES
from training.scenario.world.vehicles import CAR, VAN

if TYPE_CHECKING:
    from training.scenario.world.world import World

#: behind is log2(1 + times seen within 15 minutes behind the same vehicle in 60 days), at most 2.
_WEIGHTS = {
    "behind": 2.8, "night": 1.1, "towards_north": 0.6, "short_stay": 0.7, "past_people": 1.5,
}  # fmt: skip
LINKS = {
    ("smuggling", "car"): Link(_WEIGHTS),
    ("smuggling", "van"): Link(_WEIGHTS | {"heavy": 0.5}),
}


def plant(world: World, share: float, rng: np.random.Generator) -> None:
    """Gives that share of the cars and vans a lead car."""
    vehicles = world.vehicles
    light = (vehicles.kind == CAR) | (vehicles.kind == VAN)
    free = light & (vehicles.typology == 0) & (vehicles.companion < 0)
    followers = np.flatnonzero(free & (rng.random(len(light)) < share))
    leads = np.setdiff1d(np.flatnonzero(free & (vehicles.kind == CAR)), followers)
    leads = rng.permutation(leads)[: len(followers)]
    # Both begin at about the same time, so that they are there together.
    born = vehicles.lives.born
    leads = leads[np.argsort(born[leads], kind="stable")]
    followers = followers[np.argsort(born[followers], kind="stable")][: len(leads)]
    vehicles.companion[leads] = followers
    vehicles.together[leads] = 0.85
    vehicles.typology[followers] = CODES["M3"]
    vehicles.activity[leads] = np.maximum(vehicles.activity[leads], 6.0)
    vehicles.activity[followers] *= 0.3
    for concerned in (leads, followers):
        vehicles.night[concerned] = 0.5
        vehicles.stay_log_hours[concerned] = np.log(12.0)
