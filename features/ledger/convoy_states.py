"""The packed rows of convoys made at once from the ledger, equal to those that crossings leave one by one.

Only the last 91 days can matter to a crossing that comes: they are read into arrays of integers
(about 60 bytes a crossing), and pairs are counted for a part of the followers at a time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import orjson
from numpy.typing import NDArray
from sqlalchemy import Connection, and_, exists, not_, or_, select

from features.convoy import (
    MEETING_DAYS,
    MEETING_SIGHTINGS,
    PLACES,
    REACH_MICROSECONDS,
)
from features.convoy_online import COMPANION_ROW, LANE_ROW, Sighting, vehicle_number
from features.ledger import tables
from features.ledger.entering import DAY_MICROSECONDS, last_u
from features.ledger.key_states import upsert
from features.ledger.packing import places
from features.ledger.store import Epoch
from features.registry import FeatureSet
from features.spec import Integers

_BATCH = 5000

#: Sightings whose pairs are counted at once: at most 17 times as many rows of 24 bytes.
_MOST_AT_ONCE = 250_000

PackedRow = tuple[str, bytes]


@dataclass(frozen=True)
class _Crossings:
    """Crossings and what takes them back, in the order of u; arrays (n,).

    Attributes:
        u: When each became known.
        tile_day: The day it counts on.
        tomorrow: Seen only once its day has closed.
        sighted: Whether it is a sighting.
        lane: Its lane's place in `lanes`.
        post: Its post's place among the posts.
        vehicle: Its vehicle's place in `vehicles`; -1 if it has none.
        crossings: What it adds to the crossings of its keys.
        lanes: Post and direction.
        vehicles: Keys of the vehicles.
    """

    u: Integers
    tile_day: Integers
    tomorrow: NDArray[np.bool_]
    sighted: NDArray[np.bool_]
    lane: Integers
    post: Integers
    vehicle: Integers
    crossings: Integers
    lanes: list[tuple[str, int]]
    vehicles: list[str]


def build_convoys(connection: Connection, epoch: Epoch) -> None:
    """Write the rows of lanes and of companions that follow from the epoch's derived rows."""
    latest = last_u(connection, epoch.number)
    today = latest // DAY_MICROSECONDS
    # A sighting of yesterday may still be in reach, and has read its own 90 days.
    seen = _crossings(connection, epoch, since_day=today - MEETING_DAYS - 1)
    sightings = _sightings(seen)
    batch: list[PackedRow] = list(_lane_rows(seen, sightings, latest=latest))
    for row in _companion_rows(seen, sightings, today=today):
        batch.append(row)
        if len(batch) >= _BATCH:
            upsert(connection, "states", batch)
            batch = []
    upsert(connection, "states", batch)


def _crossings(connection: Connection, epoch: Epoch, *, since_day: int) -> _Crossings:
    ledger, made = tables.ledger.c, tables.derived.c
    earlier = tables.ledger.alias()
    stood_before = exists().where(
        earlier.c.epoch == ledger.epoch,
        earlier.c.kind == ledger.kind,
        earlier.c.source_system == ledger.source_system,
        earlier.c.source_record_id == ledger.source_record_id,
        earlier.c.takes_back.is_(None),
        # Versions of a record ascend with u, and this column the identities' index has.
        earlier.c.record_version < ledger.record_version,
    )
    first = and_(ledger.takes_back.is_(None), or_(ledger.record_version == 1, not_(stood_before)))
    query = (
        select(
            ledger.u, ledger.tile_day, ledger.closed_days_only, first.label("is_first"),
            made["keys"], made.measures, made.row_integers,
        )
        .join(tables.derived, (made.epoch == ledger.epoch) & (made.u == ledger.u))
        .where(ledger.epoch == epoch.number, ledger.kind == "crossing")
        .where(ledger.tile_day >= since_day)
        .order_by(ledger.u)
        .execution_options(yield_per=_BATCH)
    )  # fmt: skip
    reader = _Reader(epoch.features)
    columns = [
        np.array([reader.read(*row) for row in rows], np.int64)
        for rows in connection.execute(query).partitions()
    ]
    table = np.concatenate(columns) if columns else np.zeros((0, 8), np.int64)
    u, tile_day, closed, sighted, lane, post, vehicle, crossings = table.T
    return _Crossings(
        u, tile_day, closed > 0, sighted > 0, lane, post, vehicle, crossings,
        list(reader.lanes), list(reader.vehicles),
    )  # fmt: skip


class _Reader:
    """Turns ledger rows into integers; texts become their place among those met so far."""

    def __init__(self, features: FeatureSet) -> None:
        names = [name for name, _ in features.row_functions["crossing"]]
        self._leaving = names.index("leaving")
        (self._crossings,) = places(["crossings"])
        self._posts: dict[str, int] = {}
        self.lanes: dict[tuple[str, int], int] = {}
        self.vehicles: dict[str, int] = {}

    def read(
        self,
        u: int,
        tile_day: int,
        closed_days_only: bool,
        is_first: bool,
        packed_keys: str,
        measures: bytes,
        row_integers: bytes,
    ) -> tuple[int, ...]:
        keys = orjson.loads(packed_keys)
        post, vehicle = keys["post"], keys.get("vehicle")
        sighted = bool(is_first and vehicle and not closed_days_only)
        leaving = int(np.frombuffer(row_integers, np.int64)[self._leaving]) if sighted else 0
        return (
            u,
            tile_day,
            closed_days_only,
            sighted,
            self.lanes.setdefault((post, leaving), len(self.lanes)),
            self._posts.setdefault(post, len(self._posts)),
            self.vehicles.setdefault(vehicle, len(self.vehicles)) if vehicle else -1,
            int(np.frombuffer(measures, np.int64)[self._crossings]),
        )


@dataclass(frozen=True)
class _Sightings:
    """Sightings by lane and u; arrays (n,).

    Attributes:
        rows: Their places among the crossings.
        u: Their moments.
        lane: Their lanes.
        vehicle: Their vehicles.
        again: Where the same vehicle comes next in the lane; n if it does not.
        candidates: How many other vehicles each met.
    """

    rows: Integers
    u: Integers
    lane: Integers
    vehicle: Integers
    again: Integers
    candidates: Integers

    def met(self, step: int) -> NDArray[np.bool_]:
        """Whether the sighting `step` places before each is a candidate of it; (n - step,)."""
        behind, ahead = slice(step, None), slice(None, -step)
        place = np.arange(len(self.u))
        met: NDArray[np.bool_] = (
            (self.lane[ahead] == self.lane[behind])
            & (self.u[ahead] >= self.u[behind] - REACH_MICROSECONDS)
            & (self.again[ahead] > place[behind])
        )
        return met


def _sightings(seen: _Crossings) -> _Sightings:
    rows = np.flatnonzero(seen.sighted)
    rows = rows[np.argsort(seen.lane[rows], kind="stable")]
    lane, vehicle = seen.lane[rows], seen.vehicle[rows]
    again = np.full(len(rows), len(rows))
    own = np.lexsort((vehicle, lane))  # stable: by u within
    same = (lane[own][1:] == lane[own][:-1]) & (vehicle[own][1:] == vehicle[own][:-1])
    again[own[:-1][same]] = own[1:][same]
    placed = _Sightings(rows, seen.u[rows], lane, vehicle, again, np.zeros(len(rows), np.int64))
    for step in range(1, PLACES + 1):
        placed.candidates[step:] += placed.met(step)
    return placed


def _lane_rows(seen: _Crossings, sightings: _Sightings, *, latest: int) -> Iterator[PackedRow]:
    """What each lane holds of its last 15 minutes."""
    ends = np.flatnonzero(np.r_[sightings.lane[1:] != sightings.lane[:-1], True])
    start = 0
    for end in ends[: len(sightings.u)].tolist():
        inside = np.arange(max(start, end + 1 - PLACES), end + 1)
        inside = inside[sightings.u[inside] >= latest - REACH_MICROSECONDS]
        start = end + 1
        if not len(inside):
            continue
        made = np.empty(len(inside), LANE_ROW)
        for place, row in enumerate(sightings.rows[inside].tolist()):
            number = vehicle_number(seen.vehicles[seen.vehicle[row]])
            made[place] = (seen.u[row], number, _crossings_at_post(seen, row))
        post, leaving = seen.lanes[sightings.lane[end]]
        yield Sighting(post, leaving, "").lane_id, made.tobytes()


def _crossings_at_post(seen: _Crossings, row: int) -> int:
    """The vehicle's crossings at the post in 90 days as of a sighting, as its history says."""
    day = seen.u[row] // DAY_MICROSECONDS
    counts = (
        (seen.u < seen.u[row])
        & (seen.vehicle == seen.vehicle[row])
        & (seen.post == seen.post[row])
        & (seen.tile_day >= day - MEETING_DAYS)
        & (~seen.tomorrow | (seen.u // DAY_MICROSECONDS < day))
    )
    return int(seen.crossings[counts].sum())


def _companion_rows(seen: _Crossings, sightings: _Sightings, *, today: int) -> Iterator[PackedRow]:
    """Whom each vehicle met in the days that still count."""
    numbers = np.array([vehicle_number(key) for key in seen.vehicles], np.int64)
    days = sightings.u // DAY_MICROSECONDS
    meets = _meets(sightings, days) & (days >= today - MEETING_DAYS)
    parts = -(-int(meets.sum()) // _MOST_AT_ONCE)
    for part in range(parts):
        mine = meets & (sightings.vehicle % parts == part)
        met = [
            (behind, behind - step)
            for step in range(1, PLACES + 1)
            if len(behind := step + np.flatnonzero(mine[step:] & sightings.met(step)))
        ]
        # A vehicle stands among its own leaders with its sightings that met anybody.
        own = np.flatnonzero(mine)
        follower = np.concatenate([own, *(behind for behind, _ in met)])
        leader = np.concatenate([own, *(ahead for _, ahead in met)])
        yield from _packed(
            seen.vehicles, sightings.vehicle[follower], days[follower],
            numbers[sightings.vehicle[leader]],
        )  # fmt: skip


def _meets(sightings: _Sightings, days: Integers) -> NDArray[np.bool_]:
    """Whether a sighting is among the first of its vehicle's day that met anybody."""
    accompanied = np.flatnonzero(sightings.candidates)
    order = accompanied[
        np.lexsort((sightings.u[accompanied], days[accompanied], sightings.vehicle[accompanied]))
    ]
    place = np.arange(len(order))
    vehicle, day = sightings.vehicle[order], days[order]
    starts = np.r_[True, (vehicle[1:] != vehicle[:-1]) | (day[1:] != day[:-1])][: len(order)]
    nth = place - np.maximum.accumulate(np.where(starts, place, 0)) if len(order) else place
    meets = np.zeros(len(sightings.u), bool)
    meets[order[nth < MEETING_SIGHTINGS]] = True
    return meets


def _packed(
    vehicles: list[str], follower: Integers, day: Integers, leader: Integers
) -> Iterator[PackedRow]:
    """Rows of companions from meetings: counted by follower, day and leader."""
    order = np.lexsort((leader, day, follower))
    follower, day, leader = follower[order], day[order], leader[order]
    changes = (follower[1:] != follower[:-1]) | (day[1:] != day[:-1]) | (leader[1:] != leader[:-1])
    firsts = np.flatnonzero(np.r_[True, changes])
    rows = np.empty(len(firsts), COMPANION_ROW)
    rows["leader"], rows["day"] = leader[firsts], day[firsts]
    rows["times"] = np.diff(np.r_[firsts, len(leader)])
    of = follower[firsts]
    starts = np.flatnonzero(np.r_[True, of[1:] != of[:-1]])
    for start, end in zip(starts.tolist(), [*starts[1:].tolist(), len(of)], strict=True):
        name = Sighting("", 0, vehicles[of[start]]).companions_id
        yield name, rows[start:end].tobytes()
