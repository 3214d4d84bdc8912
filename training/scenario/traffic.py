"""A day's crossings: what the post records of each passage, and what it carries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.scenario import link
from training.scenario.calendar import is_night
from training.scenario.firms import Carriers
from training.scenario.history import NEVER, FoundShare, LastDay, Window
from training.scenario.journeys import Passages
from training.scenario.reference import QUIET_WEIGHT, Posts
from training.scenario.streams import Flags, Floats, Integers
from training.scenario.typologies import CONCEALED
from training.scenario.typologies.concealed_in_lorries import behaviour
from training.scenario.vehicles import BUS, CAR, LORRY, VAN, Vehicles


@dataclass(frozen=True)
class Crossings:
    """One day's crossings in the order of passage, as columns (n,).

    Attributes:
        weight_kg: What the weighbridge showed, NaN where it was not used.
        declared_kg: The declared load, NaN where none was declared.
    """

    passages: Passages
    kind: Integers
    weight_kg: Floats
    declared_kg: Floats
    passengers_declared: Integers
    passengers_counted: Integers
    typology: Integers
    risk_arms: Floats
    risk_people: Floats
    arms: Flags
    people: Flags


class TrafficHistory:
    """What is known of vehicles and fleets when a day begins."""

    def __init__(self, vehicles: int, carriers: int) -> None:
        self.crossings = Window(vehicles, days=30)
        self.fleet_finds = FoundShare(carriers)
        self.first_seen = np.full(vehicles, NEVER, dtype=np.int64)
        self.last_post = np.full(vehicles, -1, dtype=np.int64)
        self.last_trailer = np.full(vehicles, -1, dtype=np.int64)
        self.arms_found = LastDay(vehicles)
        self.people_found = LastDay(vehicles)

    def close_day(self, crossed: Crossings, day: int) -> None:
        """Takes the day's crossings into the windows."""
        vehicle = crossed.passages.vehicle
        self.crossings.close_day(vehicle)
        self.first_seen[vehicle[self.first_seen[vehicle] == NEVER]] = day
        # In the order of passage, so that the last one stays.
        self.last_post[vehicle] = crossed.passages.post
        self.last_trailer[vehicle] = crossed.passages.trailer


def crossings_of_day(
    passages: Passages,
    vehicles: Vehicles,
    carriers: Carriers,
    posts: Posts,
    history: TrafficHistory,
    *,
    day: int,
    rate: float,
    rng: np.random.Generator,
    carrying: np.random.Generator,
) -> Crossings:
    """Records the day's passages, which come in the order of time; `history` is read, not changed."""
    vehicle, n = passages.vehicle, len(passages.vehicle)
    kind, carrier = vehicles.kind[vehicle], vehicles.carrier[vehicle]
    hidden = behaviour(passages.concealed, rng)
    weight, declared = _weights(passages, vehicles, carriers, hidden.weight_kg, rng)
    aboard = rng.integers(8, 53, n)
    extra = np.where(rng.random(n) < 0.12, rng.integers(1, 6, n), 0)
    signals = _signals(passages, vehicles, posts, history, weight, declared, day)
    signals["extra_passengers"] = extra / 3.0
    arms, people = np.zeros(n), np.zeros(n)
    for code, arms_link, people_link in (
        (CAR, link.CAR_ARMS, link.CAR_PEOPLE),
        (VAN, link.VAN_ARMS, link.VAN_PEOPLE),
        (LORRY, link.LORRY_ARMS, link.LORRY_PEOPLE),
        (BUS, link.BUS_ARMS, link.BUS_PEOPLE),
    ):
        mine = kind == code
        own = {name: values[mine] for name, values in signals.items()}
        own_arms = own | {"past_find": history.arms_found.within(vehicle[mine], day, 90)}
        own_people = own | {"past_find": history.people_found.within(vehicle[mine], day, 90)}
        arms[mine] = arms_link.risk(own_arms, rate=rate)
        people[mine] = people_link.risk(own_people, rate=rate)
    carriers_own = np.where((kind == LORRY) & (carrier >= 0), carriers.typology[carrier], 0)
    return Crossings(
        passages=passages,
        kind=kind,
        weight_kg=weight,
        declared_kg=declared,
        passengers_declared=np.where(kind == BUS, aboard, -1),
        passengers_counted=np.where(kind == BUS, aboard + extra, -1),
        typology=np.where(carriers_own == CONCEALED, CONCEALED, vehicles.typology[vehicle]),
        risk_arms=link.either(arms, passages.goods_arms),
        risk_people=link.either(people, passages.goods_people),
        arms=(carrying.random(n) < arms) | passages.arms_in_goods,
        people=(carrying.random(n) < people) | passages.people_in_goods,
    )


def _weights(
    passages: Passages,
    vehicles: Vehicles,
    carriers: Carriers,
    hidden_kg: Floats,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """What the weighbridge shows and what load is declared, NaN where neither is."""
    vehicle, n = passages.vehicle, len(passages.vehicle)
    kind, carrier = vehicles.kind[vehicle], vehicles.carrier[vehicle]
    lorry, van = kind == LORRY, kind == VAN
    unladen = vehicles.tare_kg[vehicle] + passages.load_kg
    off = np.where(carrier >= 0, carriers.weight_bias_kg[carrier], 0.0) * lorry
    spread = np.where(lorry, 140 + 0.006 * unladen, 60.0)
    aboard = rng.exponential(1.0, n) * vehicles.heavy_kg[vehicle]
    weight = np.round(unladen + off + aboard + hidden_kg + spread * rng.normal(0, 1, n), -1)
    weighed = (lorry & (rng.random(n) < 0.65)) | (van & (rng.random(n) < 0.55))
    declares = lorry | (van & (passages.load_kg > 0))
    return np.where(weighed, weight, np.nan), np.where(declares, passages.load_kg, np.nan)


def _signals(
    passages: Passages,
    vehicles: Vehicles,
    posts: Posts,
    history: TrafficHistory,
    weight: Floats,
    declared: Floats,
    day: int,
) -> dict[str, Floats]:
    vehicle = passages.vehicle
    carrier = vehicles.carrier[vehicle]
    back = passages.last_post >= 0
    gap = (passages.at - passages.last_at) / 3600
    before = np.where(back, passages.last_post, history.last_post[vehicle])
    usual = posts.hours[passages.last_post, passages.post]
    onward = back & (passages.last_post != passages.post)
    seen = history.first_seen[vehicle]
    over = weight - vehicles.tare_kg[vehicle] - np.nan_to_num(declared)
    trailer = history.last_trailer[vehicle]
    fleet = np.where(carrier >= 0, history.fleet_finds.signal(carrier), 0.0)
    return {
        "frequent": np.log2(1 + history.crossings.total[vehicle]) / 2,
        "short_stay": np.where(back, np.clip(1 - gap / 16, 0, 1), 0.0),
        "other_post": ((before >= 0) & (before != passages.post)).astype(np.float64),
        "night": is_night(passages.at).astype(np.float64),
        "quiet_post": (posts.car_weight[passages.post] <= QUIET_WEIGHT).astype(np.float64),
        "heavy": np.nan_to_num(np.clip(over / 400, 0, 3)),
        "overweight": np.nan_to_num(np.clip(over / 300, 0, 3)),
        "slow": np.where(onward, np.clip((gap - usual) / (usual + 4), 0, 3), 0.0),
        "other_trailer": ((trailer >= 0) & (trailer != passages.trailer)).astype(np.float64),
        "new_vehicle": ((day >= 30) & ((seen == NEVER) | (day - seen <= 30))).astype(np.float64),
        "fleet_finds": fleet,
    }
