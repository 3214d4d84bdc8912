"""Who met whom at the border, as of now: packed rows for each lane and each vehicle.

A *lane* row holds its latest sightings, at most `PLACES` of them, as (u, vehicle, crossings at the
post), ascending by u. A *companions* row holds whom a vehicle met as a follower: (leader, day,
times), ascending by day and leader; the vehicle itself stands among its leaders with how many of
its sightings of the day met anybody, because only `MEETING_SIGHTINGS` of these count. Both rows
are bounded: 384 bytes, and 16 bytes for each of at most 8 * 16 + 1 rows a day on 91 days.

Vehicles are numbered by 64 bits of a hash. Two vehicles of one number would be taken for one where
the offline engine tells them apart; among the few thousand that one vehicle meets in 90 days the
odds are below one in 10**11.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.convoy import (
    CONVOY_INTEGERS,
    KNOWN_PAIR,
    MEETING_DAYS,
    MEETING_SIGHTINGS,
    PLACES,
    REACH_MICROSECONDS,
)
from features.spec import MISSING

#: What the names of the packed rows begin with; no kind of key is called so.
LANE, COMPANIONS = "lane", "companions"

LANE_ROW = np.dtype([("u", "<i8"), ("vehicle", "<i8"), ("crossings", "<i8")])
COMPANION_ROW = np.dtype([("leader", "<i8"), ("day", "<i4"), ("times", "<i4")])

Rows = NDArray[np.void]

_DAY_MICROSECONDS = 86_400_000_000

#: The integers of a crossing that is no sighting.
NO_SIGHTING = dict.fromkeys(CONVOY_INTEGERS, MISSING)


@dataclass(frozen=True)
class Sighting:
    """A vehicle in a lane.

    Attributes:
        post: The key of the post.
        leaving: 1 if the crossing leaves the country that records it, else 0.
        vehicle: The key of the vehicle.
    """

    post: str
    leaving: int
    vehicle: str

    @property
    def lane_id(self) -> str:
        """What the lane's row is stored under."""
        return f"{LANE}:{self.post}:{self.leaving}"

    @property
    def companions_id(self) -> str:
        """What the vehicle's row is stored under."""
        return f"{COMPANIONS}:{self.vehicle}"


@dataclass(frozen=True)
class Met:
    """A sighting's integers by name, and the rows it leaves behind."""

    integers: dict[str, int]
    lane: bytes
    companions: bytes


def meet(sighting: Sighting, *, u: int, crossings: int, lane: bytes, companions: bytes) -> Met:
    """What the past says of a sighting, and the past with this sighting in it.

    Args:
        sighting: The vehicle and its lane.
        u: The moment of the sighting; after all that the rows hold.
        crossings: The vehicle's crossings at the post in 90 days, as of u.
        lane: The lane's row; empty if there is none.
        companions: The vehicle's row; empty if there is none.
    """
    me, day = vehicle_number(sighting.vehicle), u // _DAY_MICROSECONDS
    seen = lane_as_of(lane, u=u)
    # A vehicle twice among them counts once: what stands later replaces what stood before.
    candidates = {vehicle: at_post for _, vehicle, at_post in seen.tolist() if vehicle != me}
    met = companions_as_of(companions, day=day)
    left = np.append(seen, np.array([(u, me, crossings)], LANE_ROW))[-PLACES:]
    return Met(
        _integers(candidates, met),
        left.tobytes(),
        _with_meetings(met, me, candidates, day=day).tobytes() if candidates else met.tobytes(),
    )


def lane_as_of(packed: bytes, *, u: int) -> Rows:
    """A lane's row (n <= `PLACES`, `LANE_ROW`) without the sightings out of reach at u."""
    rows = np.frombuffer(packed, LANE_ROW)
    return rows[np.searchsorted(rows["u"], u - REACH_MICROSECONDS) :]


def companions_as_of(packed: bytes, *, day: int) -> Rows:
    """A vehicle's row (n, `COMPANION_ROW`) without the meetings that no longer count on a day."""
    rows = np.frombuffer(packed, COMPANION_ROW)
    return rows[np.searchsorted(rows["day"], day - MEETING_DAYS) :]


def vehicle_number(key: str) -> int:
    """A vehicle's number: the first 64 bits of its key's SHA-256, as a signed integer."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8], signed=True)


def _integers(candidates: dict[int, int], met: Rows) -> dict[str, int]:
    leaders, times = np.ascontiguousarray(met["leader"]), met["times"]
    times_met = {vehicle: int(times[leaders == vehicle].sum()) for vehicle in candidates}
    most = max(times_met.values(), default=0)
    return {
        "convoy_candidates": len(candidates),
        "convoy_leader_crossings": (
            min(candidates[v] for v, m in times_met.items() if m == most) if most else MISSING
        ),
        "convoy_leaders": sum(m >= KNOWN_PAIR for m in times_met.values()),
        "convoy_meetings": most,
    }


def _with_meetings(met: Rows, me: int, candidates: dict[int, int], *, day: int) -> Rows:
    start = int(np.searchsorted(met["day"], day))
    todays = {leader: times for leader, _, times in met[start:].tolist()}
    if todays.get(me, 0) >= MEETING_SIGHTINGS:
        return met
    for vehicle in (me, *candidates):
        todays[vehicle] = todays.get(vehicle, 0) + 1
    rows = [(leader, day, times) for leader, times in sorted(todays.items())]
    return np.append(met[:start], np.array(rows, COMPANION_ROW))
