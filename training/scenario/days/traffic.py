"""A day's crossings: what the post records of each passage."""

from __future__ import annotations

import numpy as np

from training.scenario.days.movements import Crossings, Passages, nothing
from training.scenario.streams import Flags, Floats, Integers
from training.scenario.typologies import CODES, m6_buses
from training.scenario.typologies.m1_concealed_in_lorries import behaviour
from training.scenario.world.vehicles import BUS, LORRY, TRAIN, VAN
from training.scenario.world.world import World

#: Share of the passages of vans and lorries that are weighed; assumed.
_WEIGHED_VANS, _WEIGHED_LORRIES = 0.55, 0.65

#: Share of honest buses with a few more people than declared; assumed.
_MISCOUNTED = 0.12


def crossings_of_day(world: World, passages: Passages, rng: np.random.Generator) -> Crossings:
    """Records the day's passages, which come in the order of time; what they carry comes later."""
    vehicles = world.vehicles
    vehicle, n = passages.vehicle, len(passages.vehicle)
    kind, carrier = vehicles.kind[vehicle], vehicles.carrier[vehicle]
    hidden = behaviour(passages.concealed & (kind == LORRY), rng)
    weight, declared = _weights(world, passages, hidden.weight_kg, rng)
    aboard = rng.integers(8, 53, n)
    crowded = (vehicles.typology[vehicle] == CODES["M6"]) & (rng.random(n) < m6_buses.ACTIVE_TRIPS)
    miscounted = np.where(rng.random(n) < _MISCOUNTED, rng.integers(1, 6, n), 0)
    extra = np.maximum(miscounted, m6_buses.extra_passengers(crowded, rng))
    bus = kind == BUS
    return Crossings(
        passages=passages,
        kind=kind,
        weight_kg=weight,
        declared_kg=declared,
        passengers_declared=np.where(bus, aboard, 0),
        passengers_counted=np.where(bus, aboard + extra, 0),
        wait_minutes=_waits(kind, crowded | (passages.concealed & (kind == TRAIN)), rng),
        check_seconds=rng.integers(20, 240, n),
        behaviour=np.where(
            vehicles.typology[vehicle] > 0,
            vehicles.typology[vehicle],
            np.where(
                (carrier >= 0) & ((kind == LORRY) | (kind == TRAIN)),
                world.firms.carriers.typology[carrier],
                0,
            ),
        ),
        carries=nothing(n),
    )


def _waits(kind: Integers, longer: Flags, rng: np.random.Generator) -> Integers:
    """Minutes in the queue, or in the yard; some people take, or need, longer."""
    n = len(kind)
    scale = np.array([14.0, 14.0, 20.0, 22.0, 55.0])[kind]
    waits = rng.gamma(1.3, 1.0, n) * scale
    waits += np.where(longer, rng.exponential(70.0, n), 0.0)
    return np.asarray(np.rint(waits), dtype=np.int64)


def _weights(
    world: World, passages: Passages, hidden_kg: Floats, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """What the weighbridge shows and what load is declared, NaN where neither is."""
    vehicles, vehicle, n = world.vehicles, passages.vehicle, len(passages.vehicle)
    kind, carrier = vehicles.kind[vehicle], vehicles.carrier[vehicle]
    lorry, van = kind == LORRY, kind == VAN
    unladen = vehicles.tare_kg[vehicle] + passages.load_kg
    off = np.where(carrier >= 0, world.firms.carriers.weight_bias_kg[carrier], 0.0) * lorry
    spread = np.where(lorry, 140 + 0.006 * unladen, 60.0)
    aboard = rng.exponential(1.0, n) * vehicles.heavy_kg[vehicle]
    weight = np.round(unladen + off + aboard + hidden_kg + spread * rng.normal(0, 1, n), -1)
    draw = rng.random(n)
    weighed = (lorry & (draw < _WEIGHED_LORRIES)) | (van & (draw < _WEIGHED_VANS))
    declares = lorry | (van & (passages.load_kg > 0))
    return np.where(weighed, weight, np.nan), np.where(declares, passages.load_kg, np.nan)
