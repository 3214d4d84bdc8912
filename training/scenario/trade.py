"""A day's declarations: what is lodged, how it compares with its peers, and what it carries."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.scenario import link
from training.scenario.calendar import is_night, seconds_of_day
from training.scenario.firms import Firms
from training.scenario.history import NEVER, FoundShare, Window
from training.scenario.reference import DENSITY_SPREAD, ORIGINS, PRICE_SPREAD, Goods
from training.scenario.streams import Flags, Floats, Integers, weighted
from training.scenario.typologies import CONCEALED, PARTS, concealed_in_lorries
from training.scenario.typologies import parts_in_consignments as parts
from training.scenario.vehicles import Vehicles

#: Lots below this mass count towards splitting.
SMALL_LOT_KG = 500.0

#: Countries of dispatch at the southern end of the corridors.
_SOUTH = np.array([country in ("TR", "GR", "BG", "MK") for country, _, _ in ORIGINS])

#: Share of road declarations whose lorry is also seen crossing.
_SEEN_CROSSING = 0.36


@dataclass(frozen=True)
class Declarations:
    """One day's declarations in the order they were lodged, as columns (n,).

    Attributes:
        lodged: Seconds since 1970; `departed`, `expected`, `presented` too (-1: not yet presented).
        price: Log value/kg against the heading's peers, in spreads; `density` likewise kg/package.
        lorry: The vehicle that carries it, -1 where not by road; `crosses`: its crossing is recorded.
    """

    lane: Integers
    lodged: Integers
    departed: Integers
    expected: Integers
    presented: Integers
    mass_kg: Floats
    packages: Integers
    value_eur: Floats
    price: Floats
    density: Floats
    transit: Flags
    containers: Integers
    seals: Integers
    seal_missing: Flags
    invoice_missing: Flags
    lorry: Integers
    crosses: Flags
    concealed: Flags
    typology: Integers
    risk_arms: Floats
    risk_people: Floats
    arms: Flags
    people: Flags


def local_reference(number: str) -> str:
    """The reference a declaration goes by among carriers, from its number in the customs system."""
    return f"L{number[1:]}"


class TradeHistory:
    """What is known of consignees when a day begins."""

    def __init__(self, consignees: int) -> None:
        self.small_lots = Window(consignees, days=30)
        self.prices = Window(consignees, days=30)
        self.priced = Window(consignees, days=30)
        self.first_seen = np.full(consignees, NEVER, dtype=np.int64)
        self.arms_found = FoundShare(consignees)

    def close_day(self, firms: Firms, declared: Declarations, day: int) -> None:
        """Takes the day's declarations into the windows."""
        consignee = firms.lanes.consignee[declared.lane]
        small = consignee[declared.mass_kg < SMALL_LOT_KG]
        self.small_lots.close_day(small)
        self.prices.close_day(consignee, np.rint(declared.price * 1000).astype(np.int64))
        self.priced.close_day(consignee)
        new = consignee[self.first_seen[consignee] == NEVER]
        self.first_seen[new] = day


def declarations_of_day(
    firms: Firms,
    goods: Goods,
    vehicles: Vehicles,
    history: TradeHistory,
    fleets: FoundShare,
    *,
    day: int,
    midnight: int,
    n: int,
    rate: float,
    rng: np.random.Generator,
    carrying: np.random.Generator,
) -> Declarations:
    """Draws a day's declarations.

    Args:
        firms: Who trades, by which lanes.
        goods: What is traded.
        vehicles: Whose lorries carry it.
        history: What is known as the day begins; it is read, not changed.
        fleets: How often people were found with each carrier, as known then.
        day: Days since the period began.
        midnight: When the day begins, seconds since 1970.
        n: How many declarations.
        rate: Multiplier of the published base rates.
        rng: Randomness of behaviour.
        carrying: Randomness of what is carried, given the risk.
    """
    lanes, traders, carriers = firms.lanes, firms.traders, firms.carriers
    lane = weighted(rng, lanes.weight * (lanes.first_day <= day), n)
    consignee, carrier, good = lanes.consignee[lane], lanes.carrier[lane], lanes.good[lane]
    road = lanes.mode[lane] == 3

    is_parts = (traders.typology[consignee] == PARTS) & (rng.random(n) < parts.ACTIVE_DECLARATIONS)
    added = parts.behaviour(is_parts, rng)
    concealed = road & (carriers.typology[carrier] == CONCEALED)
    concealed &= rng.random(n) < concealed_in_lorries.ACTIVE_TRIPS
    hidden = concealed_in_lorries.behaviour(concealed, rng)

    log_mass = goods.log_lot[good] + traders.log_lot_bias[consignee] + added.log_mass
    mass = np.round(np.clip(np.exp(log_mass + rng.normal(0, 0.7, n)), 2.0, 24_000.0), 1)
    drawn_density = traders.density_bias[consignee] + added.density + rng.normal(0, 0.8, n)
    per_package = np.exp(goods.log_density[good] + DENSITY_SPREAD * drawn_density)
    packages = np.maximum(1, np.rint(mass / per_package)).astype(np.int64)
    drawn_price = traders.price_bias[consignee] + added.price + rng.normal(0, 0.8, n)
    value = np.round(mass * np.exp(goods.log_price[good] + PRICE_SPREAD * drawn_price), 2)

    lodged = np.sort(midnight + seconds_of_day(rng, rng.random(n) < 0.22))
    at_hand = rng.random(n) < 0.7
    presented = lodged - rng.integers(600, 7200, n)
    late = rng.normal(0, 2.5, n) + carriers.late_hours[carrier] + hidden.late_hours
    late += np.where(rng.random(n) < 0.15, rng.exponential(6.0, n), 0.0)
    ahead = lodged + rng.integers(2 * 3600, 30 * 3600, n)
    expected = np.where(at_hand, presented - np.rint(late * 3600).astype(np.int64), ahead)
    departed = expected - np.rint(3600 * np.exp(rng.normal(3.4, 0.5, n))).astype(np.int64)

    containers = ((lanes.mode[lane] == 1) | (road & (rng.random(n) < 0.12))).astype(np.int64)
    transit = road & (rng.random(n) < 0.3)
    sealed = transit | (containers > 0)
    seal_missing = sealed & (hidden.seal_missing | (rng.random(n) < 0.07))
    invoice_missing = added.invoice_missing | (rng.random(n) < 0.08)

    known = np.where(traders.natural_person[consignee], 0.0, 1.0)  # natural persons get no history
    price = (np.log(value / mass) - goods.log_price[good]) / PRICE_SPREAD
    density = (np.log(mass / packages) - goods.log_density[good]) / DENSITY_SPREAD
    seen = history.first_seen[consignee]
    # A young ledger is not a new firm: novelty counts once a month has been observed.
    novel = (day >= 30) & ((seen == NEVER) | (day - seen <= 30))
    priced = history.priced.total[consignee]
    mean_price = history.prices.total[consignee] / (1000 * np.maximum(priced, 1))
    risk_arms = link.CONSIGNMENT_ARMS.risk(
        {
            "low_price": np.clip(-price, 0, 3),
            "dense_packages": np.clip(density, 0, 3),
            "metal_heading": goods.metal[good].astype(np.float64),
            "new_consignee": known * novel,
            "small_lots": known
            * np.minimum(np.log2(1.0 + history.small_lots.total[consignee]) / 2, 2.0),
            "past_low_price": known * (priced >= 2) * np.clip(-mean_price, 0, 2),
            "invoice_missing": invoice_missing.astype(np.float64),
            "past_finds": known * history.arms_found.signal(consignee),
        },
        rate=rate,
    )
    risk_people = link.CONSIGNMENT_PEOPLE.risk(
        {
            "by_road": road.astype(np.float64),
            "seal_missing": seal_missing.astype(np.float64),
            "late": np.where(at_hand, np.clip((presented - expected) / 3600 / 8, 0, 3), 0.0),
            "presented_at_night": (at_hand & is_night(presented)).astype(np.float64),
            "from_south": _SOUTH[lanes.origin[lane]].astype(np.float64),
            "past_finds": fleets.signal(carrier),
        },
        rate=rate,
    )
    lorry = np.where(road, vehicles.lorry_of(carrier, rng), -1)
    return Declarations(
        lane=lane,
        lodged=lodged,
        departed=departed,
        expected=expected,
        presented=np.where(at_hand, presented, -1),
        mass_kg=mass,
        packages=packages,
        value_eur=value,
        price=price,
        density=density,
        transit=transit,
        containers=containers,
        seals=np.where(sealed & ~seal_missing, 1, 0),
        seal_missing=seal_missing,
        invoice_missing=invoice_missing,
        lorry=lorry,
        crosses=road & (rng.random(n) < _SEEN_CROSSING),
        concealed=concealed,
        typology=np.where(
            traders.typology[consignee] == PARTS,
            PARTS,
            np.where(road & (carriers.typology[carrier] == CONCEALED), CONCEALED, 0),
        ),
        risk_arms=risk_arms,
        risk_people=risk_people,
        arms=carrying.random(n) < risk_arms,
        people=carrying.random(n) < risk_people,
    )
