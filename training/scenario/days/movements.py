"""What happened on a day, as columns: declarations lodged, passages of posts, and what they carried.

These are the shapes the parts of the scenario hand to each other. Arrays of one dataclass have one
length n; moments are seconds since 1970 in UTC, -1 where there is none.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from datetime import date
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from training.scenario.streams import Flags, Floats, Integers

T = TypeVar("T", "Passages", "Carriage")

#: Strata of declarations, for which rates of carrying and of control are configured.
FREIGHT, PARCEL = 0, 1
DECLARED_STRATA = ("freight", "parcel")


@dataclass(frozen=True)
class Carriage:
    """What movements carry (n,).

    Attributes:
        risk_arms: Probability, by the published link, from which `arms` was drawn.
        risk_people: Likewise of `people`.
        arms_by: Typology of the link that drew the arms, as a code; 0 where there are none.
        people_by: Likewise of the people.
        pieces: Pieces of arms; 0 where there are none. Most cases are small, few are very large.
    """

    risk_arms: Floats
    risk_people: Floats
    arms: Flags
    people: Flags
    arms_by: Integers
    people_by: Integers
    pieces: Integers

    def take(self, rows: Integers | Flags) -> Carriage:
        """These rows only, in this order."""
        return _taken(self, rows)


@dataclass(frozen=True)
class Declarations:
    """One day's declarations in the order they were lodged, as columns (n,).

    Attributes:
        lane: Row of `firms.Lanes`: who sends what to whom, and how.
        stratum: `FREIGHT` or `PARCEL`.
        lodged: Moment of lodging; `departed`, `expected`, `presented` too (-1: not yet presented).
        mass_kg: Gross mass; `net_kg` net mass.
        price: Log value/kg against the heading's peers, in spreads; `density` likewise kg/package.
        transit: Moves under a transit procedure; `temporary`: under temporary admission.
        invoice_missing: No invoice among the documents; `licence_missing`: goods that need a licence
            (`reference.Goods.licensed`) come without one; `certificate_missing`: goods that need a
            certificate of deactivation or age (`reference.Goods.certified`) come without one.
        described_as: Row of the goods whose description stands on the paper (mostly the lane's own).
        packed_as: Row of the goods whose package type stands on the paper (mostly the lane's own).
        generic: Described by a word that says nothing ("parts", "samples").
        unloaded_short: Unloaded in another country than the declared destination.
        lorry: The vehicle that carries it, -1 where not by road; `crosses`: its crossing is recorded.
        concealed: Somebody uses this transport to hide people in it.
        behaviour: Typology its parties follow, as a code; 0 for honest ones.
    """

    lane: Integers
    stratum: Integers
    lodged: Integers
    departed: Integers
    expected: Integers
    presented: Integers
    mass_kg: Floats
    net_kg: Floats
    packages: Integers
    value_eur: Floats
    price: Floats
    density: Floats
    transit: Flags
    temporary: Flags
    containers: Integers
    seals: Integers
    seal_missing: Flags
    invoice_missing: Flags
    licence_missing: Flags
    certificate_missing: Flags
    described_as: Integers
    packed_as: Integers
    generic: Flags
    unloaded_short: Flags
    lorry: Integers
    crosses: Flags
    concealed: Flags
    behaviour: Integers
    carries: Carriage


@dataclass(frozen=True)
class Passages:
    """Passages of a border post, as columns (n,).

    Attributes:
        at: Moment of passage; `last_at` that of the passage before on the same journey, -1 if none.
        last_post: Where that was, -1 if none.
        concealed: Somebody uses this journey to hide people in the vehicle.
        trailer: The vehicle whose trailer it draws, -1 where none.
        load_kg: Mass of the goods on board, as declared.
        references: References of the declarations it carries, separated by ";".
        goods: What those goods carry.
    """

    vehicle: Integers
    post: Integers
    leaving: Flags
    at: Integers
    last_post: Integers
    last_at: Integers
    concealed: Flags
    trailer: Integers
    load_kg: Floats
    references: NDArray[np.object_]
    goods: Carriage

    def take(self, rows: Integers | Flags) -> Passages:
        """These rows only, in this order."""
        return _taken(self, rows)


@dataclass(frozen=True)
class Crossings:
    """One day's crossings in the order of passage, as columns (n,).

    Attributes:
        kind: Class of the vehicle (`vehicles.CLASSES`), which is also its stratum.
        weight_kg: What the weighbridge showed, NaN where it was not used.
        declared_kg: The declared load, NaN where none was declared.
        wait_minutes: Time in the queue, or of a train in the yard; `check_seconds` of the check.
        behaviour: Typology the vehicle or its carrier follows, as a code; 0 for honest ones.
    """

    passages: Passages
    kind: Integers
    weight_kg: Floats
    declared_kg: Floats
    passengers_declared: Integers
    passengers_counted: Integers
    wait_minutes: Integers
    check_seconds: Integers
    behaviour: Integers
    carries: Carriage


@dataclass(frozen=True)
class Inspections:
    """Inspections as columns (n,).

    Attributes:
        row: The movement's row in its day; `number` its own number, `post` where.
        started: Moment it began; `ended` and `known` too.
        reason: Index into `control.REASONS`; `level` into `LEVELS`; `result` into `RESULTS`.
        propensity: Known probability of selection; NaN where nobody can know it.
        pieces: How many pieces, or people, were found, if any.
        entity: The lane (goods) or vehicle (crossings); `carrier` or -1.
        version: 1, or 2 for a corrected outcome.
    """

    row: Integers
    number: NDArray[np.object_]
    post: Integers
    version: Integers
    reason: Integers
    propensity: Floats
    level: Integers
    started: Integers
    ended: Integers
    known: Integers
    result: Integers
    pieces: Integers
    entity: Integers
    carrier: Integers

    def take(self, rows: Integers | Flags) -> Inspections:
        """These rows only."""
        return Inspections(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


@dataclass(frozen=True)
class Day:
    """What happened on a day, and the outcomes that became known on it."""

    number: int
    date: date
    midnight: int
    declared: Declarations
    declaration_numbers: list[str]
    crossed: Crossings
    crossing_numbers: list[str]
    goods_outcomes: list[Inspections]
    crossing_outcomes: list[Inspections]


def nothing(n: int) -> Carriage:
    """Movements (n,) that carry nothing, at no risk."""
    zeros, none = np.zeros(n, dtype=np.int64), np.zeros(n, dtype=bool)
    return Carriage(np.zeros(n), np.zeros(n), none, none.copy(), zeros, zeros.copy(), zeros.copy())


def joined(parts: list[Passages]) -> Passages:
    """All these passages, one after the other."""
    return _joined(parts)


def _taken(columns: T, rows: Integers | Flags) -> T:
    taken: dict[str, Any] = {}
    for field in fields(columns):
        value = getattr(columns, field.name)
        taken[field.name] = _taken(value, rows) if isinstance(value, Carriage) else value[rows]
    return type(columns)(**taken)


def _joined(parts: list[T]) -> T:
    together: dict[str, Any] = {}
    for field in fields(parts[0]):
        values = [getattr(part, field.name) for part in parts]
        nested = isinstance(values[0], Carriage)
        together[field.name] = _joined(values) if nested else np.concatenate(values)
    return type(parts[0])(**together)
