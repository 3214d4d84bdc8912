"""Who trades with whom: traders, brokers and carriers, and the lanes between them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.scenario.identifiers import trader_numbers
from training.scenario.profile import Profile
from training.scenario.reference import ORIGINS, Goods, Names, Posts
from training.scenario.streams import Flags, Floats, Integers, activity, weighted
from training.scenario.typologies import CONCEALED, PARTS
from training.scenario.typologies.parts_in_consignments import (
    METAL_LANES,
    MOST_ACTIVITY,
    NEW_FIRMS,
)

#: Modes of transport at the border (EUCDM 19 03), the kind of post they use, and assumed shares.
_MODES = (
    (3, "road", 0.74),
    (1, "port", 0.11),
    (2, "rail", 0.05),
    (4, "air", 0.06),
    (5, "air", 0.04),
)
_LANES_PER_CONSIGNEE = 2.5


@dataclass(frozen=True)
class Carriers:
    """Firms that carry, as columns (n,); `weight_bias_kg` is how far their papers are usually off."""

    number: Names
    activity: Floats
    weight_bias_kg: Floats
    late_hours: Floats
    typology: Integers


@dataclass(frozen=True)
class Traders:
    """Consignees (n,) with their ways, and the numbers of the firms they deal with."""

    number: Names
    natural_person: Flags
    aeo: Flags
    born_day: Integers
    price_bias: Floats
    density_bias: Floats
    log_lot_bias: Floats
    typology: Integers
    consignor_number: Names
    declarant_number: Names


@dataclass(frozen=True)
class Lanes:
    """Standing trade, as columns (n,): who sends what to whom, from where, how, and from which day."""

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


@dataclass(frozen=True)
class Firms:
    """Everybody who trades, and the lanes between them."""

    carriers: Carriers
    traders: Traders
    lanes: Lanes


def draw_firms(profile: Profile, posts: Posts, goods: Goods, rng: np.random.Generator) -> Firms:
    """Firms enough for the profile's declarations."""
    declarations = profile.movements * profile.mix.consignments / profile.seasons
    per = profile.population
    carriers = _carriers(profile, max(20, round(declarations / per.declarations_per_carrier)), rng)
    consignees = max(20, round(declarations / per.declarations_per_consignee))
    consignors = max(20, round(declarations / per.declarations_per_consignor))
    declarants = max(5, round(declarations / per.declarations_per_declarant))
    traders = _traders(profile, (consignees, consignors, declarants), posts, rng)
    return Firms(carriers, traders, _lanes(traders, carriers, posts, goods, rng))


def _carriers(profile: Profile, n: int, rng: np.random.Generator) -> Carriers:
    countries = rng.choice(["RS", "MK", "TR", "BG", "HU", "BA", "RO", "AL"], n)
    concealed = rng.random(n) < profile.planted.concealed_in_lorries
    concealed[0] = True  # at least one, however small the period
    return Carriers(
        number=trader_numbers(rng, countries),
        activity=activity(rng, n),
        weight_bias_kg=rng.normal(0, 110, n),
        late_hours=np.abs(rng.normal(0, 1.2, n)),
        typology=np.where(concealed, CONCEALED, 0),
    )


def _traders(
    profile: Profile, counts: tuple[int, int, int], posts: Posts, rng: np.random.Generator
) -> Traders:
    consignees, consignors, declarants = counts
    parts = rng.random(consignees) < profile.planted.parts_in_consignments
    parts[0] = True  # at least one, however small the period
    old = np.where(parts, 1 - NEW_FIRMS, 1 - profile.population.born_in_season)
    newcomers = 1 - old**profile.seasons
    born = np.where(
        rng.random(consignees) < newcomers, rng.integers(0, profile.days, consignees), -1000
    )
    local = posts.owner[weighted(rng, posts.lorry_weight, consignees)]
    abroad = np.array([country for country, _, _ in ORIGINS])
    weights = np.array([weight for _, weight, _ in ORIGINS], dtype=np.float64)
    return Traders(
        number=trader_numbers(rng, local),
        natural_person=rng.random(consignees) < profile.population.natural_persons,
        aeo=(rng.random(consignees) < 0.08) & (born < 0),
        born_day=born,
        price_bias=rng.normal(0, 0.55, consignees),
        density_bias=rng.normal(0, 0.55, consignees),
        # Internet shops and spare-part dealers take small lots; wholesalers large ones.
        log_lot_bias=rng.choice([-1.6, 0.0, 0.4], consignees, p=[0.2, 0.6, 0.2]),
        typology=np.where(parts, PARTS, 0),
        consignor_number=trader_numbers(rng, abroad[weighted(rng, weights, consignors)]),
        declarant_number=trader_numbers(
            rng, posts.owner[weighted(rng, posts.lorry_weight, declarants)]
        ),
    )


def _lanes(
    traders: Traders, carriers: Carriers, posts: Posts, goods: Goods, rng: np.random.Generator
) -> Lanes:
    consignees = len(traders.number)
    busy = activity(rng, consignees)
    # Whoever has something to hide does not become one of the largest importers.
    busy = np.where(traders.typology == PARTS, np.minimum(busy, MOST_ACTIVITY), busy)
    each = 1 + rng.poisson(_LANES_PER_CONSIGNEE - 1, consignees)
    consignee = np.repeat(np.arange(consignees), each)
    n = len(consignee)
    # A firm keeps to its trade: most of its lanes are in the good of its first.
    usual = weighted(rng, goods.share, consignees)
    metal = weighted(rng, goods.share * goods.metal, n)
    good = np.where(rng.random(n) < 0.7, usual[consignee], weighted(rng, goods.share, n))
    to_metal = (traders.typology[consignee] == PARTS) & (rng.random(n) < METAL_LANES)
    way = weighted(rng, np.array([weight for _, _, weight in _MODES]), n)
    post = np.zeros(n, dtype=np.int64)
    for code, (_, where, _) in enumerate(_MODES):
        mine = way == code
        post[mine] = weighted(rng, posts.lorry_weight * (posts.mode == where), int(mine.sum()))
    return Lanes(
        consignee=consignee,
        consignor=weighted(rng, activity(rng, len(traders.consignor_number)), n),
        declarant=weighted(rng, activity(rng, len(traders.declarant_number)), n),
        carrier=weighted(rng, carriers.activity, n),
        good=np.where(to_metal, metal, good),
        origin=weighted(rng, np.array([w for _, w, _ in ORIGINS], dtype=np.float64), n),
        mode=np.array([mode for mode, _, _ in _MODES])[way],
        post=post,
        weight=busy[consignee] * rng.uniform(0.3, 1.0, n),
        first_day=np.maximum(
            traders.born_day[consignee],
            np.where(rng.random(n) < 0.2, rng.integers(0, 200, n), -1000),
        ),
    )
