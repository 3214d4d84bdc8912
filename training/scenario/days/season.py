"""When people smuggling peaks: the months of the Western Balkan route, by its detections."""

from __future__ import annotations

import csv
from collections import defaultdict
from datetime import date
from functools import cache

import numpy as np

from training.scenario.profile import SEEDS

#: Years whose months are compared: before them the route had another shape, and in the spring of
#: 2020 borders were closed.
_YEARS = (2018, 2019, 2021, 2022, 2023, 2024)


def people_season(day: date) -> float:
    """People smuggling against an average day, mean 1 over the months."""
    return _by_month()[day.month - 1]


@cache
def _by_month() -> tuple[float, ...]:
    """Geometric mean over years of each month against its year, so that no one year decides."""
    years: dict[int, dict[int, int]] = defaultdict(dict)
    path = SEEDS / "reference" / "western_balkan_detections.csv"
    with path.open(encoding="utf-8") as lines:
        for row in csv.DictReader(lines):
            year, month = (int(part) for part in row["month"].split("-"))
            if year in _YEARS:
                years[year][month] = int(row["detections"])
    logs = []
    for months in years.values():
        numbers = np.array([months[m] for m in range(1, 13)], dtype=np.float64)
        logs.append(np.log(numbers / numbers.mean()))
    shape = np.exp(np.mean(logs, axis=0))
    return tuple((shape / shape.mean()).tolist())
