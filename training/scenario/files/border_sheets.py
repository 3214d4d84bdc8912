"""What the border police's system exports of crossings: `crossings.csv`."""

from __future__ import annotations

import numpy as np

from training.scenario.days.movements import Crossings
from training.scenario.files.sheets import (
    Columns,
    Layout,
    integers,
    labels,
    moments,
    where,
    whole,
    yes_no,
)
from training.scenario.streams import Integers
from training.scenario.world.vehicles import BUS, LORRY, TRAIN
from training.scenario.world.world import World

LAYOUT = Layout(
    columns=(
        "passage_no", "passed_at", "registered_at", "country", "post", "way", "lane", "category",
        "plate", "plate_country", "trailer", "operator_no", "commercial", "axles", "weight_kg",
        "empty_kg", "load_kg", "seats_declared", "seats_counted", "declarations", "wait_min",
        "check_s", "last_post", "last_passed_at",
    ),
    breakages={
        "passed_at": "yesterday, 25:70",
        "category": "Q9",
        "way": "sideways",
        "weight_kg": "heavy",
        "passage_no": "",
    },
)  # fmt: skip

#: In the order of the classes of vehicles: the category (UNECE), the lane it takes, and whether its
#: empty mass stands on its papers.
_CATEGORY = labels(("M1", "N1", "N3", "M3", "train"))
_LANE = labels(("ALL", "ALL", "TIR", "ALL", "RAIL"))
_TARE_KNOWN = np.array([False, True, True, False, False])


class CrossingSheet:
    """Writes crossings of a world; what its vehicles and posts are called is looked up once."""

    def __init__(self, world: World) -> None:
        vehicles, posts = world.vehicles, world.posts
        self._vehicles = vehicles
        self._plate, self._plate_country = labels(vehicles.plate), labels(vehicles.country)
        self._trailer = labels(f"T{plate}" for plate in vehicles.plate.tolist())
        self._operator = labels(world.firms.carriers.number)
        self._post, self._owner = labels(posts.ids), labels(posts.owner)

    def columns(self, crossed: Crossings, numbers: list[str], rng: np.random.Generator) -> Columns:
        """One line a crossing, in their order."""
        passages, kind, n = crossed.passages, crossed.kind, len(numbers)
        vehicle, post = passages.vehicle, passages.post
        commercial = self._vehicles.commercial[vehicle]
        tare = np.where(_TARE_KNOWN[kind], self._vehicles.tare_kg[vehicle], np.nan)
        # Only freight is followed from post to post; private vehicles leave no such trace.
        traced = commercial & (passages.last_post >= 0)
        bus = kind == BUS
        return [
            numbers,
            moments(passages.at),
            moments(passages.at + rng.integers(1, 60, n)),
            self._owner[post].tolist(),
            self._post[post].tolist(),
            where(passages.leaving, "OUT", "IN"),
            _LANE[kind].tolist(),
            _CATEGORY[kind].tolist(),
            self._plate[vehicle].tolist(),
            self._plate_country[vehicle].tolist(),
            self._trailer[passages.trailer].tolist(),
            self._operator[self._vehicles.carrier[vehicle]].tolist(),
            yes_no(commercial),
            integers(_axles(crossed, rng)),
            whole(crossed.weight_kg),
            whole(tare),
            whole(crossed.declared_kg),
            whole(np.where(bus, crossed.passengers_declared, np.nan)),
            whole(np.where(bus, crossed.passengers_counted, np.nan)),
            passages.references.tolist(),
            integers(crossed.wait_minutes),
            integers(crossed.check_seconds),
            self._post[np.where(traced, passages.last_post, -1)].tolist(),
            moments(np.where(traced, passages.last_at, -1)),
        ]


def _axles(crossed: Crossings, rng: np.random.Generator) -> Integers:
    """Two; of an articulated lorry four to six; of a train four to each of its wagons."""
    n = len(crossed.kind)
    lorry = rng.choice([4, 5, 5, 5, 6], n)
    train = 4 * rng.integers(12, 36, n)
    return np.select([crossed.kind == LORRY, crossed.kind == TRAIN], [lorry, train], 2)
