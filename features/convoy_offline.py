"""Who met whom at the border, for all crossings of a ledger at once: one Ibis tree.

As in `features.offline`: integers and integer frames only, every sum cast to int64 at once, so
that DuckDB and Spark give the same bits. What is defined is in `features.convoy`.

Four steps, each of which looks at no more rows than it must:

1. sightings, numbered along their lane; texts become integers here;
2. how many candidates each has, by looking back along the lane;
3. pairs of leader and follower, only of vehicles that may have met twice;
4. pairs that met again, and how often before.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from operator import add
from typing import Any

import ibis

from features.convoy import (
    CONVOY_INTEGERS,
    CROSSINGS_AT_POST,
    KNOWN_PAIR,
    MEETING_DAYS,
    MEETING_SIGHTINGS,
    PLACES,
    REACH_MICROSECONDS,
)
from features.layout import layouts_of
from features.offline import exact, key_history, left_join
from features.spec import MISSING, Feature

Table = Any  # an ibis.Table: ibis ships no types


def convoy_table(
    events: Table, at_post: Table, *, keep: Callable[[Table], Table] = lambda table: table
) -> Table:
    """The convoy integers of every crossing, as of its own moment.

    Args:
        events: One row an event, with int64 `u`, `day` (of u), `takes_back`, `record_version` and
            `row_crossing_leaving`, booleans `closed_days_only` and `is_movement`, and texts `kind`,
            `source_system`, `source_record_id`, `key_post` and `key_vehicle`. A crossing that is
            not marked as a movement is not answered, but others meet it.
        at_post: `u` and `vehicle_post_crossings_90d` of all crossings that have a vehicle.
        keep: Computes a table that is read more than once and answers it as stored (by the
            engine's cache, or as Parquet). Without it the engine computes it each time.

    Returns:
        `u` and one int64 column for each of `CONVOY_INTEGERS`, one row a crossing that is a
        movement.
    """
    crossings = all_crossings(events)
    placed = keep(_placed(_sightings(crossings, at_post)))
    looked_back = keep(_looked_back(placed))
    pairs = keep(_pairs(looked_back, placed))
    met = _met_before(_met_again(pairs))
    return _cells(crossings.filter(crossings.is_movement), looked_back, met)


def all_crossings(events: Table) -> Table:
    """Every version of every crossing, asked about or not."""
    return events.filter((events.kind == "crossing") & events.takes_back.isnull())


def crossings_at_post(events: Table, *, corrected: bool) -> Table:
    """`u` and `vehicle_post_crossings_90d` of all crossings that have a vehicle.

    Args:
        events: As `features.offline.key_history` reads them, with `kind` and `takes_back`.
        corrected: Whether any event takes an earlier day's back.
    """
    everyone = events.mutate(is_movement=(events.kind == "crossing") & events.takes_back.isnull())
    feature = Feature("vehicle_post", "crossings", "sum", MEETING_DAYS)
    return key_history(everyone, layouts_of([feature])[feature.key], corrected=corrected)


def _sightings(crossings: Table, at_post: Table) -> Table:
    """Crossings that are sightings; lane and vehicle are numbered by the first u they have."""
    later = _later_versions(crossings)
    seen = crossings.filter(crossings.key_vehicle.notnull() & ~crossings.closed_days_only)
    seen = seen.anti_join(later, "u").select(
        "u", "day", "key_post", "key_vehicle", leaving="row_crossing_leaving"
    )
    lane = ["key_post", "leaving"]
    lanes = seen.group_by(lane).agg(lane=seen.u.min())
    vehicles = seen.group_by("key_vehicle").agg(vehicle=seen.u.min(), sightings=seen.u.count())
    seen = left_join(seen, lanes, lane)
    seen = left_join(seen, vehicles, ["key_vehicle"])
    seen = left_join(seen, at_post.select("u", crossings=CROSSINGS_AT_POST), ["u"])
    return seen.select("u", "day", "lane", "vehicle", "sightings", "crossings")


def _later_versions(crossings: Table) -> Table:
    """`u` of the crossings that stood in the ledger before: few, so that few are compared."""
    identity = ["source_system", "source_record_id"]
    amended = crossings.filter(crossings.record_version > 1).select(*identity).distinct()
    versions = crossings.semi_join(amended, identity).select("u", *identity)
    versions = versions.mutate(first=versions.u.min().over(ibis.window(group_by=identity)))
    return versions.filter(versions.u > versions.first).select("u")


def _placed(seen: Table) -> Table:
    """Sightings with their place along the lane, and when the same vehicle comes there again."""
    own = ibis.window(group_by=["lane", "vehicle"], order_by="u")
    along = ibis.window(group_by="lane", order_by="u")
    placed = seen.mutate(
        place=ibis.row_number().over(along).cast("int64"),
        again=seen.u.lead().over(own),
        before=seen.u.lag().over(own),
    )
    soon = (placed.again - placed.u <= REACH_MICROSECONDS).fill_null(False)
    just = (placed.u - placed.before <= REACH_MICROSECONDS).fill_null(False)
    return placed.mutate(repeats=soon | just).drop("before")


def _looked_back(placed: Table) -> Table:
    """Sightings with how many places back are in reach, and how many of these are candidates."""
    along = ibis.window(group_by="lane", order_by="u")
    steps = range(1, PLACES + 1)
    looked = placed.mutate(
        **{f"u_{k}": placed.u.lag(k).over(along) for k in steps},
        **{f"again_{k}": placed.again.lag(k).over(along) for k in steps},
    )
    near = [(looked[f"u_{k}"] >= looked.u - REACH_MICROSECONDS).fill_null(False) for k in steps]
    candidates = [
        near_k & _is_latest(looked[f"again_{k}"], looked.u)
        for k, near_k in zip(steps, near, strict=True)
    ]
    counted = looked.select(
        "u",
        "day",
        "lane",
        "vehicle",
        "sightings",
        "place",
        "repeats",
        reach=reduce(add, (n.cast("int64") for n in near)),
        candidates=reduce(add, (c.cast("int64") for c in candidates)),
    )
    of_day = ibis.window(group_by=["vehicle", "day"], order_by="u", preceding=None, following=0)
    accompanied = (counted.candidates > 0).cast("int64")
    nth = exact(accompanied.sum().over(of_day))
    return counted.mutate(meets=(nth <= MEETING_SIGHTINGS).cast("int64"))


def _is_latest(again: Table, u: Table) -> Table:
    """Whether an earlier sighting is its vehicle's latest before u, and of another vehicle."""
    return again.isnull() | (again > u)


def _pairs(looked_back: Table, placed: Table) -> Table:
    """Followers with each of their candidates, where these two may have met twice."""
    steps = ibis.range(1, PLACES + 1).unnest().name("step").as_table()
    followers = looked_back.filter((looked_back.candidates > 0) & (looked_back.sightings > 1))
    followers = followers.join(steps, steps.step <= followers.reach)
    followers = followers.mutate(ahead=followers.place - followers.step)
    followers = followers.select(
        "u", "day", "lane", "meets", "repeats", "ahead", follower="vehicle"
    )
    leaders = placed.select(
        "again", "place", "crossings", "sightings", leader="vehicle", leader_lane="lane"
    )
    both = followers.join(
        leaders, [followers.lane == leaders.leader_lane, followers.ahead == leaders.place]
    )
    both = both.filter(_is_latest(both.again, both.u))
    # A leader sighted once is met twice only by a follower who comes again within reach.
    both = both.filter((both.sightings > 1) | both.repeats)
    return both.select("leader", "follower", "u", "day", "meets", "crossings")


def _met_again(pairs: Table) -> Table:
    """Pairs that met more than once: nearly all meet once, by chance."""
    pair = ["leader", "follower"]
    often = pairs.group_by(pair).agg(times=pairs.u.count())
    return pairs.semi_join(often.filter(often.times > 1), pair)


def _met_before(pairs: Table) -> Table:
    """Pairs with how often they had met before, `met`, where they had."""
    pair = ["leader", "follower"]
    closed = ibis.range_window(group_by=pair, order_by="day", preceding=(MEETING_DAYS, 1))
    today = ibis.window(group_by=[*pair, "day"], order_by="u", preceding=None, following=0)
    counted = pairs.mutate(
        closed=exact(pairs.meets.sum().over(closed)).fill_null(0),
        today=exact(pairs.meets.sum().over(today)) - pairs.meets,
    )
    counted = counted.mutate(met=counted.closed + counted.today)
    return counted.filter(counted.met > 0)


def _cells(asked: Table, looked_back: Table, met: Table) -> Table:
    met = met.mutate(most=met.met.max().over(ibis.window(group_by="u")))
    of_leader = met.group_by("u").agg(
        convoy_meetings=met.met.max(),
        convoy_leaders=exact((met.met >= KNOWN_PAIR).cast("int64").sum()),
        convoy_leader_crossings=met.crossings.min(where=met.met == met.most),
    )
    seen = looked_back.select("u", convoy_candidates="candidates")
    seen = left_join(seen, of_leader, ["u"])
    nothing = {"convoy_meetings": 0, "convoy_leaders": 0}
    seen = seen.mutate(**{name: seen[name].fill_null(n) for name, n in nothing.items()})
    table = left_join(asked.select("u"), seen, ["u"])
    return table.select(
        "u", **{name: table[name].fill_null(MISSING).cast("int64") for name in CONVOY_INTEGERS}
    )
