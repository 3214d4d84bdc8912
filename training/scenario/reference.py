"""The fixed world the firms and vehicles live in: crossing points, goods, countries."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray

from training.scenario.profile import SEEDS
from training.scenario.streams import Flags, Floats, Integers

Names = NDArray[np.str_]

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


@dataclass(frozen=True)
class Posts:
    """The crossing points, in the order of the file; `near` holds each road post's quieter ways round.

    Attributes:
        near: (posts, 3) indices of the nearest road posts of the same owner.
        hours: (posts, posts) usual driving hours between two posts.
    """

    ids: Names
    owner: Names
    beyond: Names
    mode: Names
    road: Flags
    car_weight: Floats
    lorry_weight: Floats
    near: Integers
    hours: Floats


@dataclass(frozen=True)
class Goods:
    """Kinds of goods: price, packing and lot size a peer would expect."""

    code: Names
    description: Names
    package: Names
    log_price: Floats
    log_density: Floats
    log_lot: Floats
    share: Floats
    metal: Flags


@cache
def load_posts() -> Posts:
    """The crossing points of `seeds/reference/crossing_points.csv`."""
    with (SEEDS / "reference" / "crossing_points.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    owner = np.array([row["ca"] for row in rows])
    mode = np.array([row["mode"] for row in rows])
    road = mode == "road"
    place = np.radians([[float(row["lat"]), float(row["lon"])] for row in rows])
    distance = _kilometres(place)
    apart = distance + np.where((owner[:, None] == owner[None, :]) & road[None, :], 0, 1e6)
    np.fill_diagonal(apart, 1e9)
    return Posts(
        ids=np.array([row["id"] for row in rows]),
        owner=owner,
        beyond=np.array([row["cb"] or row["ca"] for row in rows]),
        mode=mode,
        road=road,
        car_weight=np.array([float(row["w_car"]) for row in rows]) * road,
        lorry_weight=np.array([float(row["w_truck"]) for row in rows]),
        near=np.argsort(apart, axis=1, kind="stable")[:, :3].astype(np.int64),
        # Winding roads make 1.3 times the great circle; lorries average 55 km/h; a stop of 2 hours.
        hours=2.0 + 1.3 * distance / 55.0,
    )


@cache
def load_goods() -> Goods:
    """The kinds of goods of `seeds/scenario_goods.csv`."""
    with (SEEDS / "scenario_goods.csv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines))
    numbers = {
        name: np.array([float(row[name]) for row in rows])
        for name in ("eur_per_kg", "kg_per_package", "lot_kg", "share")
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
        metal=np.array([c[:2] in ("82", "84") or c[:4] in ("8708", "9503", "9506") for c in code]),
    )


def _kilometres(place: Floats) -> Floats:
    """Great-circle distances (n, n) between latitudes and longitudes in radians (haversine)."""
    lat, lon = place[:, 0], place[:, 1]
    half = (
        np.sin((lat[:, None] - lat) / 2) ** 2
        + np.cos(lat[:, None]) * np.cos(lat) * np.sin((lon[:, None] - lon) / 2) ** 2
    )
    return np.asarray(2 * 6371.0 * np.arcsin(np.sqrt(half)))
