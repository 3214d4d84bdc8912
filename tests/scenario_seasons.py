"""A season of journeys to test on: entities without typologies, and all their passages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import numpy as np

from training.scenario.days import calendar
from training.scenario.days.journeys import Begun, journeys_of_day
from training.scenario.days.movements import (
    FREIGHT,
    Declarations,
    Passages,
    joined,
    nothing,
)
from training.scenario.profile import Profile, load_profile
from training.scenario.streams import Integers, weighted
from training.scenario.world.firms import Firms, draw_firms
from training.scenario.world.reference import (
    Goods,
    Posts,
    load_goods,
    load_posts,
)
from training.scenario.world.vehicles import (
    Vehicles,
    draw_vehicles,
)

DAYS = 60
DAY = 86_400


@dataclass(frozen=True)
class World:
    profile: Profile
    posts: Posts
    goods: Goods
    firms: Firms
    vehicles: Vehicles


@dataclass(frozen=True)
class Lived:
    """Passages of some weeks; `wanted` (days, classes), `begun` a `Begun` a day."""

    world: World
    passages: Passages
    wanted: Integers
    begun: Sequence[Begun]

    @property
    def kind(self) -> Integers:
        return self.world.vehicles.kind[self.passages.vehicle]

    @property
    def day(self) -> Integers:
        start = calendar.epoch_seconds(self.world.profile.first_day)
        return (self.passages.at - start) // DAY


def a_world(seed: int = 1, **changed: object) -> World:
    profile = replace(load_profile("demo"), **changed)  # type: ignore[arg-type]
    posts, goods = load_posts(), load_goods()
    firms = draw_firms(profile, posts, goods, np.random.default_rng(seed))
    vehicles = draw_vehicles(profile, posts, firms.carriers, np.random.default_rng(seed + 1))
    return World(profile, posts, goods, firms, vehicles)


def some_declarations(
    world: World, n: int, *, day: int, midnight: int, rng: np.random.Generator
) -> Declarations:
    """Freight by lanes in use that day; half of what comes by road is seen crossing."""
    lanes = world.firms.lanes
    lane = weighted(rng, world.firms.lane_weights(day) * (lanes.stratum == FREIGHT), n)
    road = lanes.mode[lane] == 3
    columns: dict[str, object] = {}
    for field in fields(Declarations):
        kind = {"Floats": np.float64, "Flags": np.bool_}.get(str(field.type), np.int64)
        columns[field.name] = np.zeros(n, dtype=kind)
    lorry = world.vehicles.lorry_of(lanes.carrier[lane], rng, day=day)
    columns |= {
        "lane": lane,
        "lodged": np.sort(midnight + rng.integers(0, DAY, n)),
        "mass_kg": np.clip(np.exp(world.goods.log_lot[lanes.good[lane]]), 2.0, 24_000.0),
        "lorry": np.where(road, lorry, -1),
        "crosses": road & (rng.random(n) < 0.5),
        "carries": nothing(n),
    }
    return Declarations(**columns)  # type: ignore[arg-type]


def lived(world: World, *, closed_from: int = 10**6, seed: int = 3) -> Lived:
    profile, vehicles = world.profile, world.vehicles
    free_from = np.zeros(len(vehicles.kind), dtype=np.int64)
    start = calendar.epoch_seconds(profile.first_day)
    closed = int(np.flatnonzero(world.posts.ids == "RS-HU-01")[0])
    wanted, begun = [], []
    for day in range(profile.days):
        rng = np.random.default_rng([seed, day])
        midnight = start + day * DAY
        declared = some_declarations(world, 60, day=day, midnight=midnight, rng=rng)
        wanted.append([400, 120, 260, 20, 20])
        today = journeys_of_day(
            vehicles,
            world.posts,
            world.firms.carriers,
            declared,
            [f"D{day:03d}{i:03d}" for i in range(len(declared.lane))],
            world.firms.lanes.post[declared.lane],
            wanted=wanted[-1],
            day=day,
            midnight=midnight,
            free_from=free_from,
            closed=closed if day >= closed_from else -1,
            rng=rng,
        )
        free_from[today.vehicle] = today.back_at
        begun.append(today)
    passages = joined([each.passages for each in begun])
    passages = passages.take(passages.at < start + profile.days * DAY)
    return Lived(world, passages, np.array(wanted), begun)


def by_journey(passages: Passages) -> Passages:
    """Passages by vehicle, then time."""
    return passages.take(np.lexsort((passages.at, passages.vehicle)))


# Lives
