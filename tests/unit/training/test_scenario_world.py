"""The world of the made-up years: who lives, what goes where, and who crosses when."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from features.errors import VardarError
from training.scenario.days import calendar
from training.scenario.days.itineraries import accompanied, out_and_back
from training.scenario.days.journeys import Begun, journeys_of_day
from training.scenario.days.loads import loads_of_day
from training.scenario.days.movements import (
    FREIGHT,
    PARCEL,
    Carriage,
    Declarations,
    Passages,
    joined,
    nothing,
)
from training.scenario.profile import Profile, load_profile
from training.scenario.streams import Flags, Integers, weighted
from training.scenario.typologies import CODES, m5_rail_freight
from training.scenario.typologies.m1_concealed_in_lorries import ACTIVE_TRIPS
from training.scenario.world.corridors import load_stretches
from training.scenario.world.firms import Firms, draw_firms
from training.scenario.world.identifiers import plates, trader_numbers
from training.scenario.world.lives import Lives, successive_lives
from training.scenario.world.reference import (
    EU,
    ORIGINS,
    QUIET_WEIGHT,
    Goods,
    Posts,
    load_goods,
    load_posts,
)
from training.scenario.world.vehicles import (
    BUS,
    CAR,
    CLASSES,
    LORRY,
    TRAIN,
    USES,
    VAN,
    Vehicles,
    draw_vehicles,
)

DAYS = 60
DAY = 86_400


@dataclass(frozen=True)
class World:
    profile: Profile
    posts: Posts
    goods: Goods
    firms: Firms
    vehicles: Vehicles


@dataclass(frozen=True)
class Lived:
    """Passages of some weeks; `wanted` (days, classes), `begun` a `Begun` a day."""

    world: World
    passages: Passages
    wanted: Integers
    begun: Sequence[Begun]

    @property
    def kind(self) -> Integers:
        return self.world.vehicles.kind[self.passages.vehicle]

    @property
    def day(self) -> Integers:
        start = calendar.epoch_seconds(self.world.profile.first_day)
        return (self.passages.at - start) // DAY


def a_world(seed: int = 1, **changed: object) -> World:
    profile = replace(load_profile("demo"), **changed)  # type: ignore[arg-type]
    posts, goods = load_posts(), load_goods()
    firms = draw_firms(profile, posts, goods, np.random.default_rng(seed))
    vehicles = draw_vehicles(profile, posts, firms.carriers, np.random.default_rng(seed + 1))
    return World(profile, posts, goods, firms, vehicles)


def some_declarations(
    world: World, n: int, *, day: int, midnight: int, rng: np.random.Generator
) -> Declarations:
    """Freight by lanes in use that day; half of what comes by road is seen crossing."""
    lanes = world.firms.lanes
    lane = weighted(rng, world.firms.lane_weights(day) * (lanes.stratum == FREIGHT), n)
    road = lanes.mode[lane] == 3
    columns: dict[str, object] = {}
    for field in fields(Declarations):
        kind = {"Floats": np.float64, "Flags": np.bool_}.get(str(field.type), np.int64)
        columns[field.name] = np.zeros(n, dtype=kind)
    lorry = world.vehicles.lorry_of(lanes.carrier[lane], rng, day=day)
    columns |= {
        "lane": lane,
        "lodged": np.sort(midnight + rng.integers(0, DAY, n)),
        "mass_kg": np.clip(np.exp(world.goods.log_lot[lanes.good[lane]]), 2.0, 24_000.0),
        "lorry": np.where(road, lorry, -1),
        "crosses": road & (rng.random(n) < 0.5),
        "carries": nothing(n),
    }
    return Declarations(**columns)  # type: ignore[arg-type]


def lived(world: World, *, closed_from: int = 10**6, seed: int = 3) -> Lived:
    profile, vehicles = world.profile, world.vehicles
    free_from = np.zeros(len(vehicles.kind), dtype=np.int64)
    start = calendar.epoch_seconds(profile.first_day)
    closed = int(np.flatnonzero(world.posts.ids == "RS-HU-01")[0])
    wanted, begun = [], []
    for day in range(profile.days):
        rng = np.random.default_rng([seed, day])
        midnight = start + day * DAY
        declared = some_declarations(world, 60, day=day, midnight=midnight, rng=rng)
        wanted.append([400, 120, 260, 20, 20])
        today = journeys_of_day(
            vehicles,
            world.posts,
            world.firms.carriers,
            declared,
            [f"D{day:03d}{i:03d}" for i in range(len(declared.lane))],
            world.firms.lanes.post[declared.lane],
            wanted=wanted[-1],
            day=day,
            midnight=midnight,
            free_from=free_from,
            closed=closed if day >= closed_from else -1,
            rng=rng,
        )
        free_from[today.vehicle] = today.back_at
        begun.append(today)
    passages = joined([each.passages for each in begun])
    passages = passages.take(passages.at < start + profile.days * DAY)
    return Lived(world, passages, np.array(wanted), begun)


@pytest.fixture(scope="module")
def world() -> World:
    return a_world(days=DAYS, movements=80_000)


@pytest.fixture(scope="module")
def season(world: World) -> Lived:
    return lived(world)


def by_journey(passages: Passages) -> Passages:
    """Passages by vehicle, then time."""
    return passages.take(np.lexsort((passages.at, passages.vehicle)))


# Lives


@given(
    places=st.integers(1, 40),
    days=st.integers(1, 400),
    mean=st.integers(5, 900),
    seed=st.integers(0, 9),
    data=st.data(),
)
def test_every_place_is_filled_by_one_life_on_every_day(
    places: int, days: int, mean: int, seed: int, data: st.DataObject
) -> None:
    rng = np.random.default_rng(seed)
    place, lives = successive_lives(rng, places=places, days=days, mean_days=mean)

    day = data.draw(st.integers(0, days - 1))

    assert np.array_equal(place[lives.level(day) > 0], np.arange(places))


@pytest.mark.parametrize(
    ("day", "level"),
    [
        pytest.param(9, 0.0, id="unborn"),
        pytest.param(10, 0.1, id="the first day is a tenth"),
        pytest.param(40, 0.55, id="half grown"),
        pytest.param(70, 1.0, id="grown"),
        pytest.param(80, 0.0, id="the pause begins"),
        pytest.param(89, 0.0, id="the last day of the pause"),
        pytest.param(90, 1.0, id="back from the pause"),
        pytest.param(99, 1.0, id="the last day"),
        pytest.param(100, 0.0, id="ended"),
    ],
)
def test_a_firm_grows_pauses_and_ends(day: int, level: float) -> None:
    born, ends, pause_from, pause_until = (np.array([when]) for when in (10, 100, 80, 90))
    lives = Lives(born, ends, pause_from, pause_until, growth=60.0)

    assert lives.level(day) == pytest.approx([level])


def test_new_firms_are_a_steady_share_however_long_the_period() -> None:
    for days in (120, 1096):
        rng = np.random.default_rng(5)
        _, lives = successive_lives(rng, places=4000, days=days, mean_days=400)
        for day in (0, days - 1):
            young = (lives.level(day) > 0) & (lives.born > day - 120)

            assert young.sum() / 4000 == pytest.approx(1 - np.exp(-120 / 400), abs=0.03)


def test_as_many_firms_pause_on_the_first_day_as_on_the_last() -> None:
    rng = np.random.default_rng(5)
    _, lives = successive_lives(rng, places=9000, days=365, mean_days=10**6, dormant=0.5)
    resting = [int((lives.level(day) == 0).sum()) for day in (0, 180, 364)]

    assert min(resting) > 500
    assert max(resting) < 1.15 * min(resting)


# Goods, corridors and firms


@pytest.mark.parametrize("numbers", [plates, trader_numbers])
def test_no_two_have_the_same_number(numbers: object) -> None:
    countries = np.repeat(["XK", "BA"], 30_000)
    found = numbers(np.random.default_rng(1), countries)  # type: ignore[operator]

    assert len(np.unique(found)) == len(found)


def test_licences_and_certificates_belong_to_weapons_and_collectors_pieces(world: World) -> None:
    goods = world.goods
    chapter = np.array([code[:2] for code in goods.code.tolist()])
    heading = np.array([code[:4] for code in goods.code.tolist()])

    assert np.array_equal(goods.licensed, chapter == "93")
    assert np.array_equal(goods.certified, np.isin(heading, ("9705", "9706")))
    for few in (goods.licensed, goods.certified):
        assert 0 < goods.share[few].sum() < 0.01 * goods.share.sum()
    np.testing.assert_allclose(goods.origin_weight.sum(axis=1), 1.0)


def test_a_corridor_is_left_where_the_next_post_is_entered(world: World) -> None:
    stretches, posts = load_stretches(), world.posts
    for northward in (True, False):
        every = np.arange(len(stretches.length))
        passed, leaving = stretches.passed(every, np.full(len(every), northward))
        for route, left, length in zip(passed, leaving, stretches.length, strict=True):
            for k in range(length - 1):
                into, start = (
                    posts.beyond[route[k]] if left[k] else posts.owner[route[k]],
                    posts.owner[route[k + 1]] if left[k + 1] else posts.beyond[route[k + 1]],
                )
                assert into == start or {str(into), str(start)} <= EU


def test_goods_come_by_posts_on_the_way_from_their_origin(world: World) -> None:
    lanes, posts = world.firms.lanes, world.posts
    weight = world.firms.lane_weights(0) * (lanes.mode == 3)
    country = np.array([name for name, *_ in ORIGINS])[lanes.origin]
    beyond, owner = posts.beyond[lanes.post], posts.owner[lanes.post]

    def share(origin: str, to: str, sides: tuple[str, ...]) -> float:
        mine = weight * (country == origin) * (owner == to)
        return float(mine[np.isin(beyond, sides)].sum() / mine.sum())

    assert share("TR", "MK", ("BG", "GR")) > 0.7
    assert share("DE", "MK", ("BG", "GR")) < 0.3
    assert share("DE", "RS", ("HU", "HR")) > 0.7
    assert share("TR", "RS", ("BG",)) > 0.7


def test_fruit_comes_from_the_south_and_machines_from_the_north(world: World) -> None:
    lanes, code = world.firms.lanes, world.goods.code
    country = np.array([name for name, *_ in ORIGINS])[lanes.origin]

    def share(heading: str, countries: tuple[str, ...]) -> float:
        mine = np.char.startswith(code[lanes.good], heading) & (lanes.stratum == FREIGHT)
        return float(np.isin(country[mine], countries).mean())

    assert share("0702", ("TR", "GR", "MK", "AL")) > 0.7
    assert share("8479", ("DE", "IT", "AT")) > 0.4
    assert share("8479", ("DE", "IT", "AT")) > 2 * share("0702", ("DE", "IT", "AT"))


def test_a_firm_trades_over_posts_of_one_country_by_their_mode(world: World) -> None:
    lanes, posts = world.firms.lanes, world.posts
    owners: dict[int, set[str]] = {}
    for consignee, owner in zip(lanes.consignee.tolist(), posts.owner[lanes.post], strict=True):
        owners.setdefault(consignee, set()).add(str(owner))
    modes = {1: "port", 2: "rail", 3: "road", 4: "air", 5: "air"}

    assert {len(found) for found in owners.values()} == {1}
    assert all(
        np.all(posts.mode[lanes.post[lanes.mode == mode]] == kind) for mode, kind in modes.items()
    )
    origin = np.array([name for name, *_ in ORIGINS])[lanes.origin]
    assert np.all(origin != posts.owner[lanes.post])
    assert np.array_equal(world.firms.carriers.by_rail[lanes.carrier], lanes.mode == 2)


def test_parcels_go_to_many_receivers_at_shared_drop_points(world: World) -> None:
    lanes, traders = world.firms.lanes, world.firms.traders
    parcel = lanes.stratum == PARCEL
    receivers = np.unique(lanes.consignee[parcel])
    points: dict[int, set[int]] = {}
    for receiver, point in zip(lanes.consignee[parcel], lanes.drop_point[parcel], strict=True):
        points.setdefault(int(receiver), set()).add(int(point))
    at_point = Counter(point for mine in points.values() for point in mine)

    assert np.all(lanes.drop_point[~parcel] == -1)
    assert np.all(lanes.mode[parcel] == 5)
    assert max(len(mine) for mine in points.values()) == 1
    assert np.mean(list(at_point.values())) > 4
    assert traders.natural_person[receivers].mean() == pytest.approx(0.60, abs=0.04)
    assert not np.intersect1d(receivers, lanes.consignee[~parcel]).size


def test_a_lane_has_no_trade_before_its_firm_begins_or_after_it_ends(world: World) -> None:
    lives, lanes = world.firms.traders.lives, world.firms.lanes
    for day in (0, 30, DAYS - 1):
        weight = world.firms.lane_weights(day)
        born, ends = lives.born[lanes.consignee], lives.ends[lanes.consignee]

        assert np.all(weight[(born > day) | (ends <= day) | (lanes.first_day > day)] == 0)
        assert (weight > 0).mean() > 0.5


# Vehicles


def test_every_carrier_has_a_vehicle_of_its_own_on_every_day(world: World) -> None:
    carriers, vehicles = world.firms.carriers, world.vehicles
    every = np.arange(len(carriers.number))
    for day in (0, 25, DAYS - 1):
        found = vehicles.lorry_of(every, np.random.default_rng(day), day=day)

        assert np.array_equal(vehicles.carrier[found], every)
        assert np.all(vehicles.weights(day)[found] > 0)
        assert np.array_equal(vehicles.kind[found] == TRAIN, carriers.by_rail)


def test_each_class_has_its_posts_and_operators(world: World) -> None:
    vehicles, posts, carriers = world.vehicles, world.posts, world.firms.carriers
    train, taxi = vehicles.kind == TRAIN, vehicles.use == USES.index("taxi")

    assert np.array_equal(posts.rail[vehicles.home_post], train)
    assert np.all(posts.road[vehicles.home_post] | train)
    assert np.all(carriers.by_rail[vehicles.carrier[train]])
    assert np.all(~carriers.by_rail[vehicles.carrier[vehicles.kind == LORRY]])
    assert taxi.any()
    assert np.all(vehicles.commercial[taxi] & (vehicles.carrier[taxi] == -1))
    assert not vehicles.typology.any()


def test_as_many_vehicles_are_in_use_on_the_last_day_as_on_the_first(world: World) -> None:
    kind = world.vehicles.kind
    first, last = (
        np.bincount(kind[world.vehicles.weights(day) > 0], minlength=len(CLASSES))
        for day in (0, DAYS - 1)
    )

    assert np.array_equal(first, last)
    assert len(kind) > first.sum()


def test_companions_are_of_one_class_and_time(world: World) -> None:
    vehicles = world.vehicles
    paired = np.flatnonzero(vehicles.companion >= 0)
    other = vehicles.companion[paired]
    light = vehicles.kind <= VAN

    assert len(paired) / light.sum() == pytest.approx(0.12, abs=0.01)
    assert np.array_equal(vehicles.kind[paired], vehicles.kind[other])
    assert np.all(vehicles.lives.born[other] < vehicles.lives.ends[paired])
    assert (vehicles.home_post[paired] == vehicles.home_post[other]).mean() > 0.9
    assert vehicles.together[paired].mean() == pytest.approx(0.5, abs=0.05)


def test_an_unknown_use_is_named() -> None:
    demo = load_profile("demo")
    behaviours = dict(demo.behaviours) | {"bus": {"school": dict(demo.behaviours["bus"]["line"])}}

    with pytest.raises(VardarError, match="school"):
        a_world(behaviours=behaviours)


# Journeys


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
