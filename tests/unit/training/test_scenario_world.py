"""The world of the made-up years: who lives, what goes where, and who crosses when."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.errors import VardarError
from tests.scenario_seasons import (
    DAYS,
    Lived,
    World,
    a_world,
    lived,
)
from training.scenario.days.movements import (
    FREIGHT,
    PARCEL,
)
from training.scenario.profile import load_profile
from training.scenario.world.corridors import load_stretches
from training.scenario.world.identifiers import plates, trader_numbers
from training.scenario.world.lives import Lives, successive_lives
from training.scenario.world.reference import (
    EU,
    ORIGINS,
)
from training.scenario.world.vehicles import (
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
