"""Standing trade: who sends what freight to whom, from where, by which mode, post and carrier."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np

from training.scenario.days.movements import FREIGHT
from training.scenario.streams import Flags, Floats, Integers, activity, weighted
from training.scenario.world.lives import Lives
from training.scenario.world.reference import ORIGINS, Goods, Posts
from training.scenario.world.trade_routes import TradeRoutes, trade_routes

_LANES_PER_CONSIGNEE = 2.5

#: Share of a firm's lanes that are in the good of its trade.
_OWN_TRADE = 0.7

#: Share of a firm's lanes that it opens some time after it began.
_OPENED_LATER = 0.2


@dataclass(frozen=True)
class Lanes:
    """Standing trade, as columns (n,): who sends what to whom, from where, how, from which day.

    Attributes:
        mode: Mode of transport at the border, EUCDM 19 03: 1 sea, 2 rail, 3 road, 4 air, 5 post.
        weight: Trade against other lanes, once the consignee has grown.
        stratum: `movements.FREIGHT` or `PARCEL`.
        drop_point: Row of `Firms.drop_points`, -1 for freight.
        typology: Code of the risky behaviour it follows, 0 for none.
    """

    consignee: Integers
    consignor: Integers
    declarant: Integers
    carrier: Integers
    good: Integers
    origin: Integers
    mode: Integers
    post: Integers
    weight: Floats
    first_day: Integers
    stratum: Integers
    drop_point: Integers
    typology: Integers


def freight_lanes(
    posts: Posts,
    goods: Goods,
    *,
    country: Integers,
    lives: Lives,
    consignor_origin: Integers,
    declarants: int,
    hauliers: Floats,
    by_rail: Flags,
    rng: np.random.Generator,
) -> Lanes:
    """Lanes of freight of these consignees.

    Args:
        posts: The crossing points.
        goods: What is traded.
        country: (consignees,) of each consignee, as an index of `trade_routes(posts).owners`.
        lives: (consignees,) when they live.
        consignor_origin: (consignors,) row of `ORIGINS` of each; every origin has one at least.
        declarants: How many brokers there are.
        hauliers: (carriers,) how much each carries.
        by_rail: (carriers,) who runs trains.
        rng: Randomness.
    """
    routes = trade_routes(posts)
    consignees = len(country)
    each = 1 + rng.poisson(_LANES_PER_CONSIGNEE - 1, consignees)
    consignee = np.repeat(np.arange(consignees), each)
    n = len(consignee)
    # A firm keeps to its trade: most of its lanes are in the good of its first.
    usual = weighted(rng, goods.share, consignees)
    good = np.where(rng.random(n) < _OWN_TRADE, usual[consignee], weighted(rng, goods.share, n))
    origin = _origins(goods.origin_weight, routes, good, country[consignee], rng)
    mode, post = routes.drawn(country[consignee], origin, rng)
    return Lanes(
        consignee=consignee,
        consignor=consignors_of(consignor_origin, origin, rng),
        declarant=weighted(rng, activity(rng, declarants), n),
        carrier=np.where(
            mode == 2, weighted(rng, hauliers * by_rail, n), weighted(rng, hauliers * ~by_rail, n)
        ),
        good=good,
        origin=origin,
        mode=mode,
        post=post,
        weight=activity(rng, consignees)[consignee] * rng.uniform(0.3, 1.0, n),
        first_day=opened(lives, consignee, rng),
        stratum=np.full(n, FREIGHT),
        drop_point=np.full(n, -1),
        typology=np.zeros(n, dtype=np.int64),
    )


def opened(lives: Lives, consignee: Integers, rng: np.random.Generator) -> Integers:
    """First days (n,) of lanes of these consignees: with the firm, or some time in its life."""
    born, ends = lives.born[consignee], lives.ends[consignee]
    later = born + (rng.random(len(born)) * (ends - born)).astype(np.int64)
    return np.where(rng.random(len(born)) < _OPENED_LATER, later, born)


def consignors_of(
    consignor_origin: Integers, origin: Integers, rng: np.random.Generator
) -> Integers:
    """Consignors (n,) of these origins (n,), few of them for many lanes."""
    busy = activity(rng, len(consignor_origin))
    found = np.zeros(len(origin), dtype=np.int64)
    for each in range(len(ORIGINS)):
        mine = np.flatnonzero(origin == each)
        found[mine] = weighted(rng, busy * (consignor_origin == each), len(mine))
    return found


def together(one: Lanes, other: Lanes) -> Lanes:
    """All lanes of both, those of the first first."""
    return Lanes(
        **{
            f.name: np.concatenate([getattr(one, f.name), getattr(other, f.name)])
            for f in fields(Lanes)
        }
    )


def _origins(
    origin_weight: Floats,
    routes: TradeRoutes,
    good: Integers,
    country: Integers,
    rng: np.random.Generator,
) -> Integers:
    """Origins (n,) of goods (n,) by where such goods come from and who trades with the country."""
    shares = origin_weight[good] * routes.market[country]
    cumulative = np.cumsum(shares, axis=1)
    below = cumulative <= (rng.random(len(good)) * cumulative[:, -1])[:, None]
    return np.asarray(below.sum(axis=1), dtype=np.int64)
