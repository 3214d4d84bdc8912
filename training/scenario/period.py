"""A made-up period, lived a day at a time: memory holds the entities and what is still to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
from numpy.typing import NDArray

from training.scenario import calendar, office
from training.scenario.control import (
    ARMS,
    PERSONS,
    Inspections,
    corrections,
    inspected,
    selected,
)
from training.scenario.firms import Firms, draw_firms
from training.scenario.journeys import Passages, arriving, joined, returning, starting
from training.scenario.profile import Profile
from training.scenario.reference import load_goods, load_posts
from training.scenario.streams import Flags, Floats, Integers, Stream, stream
from training.scenario.trade import Declarations, TradeHistory, declarations_of_day
from training.scenario.traffic import Crossings, TrafficHistory, crossings_of_day
from training.scenario.typologies import ant_trade, vans_with_cavities
from training.scenario.vehicles import BUS, CAR, LORRY, VAN, Vehicles, draw_vehicles

_DAY = 86_400


@dataclass(frozen=True)
class Day:
    """What happened on a day, and the outcomes that became known on it."""

    date: date
    midnight: int
    declared: Declarations
    declaration_numbers: list[str]
    crossed: Crossings
    crossing_numbers: list[str]
    goods_outcomes: list[Inspections]
    crossing_outcomes: list[Inspections]


class MadeUpPeriod:
    """The entities of one profile and seed; `live_day` must be called for each day in turn."""

    def __init__(self, profile: Profile, seed: int) -> None:
        self.profile, self.seed = profile, seed
        self.posts, self.goods = load_posts(), load_goods()
        self.firms: Firms = draw_firms(profile, self.posts, self.goods, stream(seed, Stream.FIRMS))
        self.vehicles = _planted(profile, self.firms, seed)
        carriers = len(self.firms.carriers.number)
        self._trade = TradeHistory(len(self.firms.traders.number))
        self._traffic = TrafficHistory(len(self.vehicles.kind), carriers)
        self._free_from = np.zeros(len(self.vehicles.kind), dtype=np.int64)
        self._coming: dict[int, list[Passages]] = defaultdict(list)
        self._outcomes: dict[tuple[str, int], list[Inspections]] = defaultdict(list)
        self._start = calendar.epoch_seconds(profile.first_day)
        self._quota = _quotas(profile)

    @property
    def end(self) -> int:
        """The moment the period ends, seconds since 1970."""
        return self._start + self.profile.days * _DAY

    def live_day(self, day: int) -> Day:
        """Draws day number `day` (0 is the first) and learns what became known on it."""
        midnight = self._start + day * _DAY
        carrying = stream(self.seed, Stream.CARRYING, day)
        rate = self.profile.rate_multiplier
        declared = declarations_of_day(
            self.firms,
            self.goods,
            self.vehicles,
            self._trade,
            self._traffic.fleet_finds,
            day=day,
            midnight=midnight,
            n=int(self._quota["goods"][day]),
            rate=rate,
            rng=stream(self.seed, Stream.TRADE, day),
            carrying=carrying,
        )
        numbers = self._numbers("D", day, len(declared.lane))
        passages = self._passages(day, midnight, declared, numbers)
        crossed = crossings_of_day(
            passages,
            self.vehicles,
            self.firms.carriers,
            self.posts,
            self._traffic,
            day=day,
            rate=rate,
            rng=stream(self.seed, Stream.TRAFFIC, 10_000 + day),
            carrying=carrying,
        )
        crossing_numbers = self._numbers("P", day, len(crossed.kind))
        rng = stream(self.seed, Stream.CONTROL, day)
        self._inspect_goods(declared, numbers, rng)
        self._inspect_crossings(crossed, crossing_numbers, rng)
        goods_known = self._outcomes.pop(("goods", day), [])
        crossings_known = self._outcomes.pop(("crossings", day), [])
        self._learn(goods_known, crossings_known, day)
        self._trade.close_day(self.firms, declared, day)
        self._traffic.close_day(crossed, day)
        return Day(
            self.profile.first_day + timedelta(days=day),
            midnight,
            declared,
            numbers,
            crossed,
            crossing_numbers,
            goods_known,
            crossings_known,
        )

    def _passages(
        self, day: int, midnight: int, declared: Declarations, numbers: list[str]
    ) -> Passages:
        """Today's passages in the order of time; those that start now are also sent home."""
        rng = stream(self.seed, Stream.TRAFFIC, day)
        laden = arriving(
            declared, numbers, self.firms.lanes.post[declared.lane], self.vehicles, rng
        )
        begun = [laden]
        for kind, name in ((CAR, "car"), (VAN, "van"), (LORRY, "lorry"), (BUS, "bus")):
            wanted = self._quota[name][day] / 2 - (len(laden.vehicle) if kind == LORRY else 0)
            begun.append(
                starting(
                    self.vehicles,
                    self.posts,
                    self.firms.carriers,
                    kind=kind,
                    n=max(0, round(wanted)),
                    midnight=midnight,
                    free_from=self._free_from,
                    rng=rng,
                )
            )
        out = joined(begun)
        back = returning(out, self.vehicles, self.posts, rng)
        self._free_from[out.vehicle] = back.at
        for passages in (out, back):
            when = (passages.at - self._start) // _DAY
            for each in np.unique(when).tolist():
                if each < self.profile.days:
                    self._coming[each].append(passages.take(when == each))
        today = joined(self._coming.pop(day))
        return today.take(np.argsort(today.at, kind="stable"))

    def _inspect_goods(
        self, declared: Declarations, numbers: list[str], rng: np.random.Generator
    ) -> None:
        lanes, controls = self.firms.lanes, self.profile.controls
        chosen = selected(
            office.goods_score(declared, lanes, self.goods),
            np.full(len(numbers), controls.consignment),
            declared.arms | declared.people,
            controls,
            mean_exp=office.MEAN_EXP_GOODS,
            rng=rng,
        )
        done = inspected(
            chosen,
            numbers=np.array(numbers, dtype=object),
            post=lanes.post[declared.lane],
            at=declared.lodged,
            arms=declared.arms,
            people=declared.people,
            entity=lanes.consignee[declared.lane],
            carrier=lanes.carrier[declared.lane],
            light=None,
            outcomes=self.profile.outcomes,
            rng=rng,
        )
        self._expect("goods", done, declared.arms, declared.people, rng)

    def _inspect_crossings(
        self, crossed: Crossings, numbers: list[str], rng: np.random.Generator
    ) -> None:
        controls, passages = self.profile.controls, crossed.passages
        chosen = selected(
            office.crossing_score(crossed, self.vehicles, self.posts),
            office.class_rates(crossed, controls),
            crossed.arms | crossed.people,
            controls,
            mean_exp=office.MEAN_EXP_CROSSING[crossed.kind],
            rng=rng,
        )
        done = inspected(
            chosen,
            numbers=np.array(numbers, dtype=object),
            post=passages.post,
            at=passages.at,
            arms=crossed.arms,
            people=crossed.people,
            entity=passages.vehicle,
            carrier=self.vehicles.carrier[passages.vehicle],
            light=(crossed.kind == CAR) | (crossed.kind == VAN),
            outcomes=self.profile.outcomes,
            rng=rng,
        )
        self._expect("crossings", done, crossed.arms, crossed.people, rng)

    def _expect(
        self, subject: str, done: Inspections, arms: Flags, people: Flags, rng: np.random.Generator
    ) -> None:
        """Keeps outcomes until the day they are known; the period's end cuts off the rest."""
        again = corrections(done, arms, people, self.profile.dirt.corrected, rng)
        for made in (done, again):
            when = (made.known - self._start) // _DAY
            for day in np.unique(when[when < self.profile.days]).tolist():
                self._outcomes[subject, day].append(made.take(when == day))

    def _learn(
        self, goods: Sequence[Inspections], crossings: Sequence[Inspections], day: int
    ) -> None:
        """Takes the outcomes that became known today; a corrected one is no second inspection."""
        for done in crossings:
            self._traffic.arms_found.note(done.entity[done.result == ARMS], day)
            self._traffic.people_found.note(done.entity[done.result == PERSONS], day)
        self._trade.arms_found.close_day(
            _all([d.entity[d.version == 1] for d in goods]),
            _all([d.entity[d.result == ARMS] for d in goods]),
        )
        both = [*goods, *crossings]
        self._traffic.fleet_finds.close_day(
            _all([d.carrier[(d.version == 1) & (d.carrier >= 0)] for d in both]),
            _all([d.carrier[(d.result == PERSONS) & (d.carrier >= 0)] for d in both]),
        )

    def _numbers(self, letter: str, day: int, n: int) -> list[str]:
        stamp = (self.profile.first_day + timedelta(days=day)).strftime("%y%m%d")
        return [f"{letter}{stamp}{i:06d}" for i in range(n)]


def _all(parts: list[Integers]) -> Integers:
    return np.concatenate([np.empty(0, dtype=np.int64), *parts])


def _planted(profile: Profile, firms: Firms, seed: int) -> Vehicles:
    rng = stream(seed, Stream.VEHICLES)
    posts = load_posts()
    vehicles = draw_vehicles(profile, posts, firms.carriers, rng)
    draws = rng.random((2, len(vehicles.kind)))
    light = (vehicles.kind == CAR) | (vehicles.kind == VAN)
    ants = light & (vehicles.carrier < 0) & (draws[0] < profile.planted.ant_trade)
    cavities = (vehicles.kind == VAN) & ~ants & (draws[1] < profile.planted.vans_with_cavities)
    # At least one of each, however small the period.
    ants[np.flatnonzero(vehicles.kind == CAR)[0]] = True
    cavities[np.flatnonzero(vehicles.kind == VAN)[0]] = True
    ant_trade.plant(vehicles, posts, ants, rng)
    vans_with_cavities.plant(vehicles, cavities)
    return vehicles


def _quotas(profile: Profile) -> dict[str, NDArray[np.int64]]:
    """Movements of each sort for each day: the profile's total, spread by the calendar."""
    days = [profile.first_day + timedelta(days=d) for d in range(profile.days)]
    light = np.array([calendar.car_volume(day) for day in days])
    freight = np.array([calendar.lorry_volume(day) for day in days])
    trade = np.array([calendar.trade_volume(day) for day in days])
    mix = profile.mix
    goods = profile.movements * mix.consignments
    crossings = profile.movements - goods
    cars = 1 - mix.vans - mix.lorries - mix.buses

    def spread(total: float, volume: Floats) -> Integers:
        return np.asarray(np.maximum(1, np.rint(total * volume / volume.sum())), dtype=np.int64)

    return {
        "goods": spread(goods, trade),
        "car": spread(crossings * cars, light),
        "van": spread(crossings * mix.vans, (light + freight) / 2),
        "lorry": spread(crossings * mix.lorries, freight),
        "bus": spread(crossings * mix.buses, np.sqrt(light)),
    }
