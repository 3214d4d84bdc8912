"""Curves are told where enough hits back them, by the estimate and by the truth."""

from __future__ import annotations

import csv
from typing import Any

import numpy as np

from training.evaluate import Result
from training.intervals import Figure
from training.report import curves


def a_result(**changes: Any) -> Result:
    given: dict[str, Any] = {
        "head": "crossing-arms",
        "who": "head",
        "part": "truth",
        "view": "naive",
        "rows": 1000,
        "hits": 20,
        "effective_hits": 20.0,
        "sufficient": True,
        "figures": {"recall_at_0_5": Figure(0.1, 0.05, 0.2), "auc": Figure(0.7, 0.6, 0.8)},
    }
    return Result(**given | changes)


def rows(*results: Result) -> list[dict[str, str]]:
    return list(csv.DictReader(curves(results).splitlines()))


def test_a_curve_has_a_row_a_capacity_with_its_interval() -> None:
    (row,) = rows(a_result())

    assert row == {
        "head": "crossing-arms", "who": "head", "source": "truth",
        "capacity": "0.005", "recall": "0.1", "low": "0.05", "high": "0.2",
    }  # fmt: skip


def test_what_too_few_hits_back_is_no_point_of_a_curve() -> None:
    thin = Figure(0.4, np.nan, np.nan)

    assert rows(a_result(figures={"recall_at_3": thin})) == []


def test_figures_of_the_inspected_alone_are_no_curve() -> None:
    assert rows(a_result(part="all"), a_result(part="movements", view="hajek")) == []
