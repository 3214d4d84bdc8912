"""A made-up period, lived a day at a time: memory holds the entities and what is still to come."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Protocol

import numpy as np

from training.scenario.days import calendar, shocks
from training.scenario.days.carrying import RISKS, Carrying
from training.scenario.days.journeys import journeys_of_day, redirected
from training.scenario.days.movements import (
    DECLARED_STRATA,
    Carriage,
    Crossings,
    Day,
    Declarations,
    Inspections,
    Passages,
    joined,
)
from training.scenario.days.quotas import Quotas
from training.scenario.days.trade import declarations_of_day
from training.scenario.days.trade_history import FleetHistory, TradeHistory
from training.scenario.days.traffic import crossings_of_day
from training.scenario.days.traffic_history import TrafficHistory
from training.scenario.office.control import corrections, detection_on, inspected
from training.scenario.office.office import Office
from training.scenario.office.selection import Selection
from training.scenario.streams import Stream, stream
from training.scenario.world.vehicles import CLASSES
from training.scenario.world.world import World

_DAY = 86_400

#: A day's numbers have seven digits.
_MOST_NUMBERS = 10_000_000

#: Added to the day, so that the controls of crossings have a stream of their own.
_CROSSINGS = 100_000


class Selector(Protocol):
    """Who selects each day's movements for inspection: `Office`, or somebody from outside."""

    def see(self, today: Day) -> None:
        """Take in the day before anything is chosen of it, with the outcomes known so far."""

    def choose_goods(self, declared: Declarations, day: int, rng: np.random.Generator) -> Selection:
        """Whom to inspect of the declarations of that day; once a day, after `see`."""

    def choose_crossings(self, crossed: Crossings, day: int, rng: np.random.Generator) -> Selection:
        """Whom to inspect of the crossings of that day; once a day, after `choose_goods`."""

    def learn(self, goods: Sequence[Inspections], crossings: Sequence[Inspections]) -> None:
        """Take the outcomes that became known today, those of today's own inspections last."""


class MadeUpPeriod:
    """A period of one world; `live_day` must be called for each day in turn.

    Args:
        world: Whose days they are.
        office: Who selects for inspection; by default the office of the scenario.
    """

    def __init__(self, world: World, office: Selector | None = None) -> None:
        self.world = world
        self._trade, self._traffic = TradeHistory(world), TrafficHistory(world)
        self._fleets = FleetHistory(len(world.firms.carriers.number))
        self._goods_carry = Carrying(world.profile, DECLARED_STRATA)
        self._vehicles_carry = Carrying(world.profile, CLASSES)
        self._office: Selector = Office(world) if office is None else office
        self._quotas = Quotas(world.profile, stream(world.seed, Stream.QUOTAS))
        self._free_from = np.zeros(len(world.vehicles.kind), dtype=np.int64)
        self._coming: dict[int, list[Passages]] = defaultdict(list)
        self._outcomes: dict[tuple[str, int], list[Inspections]] = defaultdict(list)
        self._start = calendar.epoch_seconds(world.profile.first_day)

    @property
    def configured(self) -> Mapping[str, Mapping[str, float]]:
        """Expected number carrying so far by the configured rates, by risk and stratum."""
        kinds = (self._goods_carry.configured, self._vehicles_carry.configured)
        return {risk: {k: v for kind in kinds for k, v in kind[risk].items()} for risk in RISKS}

    def live_day(self, day: int) -> Day:
        """Draws day number `day` (0 is the first) and learns what became known on it."""
        world, seed = self.world, self.world.seed
        midnight = self._start + day * _DAY
        shocks.change_tactics(world.profile, world.vehicles, day)
        carrying = stream(seed, Stream.CARRYING, day)
        declared = self._declared(day, midnight, carrying)
        numbers = self._numbers("D", day, len(declared.lane))
        crossed = self._crossed(day, midnight, declared, numbers, carrying)
        crossing_numbers = self._numbers("P", day, len(crossed.kind))
        today = Day(
            number=day,
            date=world.profile.first_day + timedelta(days=day),
            midnight=midnight,
            declared=declared,
            declaration_numbers=numbers,
            crossed=crossed,
            crossing_numbers=crossing_numbers,
            goods_outcomes=list(self._outcomes.get(("goods", day), ())),
            crossing_outcomes=list(self._outcomes.get(("crossings", day), ())),
        )
        self._office.see(today)
        self._inspect_goods(day, declared, numbers)
        self._inspect_crossings(day, crossed, crossing_numbers)
        goods_known = self._outcomes.pop(("goods", day), [])
        crossings_known = self._outcomes.pop(("crossings", day), [])
        self._trade.learn(goods_known)
        self._traffic.learn(crossings_known, day)
        self._fleets.learn([*goods_known, *crossings_known])
        self._office.learn(goods_known, crossings_known)
        self._trade.close_day(declared, day)
        self._traffic.close_day(crossed, day)
        return replace(today, goods_outcomes=goods_known, crossing_outcomes=crossings_known)

    def _declared(self, day: int, midnight: int, carrying: np.random.Generator) -> Declarations:
        declared = declarations_of_day(
            self.world,
            day=day,
            midnight=midnight,
            freight=self._quotas.of("freight", day),
            parcels=self._quotas.of("parcel", day),
            rng=stream(self.world.seed, Stream.TRADE, day),
        )
        signals = self._trade.signals(declared, self._fleets.people, day)
        carries = self._goods_carry.drawn(signals, declared.stratum, day=day, rng=carrying)
        return replace(declared, carries=carries)

    def _crossed(
        self,
        day: int,
        midnight: int,
        declared: Declarations,
        numbers: list[str],
        carrying: np.random.Generator,
    ) -> Crossings:
        passages = self._passages(day, midnight, declared, numbers)
        crossed = crossings_of_day(
            self.world, passages, stream(self.world.seed, Stream.TRAFFIC, day)
        )
        signals = self._traffic.signals(crossed, self._fleets, day)
        carries = self._vehicles_carry.drawn(
            signals, crossed.kind, day=day, rng=carrying, goods=passages.goods
        )
        return replace(crossed, carries=carries)

    def _passages(
        self, day: int, midnight: int, declared: Declarations, numbers: list[str]
    ) -> Passages:
        """Today's passages in the order of time; journeys that begin today are sent on their way."""
        world = self.world
        begun = journeys_of_day(
            world.vehicles,
            world.posts,
            world.firms.carriers,
            declared,
            numbers,
            world.firms.lanes.post[declared.lane],
            wanted=[self._quotas.of(name, day) for name in CLASSES],
            day=day,
            midnight=midnight,
            free_from=self._free_from,
            closed=self._closed_post(day),
            rng=stream(world.seed, Stream.JOURNEYS, day),
        )
        self._free_from[begun.vehicle] = begun.back_at
        when = (begun.passages.at - self._start) // _DAY
        for each in np.unique(when).tolist():
            if day <= each < world.profile.days:
                self._coming[each].append(begun.passages.take(when == each))
        today = joined(self._coming.pop(day))
        by_post = redirected(
            world.posts, today.post, self._closed_post(day), stream(world.seed, Stream.DETOURS, day)
        )
        today = replace(today, post=by_post)
        return today.take(np.argsort(today.at, kind="stable"))

    def _closed_post(self, day: int) -> int:
        """Index of the post that is closed today, -1 if none is."""
        asked, posts = self.world.profile.shocks, self.world.posts
        if day < self.world.profile.day_number(asked.post_closes):
            return -1
        return int(np.flatnonzero(posts.ids == asked.closed_post)[0])

    def _inspect_goods(self, day: int, declared: Declarations, numbers: list[str]) -> None:
        rng = stream(self.world.seed, Stream.CONTROL, day)
        lanes, lane = self.world.firms.lanes, declared.lane
        done = inspected(
            self._office.choose_goods(declared, day, rng),
            numbers=np.array(numbers, dtype=object),
            post=lanes.post[lane],
            at=declared.lodged,
            carries=declared.carries,
            strata=DECLARED_STRATA,
            stratum=declared.stratum,
            entity=lane,
            carrier=lanes.carrier[lane],
            outcomes=self.world.profile.outcomes,
            detection=detection_on(self.world.profile, day),
            rng=rng,
        )
        self._expect("goods", done, declared.carries, rng)

    def _inspect_crossings(self, day: int, crossed: Crossings, numbers: list[str]) -> None:
        rng = stream(self.world.seed, Stream.CONTROL, _CROSSINGS + day)
        vehicle = crossed.passages.vehicle
        done = inspected(
            self._office.choose_crossings(crossed, day, rng),
            numbers=np.array(numbers, dtype=object),
            post=crossed.passages.post,
            at=crossed.passages.at,
            carries=crossed.carries,
            strata=CLASSES,
            stratum=crossed.kind,
            entity=vehicle,
            carrier=self.world.vehicles.carrier[vehicle],
            outcomes=self.world.profile.outcomes,
            detection=detection_on(self.world.profile, day),
            rng=rng,
        )
        self._expect("crossings", done, crossed.carries, rng)

    def _expect(
        self, subject: str, done: Inspections, carries: Carriage, rng: np.random.Generator
    ) -> None:
        """Keeps outcomes until the day they are known; the period's end cuts off the rest."""
        again = corrections(done, carries, share=self.world.profile.dirt.corrected, rng=rng)
        for made in (done, again):
            when = (made.known - self._start) // _DAY
            for day in np.unique(when[when < self.world.profile.days]).tolist():
                self._outcomes[subject, day].append(made.take(when == day))

    def _numbers(self, letter: str, day: int, n: int) -> list[str]:
        """Numbers (n,) of the day's movements; another seed's are others, so that none is mistaken."""
        stamp = (self.world.profile.first_day + timedelta(days=day)).strftime("%y%m%d")
        first = int(stream(self.world.seed, Stream.NUMBERS, day).integers(0, _MOST_NUMBERS))
        return [f"{letter}{stamp}{(first + i) % _MOST_NUMBERS:07d}" for i in range(n)]
