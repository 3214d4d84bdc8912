"""Distances in integers, and ways through countries and posts."""

from __future__ import annotations

import math
from collections import defaultdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.geography import (
    EARTH_RADIUS_KM,
    SHORTEST_DIRECT_KM,
    Point,
    detour_permille,
    distance_km,
    leg_km,
    quietness_permille,
    routing_permille,
)
from features.records.reference import countries, crossing_points

_LATITUDES = st.integers(-90_000_000, 90_000_000)
_LONGITUDES = st.integers(-180_000_000, 180_000_000)
_POINTS = st.tuples(_LATITUDES, _LONGITUDES)
_NEAR = st.integers(-20_000, 20_000)  # within some 2 km
_COUNTRIES = st.sampled_from(sorted(countries()))
_POSTS = st.sampled_from(list(crossing_points()))


def _haversine(a: Point, b: Point) -> float:
    """The formula as textbooks write it, in floating point."""
    latitude, longitude, other_latitude, other_longitude = (
        math.radians(value / 1e6) for value in (*a, *b)
    )
    half = (
        math.sin((latitude - other_latitude) / 2) ** 2
        + math.cos(latitude)
        * math.cos(other_latitude)
        * math.sin((longitude - other_longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KM * math.asin(min(1.0, math.sqrt(half)))


def _moved(point: Point, north: int, east: int) -> Point:
    return max(-90_000_000, min(90_000_000, point[0] + north)), point[1] + east


@given(_POINTS, _POINTS)
def test_a_distance_is_the_haversine_rounded(a: Point, b: Point) -> None:
    # Half a kilometre of rounding, and a metre for the floats.
    assert abs(distance_km(a, b) - _haversine(a, b)) <= 0.501


@given(_POINTS, _NEAR, _NEAR)
def test_so_it_is_between_neighbours(a: Point, north: int, east: int) -> None:
    b = _moved(a, north, east)

    assert abs(distance_km(a, b) - _haversine(a, b)) <= 0.501


@given(_POINTS, _NEAR, _NEAR)
def test_so_it_is_at_the_other_end_of_the_world(a: Point, north: int, east: int) -> None:
    b = _moved((-a[0], a[1] + 180_000_000), north, east)

    assert abs(distance_km(a, b) - _haversine(a, b)) <= 0.501


@given(_POINTS, _POINTS)
def test_a_distance_is_the_same_both_ways(a: Point, b: Point) -> None:
    assert distance_km(a, b) == distance_km(b, a)


@given(_POINTS)
def test_a_point_lies_at_no_distance_from_itself(a: Point) -> None:
    assert distance_km(a, a) == 0


@given(_POINTS, _POINTS, st.integers(-2, 2))
def test_a_turn_round_the_world_leads_nowhere(a: Point, b: Point, turns: int) -> None:
    assert distance_km(a, (b[0], b[1] + turns * 360_000_000)) == distance_km(a, b)


@given(_POINTS, _POINTS, _POINTS)
def test_no_way_round_is_shorter_but_for_rounding(a: Point, b: Point, c: Point) -> None:
    assert distance_km(a, c) <= distance_km(a, b) + distance_km(b, c) + 1


@given(_POINTS, _NEAR, _NEAR, st.integers(0, 1000))
def test_nor_by_a_point_that_lies_on_the_way(a: Point, north: int, east: int, share: int) -> None:
    c = _moved(a, 100 * north, 100 * east)
    b = a[0] + (c[0] - a[0]) * share // 1000, a[1] + (c[1] - a[1]) * share // 1000

    assert distance_km(a, c) <= distance_km(a, b) + distance_km(b, c) + 1


@given(_COUNTRIES, _POSTS, _COUNTRIES)
def test_a_detour_is_never_shorter_than_straight_and_the_same_both_ways(
    dispatch: str, post: str, destination: str
) -> None:
    there = detour_permille(dispatch, post, destination)

    assert there is None or there >= 1000
    assert there == detour_permille(destination, post, dispatch)
    assert dispatch != destination or there is None


@given(st.lists(_COUNTRIES, max_size=6))
def test_a_routing_is_never_shorter_than_straight_and_the_same_both_ways(
    passed: list[str],
) -> None:
    there = routing_permille(passed)

    assert there is None or there >= 1000
    assert there == routing_permille(passed[::-1])


@given(st.lists(_COUNTRIES, min_size=2, max_size=5), st.data())
def test_a_country_twice_in_a_row_or_not_known_leaves_a_routing_as_it_is(
    passed: list[str], data: st.DataObject
) -> None:
    at = data.draw(st.integers(0, len(passed) - 1))

    assert routing_permille([*passed[:at], passed[at], *passed[at:]]) == routing_permille(passed)
    assert routing_permille([*passed[:at], "QU", *passed[at:]]) == routing_permille(passed)


@given(_COUNTRIES, _COUNTRIES, _COUNTRIES)
def test_one_more_country_never_shortens_a_routing(first: str, between: str, last: str) -> None:
    straight, through = routing_permille([first, last]), routing_permille([first, between, last])

    assert (straight is None) == (through is None)
    assert straight in (None, 1000)


@given(_POSTS, _POSTS)
def test_a_leg_is_the_same_both_ways_and_within_the_region(a: str, b: str) -> None:
    leg = leg_km(a, b)

    assert leg == leg_km(b, a)
    # Rijeka and Piraeus, Subotica and Burgas: the posts lie within one region.
    assert leg is not None
    assert 0 <= leg <= 1_300


@pytest.mark.parametrize("lorry", [True, False])
def test_the_busiest_post_between_two_countries_is_not_quiet_and_none_is_out_of_range(
    lorry: bool,
) -> None:
    quietness = defaultdict(list)
    for post in crossing_points().values():
        value = quietness_permille(post.id, lorry=lorry)
        assert (value is None) == (not all(post.countries))
        if value is not None:
            quietness[frozenset(post.countries), post.mode].append(value)

    assert all(min(values) == 0 and max(values) <= 1000 for values in quietness.values())


def test_posts_lie_near_the_countries_they_join() -> None:
    # A reference point with its degrees exchanged would be thousands of kilometres off.
    for post in crossing_points().values():
        if all(post.countries):
            detour = detour_permille(post.countries[0], post.id, post.countries[1])
            assert detour is not None, f"{post.id}: {SHORTEST_DIRECT_KM} km at least"
            assert detour <= 3_000, post.id
