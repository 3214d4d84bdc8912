"""Who sets out on a day, along which way and in whose company, so that passages come out as wanted."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from training.scenario.days import calendar
from training.scenario.streams import Flags, Floats, Integers
from training.scenario.world.corridors import load_stretches
from training.scenario.world.reference import Posts
from training.scenario.world.vehicles import CAR, CLASSES, LORRY, USES, Vehicles

#: Rounds in which the classes' shares of mixed companies are settled.
_ROUNDS = 4

_DIASPORA = USES.index("diaspora")


@dataclass(frozen=True)
class Departures:
    """Journeys that begin (n,).

    Attributes:
        stretch: Row of `corridors.Stretches` for journeys through several countries, else -1.
        northward: Which way along it they begin.
        companion: The vehicle that comes along, -1 for none.
    """

    vehicle: Integers
    stretch: Integers
    northward: Flags
    companion: Integers

    def take(self, rows: Integers | Flags) -> Departures:
        """These rows only, in this order."""
        return Departures(
            self.vehicle[rows], self.stretch[rows], self.northward[rows], self.companion[rows]
        )


def setting_out(
    vehicles: Vehicles,
    posts: Posts,
    *,
    wanted: Sequence[float],
    day: int,
    today: date,
    free: Flags,
    rng: np.random.Generator,
) -> Departures:
    """Departures whose journeys, with those of companions, make `wanted[k]` passages of class k.

    Vehicles are drawn without replacement by their weights among those that are `free` (vehicles,).
    Mean passages equal what is wanted as long as there are enough free vehicles.
    """
    weights = _weights(vehicles, posts, day, today) * free
    by_class = [
        _candidates(weights[rows], rows.start, wanted[k], rng)
        for k, rows in enumerate(vehicles.of_kind)
    ]
    vehicle = np.concatenate(by_class)
    companion = _companions(vehicles, by_class, weights > 0, rng)
    with_them = np.zeros(len(weights), dtype=bool)
    with_them[companion[companion >= 0]] = True
    leads = ~with_them[vehicle]
    vehicle, companion = vehicle[leads], companion[leads]

    stretch, northward = _ways(vehicles, vehicle, today, rng)
    possible = Departures(vehicle, stretch, northward, companion)
    return possible.take(_within(vehicles, possible, wanted, rng))


def _weights(vehicles: Vehicles, posts: Posts, day: int, today: date) -> Floats:
    weights = vehicles.weights(day) * calendar.use_volume(USES, today)[vehicles.use]
    if calendar.is_summer(today):
        cars = vehicles.of_kind[CAR]
        weights[cars] *= posts.summer[vehicles.home_post[cars]]
    lorries = vehicles.of_kind[LORRY]
    home, odds = vehicles.home_post[lorries], calendar.towards_eu(today)
    from_here = vehicles.country[lorries] == posts.owner[home]
    out = np.where(from_here, posts.towards_eu[home], posts.out_of_eu[home])
    into = np.where(from_here, posts.out_of_eu[home], posts.towards_eu[home])
    weights[lorries] *= np.where(out, odds, np.where(into, 1 / odds, 1.0))
    return weights


def _candidates(weights: Floats, first: int, wanted: float, rng: np.random.Generator) -> Integers:
    """Rows of vehicles, more than will set out, in an order drawn by weight without replacement.

    The smallest of exponential variables divided by their weights are such a draw (Efraimidis and
    Spirakis, 2006).
    """
    usable = np.flatnonzero(weights)
    most = min(len(usable), int(0.55 * max(wanted, 0.0)) + 20)  # a journey passes twice or more
    keys = rng.standard_exponential(len(usable)) / weights[usable]
    if most < len(usable):
        nearest = np.argpartition(keys, most)[:most]
        usable, keys = usable[nearest], keys[nearest]
    return first + usable[np.argsort(keys, kind="stable")]


def _companions(
    vehicles: Vehicles, by_class: Sequence[Integers], usable: Flags, rng: np.random.Generator
) -> Integers:
    """Who comes along with each candidate (n,), -1: nobody. Nobody leads and follows on one day."""
    vehicle = np.concatenate(by_class)
    rank = np.full(len(usable), len(usable))
    for candidates in by_class:
        rank[candidates] = np.arange(len(candidates))
    companion = vehicles.companion[vehicle]
    comes = (companion >= 0) & (rng.random(len(vehicle)) < vehicles.together[vehicle])
    comes &= usable[companion] & (rank[vehicle] < rank[companion])
    follows = np.zeros(len(usable), dtype=bool)
    follows[companion[comes]] = True
    comes &= ~follows[vehicle]
    rows = np.flatnonzero(comes)
    _, first = np.unique(companion[rows], return_index=True)
    found = np.full(len(vehicle), -1, dtype=np.int64)
    found[rows[first]] = companion[rows[first]]
    return found


def _ways(
    vehicles: Vehicles, vehicle: Integers, today: date, rng: np.random.Generator
) -> tuple[Integers, Flags]:
    n = len(vehicle)
    leads_on = np.flatnonzero(rng.random(n) < vehicles.through[vehicle])
    stretch = np.full(n, -1, dtype=np.int64)
    stretch[leads_on] = load_stretches().drawn(vehicles.home_post[vehicle[leads_on]], rng)
    odds = calendar.towards_eu(today)
    north = np.where(vehicles.kind[vehicle] == LORRY, odds**2 / (odds**2 + 1), 0.5)
    # Whoever works abroad goes south first, and north again when the holidays are over.
    north[vehicles.use[vehicle] == _DIASPORA] = 0.0
    return stretch, rng.random(n) < north


def _within(
    vehicles: Vehicles, possible: Departures, wanted: Sequence[float], rng: np.random.Generator
) -> Flags:
    """Which departures to keep (n,): of each class the first, until its passages are enough."""
    kind = vehicles.kind[possible.vehicle]
    passages = 2 * np.where(possible.stretch >= 0, load_stretches().length[possible.stretch], 1)
    accompanied = possible.companion >= 0
    other = np.where(accompanied, vehicles.kind[possible.companion], kind)
    alike = accompanied & (other == kind)
    own = passages * np.where(alike, 2, 1)
    mixed = accompanied & ~alike
    rounding = rng.random(len(CLASSES))
    kept = np.zeros(len(kind), dtype=bool)
    # Cars that accompany vans are among the wanted cars, and the reverse: settle in a few rounds.
    for _ in range(_ROUNDS):
        for k in range(len(CLASSES)):
            mine = np.flatnonzero(kind == k)
            left = wanted[k] - int(passages[mixed & kept & (other == k)].sum())
            before = np.cumsum(own[mine]) - rounding[k] * own[mine]
            kept[mine] = before <= left
    return kept
