"""What the made-up police report about movements."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from training.scenario.office import police

_N = 20_000


def linked_reports() -> list[dict[str, str]]:
    """Reports of a day on which every declaration carries arms, and half of the crossings people.

    Trader and vehicle number k is of movement k; traders of even numbers are natural persons.
    """
    rows = np.arange(_N)
    every, none = rows >= 0, rows < 0
    numbers = [f"{row:06d}" for row in rows]
    carriers_of_people = SimpleNamespace(arms=none, people=rows % 2 == 0)
    day: Any = SimpleNamespace(
        midnight=1_772_496_000,
        declared=SimpleNamespace(lane=rows, carries=SimpleNamespace(arms=every)),
        declaration_numbers=numbers,
        crossed=SimpleNamespace(
            passages=SimpleNamespace(vehicle=rows, post=0 * rows), carries=carriers_of_people
        ),
        crossing_numbers=numbers,
    )
    firms: Any = SimpleNamespace(
        lanes=SimpleNamespace(consignee=rows, post=0 * rows),
        traders=SimpleNamespace(
            natural_person=rows % 2 == 0, number=np.array([f"T{row}" for row in rows])
        ),
    )
    vehicles: Any = SimpleNamespace(plate=np.array([f"P{row}" for row in rows]))
    posts: Any = SimpleNamespace(ids=np.array(["RS-HU-01"]), owner=np.array(["RS"]))
    written = police.linked_rows(day, firms, vehicles, posts, np.random.default_rng(1))
    return [dict(zip(police.COLUMNS, row, strict=True)) for row in written]


def test_the_police_never_name_a_natural_person() -> None:
    named = [int(report["trader_no"][1:]) for report in linked_reports() if report["trader_no"]]

    assert len(named) == pytest.approx(_N / 2 * police.HEARD_OF, rel=0.2)
    assert all(number % 2 for number in named)


def test_one_report_in_four_is_about_somebody_innocent_and_graded_low() -> None:
    about = [report for report in linked_reports() if report["plate"]]

    innocent = [report for report in about if int(report["plate"][1:]) % 2]
    assert len(innocent) / len(about) == pytest.approx(police.INNOCENT, abs=0.06)
    for report in about:
        graded_low = (report["source_grade"], report["information_grade"]) == ("X", "4")
        assert graded_low == (report in innocent)


def test_no_two_reports_of_a_day_share_a_number_and_a_subject() -> None:
    reports = linked_reports()

    assert len({(r["report_no"], r["plate"], r["trader_no"]) for r in reports}) == len(reports)
