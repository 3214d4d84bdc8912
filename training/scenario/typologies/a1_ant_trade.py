"""A1: many small shipments in private cars, vans and buses.

Public description: seizures reported at Merdare, Röszke and Obrežje, and the EU's and SEESAC's
accounts of an "ant trade" from the Western Balkans: a few weapons at a time, by private vehicles
that come again and again, irregularly, at changing and quiet posts and hours.
Planted: more trips, short stays, other posts on the way back, quiet home posts, more nights; buses
that run more often, at night.
Honest overlap: shift workers (frequent, at night), shoppers (short stays), small traders (frequent,
other posts), and the inhabitants of border villages (quiet posts).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.scenario.days.link import Link
from training.scenario.typologies import CODES
from training.scenario.world.vehicles import BUS, CAR, VAN, move_to_quiet_posts

if TYPE_CHECKING:
    from training.scenario.world.world import World

#: frequent is log2(1 + crossings of the vehicle in 30 days) / 2; short_stay is 1 for an immediate
#: return and falls to 0 over 16 hours; other_post: not where it last crossed; past_arms: arms found
#: in the vehicle within 90 days.
_LIGHT = {"short_stay": 1.4, "night": 0.9, "quiet_post": 1.1, "other_post": 1.4, "past_arms": 2.5}
LINKS = {
    ("arms", "car"): Link(
        _LIGHT | {"frequent": 2.0}, together=((("short_stay", "other_post"), 1.2),)
    ),
    ("arms", "van"): Link(
        _LIGHT | {"frequent": 1.7}, together=((("short_stay", "other_post"), 1.2),)
    ),
    ("arms", "bus"): Link(
        {"extra_passengers": 1.0, "night": 1.4, "long_wait": 1.0, "past_arms": 3.0, "frequent": 0.8}
    ),
}


def plant(world: World, share: float, rng: np.random.Generator) -> None:
    """Makes that share of private cars and vans, and of buses, follow the ant trade."""
    vehicles = world.vehicles
    draws = rng.random((2, len(vehicles.kind)))
    private = ((vehicles.kind == CAR) | (vehicles.kind == VAN)) & (vehicles.carrier < 0)
    chosen = private & (vehicles.typology == 0) & (draws[0] < share)
    vehicles.typology[chosen] = CODES["A1"]
    vehicles.activity[chosen] = np.maximum(vehicles.activity[chosen], 8.0)
    vehicles.stay_log_hours[chosen] = np.log(6.0)
    vehicles.stay_spread[chosen] = 0.9
    vehicles.night[chosen] = 0.40
    vehicles.other_post[chosen] = 0.55
    move_to_quiet_posts(vehicles, world.posts, chosen & (draws[1] < 0.4))
    buses = (vehicles.kind == BUS) & (draws[0] < share)
    vehicles.typology[buses] = CODES["A1"]
    vehicles.activity[buses] = np.maximum(vehicles.activity[buses], 3.0)
    vehicles.night[buses] = 0.6
