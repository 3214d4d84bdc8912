"""When and where journeys pass the border: out and back, or through several countries and back."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.scenario.days.calendar import seconds_of_day
from training.scenario.streams import Flags, Floats, Integers, weighted
from training.scenario.world.corridors import load_stretches
from training.scenario.world.reference import Posts
from training.scenario.world.vehicles import LORRY, TRAIN, Vehicles

#: A stay is at least so long and at most so long, in hours.
_SHORTEST_STAY, _LONGEST_STAY = 0.5, 24.0 * 60

#: Small posts open at 6 and close at 18 UTC (7 and 19 o'clock); most who come later wait or go
#: elsewhere, a few are let through.
_OPENS, _CLOSES, _LET_THROUGH = 6, 18, 0.15

#: Share of the legs with a night's or a driver's rest, and its hours.
_RESTS, _REST_HOURS = 0.3, (6.0, 11.0)

#: Driving hours against a lorry's without its stop, and the stop, by class; trains are slower.
_PACE = np.array([0.75, 0.8, 1.0, 0.9, 1.6])
_STOP_HOURS = np.array([0.5, 0.7, 2.0, 1.5, 4.0])


@dataclass(frozen=True)
class Itineraries:
    """Journeys (n,) and their passages in order (n, most).

    Attributes:
        posts: -1 beyond the last passage.
        leaving: Whether the post's owner is left.
        at: Moments, seconds since 1970.
        outward: (n,) passages before the stay; as many again follow it.
    """

    vehicle: Integers
    posts: Integers
    leaving: Flags
    at: Integers
    outward: Integers

    def take(self, rows: Integers | Flags) -> Itineraries:
        """These journeys only, in this order."""
        return Itineraries(
            self.vehicle[rows],
            self.posts[rows],
            self.leaving[rows],
            self.at[rows],
            self.outward[rows],
        )


def out_and_back(
    vehicles: Vehicles,
    posts: Posts,
    *,
    vehicle: Integers,
    post: Integers,
    at: Integers,
    leaving: Flags,
    late_hours: Floats,
    rng: np.random.Generator,
) -> Itineraries:
    """Journeys (n,) that pass once at `post` and `at`, and once back, some by another post.

    Freight that comes back by another post has driven through the country, `late_hours` behind.
    """
    n, kind = len(vehicle), vehicles.kind[vehicle]
    freight = (kind == LORRY) | (kind == TRAIN)
    elsewhere = rng.random(n) < vehicles.other_post[vehicle]
    other = np.where(freight, _onward(post, posts, rng), posts.near[post, rng.integers(0, 3, n)])
    fits = elsewhere & (posts.owner[other] == posts.owner[post])
    fits &= posts.mode[other] == posts.mode[post]
    back = np.where(fits, other, post)
    drives = freight & (back != post)
    stay = stay_hours(vehicles, vehicle, rng)
    hours = np.where(drives, driving_hours(posts, post, back, kind, rng) + late_hours, stay)
    returns = at + np.rint(np.minimum(hours, _LONGEST_STAY) * 3600).astype(np.int64)
    # Whoever prefers the night waits for it, or else passes when the stay is over.
    waits = ~freight & (rng.random(n) < 0.7) & (hours > 20)
    night = rng.random(n) < vehicles.night[vehicle]
    wished = returns - returns % 86_400 + seconds_of_day(rng, night, kind)
    returns = np.where(waits & (wished > at), wished, returns)
    return Itineraries(
        vehicle=vehicle,
        posts=np.column_stack([post, back]),
        leaving=np.column_stack([leaving, ~leaving]),
        at=np.column_stack([at, when_open(posts, back, returns, rng)]),
        outward=np.ones(n, dtype=np.int64),
    )


def through(
    vehicles: Vehicles,
    posts: Posts,
    *,
    vehicle: Integers,
    stretch: Integers,
    northward: Flags,
    at: Integers,
    late_hours: Floats,
    rng: np.random.Generator,
) -> Itineraries:
    """Journeys (n,) along stretches of corridors that begin `at`, and the same way back.

    Somewhere on the way out they fall `late_hours` behind.
    """
    n, kind = len(vehicle), vehicles.kind[vehicle]
    passed, leaving = load_stretches().passed(stretch, northward)
    length = load_stretches().length[stretch]
    most = 2 * passed.shape[1]
    step = np.arange(most)
    forth = step < length[:, None]
    valid = step < 2 * length[:, None]
    column = np.where(forth, step, 2 * length[:, None] - 1 - step)
    column = np.where(valid, column, 0)
    route = np.where(valid, np.take_along_axis(passed, column, axis=1), -1)
    left = (np.take_along_axis(leaving, column, axis=1) == forth) & valid
    delayed = 1 + (rng.random(n) * (length - 1)).astype(np.int64)
    moments = np.empty((n, most), dtype=np.int64)
    moments[:, 0] = at
    for i in range(1, most):
        hours = driving_hours(posts, route[:, i - 1], route[:, i], kind, rng)
        hours += np.where(delayed == i, late_hours, 0.0)
        hours = np.where(length == i, stay_hours(vehicles, vehicle, rng), hours)
        moments[:, i] = moments[:, i - 1] + np.rint(hours * 3600).astype(np.int64)
    return Itineraries(vehicle, route, left, moments, length)


def accompanied(
    lead: Itineraries,
    companion: Integers,
    vehicles: Vehicles,
    *,
    returns_together: float,
    rng: np.random.Generator,
) -> Itineraries:
    """Journeys of companions (n,), 1-12 minutes behind these, some of which return on their own."""
    n, most = lead.posts.shape
    behind = rng.integers(60, 720, (n, most))
    own = stay_hours(vehicles, companion, rng) * 3600
    turn = np.arange(n), lead.outward - 1
    stayed = lead.at[turn[0], lead.outward] - lead.at[turn]
    alone = rng.random(n) >= returns_together
    shift = np.where(alone, np.rint(own - stayed).astype(np.int64), 0)
    after = np.arange(most) >= lead.outward[:, None]
    at = lead.at + behind + np.where(after, shift[:, None], 0)
    return Itineraries(companion, lead.posts, lead.leaving, at, lead.outward)


def stay_hours(vehicles: Vehicles, vehicle: Integers, rng: np.random.Generator) -> Floats:
    """Hours (n,) between the last passage out and the first one back."""
    spread = vehicles.stay_spread[vehicle] * rng.normal(0, 1, len(vehicle))
    hours = np.exp(vehicles.stay_log_hours[vehicle] + spread)
    return np.asarray(np.clip(hours, _SHORTEST_STAY, _LONGEST_STAY))


def driving_hours(
    posts: Posts, start: Integers, end: Integers, kind: Integers, rng: np.random.Generator
) -> Floats:
    """Hours (n,) from post to post: the usual ones of the class, spread, and some rests."""
    n = len(start)
    usual = _STOP_HOURS[kind] + _PACE[kind] * (posts.hours[start, end] - 2.0)
    rest = np.where(rng.random(n) < _RESTS, rng.uniform(*_REST_HOURS, n), 0.0)
    return np.asarray(usual * np.exp(rng.normal(0.05, 0.3, n)) + rest)


def when_open(posts: Posts, post: Integers, at: Integers, rng: np.random.Generator) -> Integers:
    """Moments (n,), put off to the next opening where the post is closed at night."""
    hour = at // 3600 % 24
    shut = posts.night_closed[post] & ((hour >= _CLOSES) | (hour < _OPENS))
    shut &= rng.random(len(at)) >= _LET_THROUGH
    day = at - at % 86_400 + np.where(hour >= _CLOSES, 86_400, 0)
    opening = day + _OPENS * 3600 + rng.integers(0, 2 * 3600, len(at))
    return np.where(shut, opening, at)


def _onward(post: Integers, posts: Posts, rng: np.random.Generator) -> Integers:
    """Another post of the same owner and mode, by lorry traffic; perhaps the same post."""
    found = post.copy()
    group = np.char.add(posts.owner, posts.mode)
    for each in np.unique(group[post]).tolist():
        mine = np.flatnonzero(group[post] == each)
        weights = np.where(group == each, posts.lorry_weight, 0.0)
        if weights.sum() > 0:
            found[mine] = weighted(rng, weights, len(mine))
    return found
