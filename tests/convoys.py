"""Random crossings for the tests of convoys: ties of moments, versions, repeats, full lanes."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, replace
from pathlib import Path

import ibis
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from features.convoy import CONVOY_INTEGERS
from features.convoy_offline import convoy_table
from features.convoy_online import NO_SIGHTING, Sighting, meet
from features.engines import Session

DAY = 86_400_000_000
MINUTE = 60_000_000

#: Microseconds from one crossing to the next: within the reach, at its edge, over day borders.
_CLOSE = (1, 1, 1, 20_000_000, MINUTE, 2 * MINUTE)
_EDGE = (15 * MINUTE - 1, 15 * MINUTE, 15 * MINUTE + 1, DAY // 3)
_FAR = (DAY - MINUTE, DAY, 30 * DAY, 45 * DAY, 89 * DAY, 90 * DAY, 91 * DAY)


@dataclass(frozen=True)
class Seen:
    """One movement as the two engines see it."""

    u: int
    record: str
    version: int
    kind: str
    post: str
    leaving: int
    vehicle: str | None
    closed_days_only: bool
    takes_back: int | None
    is_movement: bool
    crossings: int

    @property
    def day(self) -> int:
        return self.u // DAY


def crossings(seed: int, *, most: int = 160) -> list[Seen]:
    """Movements in the order of u.

    Few vehicles meet often, many fill a lane beyond what is looked back on; some crossings are
    amended, taken back, known by their day only, of no vehicle, or not asked about.
    """
    rng = random.Random(seed)
    vehicles = [f"v{n}" for n in range(rng.choice([2, 3, 6, 30, 300]))]
    posts = ["p", "q"][: rng.choice([1, 2])]
    far, edge = rng.choice([0.0, 0.02, 0.1, 0.3]), rng.choice([0.0, 0.0, 0.2])
    u, seen = 19_000 * DAY, list[Seen]()
    for number in range(rng.randint(1, most)):
        u += rng.choice(_FAR if rng.random() < far else _EDGE if rng.random() < edge else _CLOSE)
        earlier = rng.choice(seen) if seen and rng.random() < 0.15 else None
        versions = [s.version for s in seen if earlier and s.record == earlier.record]
        taken = earlier.u if earlier and rng.random() < 0.3 else None
        seen.append(
            Seen(
                u=u,
                record=earlier.record if earlier else f"r{number}",
                version=max(versions, default=0) + rng.choice([1, 1, 2]),
                kind="crossing" if rng.random() < 0.95 else "consignment",
                post=rng.choice(posts),
                leaving=rng.choice([0, 0, 0, 1]),
                vehicle=rng.choice(vehicles) if rng.random() < 0.95 else None,
                closed_days_only=rng.random() < 0.05,
                takes_back=taken,
                is_movement=taken is None and rng.random() < 0.9,
                crossings=rng.randint(0, 9),
            )
        )
    return seen


def packed(many: list[list[Seen]]) -> list[Seen]:
    """Several ledgers as one: each far from the others in time, with records and keys of its own."""
    far = 100_000 * DAY
    return [
        replace(
            one,
            u=one.u + place * far,
            record=f"{place}-{one.record}",
            post=f"{place}-{one.post}",
            vehicle=one.vehicle and f"{place}-{one.vehicle}",
        )
        for place, seen in enumerate(many)
        for one in seen
    ]


def events_frame(seen: list[Seen]) -> pd.DataFrame:
    """The table `features.convoy_offline.convoy_table` reads."""
    return pd.DataFrame(
        {
            "u": pd.array([s.u for s in seen], "int64"),
            "kind": [s.kind for s in seen],
            "source_system": ["border"] * len(seen),
            "source_record_id": [s.record for s in seen],
            "record_version": pd.array([s.version for s in seen], "int32"),
            "day": pd.array([s.day for s in seen], "int64"),
            "closed_days_only": [s.closed_days_only for s in seen],
            "takes_back": pd.array([s.takes_back for s in seen], "Int64"),
            "is_movement": [s.is_movement for s in seen],
            "key_post": pd.array([s.post for s in seen], "string[pyarrow]"),
            "key_vehicle": pd.array([s.vehicle for s in seen], "string[pyarrow]"),
            "row_crossing_leaving": pd.array([s.leaving for s in seen], "int64"),
        }
    )


def at_post_frame(seen: list[Seen]) -> pd.DataFrame:
    """The history feature that `convoy_table` reads beside them, of crossings with a vehicle."""
    with_vehicle = [s for s in seen if s.takes_back is None and s.vehicle]
    return pd.DataFrame(
        {
            "u": pd.array([s.u for s in with_vehicle], "int64"),
            "vehicle_post_crossings_90d": pd.array([s.crossings for s in with_vehicle], "int64"),
        }
    )


def online_table(seen: list[Seen]) -> pa.Table:
    """The crossings replayed through packed rows, as a store would hold them: u and integers."""
    rows: dict[str, bytes] = defaultdict(bytes)
    known: set[str] = set()
    found: list[dict[str, int]] = []
    for one in seen:
        if one.kind != "crossing" or one.takes_back is not None:
            continue
        integers = NO_SIGHTING
        if one.vehicle and not one.closed_days_only and one.record not in known:
            sighting = Sighting(one.post, one.leaving, one.vehicle)
            met = meet(
                sighting,
                u=one.u,
                crossings=one.crossings,
                lane=rows[sighting.lane_id],
                companions=rows[sighting.companions_id],
            )
            rows[sighting.lane_id], rows[sighting.companions_id] = met.lane, met.companions
            integers = met.integers
        known.add(one.record)
        if one.is_movement:
            found.append({"u": one.u} | integers)
    return pa.Table.from_pylist(
        found, pa.schema([(name, pa.int64()) for name in ("u", *CONVOY_INTEGERS)])
    )


def offline_table(seen: list[Seen]) -> pa.Table:
    """The same by the offline tree, as one query on DuckDB."""
    events, at_post = ibis.memtable(events_frame(seen)), ibis.memtable(at_post_frame(seen))
    found: pa.Table = convoy_table(events, at_post).order_by("u").to_pyarrow()
    return found


def offline_table_on(session: Session, seen: list[Seen], folder: Path) -> pa.Table:
    """The same by the offline tree on an engine that reads and writes Parquet."""
    tables = []
    for name, frame in (("events", events_frame(seen)), ("at_post", at_post_frame(seen))):
        path = folder / f"{name}.parquet"
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
        tables.append(session.read([path]))
    session.write(convoy_table(*tables, keep=session.keep).order_by("u"), folder / "convoys")
    return pq.read_table(folder / "convoys")
