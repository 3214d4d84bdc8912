"""What is known of vehicles when a day begins, and what a passage's signals are by it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.scenario.days.calendar import is_night
from training.scenario.days.history import LastDay, Window
from training.scenario.days.movements import Crossings, Inspections
from training.scenario.days.pairs import Pairs
from training.scenario.days.trade_history import FleetHistory
from training.scenario.office.control import ARMS, PERSONS
from training.scenario.streams import Flags, Floats
from training.scenario.world.reference import QUIET_WEIGHT
from training.scenario.world.vehicles import BUS, CAR, TRAIN, VAN
from training.scenario.world.world import World

#: Countries whose side of the border lies at the southern end of the corridors.
_SOUTHERN = ("GR", "TR", "AL", "BG")

#: Minutes of waiting that nobody wonders about.
_USUAL_WAIT = 60


class TrafficHistory:
    """What is known of vehicles: how often, where and behind whom they passed, and what was found."""

    def __init__(self, world: World) -> None:
        self._world = world
        vehicles = len(world.vehicles.kind)
        self._crossings = Window(vehicles, days=30)
        self._week = Window(vehicles, days=7)
        self._seen = LastDay(vehicles)
        self._last_post = np.full(vehicles, -1, dtype=np.int64)
        self._last_trailer = np.full(vehicles, -1, dtype=np.int64)
        self._arms, self._people = LastDay(vehicles), LastDay(vehicles)
        self._pairs = Pairs(vehicles)

    def signals(self, crossed: Crossings, fleets: FleetHistory, day: int) -> dict[str, Floats]:
        """Signals (n,) of today's crossings, by what was known before today."""
        passages, kind = crossed.passages, crossed.kind
        vehicles, posts = self._world.vehicles, self._world.posts
        vehicle, post = passages.vehicle, passages.post
        carrier = vehicles.carrier[vehicle]
        back = passages.last_post >= 0
        gap = (passages.at - passages.last_at) / 3600
        # A private car's own journey is not followed; what its last passage was is known of all.
        before = np.where(back, passages.last_post, self._last_post[vehicle])
        usual = posts.hours[passages.last_post, post]
        onward = back & (passages.last_post != post)
        over = crossed.weight_kg - vehicles.tare_kg[vehicle] - np.nan_to_num(crossed.declared_kg)
        trailer = self._last_trailer[vehicle]
        extra = (crossed.passengers_counted - crossed.passengers_declared) * (kind == BUS)
        seen_before = before >= 0
        light = (kind == CAR) | (kind == VAN)
        return {
            "frequent": np.log2(1 + self._crossings.total[vehicle]) / 2,
            "burst": np.log2(1 + self._week.total[vehicle]) / 2,
            "short_stay": np.where(back, np.clip(1 - gap / 16, 0, 1), 0.0),
            "other_post": _number(seen_before & (before != post)),
            "same_post": _number(seen_before & (before == post)),
            "night": _number(is_night(passages.at)),
            "quiet_post": _number(posts.road[post] & (posts.car_weight[post] <= QUIET_WEIGHT)),
            "towards_north": _number(self._towards_north(crossed)),
            "leaving": _number(passages.leaving),
            "heavy": np.nan_to_num(np.clip(over / 400, 0, 3)),
            "overweight": np.nan_to_num(np.clip(over / 300, 0, 3)),
            "slow": np.where(onward, np.clip((gap - usual) / (usual + 4), 0, 3), 0.0),
            "other_trailer": _number((trailer >= 0) & (trailer != passages.trailer)),
            "new_vehicle": self._seen.new(vehicle, day),
            "long_wait": np.where(
                (kind == TRAIN) | (kind == BUS),
                np.clip((crossed.wait_minutes - _USUAL_WAIT) / 60, 0, 3),
                0.0,
            ),
            "extra_passengers": np.clip(extra / 3, 0, 3),
            "behind": self._pairs.behind(passages, light),
            "fleet_people": fleets.people.signal(carrier),
            "fleet_arms": fleets.arms.signal(carrier),
            "past_arms": self._arms.within(vehicle, day, 90),
            "past_people": self._people.within(vehicle, day, 90),
        }  # fmt: skip

    def close_day(self, crossed: Crossings, day: int) -> None:
        """Takes the day's crossings into the windows."""
        vehicle = crossed.passages.vehicle
        self._crossings.close_day(vehicle)
        self._week.close_day(vehicle)
        self._seen.note(vehicle, day)
        # In the order of passage, so that the last one stays.
        self._last_post[vehicle] = crossed.passages.post
        self._last_trailer[vehicle] = crossed.passages.trailer
        self._pairs.close_day()

    def learn(self, outcomes: Sequence[Inspections], day: int) -> None:
        """Takes outcomes that became known today."""
        for done in outcomes:
            self._arms.note(done.entity[done.result == ARMS], day)
            self._people.note(done.entity[done.result == PERSONS], day)

    def _towards_north(self, crossed: Crossings) -> Flags:
        """In from the southern end of the corridors, or out towards the rest of the EU."""
        posts, post = self._world.posts, crossed.passages.post
        southern = np.isin(posts.beyond[post], _SOUTHERN)
        return np.where(southern, ~crossed.passages.leaving, crossed.passages.leaving)


def _number(flags: Flags) -> Floats:
    return np.asarray(flags, dtype=np.float64)
