"""A day's journeys across the border: who sets out, with whom, by which posts, and when they return."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import numpy as np

from training.scenario.days import calendar
from training.scenario.days.begun import Begun, begun, cargo_of, together, usual_cargo
from training.scenario.days.calendar import seconds_of_day
from training.scenario.days.itineraries import accompanied, out_and_back, through, when_open
from training.scenario.days.loads import Loads, loads_of_day
from training.scenario.days.movements import Declarations
from training.scenario.days.setting_out import setting_out
from training.scenario.streams import Flags, Integers
from training.scenario.world.firms import Carriers
from training.scenario.world.reference import Posts
from training.scenario.world.vehicles import CLASSES, LORRY, TRAIN, Vehicles

__all__ = ["Begun", "journeys_of_day", "redirected"]

_DAY = 86_400

#: Whoever set out so many days before the period began may still be under way.
_UNDER_WAY_DAYS = 45

#: Companions that came along also return together with this probability.
_RETURNS_TOGETHER = 0.7

#: Of the traffic of a closed post, what goes to the nearest post, the second and the third.
_ROUND_A_CLOSED_POST = np.array([0.6, 0.25, 0.15])

#: A lorry passes so long after the last of its declarations was lodged, in seconds.
_AFTER_LODGING = (900, 4 * 3600)


def journeys_of_day(
    vehicles: Vehicles,
    posts: Posts,
    carriers: Carriers,
    declared: Declarations,
    numbers: list[str],
    lane_posts: Integers,
    *,
    wanted: Sequence[int],
    day: int,
    midnight: int,
    free_from: Integers,
    closed: int,
    rng: np.random.Generator,
) -> Begun:
    """Draws the journeys that begin on a day; on day 0 also those under way from days before.

    Args:
        vehicles: Who drives.
        posts: The crossing points.
        carriers: Who operates them; those that follow M1 or M5 hide people on some trips.
        declared: Today's declarations, some of which come by a lorry that is seen crossing.
        numbers: Their numbers; `lane_posts` the posts they come by.
        lane_posts: (declarations,) rows of posts.
        wanted: Passages of each class (`vehicles.CLASSES`) a day, in the long run.
        day: Days since the period began.
        midnight: When the day begins, seconds since 1970.
        free_from: (vehicles,) when each is back from its last journey, seconds since 1970.
        closed: Row of the post that is closed today, -1 for none; its traffic goes to neighbours.
        rng: Randomness.
    """
    free = (free_from <= midnight) & (vehicles.lives.level(day) > 0)
    earlier = []
    if day == 0:
        earlier = _under_way(vehicles, posts, carriers, wanted, midnight, free, closed, rng)
    loads = loads_of_day(declared, numbers, lane_posts, vehicles, day=day, free=free, rng=rng)
    free[loads.vehicle] = False
    laden = _brought(vehicles, posts, loads, closed, rng)
    left = [
        wanted[k] - 2 * int((vehicles.kind[loads.vehicle] == k).sum()) for k in range(len(CLASSES))
    ]
    others = _set_out(vehicles, posts, carriers, left, day, midnight, free, closed, rng)
    return together([*earlier, laden, *others])


def redirected(posts: Posts, post: Integers, closed: int, rng: np.random.Generator) -> Integers:
    """Posts (journeys, …) with a closed one replaced by near ones of the same owner and mode.

    A journey that would have passed it twice passes the same other post twice.
    """
    if closed < 0:
        return post
    near = posts.near[closed]
    fits = (posts.owner[near] == posts.owner[closed]) & (posts.mode[near] == posts.mode[closed])
    shares = _ROUND_A_CLOSED_POST * fits
    if shares.sum() == 0:
        return post
    instead = near[rng.choice(len(near), len(post), p=shares / shares.sum())]
    return np.where(post == closed, instead.reshape(-1, *[1] * (post.ndim - 1)), post)


def _under_way(
    vehicles: Vehicles,
    posts: Posts,
    carriers: Carriers,
    wanted: Sequence[int],
    midnight: int,
    free: Flags,
    closed: int,
    rng: np.random.Generator,
) -> list[Begun]:
    """What began before the period and is not over; `free` learns who is still under way."""
    found = []
    back_at = np.zeros(len(free), dtype=np.int64)
    for before in range(_UNDER_WAY_DAYS, 0, -1):
        start = midnight - before * _DAY
        usual = _as_on(start, midnight, wanted)
        idle = free & (back_at <= start)
        for part in _set_out(vehicles, posts, carriers, usual, 0, start, idle, closed, rng):
            back_at[part.vehicle] = part.back_at
            away = part.back_at > midnight
            coming = part.passages.take(part.passages.at >= midnight)
            found.append(Begun(coming, part.vehicle[away], part.back_at[away]))
    free &= back_at <= midnight
    return found


def _as_on(start: int, midnight: int, wanted: Sequence[int]) -> list[float]:
    """What would have been wanted on another day, by how busy both are."""
    then, today = _date(start), _date(midnight)
    light = calendar.car_volume(then) / calendar.car_volume(today)
    freight = calendar.lorry_volume(then) / calendar.lorry_volume(today)
    return [n * (freight if k in (LORRY, TRAIN) else light) for k, n in enumerate(wanted)]


def _set_out(
    vehicles: Vehicles,
    posts: Posts,
    carriers: Carriers,
    wanted: Sequence[float],
    day: int,
    midnight: int,
    free: Flags,
    closed: int,
    rng: np.random.Generator,
) -> list[Begun]:
    """Journeys without declared goods that begin on a day, and those of companions."""
    today = _date(midnight)
    leaving = setting_out(vehicles, posts, wanted=wanted, day=day, today=today, free=free, rng=rng)
    parts = []
    for far in (False, True):
        some = leaving.take((leaving.stretch >= 0) == far)
        vehicle, n = some.vehicle, len(some.vehicle)
        if n == 0:
            continue
        cargo = usual_cargo(vehicles, carriers, vehicle, rng)
        night = rng.random(n) < vehicles.night[vehicle]
        at = midnight + seconds_of_day(rng, night, vehicles.kind[vehicle])
        if far:
            ways = through(
                vehicles,
                posts,
                vehicle=vehicle,
                stretch=some.stretch,
                northward=some.northward,
                at=at,
                late_hours=cargo.late_hours,
                rng=rng,
            )
        else:
            home = vehicles.home_post[vehicle]
            ways = out_and_back(
                vehicles,
                posts,
                vehicle=vehicle,
                post=home,
                at=when_open(posts, home, at, rng),
                leaving=vehicles.country[vehicle] == posts.owner[home],
                late_hours=cargo.late_hours,
                rng=rng,
            )
        ways = replace(ways, posts=redirected(posts, ways.posts, closed, rng))
        parts.append(begun(vehicles, ways, cargo, rng))
        with_them = some.companion >= 0
        companion = some.companion[with_them]
        if len(companion):
            beside = accompanied(
                ways.take(with_them),
                companion,
                vehicles,
                returns_together=_RETURNS_TOGETHER,
                rng=rng,
            )
            own = usual_cargo(vehicles, carriers, beside.vehicle, rng)
            parts.append(begun(vehicles, beside, own, rng))
    return parts


def _brought(
    vehicles: Vehicles, posts: Posts, loads: Loads, closed: int, rng: np.random.Generator
) -> Begun:
    """Journeys of the lorries that bring the day's declared goods."""
    n = len(loads.vehicle)
    cargo = cargo_of(
        vehicles,
        loads.vehicle,
        loads.concealed,
        loads.load_kg,
        loads.references,
        loads.goods,
        rng,
    )
    ways = out_and_back(
        vehicles,
        posts,
        vehicle=loads.vehicle,
        post=loads.post,
        at=loads.ready + rng.integers(*_AFTER_LODGING, n),
        leaving=np.zeros(n, dtype=bool),
        late_hours=cargo.late_hours,
        rng=rng,
    )
    ways = replace(ways, posts=redirected(posts, ways.posts, closed, rng))
    return begun(vehicles, ways, cargo, rng)


def _date(seconds: int) -> date:
    return datetime.fromtimestamp(seconds, UTC).date()
