"""What journeys that begin carry, and the passages they make."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.scenario.days.itineraries import Itineraries
from training.scenario.days.movements import Carriage, Passages, joined, nothing
from training.scenario.streams import Flags, Floats, Integers
from training.scenario.typologies import CODES, m5_rail_freight
from training.scenario.typologies.m1_concealed_in_lorries import ACTIVE_TRIPS, behaviour
from training.scenario.world.firms import Carriers
from training.scenario.world.vehicles import LORRY, TRAIN, VAN, Vehicles

#: Loads that no declaration of the day names: mean, spread and most in kg, by class; assumed.
_LOADS = {
    VAN: (450.0, 150.0, 1200.0),
    LORRY: (13_000.0, 5_000.0, 24_500.0),
    TRAIN: (650_000.0, 200_000.0, 900_000.0),
}
_LEAST_LOAD_KG = 50.0

#: Share of the trips laden; on the way back, of those of one post and of those from afar.
_LADEN, _LADEN_BACK, _LADEN_BACK_FAR = 0.65, 0.3, 0.6
_PART_LOAD_KG = 8_000.0

#: Share of the trips on which a lorry draws another one's trailer.
_OTHER_TRAILER = 0.14


@dataclass(frozen=True)
class Begun:
    """The journeys that began on a day.

    Attributes:
        passages: All their passages, those of later days too, in no order.
        vehicle: Vehicles under way, each once; `back_at` when they are back, seconds since 1970.
    """

    passages: Passages
    vehicle: Integers
    back_at: Integers


@dataclass(frozen=True)
class Cargo:
    """What journeys (n,) carry on their way out, and how.

    Attributes:
        concealed: Somebody uses the journey to hide people; `late_hours` it takes longer for that.
        trailer: The vehicle whose trailer is drawn, -1 where none.
        references: References of the declarations on board, separated by ";".
        goods: What those goods carry.
    """

    concealed: Flags
    late_hours: Floats
    trailer: Integers
    load_kg: Floats
    references: NDArray[np.object_]
    goods: Carriage


def usual_cargo(
    vehicles: Vehicles, carriers: Carriers, vehicle: Integers, rng: np.random.Generator
) -> Cargo:
    """Cargo (n,) of these vehicles on journeys without goods that were declared today."""
    n, kind = len(vehicle), vehicles.kind[vehicle]
    carrier = vehicles.carrier[vehicle]
    typology = np.where(carrier >= 0, carriers.typology[carrier], 0)
    draws = rng.random(n)
    concealed = (kind == LORRY) & (typology == CODES["M1"]) & (draws < ACTIVE_TRIPS)
    concealed |= (kind == TRAIN) & (typology == CODES["M5"]) & (draws < m5_rail_freight.ACTIVE)
    load = np.zeros(n)
    for code, (mean, spread, most) in _LOADS.items():
        mine = np.flatnonzero((kind == code) & vehicles.commercial[vehicle])
        drawn = np.clip(rng.normal(mean, spread, len(mine)), _LEAST_LOAD_KG, most)
        load[mine] = np.rint(drawn * (rng.random(len(mine)) < _LADEN))
    none = np.full(n, "", dtype=object)
    return cargo_of(vehicles, vehicle, concealed, load, none, nothing(n), rng)


def cargo_of(
    vehicles: Vehicles,
    vehicle: Integers,
    concealed: Flags,
    load_kg: Floats,
    references: NDArray[np.object_],
    goods: Carriage,
    rng: np.random.Generator,
) -> Cargo:
    """Cargo (n,) with the trailers and delays of journeys on which people are hidden, or not."""
    hidden = behaviour(concealed, rng)
    # The lorry's own trailer, or, in one trip of seven and where hidden, another's.
    swapped = hidden.other_trailer | (rng.random(len(vehicle)) < _OTHER_TRAILER)
    own, lorries = vehicles.trailer[vehicle], vehicles.of_kind[LORRY]
    other = rng.integers(lorries.start, lorries.stop, len(vehicle))
    trailer = np.where((own >= 0) & swapped, vehicles.trailer[other], own)
    return Cargo(concealed, hidden.late_hours, trailer, load_kg, references, goods)


def begun(vehicles: Vehicles, ways: Itineraries, cargo: Cargo, rng: np.random.Generator) -> Begun:
    """The passages of journeys (n,) by these ways with this cargo; goods are unloaded on arrival."""
    passes = ways.posts >= 0
    journey, step = np.nonzero(passes)
    before = np.maximum(step - 1, 0)
    first = step == 0
    load = _loads(vehicles, ways, cargo, rng)
    declared = cargo.goods.take(journey)
    absent = nothing(len(journey))
    goods = Carriage(**{
        name: np.where(first, getattr(declared, name), getattr(absent, name))
        for name in Carriage.__dataclass_fields__
    })  # fmt: skip
    passages = Passages(
        vehicle=ways.vehicle[journey],
        post=ways.posts[journey, step],
        leaving=ways.leaving[journey, step],
        at=ways.at[journey, step],
        last_post=np.where(first, -1, ways.posts[journey, before]),
        last_at=np.where(first, -1, ways.at[journey, before]),
        concealed=cargo.concealed[journey],
        trailer=cargo.trailer[journey],
        load_kg=load[journey, step],
        references=np.where(first, cargo.references[journey], ""),
        goods=goods,
    )
    last = 2 * ways.outward - 1
    return Begun(passages, ways.vehicle, ways.at[np.arange(len(last)), last])


def together(parts: Sequence[Begun]) -> Begun:
    """All these journeys."""
    return Begun(
        joined([part.passages for part in parts]),
        np.concatenate([part.vehicle for part in parts]),
        np.concatenate([part.back_at for part in parts]),
    )


def _loads(vehicles: Vehicles, ways: Itineraries, cargo: Cargo, rng: np.random.Generator) -> Floats:
    """Load (n, most) at each passage: out with the cargo, back with less or something else."""
    n, most = ways.posts.shape
    freight = np.isin(vehicles.kind[ways.vehicle], (LORRY, TRAIN))
    far = ways.outward > 1
    # Freight that leaves by another post has crossed the country with its load.
    crossed = freight & ~far & (ways.posts[:, 1] != ways.posts[:, 0])
    part = np.round(rng.uniform(0, _PART_LOAD_KG, n)) * freight
    again = rng.random(n) < np.where(far, _LADEN_BACK_FAR, _LADEN_BACK)
    back = np.where(again, np.where(far, cargo.load_kg, part), crossed * cargo.load_kg)
    forth = np.arange(most) < ways.outward[:, None]
    return np.where(forth, cargo.load_kg[:, None], back[:, None])
