"""Parcels: who orders what from abroad, and where it is picked up."""

from __future__ import annotations

import numpy as np

from training.scenario.days.movements import PARCEL
from training.scenario.streams import Floats, Integers, activity, weighted
from training.scenario.world.lanes import Lanes, consignors_of, opened
from training.scenario.world.lives import Lives
from training.scenario.world.reference import ORIGINS, Goods, Posts
from training.scenario.world.trade_routes import TradeRoutes

_LANES_PER_RECEIVER = 1.6

#: Origins of parcels beside those of the goods: most are ordered from afar; assumed.
_ONLINE = {"CN": 6.0, "TR": 3.0, "DE": 3.0, "US": 2.0, "IT": 1.5}

#: Parcels are carried by the few busiest carriers: this share of them.
_POSTAL = 0.03


def receiving_countries(routes: TradeRoutes, posts: Posts) -> Floats:
    """Weights (owners,) of the countries parcels come to: those with an airport with freight."""
    by_air = posts.lorry_weight * (posts.mode == "air")
    return np.array([by_air[posts.owner == owner].sum() for owner in routes.owners])


def parcel_lanes(
    posts: Posts,
    goods: Goods,
    routes: TradeRoutes,
    *,
    first_receiver: int,
    country: Integers,
    lives: Lives,
    consignor_origin: Integers,
    declarants: Integers,
    hauliers: Floats,
    drop_point_country: Integers,
    rng: np.random.Generator,
) -> Lanes:
    """Lanes of parcels of these receivers, each of whom picks up at one drop point.

    Args:
        posts: The crossing points.
        goods: What is traded.
        routes: Whose `owners` countries are indices of.
        first_receiver: Row of the first of these receivers among all consignees.
        country: (receivers,) of each.
        lives: (consignees,) of all consignees.
        consignor_origin: (consignors,) row of `ORIGINS` of each.
        declarants: Rows of the brokers that lodge for the post.
        hauliers: (carriers,) how much each carries; 0 for those by rail.
        drop_point_country: (drop points,) where each is; every country of receivers has one.
        rng: Randomness.
    """
    receivers = len(country)
    each = 1 + rng.poisson(_LANES_PER_RECEIVER - 1, receivers)
    receiver = np.repeat(np.arange(receivers), each)
    n = len(receiver)
    busiest = np.argsort(-hauliers, kind="stable")
    postal = busiest[: max(2, round(_POSTAL * len(hauliers)))]
    good = weighted(rng, goods.parcel_share, n)
    origin = _origins(goods, good, routes.market[country[receiver]] > 0, rng)
    drop_point, post = np.zeros(receivers, dtype=np.int64), np.zeros(receivers, dtype=np.int64)
    busy = activity(rng, len(drop_point_country))
    for each_country in np.unique(country).tolist():
        mine = np.flatnonzero(country == each_country)
        here = posts.owner == routes.owners[each_country]
        post[mine] = weighted(rng, posts.lorry_weight * (here & (posts.mode == "air")), len(mine))
        near = busy * (drop_point_country == each_country)
        drop_point[mine] = weighted(rng, near, len(mine))
    return Lanes(
        consignee=first_receiver + receiver,
        consignor=consignors_of(consignor_origin, origin, rng),
        declarant=declarants[rng.integers(0, len(declarants), n)],
        carrier=postal[rng.integers(0, len(postal), n)],
        good=good,
        origin=origin,
        mode=np.full(n, 5),
        post=post[receiver],
        weight=np.minimum(activity(rng, receivers), 20.0)[receiver] * rng.uniform(0.3, 1.0, n),
        first_day=opened(lives, first_receiver + receiver, rng),
        stratum=np.full(n, PARCEL),
        drop_point=drop_point[receiver],
        typology=np.zeros(n, dtype=np.int64),
    )


def _origins(
    goods: Goods,
    good: Integers,
    abroad: np.ndarray[tuple[int, int], np.dtype[np.bool_]],
    rng: np.random.Generator,
) -> Integers:
    online = np.array([_ONLINE.get(country, 0.3) for country, *_ in ORIGINS])
    cumulative = np.cumsum(goods.origin_weight[good] * online * abroad, axis=1)
    below = cumulative <= (rng.random(len(good)) * cumulative[:, -1])[:, None]
    return np.asarray(below.sum(axis=1), dtype=np.int64)
