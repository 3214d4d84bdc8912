"""Past inspections of movements like the one at hand, as far as they were known when it became known.

A movement is like another of its HS heading, or of its crossing point and class of vehicle. Among the
latest `LOOKED_AT` inspections of the like, those that share most of `_SHARED` with it come first, then
the latest. Half of those told found something and half nothing, as far as there are so many; how many
there are of each among all looked at is told beside them. Inspections that say nothing, such as those
broken off, are neither.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import fsum, sqrt
from typing import Any

import orjson
from sqlalchemy import Connection, Row, select

from features.ledger import tables
from features.ledger.likeness import sort_of
from features.measures import SILENT_RESULTS

#: Inspections looked at, and cases told.
LOOKED_AT, MOST_TOLD = 300, 6

#: Kinds of keys that make two movements alike, each counting once.
_SHARED = (
    "hs6", "goods_origin", "goods_package", "route", "post", "consignor", "consignee", "carrier",
    "vehicle", "vehicle_post", "leg",
)  # fmt: skip

_derived, _ledger = tables.derived.c, tables.ledger.c
_NOTHING = "nothing_found"


@dataclass(frozen=True)
class PastCase:
    """A movement that was inspected, and what that came to.

    Attributes:
        u: When the outcome became known.
        movement_u: When the movement did.
        propensity: With which it was chosen; None where nobody can know it.
        shared: How many of the keys looked at it shares.
        body: The movement as declared.
    """

    u: int
    movement_u: int
    kind: str
    source_system: str
    source_record_id: str
    body: Mapping[str, Any]
    result: str
    control_level: str
    propensity: float | None
    shared: int

    @property
    def found(self) -> bool:
        """Whether anything was found."""
        return self.result != _NOTHING


@dataclass(frozen=True)
class Similar:
    """The like of a movement.

    Attributes:
        told: At most `MOST_TOLD`, the likest first.
        all: All that were looked at.
    """

    told: Sequence[PastCase]
    all: Sequence[PastCase]

    @property
    def found(self) -> int:
        """How many of all found something."""
        return sum(case.found for case in self.all)


def similar(
    connection: Connection,
    keys: Mapping[str, str],
    body: Mapping[str, Any],
    *,
    epoch: int,
    u: int,
    hidden: Collection[str],
) -> Similar:
    """What was known at u of movements like this one.

    Args:
        connection: A transaction.
        keys: The movement's keys.
        body: The movement as declared.
        epoch: Of its place in the ledger.
        u: When it became known; nothing known then or later is looked at.
        hidden: Results that the reader may not see; their inspections are left out.
    """
    sort = sort_of(keys)
    if sort is None:
        return Similar((), ())
    mine = _identity(body)
    latest: dict[tuple[str, str], Row[Any]] = {}
    for row in connection.execute(_inspections(epoch, sort, u)):
        # A corrected outcome stands as its latest version then; rows come latest first.
        latest.setdefault((row.inspection_system, row.inspection_id), row)
    found = [_past_case(row, keys) for row in latest.values()]
    alike = [
        case
        for case in found
        if case.result not in SILENT_RESULTS
        and case.result not in hidden
        and (case.source_system, case.source_record_id) != mine
        and _is_alike(case.body, body)
    ]
    return Similar(_chosen(alike), alike)


@dataclass(frozen=True)
class Share:
    """How common hits are among the like, as their selection tells.

    Attributes:
        hits: Hits among those counted.
        of: How many are counted: those chosen with a known propensity.
        low: Lower end of the 95 % interval of their share.
        high: Its upper end.
    """

    hits: int
    of: int
    low: float
    high: float


def share(cases: Sequence[PastCase], hits: Collection[str]) -> Share | None:
    """The share of hits, weighted by inverse propensity; None where no propensity is known.

    Whoever is suspected is inspected more often: unweighted, hits would look commoner than they are.
    The interval is Wilson's (1927) at the effective number of inspections (Kish, 1965).
    """
    weighed = [(1 / c.propensity, c.result in hits) for c in cases if c.propensity is not None]
    if not weighed:
        return None
    whole = fsum(weight for weight, _ in weighed)
    n = whole * whole / fsum(weight * weight for weight, _ in weighed)
    p = fsum(weight for weight, hit in weighed if hit) / whole
    found = sum(hit for _, hit in weighed)
    low, high = _wilson(p, n)
    return Share(found, len(weighed), low if found else 0.0, high)


def _wilson(p: float, n: float, z: float = 1.959964) -> tuple[float, float]:
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    reach = z / (1 + z * z / n) * sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    return max(0.0, middle - reach), min(1.0, middle + reach)


def _chosen(alike: Sequence[PastCase]) -> list[PastCase]:
    ranked = sorted(alike, key=lambda case: (-case.shared, -case.u))
    finds = [case for case in ranked if case.found]
    others = [case for case in ranked if not case.found]
    few = min(len(finds), max(MOST_TOLD // 2, MOST_TOLD - len(others)))
    told = finds[:few] + others[: MOST_TOLD - few]
    return sorted(told, key=lambda case: (-case.shared, -case.u))


def _is_alike(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one.get("vehicle_class") == other.get("vehicle_class"))


def _identity(body: Mapping[str, Any]) -> tuple[str, str]:
    return body["source_system"], body["source_record_id"]


def _inspections(epoch: int, sort: str, u: int) -> Any:
    inspected = tables.ledger.alias("inspected")
    movement = tables.ledger.alias("movement")
    return (
        select(
            _derived.u,
            _derived["keys"].label("shared_keys"),
            inspected.c.source_system.label("inspection_system"),
            inspected.c.source_record_id.label("inspection_id"),
            inspected.c.body.label("outcome"),
            inspected.c.movement_u,
            movement.c.kind,
            movement.c.body,
        )
        .join(inspected, (inspected.c.epoch == _derived.epoch) & (inspected.c.u == _derived.u))
        .join(
            movement,
            (movement.c.epoch == _derived.epoch) & (movement.c.u == inspected.c.movement_u),
        )
        .where(
            _derived.epoch == epoch,
            _derived.likeness == sort,
            _derived.likeness.is_not(None),
            _derived.u < u,
        )
        .order_by(_derived.u.desc())
        .limit(LOOKED_AT)
    )


def _past_case(row: Row[Any], keys: Mapping[str, str]) -> PastCase:
    theirs = orjson.loads(row.shared_keys)
    body, outcome = orjson.loads(row.body), orjson.loads(row.outcome)
    system, number = _identity(body)
    return PastCase(
        u=row.u,
        movement_u=row.movement_u,
        kind=row.kind,
        source_system=system,
        source_record_id=number,
        body=body,
        result=outcome["result"],
        control_level=outcome["control_level"],
        propensity=outcome.get("selection_propensity"),
        shared=sum(kind in keys and theirs.get(kind) == keys[kind] for kind in _SHARED),
    )
