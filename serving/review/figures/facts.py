"""What figures are made of, counted from the ledger as it grows: each event is read once.

The ledger is only ever appended to, in the order of u. So what was counted stays right, and the next
question reads what came since. Movements and scores are kept as counts by day and group, never one by
one; inspections, of which there are few, one each.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

DAY = 86_400_000_000  # microseconds

#: How far back figures look.
HORIZON_DAYS = 366

#: Kind of movement, its source system, its id there.
Movement = tuple[str, str, str]


# Named tuples: these two are hashed a million times, and theirs is hashed in C.
class Place(NamedTuple):
    """Whose a movement is: it decides who may see it."""

    source_system: str
    country: str
    post: str


class Group(NamedTuple):
    """What kind of movement it is.

    Attributes:
        kind: consignment or crossing.
        made: Class of the vehicle, or mode at the border; "" where not known.
        dispatch: Country of dispatch of a consignment; "" where not known.
        destination: Country of destination, likewise.
    """

    kind: str
    made: str
    dispatch: str
    destination: str


@dataclass(frozen=True, slots=True)
class Said:
    """What a score said of one risk.

    Attributes:
        probability: None where there is no model, or it abstained.
        band: None likewise.
        asked: Whether a head was asked at all.
    """

    probability: float | None
    band: str | None
    asked: bool


@dataclass(frozen=True, slots=True)
class Control:
    """One inspection as it stands.

    Attributes:
        begun_u: When its first version became known, microseconds since 1970 UTC.
        movement: What was inspected; None where it is not known.
        movement_at: When that happened, likewise microseconds.
        place: The movement's; the inspection's own where that is not known.
        said: What its score said, by risk; nothing where it was not scored.
    """

    begun_u: int
    reason: str
    result: str
    movement: Movement | None
    movement_u: int | None
    movement_at: int
    place: Place
    group: Group | None
    said: Mapping[str, Said]


@dataclass(frozen=True, slots=True)
class Inspected:
    """A movement and what its inspections came to, however many there were.

    Attributes:
        at: When the first of them became known, microseconds since 1970 UTC.
        reason: Why the first was made: later ones follow from it.
        searched: Whether any said something; if not, it counts as nothing at all.
        results: What they said.
        known_at: When the first that said something became known.
    """

    movement: Movement
    at: int
    reason: str
    searched: bool
    results: frozenset[str]
    place: Place
    group: Group
    movement_at: int
    known_at: int
    said: Mapping[str, Said]


@dataclass(frozen=True, slots=True)
class Asked:
    """A movement whose inspection was recommended.

    Attributes:
        u: When, first.
        because: model, random or rule.
    """

    movement: Movement
    u: int
    place: Place
    group: Group
    because: str


@dataclass
class ByDay:
    """Counts of things by the UTC day they became known."""

    days: dict[int, Counter[Hashable]] = field(
        default_factory=lambda: defaultdict[int, Counter[Hashable]](Counter)
    )

    def add(self, u: int, what: Hashable) -> None:
        """One more."""
        self.days[u // DAY][what] += 1

    def within(self, since: int, until: int) -> Iterable[tuple[int, Counter[Any]]]:
        """Counts of each day from `since` on and before `until`, both in microseconds."""
        for day, counts in sorted(self.days.items()):
            if since // DAY <= day < -(-until // DAY):
                yield day, counts


@dataclass
class Facts:
    """Everything counted so far of one epoch.

    Attributes:
        movements: (place, group), of first versions.
        records: (place, kind, how): accepted, flagged, or again: a further version.
        controls: Inspections by source system and id.
        inspected: What they say of each movement; made anew once some have come.
        unmatched: Inspections whose movement is not known here.
        actions: (place, group, action, because) of scores.
        outcomes: (place, group, risk, band); in place of a band `abstained` or `no_model`.
        binned: (place, kind, risk, bin) of scores by the heads that serve.
        plates: (place, country of the plate, what): crossings, scored, recommended. Counts alone,
            for the audit; of no movement is its plate's country kept here.
        asked: By movement.
        read_to: u of the last event counted.
        scores_to: Epoch and u of the last score counted.
    """

    epoch: int
    heads: Hashable
    movements: ByDay = field(default_factory=ByDay)
    records: ByDay = field(default_factory=ByDay)
    controls: dict[tuple[str, str], Control] = field(default_factory=dict)
    inspected: tuple[Inspected, ...] = ()
    unmatched: tuple[Control, ...] = ()
    actions: ByDay = field(default_factory=ByDay)
    outcomes: ByDay = field(default_factory=ByDay)
    binned: ByDay = field(default_factory=ByDay)
    plates: ByDay = field(default_factory=ByDay)
    asked: dict[Movement, Asked] = field(default_factory=dict)
    read_to: int = 0
    scores_to: tuple[int, int] = (0, 0)


def place_of(source_system: str, body: Mapping[str, Any]) -> Place:
    """Whose a stored record is."""
    return _place(source_system, body.get("owner_country") or "", body.get("owner_post") or "")


def group_of(kind: str, body: Mapping[str, Any]) -> Group:
    """What kind of movement a stored body is."""
    if kind == "crossing":
        return _group(kind, body.get("vehicle_class") or "", "", "")
    made = body.get("mode_of_transport_border")
    return _group(
        kind,
        "" if made is None else str(made),
        body.get("country_dispatch") or "",
        body.get("country_destination") or "",
    )


def said_of(answer: Mapping[str, Any]) -> dict[str, Said]:
    """What a stored answer said of each risk."""
    heads = answer["basis"]["heads"]
    return {
        risk: Said(said.get("probability"), said.get("band"), risk in heads)
        for risk, said in answer["risks"].items()
    }


# There are few different ones, and one object each spares memory and comparisons.
@lru_cache(maxsize=65536)
def _place(source_system: str, country: str, post: str) -> Place:
    return Place(source_system, country, post)


@lru_cache(maxsize=65536)
def _group(kind: str, made: str, dispatch: str, destination: str) -> Group:
    return Group(kind, made, dispatch, destination)
