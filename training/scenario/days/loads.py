"""Which lorry brings which of the day's declared goods."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from training.scenario.days.movements import Carriage, Declarations
from training.scenario.streams import Flags, Floats, Integers
from training.scenario.world.identifiers import local_reference
from training.scenario.world.vehicles import TRAIN, Vehicles

#: What a lorry takes at most, and a train: declarations, and their weight.
_MOST_DECLARATIONS, _MOST_LOAD_KG = 3, 24_500.0
_MOST_ON_TRAIN, _MOST_TRAIN_KG = 12, 900_000.0

#: How often another lorry of the carrier is looked for when the one foreseen is under way.
_TRIES = 3


@dataclass(frozen=True)
class Loads:
    """Loads as columns (n,), each of one vehicle at one post.

    Attributes:
        ready: When the last of the declarations was lodged, seconds since 1970.
        references: References of the declarations, separated by ";".
        goods: What the goods carry.
    """

    vehicle: Integers
    post: Integers
    ready: Integers
    load_kg: Floats
    concealed: Flags
    references: NDArray[np.object_]
    goods: Carriage


def loads_of_day(
    declared: Declarations,
    numbers: list[str],
    post: Integers,
    vehicles: Vehicles,
    *,
    day: int,
    free: Flags,
    rng: np.random.Generator,
) -> Loads:
    """Loads of the declarations that cross, in the order lodged, as full as one vehicle may be.

    A load is brought by the vehicle its first declaration names, or, where that is not `free`
    (vehicles,), mostly by another one of the same carrier. No vehicle brings two loads a day.
    """
    rows, load = _grouped(declared, post, vehicles)
    first = _begins(load)
    vehicle, there = _vehicles(vehicles, declared.lorry[rows[first]], day, free, rng)
    vehicle, brought = vehicle[there], there[load]
    rows, load = rows[brought], load[brought]
    first = _begins(load)
    return Loads(
        vehicle=vehicle,
        post=post[rows[first]],
        ready=np.asarray(np.maximum.reduceat(declared.lodged[rows], first)),
        load_kg=np.asarray(np.add.reduceat(declared.mass_kg[rows], first)),
        concealed=np.logical_or.reduceat(declared.concealed[rows], first),
        references=_references(numbers, rows, first),
        goods=_carried(declared.carries.take(rows), first),
    )


def _grouped(
    declared: Declarations, post: Integers, vehicles: Vehicles
) -> tuple[Integers, Integers]:
    """Rows of the declarations that cross, load by load, and the load of each."""
    crossing = np.flatnonzero(declared.crosses)
    lorry = declared.lorry[crossing]
    groups: list[list[int]] = []
    room: dict[tuple[int, int], tuple[list[int], float]] = {}
    for row, carrier, place, mass, kind in zip(
        crossing.tolist(),
        vehicles.carrier[lorry].tolist(),
        post[crossing].tolist(),
        declared.mass_kg[crossing].tolist(),
        vehicles.kind[lorry].tolist(),
        strict=True,
    ):
        most, most_kg = (
            (_MOST_ON_TRAIN, _MOST_TRAIN_KG)
            if kind == TRAIN
            else (_MOST_DECLARATIONS, _MOST_LOAD_KG)
        )
        group, aboard = room.get((carrier, place), ([], 0.0))
        if not group or len(group) >= most or aboard + mass > most_kg:
            group, aboard = [], 0.0
            groups.append(group)
        group.append(row)
        room[carrier, place] = group, aboard + mass
    sizes = np.array([len(group) for group in groups], dtype=np.int64)
    rows = np.array([row for group in groups for row in group], dtype=np.int64)
    return rows, np.repeat(np.arange(len(groups)), sizes)


def _begins(load: Integers) -> Integers:
    """Where in the rows each load begins."""
    return np.flatnonzero(np.append(True, load[1:] != load[:-1])[: len(load)])


def _vehicles(
    vehicles: Vehicles, foreseen: Integers, day: int, free: Flags, rng: np.random.Generator
) -> tuple[Integers, Flags]:
    """The vehicle of each load, and whether there is one left that brings no other load."""
    vehicle = foreseen.copy()
    for _ in range(_TRIES):
        again = np.flatnonzero(~free[vehicle] | _repeated(vehicle))
        vehicle[again] = vehicles.lorry_of(vehicles.carrier[foreseen[again]], rng, day=day)
    # A vehicle under way elsewhere cannot be here, however few its carrier has.
    return vehicle, free[vehicle] & ~_repeated(vehicle)


def _repeated(values: Integers) -> Flags:
    _, first = np.unique(values, return_index=True)
    again = np.ones(len(values), dtype=bool)
    again[first] = False
    return again


def _carried(each: Carriage, first: Integers) -> Carriage:
    """What whole loads carry: risks by noisy-or, the typology of the first that carries."""
    return Carriage(
        risk_arms=1.0 - np.multiply.reduceat(1.0 - each.risk_arms, first),
        risk_people=1.0 - np.multiply.reduceat(1.0 - each.risk_people, first),
        arms=np.logical_or.reduceat(each.arms, first),
        people=np.logical_or.reduceat(each.people, first),
        arms_by=_first_that_carries(each.arms_by, each.arms, first),
        people_by=_first_that_carries(each.people_by, each.people, first),
        pieces=np.asarray(np.add.reduceat(each.pieces, first)),
    )


def _first_that_carries(by: Integers, carries: Flags, first: Integers) -> Integers:
    row = np.where(carries, np.arange(len(by)), len(by))
    earliest = np.minimum.reduceat(row, first)
    return np.append(by, 0)[earliest]


def _references(numbers: list[str], rows: Integers, first: Integers) -> NDArray[np.object_]:
    names = [local_reference(numbers[row]) for row in rows.tolist()]
    ends = [*first.tolist(), len(names)][1:]
    found = np.empty(len(first), dtype=object)
    for i, (start, end) in enumerate(zip(first.tolist(), ends, strict=True)):
        found[i] = ";".join(names[start:end])
    return found
