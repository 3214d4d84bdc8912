"""What the border police's system exports of crossings: `crossings.csv`."""

from __future__ import annotations

import numpy as np

from training.scenario.firms import Carriers
from training.scenario.reference import Posts
from training.scenario.sheets import Row, moments, yes_no
from training.scenario.traffic import Crossings
from training.scenario.vehicles import BUS, CAR, LORRY, VAN, Vehicles

COLUMNS = (
    "passage_no", "passed_at", "registered_at", "country", "post", "way", "lane", "category",
    "plate", "plate_country", "trailer", "operator_no", "commercial", "axles", "weight_kg",
    "empty_kg", "load_kg", "seats_declared", "seats_counted", "declarations", "wait_min",
    "check_s", "last_post", "last_passed_at",
)  # fmt: skip

#: Values no reader can accept, by the column they are put in.
BREAKAGES = {
    "passed_at": "yesterday, 25:70",
    "category": "Q9",
    "way": "sideways",
    "weight_kg": "heavy",
    "passage_no": "",
}

_CATEGORY = {CAR: "M1", VAN: "N1", LORRY: "N3", BUS: "M3"}


def crossing_rows(
    crossed: Crossings,
    numbers: list[str],
    vehicles: Vehicles,
    carriers: Carriers,
    posts: Posts,
    rng: np.random.Generator,
) -> list[Row]:
    """One line a crossing, in their order."""
    passages, n = crossed.passages, len(numbers)
    wait = np.rint(rng.gamma(1.3, 14.0, n)).astype(int).tolist()
    check = rng.integers(20, 240, n).tolist()
    weight, declared = _whole(crossed.weight_kg), _whole(crossed.declared_kg)
    at = moments(passages.at)
    registered = moments(passages.at + rng.integers(1, 60, n))
    last_at = moments(passages.last_at)
    axles = np.where(crossed.kind == LORRY, rng.choice([4, 5, 5, 5, 6], n), 2).tolist()
    rows = []
    for i in range(n):
        v, at_post, last = int(passages.vehicle[i]), passages.post[i], int(passages.last_post[i])
        kind, carrier, trailer = int(crossed.kind[i]), vehicles.carrier[v], passages.trailer[i]
        commercial = bool(vehicles.commercial[v])
        # Only freight is followed from post to post; private vehicles leave no such trace.
        traced = commercial and last >= 0
        rows.append([
            numbers[i], at[i], registered[i], str(posts.owner[at_post]), str(posts.ids[at_post]),
            "OUT" if passages.leaving[i] else "IN", "TIR" if kind == LORRY else "ALL",
            _CATEGORY[kind], str(vehicles.plate[v]), str(vehicles.country[v]),
            f"T{vehicles.plate[trailer]}" if trailer >= 0 else "",
            str(carriers.number[carrier]) if carrier >= 0 else "", yes_no(commercial),
            str(axles[i]), weight[i],
            f"{vehicles.tare_kg[v]:.0f}" if kind in (VAN, LORRY) else "", declared[i],
            str(crossed.passengers_declared[i]) if kind == BUS else "",
            str(crossed.passengers_counted[i]) if kind == BUS else "",
            str(passages.references[i]), str(wait[i]), str(check[i]),
            str(posts.ids[last]) if traced else "", last_at[i] if traced else "",
        ])  # fmt: skip
    return rows


def _whole(values: np.ndarray[tuple[int], np.dtype[np.float64]]) -> list[str]:
    return ["" if np.isnan(v) else f"{v:.0f}" for v in values.tolist()]
