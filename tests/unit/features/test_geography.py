"""What the reference tables say, and what ways through them come to."""

from __future__ import annotations

import ast
import csv
import inspect
import re
from collections.abc import Callable

import pytest

from features import geography
from features.geography import (
    area_beyond,
    area_in,
    area_of,
    corridor_of,
    detour_permille,
    distance_km,
    leg_km,
    quietness_permille,
    routing_permille,
)
from features.records.reference import REFERENCE, countries, crossing_points

_GREECE_IN_NUTS = {"GR": "EL"}
_CHOICES = {"capital", "economic centre", "centre of population", "largest settlement"}


def _rows(name: str) -> list[dict[str, str]]:
    with (REFERENCE / name).open(encoding="utf-8", newline="") as table:
        return list(csv.DictReader(table))


def test_every_country_has_one_reference_point_on_the_globe() -> None:
    rows = _rows("places.csv")

    codes = [row["country_code"] for row in rows]
    assert codes == sorted(countries())
    assert all(-90 <= float(row["latitude"]) <= 90 for row in rows)
    assert all(-180 <= float(row["longitude"]) <= 180 for row in rows)
    assert {row["choice"] for row in rows} == {*_CHOICES, "uninhabited"}


# Great-circle distances between the towns, as any atlas has them.
@pytest.mark.parametrize(
    ("one", "other", "kilometres"),
    [
        pytest.param("MK", "RS", 322, id="Skopje to Belgrade"),
        pytest.param("AL", "XK", 184, id="Tirana to Pristina"),
        pytest.param("BG", "TR", 502, id="Sofia to Istanbul"),
        pytest.param("HU", "AT", 215, id="Budapest to Vienna"),
        pytest.param("FR", "US", 5_837, id="Paris to New York"),
        pytest.param("GB", "AU", 16_994, id="London to Sydney"),
        pytest.param("FJ", "WS", 1_140, id="Suva to Apia, over the date line"),
    ],
)
def test_reference_points_lie_as_far_apart_as_their_towns(
    one: str, other: str, kilometres: int
) -> None:
    points = {
        row["country_code"]: tuple(
            round(float(row[name]) * 1_000_000) for name in ("latitude", "longitude")
        )
        for row in _rows("places.csv")
    }

    a, b = points[one], points[other]

    assert distance_km((a[0], a[1]), (b[0], b[1])) == pytest.approx(kilometres, abs=20)


@pytest.mark.parametrize(
    ("a", "b", "kilometres"),
    [
        # A quarter and half of the sphere's circumference, 2 pi times 6,371 km.
        pytest.param((0, 0), (0, 90_000_000), 10_008, id="a quarter of the equator"),
        pytest.param((90_000_000, 0), (-90_000_000, 7), 20_015, id="pole to pole"),
        pytest.param((0, -90_000_000), (0, 90_000_000), 20_015, id="half the equator"),
        pytest.param((45_000_000, 0), (-45_000_000, 180_000_000), 20_015, id="antipodes"),
        pytest.param((90_000_000, 0), (90_000_000, 120_000_000), 0, id="one pole, two longitudes"),
        pytest.param((0, 179_500_000), (0, -179_500_000), 111, id="over the date line"),
        pytest.param((0, 0), (4_496, 0), 0, id="499.9 m are 0 km"),
        pytest.param((0, 0), (4_497, 0), 1, id="500.04 m are 1 km"),
    ],
)
def test_distances_known_from_the_circle(
    a: tuple[int, int], b: tuple[int, int], kilometres: int
) -> None:
    assert distance_km(a, b) == kilometres


@pytest.mark.parametrize("latitude", [90_000_001, -90_000_001])
def test_a_point_beyond_a_pole_is_refused(latitude: int) -> None:
    with pytest.raises(ValueError, match="latitude"):
        distance_km((0, 0), (latitude, 0))


def test_nothing_but_integers_makes_a_distance() -> None:
    made_of = (
        geography.distance_km,
        geography._central_angle,
        geography._sine_of_half,
        geography._arcsine_of_root,
        geography._times,
        geography._permille,
    )

    trees = [ast.parse(inspect.getsource(function)) for function in made_of]

    nodes = [node for tree in trees for node in ast.walk(tree)]
    assert not [n for n in nodes if isinstance(n, ast.Div | ast.Pow)]
    assert not [n for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, float)]
    module = ast.parse(inspect.getsource(geography))
    imported = [n for n in ast.walk(module) if isinstance(n, ast.ImportFrom) and n.module == "math"]
    assert [alias.name for node in imported for alias in node.names] == ["isqrt"]


@pytest.mark.parametrize(
    ("dispatch", "post", "destination", "permille"),
    [
        pytest.param("MK", "MK-RS-01", "RS", 1049, id="the main road north is nearly straight"),
        pytest.param("TR", "BG-TR-01", "DE", 1012, id="the main road from Turkey to Germany too"),
        pytest.param("MK", "MK-GR-01", "RS", 1791, id="setting out southwards goes round"),
        pytest.param("MK", "MK-RS-01", "MK", None, id="within one country"),
        pytest.param("CG", "MK-RS-01", "CD", None, id="capitals on two banks of one river"),
    ],
)
def test_a_detour_is_the_way_by_the_post_against_the_direct_one(
    dispatch: str, post: str, destination: str, permille: int | None
) -> None:
    assert detour_permille(dispatch, post, destination) == permille


@pytest.mark.parametrize(
    ("countries_passed", "permille"),
    [
        pytest.param(["TR", "DE"], 1000, id="without a country between"),
        pytest.param(["TR", "BG", "RS", "HU", "AT", "DE"], 1048, id="the usual way"),
        pytest.param(["TR", "GR", "IT", "DE"], 1424, id="by sea to Italy"),
        pytest.param(["TR", "QU", "DE", "??"], 1000, id="what is not known is skipped"),
        pytest.param(["MK", "RS", "MK"], None, id="back to where it began"),
        pytest.param(["MK", "QU"], None, id="one known country"),
        pytest.param([], None, id="no country"),
    ],
)
def test_a_routing_is_its_legs_against_the_direct_way(
    countries_passed: list[str], permille: int | None
) -> None:
    assert routing_permille(countries_passed) == permille


def test_a_leg_is_the_way_between_two_posts() -> None:
    assert leg_km("MK-GR-01", "MK-RS-01") == 142
    assert leg_km("MK-RS-01", "MK-RS-01") == 0


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(lambda code: detour_permille(code, "MK-RS-01", "RS"), id="dispatch"),
        pytest.param(lambda code: detour_permille("MK", code, "RS"), id="post"),
        pytest.param(lambda code: detour_permille("MK", "MK-RS-01", code), id="destination"),
        pytest.param(lambda code: leg_km(code, "MK-RS-01"), id="leg from"),
        pytest.param(lambda code: leg_km("MK-RS-01", code), id="leg to"),
        pytest.param(corridor_of, id="corridor"),
        pytest.param(area_of, id="area"),
        pytest.param(area_beyond, id="area beyond"),
        pytest.param(lambda code: quietness_permille(code, lorry=True), id="quietness"),
    ],
)
@pytest.mark.parametrize("code", [None, "", "QU", "mk", "MK-RS-99", "мк"])
def test_a_code_not_known_gives_none(
    answer: Callable[[str | None], object], code: str | None
) -> None:
    assert answer(code) is None


@pytest.mark.parametrize(
    ("post", "corridor"),
    [
        pytest.param("MK-GR-03", "Xd", id="on one corridor"),
        pytest.param("RS-HU-01", "X to Budapest", id="of equally long ones the first by name"),
        pytest.param("RS-HR-01", "X to Zagreb", id="on two, neither of them the first of all"),
        pytest.param("RS-RO-R1", "Bar by rail", id="by rail"),
        pytest.param("MK-AL-02", "AL-MK", id="on none: the countries it joins"),
        pytest.param("RS-XK-02", "RS-XK", id="the countries in the order of their codes"),
        pytest.param("GR-P1", "GR", id="a port: its own country"),
    ],
)
def test_a_post_lies_on_a_corridor_or_joins_two_countries(post: str, corridor: str) -> None:
    assert corridor_of(post) == corridor


def test_of_several_corridors_the_one_with_most_posts_counts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = [("A", "MK-RS-01"), ("B", "MK-RS-01"), ("B", "MK-GR-01"), ("C", "MK-GR-01")]
    monkeypatch.setattr(
        geography, "_rows", lambda _: [{"corridor": c, "post_id": p} for c, p in rows]
    )

    corridors = geography._corridors.__wrapped__()

    assert (corridors["MK-RS-01"], corridors["MK-GR-01"]) == ("B", "B")


def test_corridors_lie_on_posts_of_the_table() -> None:
    assert {row["post_id"] for row in _rows("corridors.csv")} <= set(crossing_points())


def test_every_post_has_an_area_on_each_side_in_its_country() -> None:
    assert [row["post_id"] for row in _rows("areas.csv")] == list(crossing_points())
    for post in crossing_points().values():
        for area, country in zip(
            (area_of(post.id), area_beyond(post.id)), post.countries, strict=True
        ):
            if country:
                # The pattern that an incident's area_code must have.
                assert re.fullmatch(r"[A-Z]{2}[A-Z0-9]{1,4}", area or ""), post.id
                assert (area or "")[:2] == _GREECE_IN_NUTS.get(country, country), post.id
            else:
                assert area is None, post.id


@pytest.mark.parametrize(
    ("post", "lorry", "permille"),
    [
        pytest.param("MK-RS-01", True, 0, id="the busiest"),
        pytest.param("MK-RS-02", True, 1000, id="no lorries at all"),
        pytest.param("MK-RS-02", False, 906, id="8 cars where the busiest has 85"),
        pytest.param("RS-HU-02", True, 300, id="42 lorries where the busiest has 60"),
        pytest.param("RS-HU-02", False, 667, id="30 cars where the busiest has 90"),
        pytest.param("RS-HU-R1", True, 0, id="a rail post beside rail posts"),
        pytest.param("MK-A1", True, None, id="an airport joins no two countries"),
    ],
)
def test_a_post_is_quiet_beside_the_busiest_between_the_same_countries(
    post: str, lorry: bool, permille: int | None
) -> None:
    assert quietness_permille(post, lorry=lorry) == permille


def test_an_area_is_told_on_the_side_of_the_country_that_asks() -> None:
    assert area_in("MK-GR-01", "MK") == area_of("MK-GR-01")
    assert area_in("MK-GR-01", "GR") == area_beyond("MK-GR-01")
    assert area_in("MK-GR-01", "DE") == area_of("MK-GR-01")
    assert area_in("nowhere", "MK") is None
