"""A police report names a movement, or none; what it is worth is its grades'."""

from __future__ import annotations

from pathlib import Path
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
    STANDS,
    named,
    no_reports,
    read_reports,
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
         "source_grade": "A", "information_grade": 1, "taken_back_u": STANDS} | one
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


def test_of_the_versions_of_a_declaration_the_latest_known_by_then_is_named() -> None:
    again = VEHICLE | {"source_record_id": "C0"}
    amended = movements(VEHICLE, again, again | {"u": NOON + 2 * HOUR})

    assert named(amended, reports(VEHICLE))["movement_u"].tolist() == [NOON + 1]


def test_a_report_stands_until_it_is_taken_back_and_not_after() -> None:
    mine = movements(VEHICLE)
    told = named(mine, reports(VEHICLE | {"taken_back_u": NOON + 9 * HOUR}))

    assert worth(told, mine, until_u=NOON + 9 * HOUR) == {0: 1.0}
    assert worth(told, mine, until_u=NOON + 9 * HOUR + 1) == {}


def test_what_is_read_of_an_export_tells_when_a_report_was_corrected(tmp_path: Path) -> None:
    first, second = (
        reports(VEHICLE | {"source_grade": grade, "source_record_id": "R"}) for grade in ("A", "C")
    )
    later = NOON + 9 * HOUR
    correction = first.assign(u=later - 1, takes_back=first["u"])
    every = pd.concat([
        movements(VEHICLE).assign(kind="crossing"),
        *(of.assign(kind="incident") for of in (first, correction, second.assign(u=later))),
    ]).astype({"takes_back": "Int64", "information_grade": "Int64"})  # fmt: skip
    every.drop(columns="taken_back_u").to_parquet(tmp_path / "events-2026-05.parquet")

    told = read_reports(tmp_path)

    assert told["u"].tolist() == [NOON + HOUR, later]
    assert told["source_grade"].tolist() == ["A", "C"]
    assert told["taken_back_u"].tolist() == [later - 1, STANDS]


def test_an_export_without_grades_names_nothing(tmp_path: Path) -> None:
    old = movements(VEHICLE).assign(kind="crossing", takes_back=None)
    old.to_parquet(tmp_path / "events-2026-05.parquet")

    assert read_reports(tmp_path).empty


def worth(told: pd.DataFrame, mine: pd.DataFrame, **changes: Any) -> dict[int, float]:
    """What each movement's reports are worth, by its place."""
    asked: dict[str, Any] = {
        "within": np.ones(len(mine), dtype=bool), "risk": "arms",
        "until_u": NOON + DAY, "params": GRADES,
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
        {"risk": "smuggling"},
        {"within": np.array([False])},
        {"params": None},
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
