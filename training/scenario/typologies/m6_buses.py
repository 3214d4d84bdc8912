"""M6: buses with more people than declared.

Public description: border police reports of irregular lines: more passengers counted than
declared, long stops, night arrivals.
Planted: some buses carry more people than they declare and stand longer.
Honest overlap: late bookings and miscounts, holiday traffic.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.scenario.days.link import Link
from training.scenario.streams import Flags, Integers
from training.scenario.typologies import CODES
from training.scenario.world.vehicles import BUS

if TYPE_CHECKING:
    from training.scenario.world.world import World

ACTIVE_TRIPS = 0.5

#: extra_passengers: counted beyond those declared, in threes.
LINKS = {
    ("smuggling", "bus"): Link(
        {
            "extra_passengers": 1.1,
            "night": 1.2,
            "long_wait": 1.1,
            "towards_north": 0.6,
            "past_people": 2.5,
        }
    )
}


def plant(world: World, share: float, rng: np.random.Generator) -> None:
    """Makes that share of the buses concerned."""
    vehicles = world.vehicles
    buses = np.flatnonzero(vehicles.kind == BUS)
    buses = buses[vehicles.typology[buses] == 0]
    vehicles.typology[buses[rng.random(len(buses)) < share]] = CODES["M6"]
    vehicles.typology[buses[:1]] = CODES["M6"]  # at least one, however small the period


def extra_passengers(active: Flags, rng: np.random.Generator) -> Integers:
    """Passengers (n,) beyond those declared where `active`."""
    return np.where(active, rng.integers(1, 9, len(active)), 0)
