"""What is known of traders when a day begins, and what a declaration's signals are by it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.scenario.days.calendar import is_night
from training.scenario.days.history import FoundShare, LastDay, Window
from training.scenario.days.movements import PARCEL, Declarations, Inspections
from training.scenario.office.control import ARMS, PERSONS
from training.scenario.streams import Floats, Integers
from training.scenario.typologies.a3_alarm_weapons import near_arms
from training.scenario.typologies.a7_stock import scrap
from training.scenario.world.reference import ORIGINS
from training.scenario.world.world import World

#: Lots below this mass count towards splitting.
SMALL_LOT_KG = 500.0

#: Values just under the limit for duty-free parcels, in EUR.
JUST_UNDER_EUR = (120.0, 150.0)

#: Countries of dispatch at the southern end of the corridors.
_SOUTH = np.array([country in ("TR", "GR", "BG", "MK") for country, *_ in ORIGINS])

#: Prices and masses are kept in thousandths, as integers.
_THOUSAND = 1000


class TradeHistory:
    """What is known of consignees, consignors, brokers, drop points and lanes."""

    def __init__(self, world: World) -> None:
        self._world = world
        traders, lanes = world.firms.traders, world.firms.lanes
        consignees, consignors = len(traders.number), len(traders.consignor_number)
        self._near_arms, self._scrap = near_arms(world.goods.code), scrap(world.goods.code)
        self._small_lots = Window(consignees, days=30)
        self._prices = Window(consignees, days=30)
        self._priced = Window(consignees, days=30)
        self._log_masses = Window(consignees, days=90)
        self._lots = Window(consignees, days=90)
        self._temporary = Window(consignees, days=90)
        self._otherwise = Window(consignees, days=60)
        self._consignees, self._consignors = LastDay(consignees), LastDay(consignors)
        self._lanes = LastDay(len(lanes.good))
        pairs = lanes.consignor * (len(world.firms.drop_points) + 1) + lanes.drop_point
        self._sender_at_point = np.unique(pairs, return_inverse=True)[1].reshape(-1)
        self._sent = Window(int(self._sender_at_point.max()) + 1, days=30)
        self.consignee_finds = FoundShare(consignees)
        self.consignor_finds = FoundShare(consignors)
        self.declarant_finds = FoundShare(len(traders.declarant_number))
        self.drop_point_finds = FoundShare(len(world.firms.drop_points))

    def signals(
        self, declared: Declarations, fleet_people: FoundShare, day: int
    ) -> dict[str, Floats]:
        """Signals (n,) of today's declarations, by what was known before today."""
        world, lanes, lane = self._world, self._world.firms.lanes, declared.lane
        good, mode = lanes.good[lane], lanes.mode[lane]
        consignee, consignor = lanes.consignee[lane], lanes.consignor[lane]
        # Natural persons get no history.
        known = np.where(world.firms.traders.natural_person[consignee], 0.0, 1.0)
        at_hand = declared.presented >= 0
        late = (declared.presented - declared.expected) / 3600 / 8
        priced = self._priced.total[consignee]
        mean_price = self._prices.total[consignee] / (_THOUSAND * np.maximum(priced, 1))
        lots = self._lots.total[consignee]
        mean_mass = self._log_masses.total[consignee] / (_THOUSAND * np.maximum(lots, 1))
        low, high = JUST_UNDER_EUR
        return {
            "by_road": _number(mode == 3),
            "by_rail": _number(mode == 2),
            "from_south": _number(_SOUTH[lanes.origin[lane]]),
            "of_region": _number(world.of_region[lanes.origin[lane]]),
            "metal_heading": _number(world.goods.metal[good]),
            "near_arms": _number(self._near_arms[good]),
            "certified": _number(world.goods.certified[good]),
            "scrap": _number(self._scrap[good]),
            "low_price": np.clip(-declared.price, 0, 3),
            "dense_packages": np.clip(declared.density, 0, 3),
            "tare_gap": np.clip((0.90 - declared.net_kg / declared.mass_kg) * 10, 0, 3),
            "just_under": _number((declared.value_eur >= low) & (declared.value_eur < high)),
            "larger_lot": known * (lots >= 2) * np.clip(np.log(declared.mass_kg) - mean_mass, 0, 3),
            "invoice_missing": _number(declared.invoice_missing),
            "licence_missing": _number(declared.licence_missing),
            "certificate_missing": _number(declared.certificate_missing),
            "seal_missing": _number(declared.seal_missing),
            "temporary": _number(declared.temporary),
            "described_otherwise": _number(declared.described_as != good),
            "packed_otherwise": _number(declared.packed_as != good),
            "generic": _number(declared.generic),
            "unloaded_short": _number(declared.unloaded_short),
            "late": np.where(at_hand, np.clip(late, 0, 3), 0.0),
            "presented_at_night": _number(at_hand & is_night(declared.presented)),
            "new_consignee": known * self._consignees.new(consignee, day),
            "new_sender": self._consignors.new(consignor, day),
            "new_pair": self._lanes.new(lane, day) * (1 - self._consignees.new(consignee, day)),
            "silent": np.clip((self._consignors.pause(consignor, day) - 20) / 40, 0, 2),
            "small_lots": known * _doublings(self._small_lots.total[consignee]),
            "past_low_price": known * (priced >= 2) * np.clip(-mean_price, 0, 2),
            "past_temporary": known * _doublings(self._temporary.total[consignee]),
            "past_described_otherwise": known * _doublings(self._otherwise.total[consignee]),
            "same_sender": _number(declared.stratum == PARCEL)
            * _doublings(self._sent.total[self._sender_at_point[lane]]),
            "consignee_finds": known * self.consignee_finds.signal(consignee),
            "consignor_finds": self.consignor_finds.signal(consignor),
            "declarant_finds": self.declarant_finds.signal(lanes.declarant[lane]),
            "drop_point_finds": self.drop_point_finds.signal(lanes.drop_point[lane]),
            "fleet_people": fleet_people.signal(lanes.carrier[lane]),
        }  # fmt: skip

    def close_day(self, declared: Declarations, day: int) -> None:
        """Takes the day's declarations into the windows."""
        lanes, lane = self._world.firms.lanes, declared.lane
        consignee = lanes.consignee[lane]
        self._small_lots.close_day(consignee[declared.mass_kg < SMALL_LOT_KG])
        self._prices.close_day(consignee, _thousandths(declared.price))
        self._priced.close_day(consignee)
        self._log_masses.close_day(consignee, _thousandths(np.log(declared.mass_kg)))
        self._lots.close_day(consignee)
        self._temporary.close_day(consignee[declared.temporary])
        self._otherwise.close_day(consignee[declared.described_as != lanes.good[lane]])
        self._consignees.note(consignee, day)
        self._consignors.note(lanes.consignor[lane], day)
        self._lanes.note(lane, day)
        self._sent.close_day(self._sender_at_point[lane[declared.stratum == PARCEL]])

    def learn(self, outcomes: Sequence[Inspections]) -> None:
        """Takes outcomes that became known today; a corrected one is no second inspection."""
        lanes = self._world.firms.lanes
        inspected = _all([done.entity[done.version == 1] for done in outcomes])
        arms = _all([done.entity[done.result == ARMS] for done in outcomes])
        for share, parties in (
            (self.consignee_finds, lanes.consignee),
            (self.consignor_finds, lanes.consignor),
            (self.declarant_finds, lanes.declarant),
            (self.drop_point_finds, lanes.drop_point),
        ):
            share.close_day(parties[inspected], parties[arms])


class FleetHistory:
    """How much was found with each carrier, in its lorries and wagons or in goods it brought."""

    def __init__(self, carriers: int) -> None:
        self.people, self.arms = FoundShare(carriers), FoundShare(carriers)

    def learn(self, outcomes: Sequence[Inspections]) -> None:
        """Takes outcomes that became known today."""
        inspected = _all([done.carrier[done.version == 1] for done in outcomes])
        for share, result in ((self.people, PERSONS), (self.arms, ARMS)):
            share.close_day(inspected, _all([d.carrier[d.result == result] for d in outcomes]))


def _number(flags: np.ndarray[tuple[int], np.dtype[np.bool_]]) -> Floats:
    return np.asarray(flags, dtype=np.float64)


def _doublings(counts: Integers) -> Floats:
    """log2(1 + counts) / 2, at most 2."""
    return np.asarray(np.minimum(np.log2(1.0 + counts) / 2, 2.0))


def _thousandths(values: Floats) -> Integers:
    return np.rint(values * _THOUSAND).astype(np.int64)


def _all(parts: list[Integers]) -> Integers:
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])
