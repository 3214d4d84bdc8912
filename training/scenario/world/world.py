"""Who and what there is in a made-up period: posts, goods, firms, vehicles, honest and otherwise."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.scenario.profile import Profile
from training.scenario.streams import Flags, Stream, stream
from training.scenario.typologies import CODES
from training.scenario.typologies.all_links import PLANT
from training.scenario.world.firms import Firms, draw_firms
from training.scenario.world.reference import ORIGINS, Goods, Posts, load_goods, load_posts
from training.scenario.world.vehicles import Vehicles, draw_vehicles

#: Countries of the region itself, where goods of A7 come from.
_REGION = ("RS", "BA", "MK", "AL", "ME", "XK")


@dataclass(frozen=True)
class World:
    """One profile's and seed's entities; the same ones in every process that draws them."""

    profile: Profile
    seed: int
    posts: Posts
    goods: Goods
    firms: Firms
    vehicles: Vehicles

    @property
    def of_region(self) -> Flags:
        """Which origins (`reference.ORIGINS`) lie in the region."""
        return np.array([country in _REGION for country, *_ in ORIGINS])


def draw_world(profile: Profile, seed: int) -> World:
    """The entities of that profile and seed: honest ones first, then those that follow typologies."""
    posts, goods = load_posts(), load_goods()
    firms = draw_firms(profile, posts, goods, stream(seed, Stream.FIRMS))
    vehicles = draw_vehicles(profile, posts, firms.carriers, stream(seed, Stream.VEHICLES))
    world = World(profile, seed, posts, goods, firms, vehicles)
    for name, plant in PLANT.items():
        plant(world, profile.typologies[name].planted, stream(seed, Stream.PLANTING, CODES[name]))
    return world
