"""Who trades with whom: traders, brokers and carriers, and the lanes between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.scenario.profile import Profile
from training.scenario.streams import Flags, Floats, Integers, activity, weighted
from training.scenario.world.identifiers import drop_point_numbers, trader_numbers
from training.scenario.world.lanes import Lanes, freight_lanes, together
from training.scenario.world.lives import Lives, successive_lives
from training.scenario.world.parcels import parcel_lanes, receiving_countries
from training.scenario.world.reference import ORIGINS, Goods, Names, Posts
from training.scenario.world.trade_routes import TradeRoutes, trade_routes

__all__ = ["Carriers", "Firms", "Lanes", "Traders", "draw_firms"]

#: Share of the carriers that run trains.
_BY_RAIL = 0.04

#: Share of the firms older than half a year that are authorised economic operators.
_AUTHORISED = 0.08


@dataclass(frozen=True)
class Carriers:
    """Firms that carry, as columns (n,), with `typology` 0 for honest ones.

    Attributes:
        weight_bias_kg: How far their papers are usually off; `late_hours` likewise their plans.
        by_rail: They run trains, and nothing else.
    """

    number: Names
    activity: Floats
    weight_bias_kg: Floats
    late_hours: Floats
    by_rail: Flags
    typology: Integers


@dataclass(frozen=True)
class Traders:
    """Consignees (n,) with their ways and lives, and the numbers of the firms they deal with.

    Attributes:
        born_day: First day of each, negative for those older than the period; as in `lives`.
        consignor_number: (m,) of the senders; `declarant_number` (k,) of the brokers.
    """

    number: Names
    natural_person: Flags
    aeo: Flags
    born_day: Integers
    price_bias: Floats
    density_bias: Floats
    log_lot_bias: Floats
    lives: Lives
    consignor_number: Names
    declarant_number: Names


@dataclass(frozen=True)
class Firms:
    """Everybody who trades, the lanes between them, and the drop points of parcels."""

    carriers: Carriers
    traders: Traders
    lanes: Lanes
    drop_points: Names

    def lane_weights(self, day: int) -> Floats:
        """How much trade (lanes,) each lane has that day; 0 where it or its consignee rests."""
        level = self.traders.lives.level(day)[self.lanes.consignee]
        return np.asarray(self.lanes.weight * level * (self.lanes.first_day <= day))


def draw_firms(profile: Profile, posts: Posts, goods: Goods, rng: np.random.Generator) -> Firms:
    """Honest firms, enough for the profile's declarations on every day of the period."""
    per, routes = profile.population, trade_routes(posts)
    declared = profile.movements * profile.mix.consignments / profile.seasons
    parcels = declared * profile.mix.parcels
    freight = declared - parcels

    carriers = _carriers(max(20, round(freight / per.declarations_per_carrier)), rng)
    traders, lives = _lives(profile, max(20, round(freight / per.declarations_per_consignee)), rng)
    receivers, later = _lives(profile, max(20, round(parcels / per.parcels_per_receiver)), rng)
    owner = weighted(rng, _freight_by_owner(posts, routes), traders)
    home = weighted(rng, receiving_countries(routes, posts), receivers)
    lives = _both(lives, later)

    consignors = max(len(ORIGINS), round(declared / per.declarations_per_consignor))
    # One of each origin, however few there are.
    further = weighted(rng, _origin_sizes(), consignors - len(ORIGINS))
    origin = np.concatenate([np.arange(len(ORIGINS)), further])
    brokers = max(5, round(freight / per.declarations_per_declarant))
    posters = max(2, round(parcels / per.declarations_per_declarant / 8))
    points = max(2 * len(routes.owners), round(parcels / per.parcels_per_drop_point))
    receiving = np.flatnonzero(receiving_countries(routes, posts))
    spread = weighted(rng, receiving_countries(routes, posts), points - len(receiving))
    point_country = np.concatenate([receiving, spread])

    by_road = carriers.activity * ~carriers.by_rail
    lanes = freight_lanes(
        posts,
        goods,
        country=owner,
        lives=lives,
        consignor_origin=origin,
        declarants=brokers,
        hauliers=carriers.activity,
        by_rail=carriers.by_rail,
        rng=rng,
    )
    ordered = parcel_lanes(
        posts,
        goods,
        routes,
        first_receiver=len(owner),
        country=home,
        lives=lives,
        consignor_origin=origin,
        declarants=brokers + np.arange(posters),
        hauliers=by_road,
        drop_point_country=point_country,
        rng=rng,
    )
    country = np.array(routes.owners)[np.concatenate([owner, home])]
    private = np.concatenate([
        rng.random(len(owner)) < per.natural_persons, rng.random(len(home)) < per.private_receivers
    ])  # fmt: skip
    broker_country = posts.owner[weighted(rng, posts.lorry_weight, brokers + posters)]
    return Firms(
        carriers,
        _traders(country, private, lives, origin, broker_country, rng),
        together(lanes, ordered),
        drop_point_numbers(rng, points),
    )


def _carriers(n: int, rng: np.random.Generator) -> Carriers:
    rail = max(3, round(_BY_RAIL * n))
    return Carriers(
        number=trader_numbers(rng, rng.choice(["RS", "MK", "TR", "BG", "HU", "BA", "RO", "AL"], n)),
        activity=activity(rng, n),
        weight_bias_kg=rng.normal(0, 110, n),
        late_hours=np.abs(rng.normal(0, 1.2, n)),
        by_rail=np.arange(n) >= n - rail,
        typology=np.zeros(n, dtype=np.int64),
    )


def _traders(
    country: Names,
    private: Flags,
    lives: Lives,
    origin: Integers,
    broker_country: Names,
    rng: np.random.Generator,
) -> Traders:
    n = len(country)
    abroad = np.array([name for name, *_ in ORIGINS])
    return Traders(
        number=trader_numbers(rng, country),
        natural_person=private,
        aeo=(rng.random(n) < _AUTHORISED) & (lives.born < -180) & ~private,
        born_day=lives.born,
        price_bias=rng.normal(0, 0.55, n),
        density_bias=rng.normal(0, 0.55, n),
        # Internet shops and spare-part dealers take small lots; wholesalers large ones.
        log_lot_bias=rng.choice([-1.6, 0.0, 0.4], n, p=[0.2, 0.6, 0.2]),
        lives=lives,
        consignor_number=trader_numbers(rng, abroad[origin]),
        declarant_number=trader_numbers(rng, broker_country),
    )


def _lives(profile: Profile, places: int, rng: np.random.Generator) -> tuple[int, Lives]:
    """How many firms there are in so many places, and when they live."""
    per = profile.population
    place, lives = successive_lives(
        rng,
        places=places,
        days=profile.days,
        mean_days=per.firm_life_days,
        growth=per.growth_days,
        dormant=per.dormant,
    )
    return len(place), lives


def _both(one: Lives, other: Lives) -> Lives:
    return Lives(
        born=np.concatenate([one.born, other.born]),
        ends=np.concatenate([one.ends, other.ends]),
        pause_from=np.concatenate([one.pause_from, other.pause_from]),
        pause_until=np.concatenate([one.pause_until, other.pause_until]),
        growth=one.growth,
    )


def _freight_by_owner(posts: Posts, routes: TradeRoutes) -> Floats:
    by_land = posts.lorry_weight * (posts.mode != "air")
    return np.array([by_land[posts.owner == owner].sum() for owner in routes.owners])


def _origin_sizes() -> Floats:
    return np.array([weight for _, weight, _ in ORIGINS], dtype=np.float64)
