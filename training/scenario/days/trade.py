"""A day's declarations: what is lodged, as honest and other parties declare it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.scenario.days import shocks
from training.scenario.days.calendar import seconds_of_day
from training.scenario.days.movements import FREIGHT, PARCEL, Declarations, nothing
from training.scenario.days.trade_history import JUST_UNDER_EUR
from training.scenario.streams import Flags, Floats, Integers, weighted
from training.scenario.typologies import (
    CODES,
    a2_parts_in_consignments,
    a3_alarm_weapons,
    a4_antiques,
    a5_misdeclared_goods,
    a6_parcels,
    a7_stock,
    m1_concealed_in_lorries,
    m5_rail_freight,
)
from training.scenario.typologies.shift import Shift, shift
from training.scenario.world.reference import DENSITY_SPREAD, PRICE_SPREAD
from training.scenario.world.world import World

#: Log mass of a usual parcel, and what a spread of density adds to it; assumed.
_LOG_PARCEL_KG = 0.7
_PARCEL_SPREAD = 0.4

#: Share of road declarations whose lorry is also seen crossing.
_SEEN_CROSSING = 0.45

#: Behaviours that show in a lane's declarations: typology, share of them, how.
_ON_LANES = (
    ("A2", a2_parts_in_consignments.ACTIVE, a2_parts_in_consignments.behaviour),
    ("A3", a3_alarm_weapons.ACTIVE, a3_alarm_weapons.behaviour),
    ("A4", a4_antiques.ACTIVE, a4_antiques.behaviour),
    ("A5", a5_misdeclared_goods.ACTIVE, a5_misdeclared_goods.behaviour),
    ("A6", a6_parcels.ACTIVE, a6_parcels.behaviour),
    ("A7", a7_stock.ACTIVE, a7_stock.behaviour),
)

#: Behaviours that show in what a carrier brings.
_ON_CARRIERS = (
    ("M1", m1_concealed_in_lorries.ACTIVE_TRIPS, m1_concealed_in_lorries.goods_behaviour),
    ("M5", m5_rail_freight.ACTIVE, m5_rail_freight.goods_behaviour),
)

#: How often honest parties do what a typology does too; assumed.
_HONEST = {
    "seal_missing": 0.07,
    "invoice_missing": 0.08,
    "licence_missing": 0.04,
    "certificate_missing": 0.12,
    "temporary": 0.02,
    "temporary_of_certified": 0.35,
    "described_otherwise": 0.05,
    "packed_otherwise": 0.06,
    "generic": 0.10,
    "unloaded_short": 0.06,
}


@dataclass(frozen=True)
class _Sizes:
    """Masses, packages and values (n,), and how they compare with the heading's peers."""

    mass_kg: Floats
    net_kg: Floats
    packages: Integers
    value_eur: Floats
    price: Floats
    density: Floats


def declarations_of_day(
    world: World, *, day: int, midnight: int, freight: int, parcels: int, rng: np.random.Generator
) -> Declarations:
    """Draws a day's declarations; what they carry is not yet drawn.

    Args:
        world: Who trades, by which lanes.
        day: Days since the period began.
        midnight: When the day begins, seconds since 1970.
        freight: How many declarations of freight.
        parcels: How many of parcels.
        rng: Randomness of behaviour.
    """
    lanes, carriers = world.firms.lanes, world.firms.carriers
    lane = _lanes(world, day, freight, parcels, rng)
    n = len(lane)
    good, carrier, mode = lanes.good[lane], lanes.carrier[lane], lanes.mode[lane]
    road = mode == 3
    added, concealed = _behaviour(world, lane, day, rng)
    sizes = _sizes(world, lane, added, rng)

    lodged = np.sort(midnight + seconds_of_day(rng, rng.random(n) < 0.22))
    at_hand = rng.random(n) < 0.7
    presented = lodged - rng.integers(600, 7200, n)
    late = rng.normal(0, 2.5, n) + carriers.late_hours[carrier] + added.late_hours
    late += np.where(rng.random(n) < 0.15, rng.exponential(6.0, n), 0.0)
    ahead = lodged + rng.integers(2 * 3600, 30 * 3600, n)
    expected = np.where(at_hand, presented - np.rint(late * 3600).astype(np.int64), ahead)
    departed = expected - np.rint(3600 * np.exp(rng.normal(3.4, 0.5, n))).astype(np.int64)

    containers = ((mode == 1) | (road & (rng.random(n) < 0.12))).astype(np.int64)
    transit = road & (rng.random(n) < 0.3)
    sealed = transit | (containers > 0) | (mode == 2)
    seal_missing = sealed & _either(added.seal_missing, "seal_missing", rng)
    licensed, certified = world.goods.licensed[good], world.goods.certified[good]
    usual_temporary = np.where(certified, _HONEST["temporary_of_certified"], _HONEST["temporary"])
    stand_in = weighted(rng, world.goods.share, n)
    return Declarations(
        lane=lane,
        stratum=lanes.stratum[lane],
        lodged=lodged,
        departed=departed,
        expected=expected,
        presented=np.where(at_hand, presented, -1),
        mass_kg=sizes.mass_kg,
        net_kg=sizes.net_kg,
        packages=sizes.packages,
        value_eur=sizes.value_eur,
        price=sizes.price,
        density=sizes.density,
        transit=transit,
        temporary=added.temporary | (rng.random(n) < usual_temporary),
        containers=containers,
        seals=np.where(sealed & ~seal_missing, 1, 0),
        seal_missing=seal_missing,
        invoice_missing=_either(added.invoice_missing, "invoice_missing", rng),
        licence_missing=licensed & _either(added.licence_missing, "licence_missing", rng),
        certificate_missing=certified
        & _either(added.certificate_missing, "certificate_missing", rng),
        described_as=np.where(
            _either(added.described_otherwise, "described_otherwise", rng), stand_in, good
        ),
        packed_as=np.where(
            _either(added.packed_otherwise, "packed_otherwise", rng), stand_in, good
        ),
        generic=_either(added.generic, "generic", rng) & (lanes.stratum[lane] == PARCEL),
        unloaded_short=_either(added.unloaded_short, "unloaded_short", rng),
        lorry=np.where(road, world.vehicles.lorry_of(carrier, rng, day=day), -1),
        crosses=road & (rng.random(n) < _SEEN_CROSSING),
        concealed=concealed & road,
        behaviour=np.where(
            lanes.typology[lane] > 0,
            lanes.typology[lane],
            np.where(np.isin(mode, (2, 3)), carriers.typology[carrier], 0),
        ),
        carries=nothing(n),
    )


def _lanes(
    world: World, day: int, freight: int, parcels: int, rng: np.random.Generator
) -> Integers:
    """Lanes (n,) in use today, in an order left to chance."""
    lanes = world.firms.lanes
    weights = world.firms.lane_weights(day)
    drawn = [
        weighted(rng, weights * (lanes.stratum == stratum), n)
        for stratum, n in ((FREIGHT, freight), (PARCEL, parcels))
        if n
    ]
    return rng.permutation(np.concatenate(drawn))


def _behaviour(
    world: World, lane: Integers, day: int, rng: np.random.Generator
) -> tuple[Shift, Flags]:
    """What typologies change of these declarations, and whether people may be on board."""
    lanes, carriers, profile = world.firms.lanes, world.firms.carriers, world.profile
    n = len(lane)
    avoided = shocks.eased(profile, day)
    added = shift(np.zeros(n, dtype=bool))
    for name, share, behaviour in _ON_LANES:
        active = (lanes.typology[lane] == CODES[name]) & (rng.random(n) < share)
        added = added.joined(behaviour(active & (not shocks.held_back(profile, name, day)), rng))
    concealed = np.zeros(n, dtype=bool)
    typology, mode = carriers.typology[lanes.carrier[lane]], lanes.mode[lane]
    for name, share, behaviour in _ON_CARRIERS:
        active = (typology == CODES[name]) & (mode == (3 if name == "M1" else 2))
        active &= (rng.random(n) < share) & (not shocks.held_back(profile, name, day))
        added = added.joined(behaviour(active, rng))
        concealed |= active
    return added.avoiding(avoided, rng), concealed


def _sizes(world: World, lane: Integers, added: Shift, rng: np.random.Generator) -> _Sizes:
    lanes, traders, goods = world.firms.lanes, world.firms.traders, world.goods
    good, consignee, n = lanes.good[lane], lanes.consignee[lane], len(lane)
    parcel = lanes.stratum[lane] == PARCEL
    drawn_density = traders.density_bias[consignee] + added.density + rng.normal(0, 0.8, n)
    usual_lot = goods.log_lot[good] + traders.log_lot_bias[consignee] + added.log_mass
    # A parcel holds a few pieces of what otherwise comes in lots; dense ones weigh more.
    in_parcel = _LOG_PARCEL_KG + _PARCEL_SPREAD * drawn_density
    log_mass = np.where(parcel, in_parcel, usual_lot) + rng.normal(0, 0.7, n)
    lightest, heaviest = np.where(parcel, 0.1, 2.0), np.where(parcel, 31.0, 24_000.0)
    mass = np.round(np.clip(np.exp(log_mass), lightest, heaviest), 2)
    per_package = np.exp(goods.log_density[good] + DENSITY_SPREAD * drawn_density)
    packages = np.maximum(1, np.rint(mass / per_package)).astype(np.int64)
    packages = np.where(parcel, 1, packages)
    drawn_price = traders.price_bias[consignee] + added.price + rng.normal(0, 0.8, n)
    value = mass * np.exp(goods.log_price[good] + PRICE_SPREAD * drawn_price)
    # Whoever stays under the limit for parcels declares a value a little below it.
    value = np.where(parcel & added.just_under, rng.uniform(*JUST_UNDER_EUR, n), value)
    value = np.maximum(np.round(value, 2), 0.05)
    share = np.clip(rng.uniform(0.9, 0.99, n) - added.net_gap, 0.3, 0.99)
    price = (np.log(value / mass) - goods.log_price[good]) / PRICE_SPREAD
    density = (np.log(mass / packages) - goods.log_density[good]) / DENSITY_SPREAD
    return _Sizes(
        mass_kg=mass,
        net_kg=np.round(mass * share, 3),
        packages=packages,
        value_eur=value,
        price=price,
        # A parcel is one package: it is compared with other parcels.
        density=np.where(parcel, np.log(mass) - _LOG_PARCEL_KG, density),
    )


def _either(planted: Flags, honest: str, rng: np.random.Generator) -> Flags:
    return np.asarray(planted | (rng.random(len(planted)) < _HONEST[honest]))
