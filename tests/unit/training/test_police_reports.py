"""A police report names a movement, or none; what it is worth is its grades'."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.movements import DAY
from training.params import ReportParams
from training.police_reports import (
    MOST_NAMED,
    MOVEMENT_COLUMNS,
    REPORT_COLUMNS,
    named,
    no_reports,
    reported,
)

HOUR = DAY // 24
NOON = 100 * DAY + 12 * HOUR
GRADES = ReportParams(
    types={"arms": ("firearm_found",)},
    source={"A": 1.0, "C": 0.5, "X": 0.0},
    information={1: 1.0, 2: 0.75, 4: 0.0},
)


def movements(*told: dict[str, Any]) -> pd.DataFrame:
    rows = [
        {"u": NOON + i, "event_at": NOON, "owner_post": "MK-1", "source_system": "border",
         "source_record_id": f"C{i}"} | one
        for i, one in enumerate(told)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(MOVEMENT_COLUMNS))


def reports(*told: dict[str, Any]) -> pd.DataFrame:
    rows = [
        {"u": NOON + HOUR + i, "event_at": NOON + HOUR, "owner_post": "MK-1",
         "source_system": "police", "source_record_id": f"R{i}", "incident_type": "firearm_found",
         "source_grade": "A", "information_grade": 1} | one
        for i, one in enumerate(told)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=list(REPORT_COLUMNS))


VEHICLE = {"key_vehicle": "v1"}


@pytest.mark.parametrize("key", ["vehicle", "trailer", "container", "consignor", "consignee"])
def test_a_report_names_the_movement_of_that_day_that_shares_a_key(key: str) -> None:
    mine = movements({f"key_{key}": "k"}, {f"key_{key}": "other"})

    made = named(mine, reports({f"key_{key}": "k"}))

    assert made["movement_u"].tolist() == [NOON]
    assert made["share"].tolist() == [1.0]


@pytest.mark.parametrize("ago", [-HOUR, 25 * HOUR])
def test_a_movement_after_the_report_or_more_than_a_day_before_is_not_named(ago: int) -> None:
    away = movements(VEHICLE | {"event_at": NOON + HOUR - ago})

    assert named(away, reports(VEHICLE)).empty


def test_movements_at_the_reports_own_post_are_meant_if_there_are_any() -> None:
    both = movements(VEHICLE | {"owner_post": "RS-9"}, VEHICLE)

    assert named(both, reports(VEHICLE))["movement_u"].tolist() == [NOON + 1]
    assert named(both[:1], reports(VEHICLE))["movement_u"].tolist() == [NOON]


def test_a_report_is_shared_among_what_it_could_speak_of_and_speaks_of_nothing_among_many() -> None:
    few = movements(*[VEHICLE] * MOST_NAMED)
    many = movements(*[VEHICLE] * (MOST_NAMED + 1))

    assert named(few, reports(VEHICLE))["share"].tolist() == [1 / MOST_NAMED] * MOST_NAMED
    assert named(many, reports(VEHICLE)).empty


def test_of_the_versions_of_a_declaration_the_latest_is_named() -> None:
    amended = movements(VEHICLE, VEHICLE | {"source_record_id": "C0"})

    assert named(amended, reports(VEHICLE))["movement_u"].tolist() == [NOON + 1]


def worth(told: pd.DataFrame, mine: pd.DataFrame, **changes: Any) -> dict[int, float]:
    """What each movement's reports are worth, by its place."""
    asked: dict[str, Any] = {
        "within": np.ones(len(mine), dtype=bool), "types": ("firearm_found",),
        "until_u": NOON + DAY, "worth": GRADES.worth,
    } | changes  # fmt: skip
    made = reported(
        told, mine["u"].to_numpy(dtype=np.int64), mine["event_at"].to_numpy(dtype=np.int64), **asked
    )
    return dict(zip(made.places.tolist(), made.worth.tolist(), strict=True))


@pytest.mark.parametrize(
    ("source", "information", "expected"),
    [("A", 1, 1.0), ("C", 2, 0.375), ("X", 1, None), ("A", 4, None), ("B", 1, None)],
)
def test_a_report_is_worth_what_its_grades_are_and_nothing_where_they_are_not_named(
    source: str, information: int, expected: float | None
) -> None:
    mine = movements(VEHICLE)
    told = named(
        mine, reports(VEHICLE | {"source_grade": source, "information_grade": information})
    )

    assert worth(told, mine) == ({} if expected is None else {0: expected})


def test_of_several_reports_of_one_movement_the_best_counts_once() -> None:
    mine = movements(VEHICLE)
    told = named(mine, reports(VEHICLE | {"source_grade": "C"}, VEHICLE, VEHICLE))

    assert worth(told, mine) == {0: 1.0}


@pytest.mark.parametrize(
    "changes",
    [
        {"until_u": NOON + HOUR},
        {"types": ("smuggling_facilitation",)},
        {"within": np.array([False])},
        {"worth": None},
    ],
    ids=["not known yet", "of another risk", "inspected", "off"],
)
def test_nothing_is_learnt_from_a_report(changes: dict[str, Any]) -> None:
    mine = movements(VEHICLE)

    assert worth(named(mine, reports(VEHICLE)), mine, **changes) == {}


def test_without_reports_or_without_movements_nothing_is_named() -> None:
    mine = movements(VEHICLE)

    assert worth(no_reports(), mine) == {}
    assert worth(named(mine, reports(VEHICLE)), movements()) == {}
