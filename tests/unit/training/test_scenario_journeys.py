"""Journeys take their time, lead where roads lead, and carry what they carry."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from numpy.typing import NDArray

from tests.scenario_seasons import (
    DAY,
    DAYS,
    Lived,
    World,
    a_world,
    by_journey,
    lived,
    some_declarations,
)
from training.scenario.days import calendar
from training.scenario.days.itineraries import accompanied, out_and_back
from training.scenario.days.loads import loads_of_day
from training.scenario.days.movements import (
    Carriage,
    joined,
)
from training.scenario.streams import Flags, Integers
from training.scenario.typologies import CODES, m5_rail_freight
from training.scenario.typologies.m1_concealed_in_lorries import ACTIVE_TRIPS
from training.scenario.world.reference import (
    EU,
    QUIET_WEIGHT,
)
from training.scenario.world.vehicles import (
    BUS,
    CAR,
    CLASSES,
    LORRY,
    TRAIN,
    USES,
    VAN,
)

# The generator is long settled; `make check` leaves it to `make test`.
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world() -> World:
    return a_world(days=DAYS, movements=80_000)


@pytest.fixture(scope="module")
def season(world: World) -> Lived:
    return lived(world)


def test_a_month_has_as_many_passages_of_each_class_as_wanted(season: Lived) -> None:
    for month in (season.day < 30, season.day >= 30):
        found = np.bincount(season.kind[month], minlength=len(CLASSES))

        np.testing.assert_allclose(found, season.wanted[:30].sum(axis=0), rtol=0.06)


def test_a_vehicle_is_in_one_place_at_a_time(season: Lived) -> None:
    passages = by_journey(joined([each.passages for each in season.begun]))
    same = passages.vehicle[1:] == passages.vehicle[:-1]
    goes_on = same & (passages.last_post[1:] >= 0)

    assert np.array_equal(passages.last_at[1:][goes_on], passages.at[:-1][goes_on])
    assert np.array_equal(passages.last_post[1:][goes_on], passages.post[:-1][goes_on])
    assert goes_on.sum() > 10_000
    assert np.all(passages.at[1:][same] > passages.at[:-1][same])


def test_whoever_is_back_is_free_again_and_not_before(season: Lived) -> None:
    for begun in season.begun:
        assert len(np.unique(begun.vehicle)) == len(begun.vehicle)
        last = np.zeros(len(season.world.vehicles.kind), dtype=np.int64)
        np.maximum.at(last, begun.passages.vehicle, begun.passages.at)

        assert np.array_equal(last[begun.vehicle], begun.back_at)


def test_through_journeys_pass_countries_in_order(season: Lived) -> None:
    posts, passages = season.world.posts, by_journey(season.passages)
    # Of journeys under way when the period began, the beginning was never seen.
    seen = np.append(False, passages.vehicle[1:] == passages.vehicle[:-1])
    onward = np.flatnonzero((passages.last_post >= 0) & seen)
    post, before = passages.post[onward], passages.post[onward - 1]
    start = np.where(passages.leaving[onward], posts.owner[post], posts.beyond[post])
    left = passages.leaving[onward - 1]
    into = np.where(left, posts.beyond[before], posts.owner[before])
    eu = sorted(EU)
    far = posts.owner[post] != posts.owner[before]

    assert far.sum() > 200
    assert np.all((start == into) | (np.isin(start, eu) & np.isin(into, eu)) | ~far)


def test_driving_takes_its_time(season: Lived) -> None:
    posts, passages = season.world.posts, season.passages
    onward = (passages.last_post >= 0) & (passages.last_post != passages.post)
    onward &= posts.owner[passages.last_post] != posts.owner[passages.post]
    hours = (passages.at - passages.last_at)[onward] / 3600
    usual = posts.hours[passages.last_post, passages.post][onward]

    # `usual` holds a stop of two hours that cars do not make.
    assert (hours / usual).min() > 0.1
    assert 0.7 < np.median(hours / usual) < 2.5


def test_the_first_week_is_as_busy_as_the_others(season: Lived) -> None:
    """Whoever set out before the period returns in it."""
    kind, day = season.kind, season.day
    for code in (CAR, VAN, LORRY):
        weeks = np.bincount(day[kind == code] // 7)[: DAYS // 7]

        assert weeks[0] == pytest.approx(weeks[1:].mean(), rel=0.06)


def test_companions_pass_minutes_later_and_mostly_return_so(world: World) -> None:
    vehicles, posts = world.vehicles, world.posts
    lead = np.flatnonzero((vehicles.companion >= 0) & posts.road[vehicles.home_post])
    n, home = len(lead), vehicles.home_post[lead]
    ways = out_and_back(
        vehicles,
        posts,
        vehicle=lead,
        post=home,
        at=np.full(n, 10 * DAY),
        leaving=np.ones(n, dtype=bool),
        late_hours=np.zeros(n),
        rng=np.random.default_rng(4),
    )
    with_them = accompanied(
        ways,
        vehicles.companion[lead],
        vehicles,
        returns_together=0.7,
        rng=np.random.default_rng(5),
    )
    behind = with_them.at - ways.at

    assert np.all((behind[:, 0] >= 60) & (behind[:, 0] <= 12 * 60))
    together = (behind[:, 1] >= 60) & (behind[:, 1] <= 12 * 60)
    assert together.mean() == pytest.approx(0.7, abs=0.05)
    assert np.all(with_them.at[:, 1] > with_them.at[:, 0])
    assert np.array_equal(with_them.posts, ways.posts)
    assert np.array_equal(with_them.leaving, ways.leaving)


def test_companions_come_along_about_as_often_as_they_would(season: Lived) -> None:
    vehicles, pairs = season.world.vehicles, 0
    paired = 0
    for begun in season.begun[1:]:
        first = begun.passages.take(begun.passages.last_post < 0)
        post = dict(zip(first.vehicle.tolist(), first.post.tolist(), strict=True))
        for vehicle in post:
            other = int(vehicles.companion[vehicle])
            paired += other >= 0
            pairs += other >= 0 and post.get(other) == post[vehicle]

    # Of trips by either of two that go together every second time, two thirds are together.
    assert paired > 500
    assert pairs / paired == pytest.approx(2 / 3, abs=0.1)


def test_a_closed_post_sends_its_traffic_to_its_neighbours(world: World, season: Lived) -> None:
    shut = lived(world, closed_from=0)
    posts = world.posts
    closed = int(np.flatnonzero(posts.ids == "RS-HU-01")[0])
    near = posts.near[closed]
    open_counts = np.bincount(season.passages.post, minlength=len(posts.ids))
    counts = np.bincount(shut.passages.post, minlength=len(posts.ids))

    assert open_counts[closed] > 500
    assert counts[closed] == 0
    assert counts[near].sum() - open_counts[near].sum() > 0.7 * open_counts[closed]
    assert np.all(posts.owner[near] == posts.owner[closed])


def test_small_posts_are_quiet_at_night_and_quiet_ones_are_not_empty(season: Lived) -> None:
    posts, passages = season.world.posts, season.passages
    night = calendar.is_night(passages.at)
    small = posts.night_closed[passages.post]
    quiet = (posts.car_weight[passages.post] <= QUIET_WEIGHT) & posts.road[passages.post] & ~small

    assert 0.0 < night[small].mean() < 0.1
    assert night[quiet].mean() > 0.15


def test_each_class_has_its_own_hours() -> None:
    n = 20_000
    kind = np.repeat(np.arange(len(CLASSES)), n)
    at = calendar.seconds_of_day(np.random.default_rng(1), np.zeros(5 * n, dtype=bool), kind)
    by_hour = np.array([np.bincount(at[kind == k] // 3600, minlength=24) for k in range(5)])

    assert np.all(by_hour[:, [0, 3, 22]] == 0)
    assert np.argmax(by_hour[CAR]) in (16, 17, 18)
    assert np.argmax(by_hour[VAN]) in (7, 8, 9)
    assert by_hour[BUS, 6] > 1.2 * by_hour[BUS, 13]
    assert by_hour[TRAIN, 5:22].max() < 1.15 * by_hour[TRAIN, 5:22].min()


def test_those_who_work_abroad_go_through_in_summer() -> None:
    shares = []
    for first in (date(2026, 5, 18), date(2026, 7, 20)):
        few = a_world(days=14, movements=20_000, first_day=first)
        passages = lived(few).passages
        diaspora = few.vehicles.use[passages.vehicle] == USES.index("diaspora")
        cars = few.vehicles.kind[passages.vehicle] == CAR
        shares.append(diaspora[cars].mean())

    assert shares[1] > 3 * shares[0]


def test_people_are_hidden_only_by_carriers_that_do_so() -> None:
    some = a_world(days=20, movements=30_000)
    carriers = some.firms.carriers
    carriers.typology[::2] = np.where(carriers.by_rail[::2], CODES["M5"], CODES["M1"])
    passages = lived(some).passages
    carrier = some.vehicles.carrier[passages.vehicle]
    by = np.where(carrier >= 0, carriers.typology[carrier], 0)
    kind = some.vehicles.kind[passages.vehicle]

    assert np.all(by[passages.concealed] > 0)
    for code, name, expected in (
        (LORRY, "M1", ACTIVE_TRIPS),
        (TRAIN, "M5", m5_rail_freight.ACTIVE),
    ):
        mine = (kind == code) & (by == CODES[name])
        assert passages.concealed[mine].mean() == pytest.approx(expected, abs=0.2)
    own = some.vehicles.trailer[passages.vehicle]
    swapped, lorry = passages.trailer != own, (kind == LORRY)
    assert swapped[lorry & passages.concealed].mean() > 2 * swapped[lorry & (by == 0)].mean()


def test_the_same_seed_makes_the_same_journeys(season: Lived) -> None:
    again = lived(a_world(days=DAYS, movements=80_000))

    assert np.array_equal(again.passages.at, season.passages.at)
    assert np.array_equal(again.passages.references, season.passages.references)
    assert np.array_equal(again.world.vehicles.plate, season.world.vehicles.plate)


# Declared goods


def test_goods_that_cross_are_on_one_lorry_that_is_not_overloaded(world: World) -> None:
    rng = np.random.default_rng(8)
    declared = some_declarations(world, 3000, day=4, midnight=0, rng=rng)
    numbers = [f"D{i:05d}" for i in range(3000)]
    post = world.firms.lanes.post[declared.lane]
    free = world.vehicles.weights(4) > 0
    loads = loads_of_day(declared, numbers, post, world.vehicles, day=4, free=free, rng=rng)
    aboard = [[int(name[1:]) for name in text.split(";")] for text in loads.references.tolist()]
    rows = np.array([row for load in aboard for row in load])

    assert len(np.unique(rows)) == len(rows)
    assert len(rows) > 0.7 * declared.crosses.sum()
    assert len(np.unique(loads.vehicle)) == len(loads.vehicle)
    assert max(map(len, aboard)) == 3
    assert loads.load_kg.max() <= 24_500
    carrier = world.vehicles.carrier
    for load, vehicle, where, ready in zip(
        aboard, loads.vehicle, loads.post, loads.ready, strict=True
    ):
        assert np.all(declared.crosses[load])
        assert np.all(carrier[declared.lorry[load]] == carrier[vehicle])
        assert np.all(post[load] == where)
        assert declared.lodged[load].max() == ready


def test_a_lorry_carries_what_its_goods_carry(world: World) -> None:
    rng = np.random.default_rng(9)
    declared = some_declarations(world, 2000, day=4, midnight=0, rng=rng)
    n = len(declared.lane)
    carries = Carriage(
        risk_arms=rng.random(n) / 3,
        risk_people=rng.random(n) / 3,
        arms=rng.random(n) < 0.3,
        people=rng.random(n) < 0.3,
        arms_by=rng.integers(1, 6, n),
        people_by=rng.integers(1, 6, n),
        pieces=rng.integers(0, 9, n),
    )
    post = world.firms.lanes.post[declared.lane]
    loads = loads_of_day(
        replace(declared, carries=carries),
        [f"D{i:05d}" for i in range(n)],
        post,
        world.vehicles,
        day=4,
        free=world.vehicles.weights(4) > 0,
        rng=rng,
    )

    for i, text in enumerate(loads.references.tolist()):
        rows = np.array([int(name[1:]) for name in text.split(";")])
        risk = 1 - np.prod(1 - carries.risk_people[rows])
        assert loads.goods.risk_people[i] == pytest.approx(risk)
        assert loads.goods.pieces[i] == carries.pieces[rows].sum()
        _check_first(
            loads.goods.arms[i], loads.goods.arms_by[i], carries.arms, carries.arms_by, rows
        )


def _check_first(
    found: bool, by: int, each: Flags, each_by: Integers, rows: NDArray[np.int64]
) -> None:
    carrying = rows[each[rows]]
    assert found == bool(len(carrying))
    assert by == (each_by[carrying[0]] if len(carrying) else 0)


def test_declarations_are_named_at_the_first_passage_alone(season: Lived) -> None:
    passages = season.passages
    named = passages.references != ""

    assert named.sum() > 500
    assert np.all(passages.last_post[named] == -1)
    assert not passages.leaving[named].any()
    assert np.all(season.kind[named] == LORRY)
