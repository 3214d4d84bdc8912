"""Journeys across the border: out and back again, some by another post, some with declared goods."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from training.scenario.calendar import seconds_of_day
from training.scenario.firms import Carriers
from training.scenario.reference import Posts
from training.scenario.streams import Flags, Floats, Integers, weighted
from training.scenario.trade import Declarations, local_reference
from training.scenario.typologies import CONCEALED
from training.scenario.typologies.concealed_in_lorries import ACTIVE_TRIPS, Concealed, behaviour
from training.scenario.vehicles import LORRY, Vehicles

#: A lorry takes at most so many declarations and so much weight.
_MOST_DECLARATIONS = 3
_MOST_LOAD_KG = 24_500.0


@dataclass(frozen=True)
class Passages:
    """Passages of a border post, as columns (n,).

    Attributes:
        at: Seconds since 1970; `last_at` that of the passage before on the same journey, -1 if none.
        last_post: Where that was, -1 if none.
        goods_arms: Probability that its declared goods carry arms; `arms_in_goods` if they do.
        references: Declarations it carries, separated by ";".
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
    goods_arms: Floats
    goods_people: Floats
    arms_in_goods: Flags
    people_in_goods: Flags
    references: NDArray[np.object_]

    def take(self, rows: NDArray[np.int64] | Flags) -> Passages:
        """These rows only, in this order."""
        return Passages(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def joined(parts: list[Passages]) -> Passages:
    """All these passages, one after the other."""
    columns = {
        f.name: np.concatenate([getattr(p, f.name) for p in parts]) for f in fields(Passages)
    }
    return Passages(**columns)


def starting(
    vehicles: Vehicles,
    posts: Posts,
    carriers: Carriers,
    *,
    kind: int,
    n: int,
    midnight: int,
    free_from: Integers,
    rng: np.random.Generator,
) -> Passages:
    """The first passages of n journeys of one class of vehicle that begin on this day.

    `free_from` (vehicles,) is when each is back from its last journey, seconds since 1970.
    """
    weights = np.where(vehicles.kind == kind, vehicles.activity, 0.0)
    drawn = weighted(rng, weights, int(1.5 * n) + 10)
    _, first = np.unique(drawn, return_index=True)
    drawn = drawn[np.sort(first)]
    vehicle = drawn[free_from[drawn] <= midnight][:n]
    m = len(vehicle)
    post = vehicles.home_post[vehicle]
    concealed = vehicles.carrier[vehicle] >= 0
    concealed &= carriers.typology[vehicles.carrier[vehicle]] == CONCEALED
    concealed &= (vehicles.kind[vehicle] == LORRY) & (rng.random(m) < ACTIVE_TRIPS)
    laden = vehicles.commercial[vehicle] & (rng.random(m) < 0.65)
    load = np.where(vehicles.kind[vehicle] == LORRY, rng.normal(13_000, 5000, m), 0.0)
    load = np.where(vehicles.kind[vehicle] == 1, rng.normal(450, 150, m), load)
    return _first(
        vehicle,
        post,
        at=midnight + seconds_of_day(rng, rng.random(m) < vehicles.night[vehicle]),
        leaving=vehicles.country[vehicle] == posts.owner[post],
        concealed=concealed,
        trailer=_trailers(vehicles, vehicle, behaviour(concealed, rng), rng),
        load_kg=np.asarray(np.rint(laden * np.clip(load, 50, _MOST_LOAD_KG)), dtype=np.float64),
    )


def arriving(
    declared: Declarations,
    numbers: list[str],
    post: Integers,
    vehicles: Vehicles,
    rng: np.random.Generator,
) -> Passages:
    """Passages of the lorries that bring the day's declared goods, at most three to a lorry."""
    groups: list[list[int]] = []
    room: dict[tuple[int, int], list[int]] = {}
    mass = declared.mass_kg
    for row in np.flatnonzero(declared.crosses).tolist():
        place = (int(vehicles.carrier[declared.lorry[row]]), int(post[row]))
        group = room.get(place)
        full = group is None or len(group) >= _MOST_DECLARATIONS
        if group is None or full or mass[group].sum() + mass[row] > _MOST_LOAD_KG:
            group = room[place] = []
            groups.append(group)
        group.append(row)
    lead = np.array([group[0] for group in groups], dtype=np.int64)
    concealed = np.array([declared.concealed[group].any() for group in groups], dtype=bool)
    vehicle = declared.lorry[lead]
    n = len(groups)
    passages = _first(
        vehicle,
        post[lead],
        at=np.array([declared.lodged[g].max() for g in groups], dtype=np.int64)
        + rng.integers(900, 4 * 3600, n),
        leaving=np.zeros(n, dtype=bool),
        concealed=concealed,
        trailer=_trailers(vehicles, vehicle, behaviour(concealed, rng), rng),
        load_kg=np.array([mass[g].sum() for g in groups], dtype=np.float64),
    )
    for row, group in enumerate(groups):
        passages.goods_arms[row] = 1 - np.prod(1 - declared.risk_arms[group])
        passages.goods_people[row] = 1 - np.prod(1 - declared.risk_people[group])
        passages.arms_in_goods[row] = declared.arms[group].any()
        passages.people_in_goods[row] = declared.people[group].any()
        passages.references[row] = ";".join(local_reference(numbers[i]) for i in group)
    return passages


def returning(
    out: Passages, vehicles: Vehicles, posts: Posts, rng: np.random.Generator
) -> Passages:
    """The passages that end the journeys begun by these."""
    n = len(out.vehicle)
    lorry = vehicles.kind[out.vehicle] == LORRY
    elsewhere = rng.random(n) < vehicles.other_post[out.vehicle]
    nearby = posts.near[out.post, rng.integers(0, 3, n)]
    onward = _onward(out.post, posts, rng)
    other = np.where(lorry, onward, nearby)
    fits = posts.owner[other] == posts.owner[out.post]
    post = np.where(elsewhere & fits, other, out.post)
    stay = np.exp(
        vehicles.stay_log_hours[out.vehicle]
        + vehicles.stay_spread[out.vehicle] * rng.normal(0, 1, n)
    )
    rest = np.where(rng.random(n) < 0.3, rng.uniform(6, 11, n), 0.0)
    drive = posts.hours[out.post, post] * np.exp(rng.normal(0.05, 0.3, n)) + rest
    hidden = behaviour(out.concealed, rng)
    hours = np.where(lorry & (post != out.post), drive + hidden.late_hours, np.maximum(stay, 0.5))
    hours = np.minimum(hours, 24.0 * 60)
    at = out.at + np.rint(hours * 3600).astype(np.int64)
    # Whoever prefers the night waits for it, or else passes when the stay is over.
    waits = ~lorry & (rng.random(n) < 0.7) & (hours > 20)
    wished = at - at % 86_400 + seconds_of_day(rng, rng.random(n) < vehicles.night[out.vehicle])
    at = np.where(waits & (wished > out.at), wished, at)
    onward_load = np.where(lorry & (post != out.post), out.load_kg, 0.0)
    back = _first(
        out.vehicle,
        post,
        at=at,
        leaving=~out.leaving,
        concealed=out.concealed,
        trailer=out.trailer,
        load_kg=np.where(
            rng.random(n) < 0.3, np.round(rng.uniform(0, 0.4, n) * 20_000) * lorry, onward_load
        ),
    )
    back.last_post[:] = out.post
    back.last_at[:] = out.at
    return back


def _first(
    vehicle: Integers,
    post: Integers,
    *,
    at: Integers,
    leaving: Flags,
    concealed: Flags,
    trailer: Integers,
    load_kg: Floats,
) -> Passages:
    n = len(vehicle)
    return Passages(
        vehicle=vehicle,
        post=post,
        leaving=leaving,
        at=at,
        last_post=np.full(n, -1, dtype=np.int64),
        last_at=np.full(n, -1, dtype=np.int64),
        concealed=concealed,
        trailer=trailer,
        load_kg=load_kg,
        goods_arms=np.zeros(n),
        goods_people=np.zeros(n),
        arms_in_goods=np.zeros(n, dtype=bool),
        people_in_goods=np.zeros(n, dtype=bool),
        references=np.full(n, "", dtype=object),
    )


def _trailers(
    vehicles: Vehicles, vehicle: Integers, hidden: Concealed, rng: np.random.Generator
) -> Integers:
    """The lorry's own trailer, or, in one trip of seven and where hidden, another's."""
    swapped = hidden.other_trailer | (rng.random(len(vehicle)) < 0.14)
    own = vehicles.trailer[vehicle]
    lorries = np.flatnonzero(vehicles.kind == LORRY)
    other = lorries[rng.integers(0, len(lorries), len(vehicle))]
    return np.where((own >= 0) & swapped, other, own)


def _onward(post: Integers, posts: Posts, rng: np.random.Generator) -> Integers:
    """Another road post of the same owner, by lorry traffic; the same post if there is no other."""
    found = post.copy()
    for owner in sorted(set(posts.owner[post].tolist())):
        mine = np.flatnonzero(posts.owner[post] == owner)
        weights = np.where((posts.owner == owner) & posts.road, posts.lorry_weight, 0.0)
        found[mine] = weighted(rng, weights, len(mine))
    return found
