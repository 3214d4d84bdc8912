"""The fixed world the firms and vehicles live in: crossing points, goods, countries."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training.scenario.profile import SEEDS
from training.scenario.streams import Flags, Floats, Integers

Names = NDArray[np.str_]

#: A post this small is closed from 19 to 07 o'clock.
_NIGHT_CLOSED_WEIGHT = 6.0

#: Cars in summer against other months at posts on the way to the sea, where elsewhere it is 1.
_SUMMER = 1.5

#: Below this relative weight of cars a post counts as quiet.
QUIET_WEIGHT = 12.0

#: Spread of log value/kg and of log kg/package among declarations of one heading.
PRICE_SPREAD = 0.45
DENSITY_SPREAD = 0.50

#: Where goods come from: country, weight, a place of loading (UN/LOCODE).
ORIGINS = (
    ("TR", 22, "TRIST"), ("DE", 18, "DEMUC"), ("IT", 14, "ITTRS"), ("CN", 12, "CNSHA"),
    ("GR", 8, "GRSKG"), ("BG", 8, "BGSOF"), ("HU", 6, "HUBUD"), ("AT", 5, "ATVIE"),
    ("RS", 9, "RSBEG"), ("SI", 4, "SILJU"), ("PL", 4, "PLWAW"), ("BA", 4, "BASJJ"),
    ("MK", 4, "MKSKP"), ("RO", 5, "ROBUH"), ("AL", 3, "ALDRZ"), ("US", 2, "USNYC"),
)  # fmt: skip

EU = frozenset({"HU", "HR", "RO", "BG", "GR", "SI", "AT", "DE", "IT", "PL"})

#: Share of a good's trade that comes from its usual origins; the rest from anywhere.
_USUAL_ORIGINS = 0.8


@dataclass(frozen=True)
class Posts:
    """The crossing points, in the order of the file.

    Attributes:
        near: (posts, 3) indices of the nearest other posts of the same owner: rail posts of a rail
            post, road posts of any other; those of other owners only where there are too few.
        hours: (posts, posts) usual driving hours of a lorry between two posts.
        latitude: Degrees north; `longitude` degrees east.
        night_closed: Small posts, closed from 19 to 07.
        towards_eu: The country beyond is in the EU and the owner is not; `out_of_eu`: the reverse.
        summer: Cars in July and August against other months, relative to other posts.
    """

    ids: Names
    owner: Names
    beyond: Names
    mode: Names
    road: Flags
    rail: Flags
    car_weight: Floats
    lorry_weight: Floats
    latitude: Floats
    longitude: Floats
    near: Integers
    hours: Floats
    night_closed: Flags
    towards_eu: Flags
    out_of_eu: Flags
    summer: Floats


@dataclass(frozen=True)
class Goods:
    """Kinds of goods: price, packing and lot size a peer would expect.

    Attributes:
        share: Share of the freight, not normalised; `parcel_share` of the parcels.
        metal: Headings of dense metal goods, where parts are easily hidden.
        licensed: Need a licence (chapter 93).
        certified: Need a certificate of age or deactivation (collectors' pieces and antiques).
        origin_weight: (goods, origins) share of each of `ORIGINS` in the good's trade.
    """

    code: Names
    description: Names
    package: Names
    log_price: Floats
    log_density: Floats
    log_lot: Floats
    share: Floats
    parcel_share: Floats
    metal: Flags
    licensed: Flags
    certified: Flags
    origin_weight: Floats


@cache
def load_posts() -> Posts:
    """The crossing points of `seeds/reference/crossing_points.csv`."""
    rows = _rows(SEEDS / "reference" / "crossing_points.csv")
    owner = np.array([row["ca"] for row in rows])
    beyond = np.array([row["cb"] or row["ca"] for row in rows])
    mode = np.array([row["mode"] for row in rows])
    road, rail = mode == "road", mode == "rail"
    latitude, longitude = (np.array([float(row[name]) for row in rows]) for name in ("lat", "lon"))
    distance = kilometres(latitude[:, None], longitude[:, None], latitude, longitude)
    alike = np.where(rail[:, None], rail[None, :], road[None, :])
    apart = distance + np.where(owner[:, None] == owner[None, :], 0, 1e5) + np.where(alike, 0, 1e6)
    np.fill_diagonal(apart, 1e9)
    lorries = np.array([float(row["w_truck"]) for row in rows])
    cars = np.array([float(row["w_car"]) for row in rows]) * road
    coast = np.isin(beyond, ("GR", "ME", "AL")) | np.isin(owner, ("ME", "AL"))
    coast |= (beyond == "HR") & (latitude < 43.7)  # Dalmatia
    in_eu, eu_beyond = np.isin(owner, sorted(EU)), np.isin(beyond, sorted(EU))
    return Posts(
        ids=np.array([row["id"] for row in rows]),
        owner=owner,
        beyond=beyond,
        mode=mode,
        road=road,
        rail=rail,
        car_weight=cars,
        lorry_weight=lorries,
        latitude=latitude,
        longitude=longitude,
        near=np.argsort(apart, axis=1, kind="stable")[:, :3].astype(np.int64),
        # Winding roads make 1.3 times the great circle; lorries average 55 km/h; a stop of 2 hours.
        hours=2.0 + 1.3 * distance / 55.0,
        night_closed=road & (cars <= _NIGHT_CLOSED_WEIGHT),
        towards_eu=~in_eu & eu_beyond,
        out_of_eu=in_eu & ~eu_beyond,
        summer=np.where(coast & road, _SUMMER, 1.0),
    )


@cache
def load_goods() -> Goods:
    """The kinds of goods of `seeds/scenario_goods.csv`."""
    rows = _rows(SEEDS / "scenario_goods.csv")
    numbers = {
        name: np.array([float(row[name]) for row in rows])
        for name in ("eur_per_kg", "kg_per_package", "lot_kg", "share", "parcel_share")
    }
    code = np.array([row["commodity_code"] for row in rows])
    return Goods(
        code=code,
        description=np.array([row["description"] for row in rows]),
        package=np.array([row["package_type"] for row in rows]),
        log_price=np.log(numbers["eur_per_kg"]),
        log_density=np.log(numbers["kg_per_package"]),
        log_lot=np.log(numbers["lot_kg"]),
        share=numbers["share"],
        parcel_share=numbers["parcel_share"],
        metal=np.array([c[:2] in ("82", "84") or c[:4] in ("8708", "9503", "9506") for c in code]),
        licensed=np.array([row["licensed"] == "yes" for row in rows]),
        certified=np.array([row["certified"] == "yes" for row in rows]),
        origin_weight=np.array([_origin_weights(row["origins"]) for row in rows]),
    )


def kilometres(
    latitude: Floats | float,
    longitude: Floats | float,
    other_latitude: Floats,
    other_longitude: Floats,
) -> Floats:
    """Great-circle distances between points in degrees, broadcast (haversine formula)."""
    lat, lon, to_lat, to_lon = map(
        np.radians, (latitude, longitude, other_latitude, other_longitude)
    )
    half = (
        np.sin((lat - to_lat) / 2) ** 2
        + np.cos(lat) * np.cos(to_lat) * np.sin((lon - to_lon) / 2) ** 2
    )
    return np.asarray(2 * 6371.0 * np.arcsin(np.sqrt(half)))


def _origin_weights(usual: str) -> Floats:
    """Shares of the origins, from "TR:5 GR:3": most from these, the rest by the origins' weights."""
    countries = [country for country, *_ in ORIGINS]
    anywhere = np.array([weight for _, weight, _ in ORIGINS], dtype=np.float64)
    anywhere /= anywhere.sum()
    if not usual:
        return anywhere
    own = np.zeros(len(countries))
    for part in usual.split():
        country, weight = part.split(":")
        own[countries.index(country)] = float(weight)
    return np.asarray(_USUAL_ORIGINS * own / own.sum() + (1 - _USUAL_ORIGINS) * anywhere)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8") as lines:
        return list(csv.DictReader(lines))
