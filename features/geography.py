"""How far apart countries and posts lie, how far round a way goes, and what a post lies on.

Pure functions of codes and of four tables in `seeds/reference`; a code that a table does not
hold gives None. Every value is an integer made of integers (no sine of libm), so it is equal on
every CPU.

- `crossing_points.csv`: where the posts lie, and how busy each is.
- `places.csv`: one reference point a country, written from general knowledge and right to some
  20-50 km. Its column `choice` says which point: mostly the capital; the economic centre where
  that is another town (Istanbul, Milan, New York); for Germany the centre of population; and the
  largest settlement, or the island itself, for territories without either. A whole country stands
  for one point: distances between neighbours are rough.
- `areas.csv`: the area of each side of a post, approximate and from general knowledge, by the
  municipality the post lies in. NUTS 3 codes of 2021 (Greece: EL; Montenegro is one area). Kosovo
  and Bosnia and Herzegovina have no codes in that edition and are numbered plainly:
  XK001 Pristina, XK002 Mitrovica, XK003 Peja, XK004 Prizren, XK005 Ferizaj, XK006 Gjilan, XK007
  Gjakova; BA001-BA010 the ten cantons by their own numbers, BA011 Banja Luka and the north-west,
  BA012 Doboj, BA013 Bijeljina and Zvornik, BA014 East Sarajevo and Foca, BA015 Trebinje, BA016
  Brcko.
- `corridors.csv`: the transport corridors and their posts.
"""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from math import isqrt
from types import MappingProxyType

from features.records.reference import REFERENCE, CrossingPoint, crossing_points

#: Latitude (north is positive) and longitude (east is positive) in microdegrees.
Point = tuple[int, int]

EARTH_RADIUS_KM = 6371

#: Below this direct distance the ratio of two ways says more of the reference points than of them.
SHORTEST_DIRECT_KM = 50


def distance_km(a: Point, b: Point) -> int:
    """Great-circle distance between two points, in whole kilometres, rounded half up.

    Haversine formula on a sphere (Sinnott, Virtues of the Haversine, Sky and Telescope 68, 1984)
    in fixed point: sine and arcsine by their power series, roots by `isqrt`. Symmetric to the bit;
    0 for a point and itself; at most 1 km more than any way round by a third point.

    Raises:
        ValueError: if a latitude lies beyond a pole. Longitudes may wrap round.
    """
    return _times(_central_angle(a, b), EARTH_RADIUS_KM)


# What records ask again and again; bounded, for records also hold codes that nobody knows.
@lru_cache(maxsize=65_536)
def detour_permille(dispatch: str | None, post: str | None, destination: str | None) -> int | None:
    """The way from dispatch by the post to destination, against the direct one: 1000 is straight.

    Countries (ISO 3166-1 alpha-2) stand for their reference points. None if a code is not known,
    or if the direct distance is below 50 km, as it is within one country: nothing to compare with.
    """
    start, end, by = _place(dispatch), _place(destination), _post_point(post)
    if start is None or end is None or by is None:
        return None
    return _permille(_metres(start, by) + _metres(by, end), _metres(start, end))


def routing_permille(countries: Sequence[str | None]) -> int | None:
    """The way through all these countries in order, against the direct one from first to last.

    Codes not known are skipped. None below two known countries, or if the direct distance is below
    50 km: a way that ends where it begins.
    """
    return _routing_permille(tuple(countries))


def leg_km(post_a: str | None, post_b: str | None) -> int | None:
    """Great-circle distance between two posts in whole kilometres; None if one is not known."""
    a, b = _post_point(post_a), _post_point(post_b)
    return None if a is None or b is None else _kilometres(a, b)


def corridor_of(post: str | None) -> str | None:
    """The transport corridor a post lies on; else the two countries it joins, such as "AL-MK".

    Of several corridors the one with most posts, and of these the first by name. A port or an
    airport joins no two countries and gives its own, such as "GR". None if the post is not known.
    """
    return None if post is None else _corridors().get(post)


def area_of(post: str | None) -> str | None:
    """Area of the post in the first of its countries, such as "MK007"; None if not known."""
    return None if post is None else _areas()[0].get(post)


def area_beyond(post: str | None) -> str | None:
    """Area of the post in the second of its countries; None for a port, an airport, an unknown."""
    return None if post is None else _areas()[1].get(post)


def area_in(post: str | None, country: str) -> str | None:
    """Area of the post on the side of one of its countries; on the first side for any other."""
    point = None if post is None else crossing_points().get(post)
    if point is not None and country == point.countries[1] != point.countries[0]:
        return area_beyond(post)
    return area_of(post)


def quietness_permille(post: str | None, *, lorry: bool) -> int | None:
    """How quiet a post is beside the busiest that joins the same countries by the same mode.

    0 for the busiest itself, 1000 for one without traffic: 1000 * (1 - weight / heaviest weight),
    with the weights of lorries or of cars. Same mode: nobody on the road can pass a rail post
    instead. None for a port or an airport, for an unknown post, and if none of the posts has
    traffic of that kind.
    """
    return None if post is None else _quietness(lorry).get(post)


@lru_cache(maxsize=65_536)
def _routing_permille(countries: tuple[str | None, ...]) -> int | None:
    points = [point for point in map(_place, countries) if point is not None]
    if len(points) < 2:
        return None
    way = sum(_metres(a, b) for a, b in pairwise(points))
    return _permille(way, _metres(points[0], points[-1]))


def _permille(way: int, direct: int) -> int | None:
    """1000 * way / direct in whole numbers, rounded half up; metres."""
    if direct < SHORTEST_DIRECT_KM * 1000:
        return None
    return (2000 * way + direct) // (2 * direct)


@cache
def _metres(a: Point, b: Point) -> int:
    # Kilometres would round the ratio of two short ways by a hundredth.
    return _times(_central_angle(a, b), EARTH_RADIUS_KM * 1000)


@cache
def _kilometres(a: Point, b: Point) -> int:
    return distance_km(a, b)


# The tables. No other points reach the two caches above, so they need no bound.


def _place(country: str | None) -> Point | None:
    return None if country is None else _places().get(country)


def _post_point(post: str | None) -> Point | None:
    return None if post is None else _post_points().get(post)


@cache
def _places() -> Mapping[str, Point]:
    """Reference point of each country."""
    return MappingProxyType(
        {
            row["country_code"]: _point(float(row["latitude"]), float(row["longitude"]))
            for row in _rows("places.csv")
        }
    )


@cache
def _post_points() -> Mapping[str, Point]:
    return MappingProxyType(
        {post.id: _point(post.latitude, post.longitude) for post in crossing_points().values()}
    )


@cache
def _corridors() -> Mapping[str, str]:
    """Corridor of each post, or the countries it joins."""
    rows = _rows("corridors.csv")
    sizes = Counter(row["corridor"] for row in rows)
    lies_on: dict[str, str] = {}
    for row in sorted(rows, key=lambda row: (-sizes[row["corridor"]], row["corridor"])):
        lies_on.setdefault(row["post_id"], row["corridor"])
    return MappingProxyType(
        {
            post.id: lies_on.get(post.id, "-".join(_joined(post)))
            for post in crossing_points().values()
        }
    )


@cache
def _areas() -> tuple[Mapping[str, str], Mapping[str, str]]:
    """Area of each post, on the side of its first and of its second country."""
    rows = _rows("areas.csv")
    return (
        MappingProxyType({row["post_id"]: row["area_code"] for row in rows}),
        MappingProxyType(
            {row["post_id"]: row["area_code_beyond"] for row in rows if row["area_code_beyond"]}
        ),
    )


@cache
def _quietness(lorry: bool) -> Mapping[str, int]:
    """Quietness of each post that joins two countries."""
    peers: dict[tuple[str, ...], dict[str, int]] = {}
    for post in crossing_points().values():
        if all(post.countries):
            # Thousandths, for a weight may have decimals.
            weight = round(1000 * (post.lorry_weight if lorry else post.car_weight))
            peers.setdefault((*_joined(post), post.mode), {})[post.id] = weight
    return MappingProxyType(
        {
            name: 1000 - (2000 * weight + heaviest) // (2 * heaviest)
            for weights in peers.values()
            if (heaviest := max(weights.values())) > 0
            for name, weight in weights.items()
        }
    )


def _joined(post: CrossingPoint) -> list[str]:
    """The countries a post joins, the same from either side; a port's own alone."""
    return sorted(filter(None, post.countries))


def _point(latitude: float, longitude: float) -> Point:
    return round(latitude * 1_000_000), round(longitude * 1_000_000)


def _rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


# Trigonometry in integers: one unit is 2**-60.

_FRACTION_BITS = 60
_ONE = 1 << _FRACTION_BITS
_PI = 3_622_009_729_038_561_421
_RIGHT_ANGLE = 90_000_000  # microdegrees


def _central_angle(a: Point, b: Point) -> int:
    """Angle between two points as seen from the middle of the sphere, in units of 2**-60 rad.

    The error is largest at 0 and at half a turn, where the haversine is flat: 2**-60 of it is
    2**-29 of the angle, a centimetre or two.
    """
    for latitude, _ in (a, b):
        if abs(latitude) > _RIGHT_ANGLE:
            msg = f"A latitude lies within 90,000,000 microdegrees, not at {latitude}."
            raise ValueError(msg)
    north = _sine_of_half(abs(a[0] - b[0]))
    east = _sine_of_half(abs(a[1] - b[1]) % (4 * _RIGHT_ANGLE))
    # The cosine of an angle is the sine of what it lacks of a right angle.
    from_poles = _sine_of_half(2 * (_RIGHT_ANGLE - abs(a[0]))) * _sine_of_half(
        2 * (_RIGHT_ANGLE - abs(b[0]))
    )
    across = (from_poles * east * east) >> (2 * _FRACTION_BITS)
    haversine = min((north * north + across) >> _FRACTION_BITS, _ONE)
    if 2 * haversine > _ONE:  # the arcsine's series is slow there
        return _PI - 2 * _arcsine_of_root(_ONE - haversine)
    return 2 * _arcsine_of_root(haversine)


def _sine_of_half(microdegrees: int) -> int:
    """Sine of half an angle from 0 to 360 degrees, by its Taylor series."""
    angle = microdegrees * _PI // (4 * _RIGHT_ANGLE)
    square = angle * angle
    sine, term, order, sign = 0, angle, 1, 1
    while term:
        sine += sign * term
        term = ((term * square) >> (2 * _FRACTION_BITS)) // ((order + 1) * (order + 2))
        order, sign = order + 2, -sign
    return sine


def _arcsine_of_root(square: int) -> int:
    """Arcsine of the root of a number from 0 to a half, by its Taylor series."""
    term = isqrt(square << _FRACTION_BITS)
    arcsine, order = 0, 1
    while term:
        arcsine += term // order
        term = ((term * square) >> _FRACTION_BITS) * order // (order + 1)
        order += 2
    return arcsine


def _times(angle: int, radius: int) -> int:
    """Arc of an angle in units of 2**-60 rad, in the unit of the radius, rounded half up."""
    return (angle * radius + _ONE // 2) >> _FRACTION_BITS
