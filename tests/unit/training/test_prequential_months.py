"""Month by month a head knows only what was known, and is measured by what became known in time."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.movements import DAY, FEATURES, crossings, outcomes, params
from training.comparing.months import MATURED_DAYS, Month, Told, measure_month, months_of
from training.comparing.months_kept import fingerprint, keep, kept
from training.comparing.months_page import months_figures, months_page, months_tables
from training.errors import NothingToLearn
from training.intervals import Figure
from training.material import Material

# From 2024-10-04 on, 100 days: the months from December on have enough history.
MOVEMENTS = crossings()
OUTCOMES = outcomes(MOVEMENTS)
DECEMBER = date(2024, 12, 1)


def material(movements: pa.Table = MOVEMENTS, known: pd.DataFrame = OUTCOMES) -> Material:
    return Material({"crossing": movements}, known, FEATURES, {}, Path())


def measured(of: Material | None = None, **changes: Any) -> Month:
    return measure_month(
        of or material(), subject="crossing", risk="smuggling", month=DECEMBER,
        params=params(**changes),
    )  # fmt: skip


@pytest.fixture(scope="module")
def december() -> Month:
    return measured()


def microseconds(day: date) -> int:
    return (day - date(1970, 1, 1)).days * DAY


def by_name(month: Month | None) -> str:
    assert month is not None
    figures = sorted((who, sorted(of.items())) for who, of in month.figures.items())
    return repr((replace(month, figures={}), figures))


def test_months_begin_where_there_is_enough_history() -> None:
    asked = params(split={"valid_days": 20, "test_days": 20, "embargo_days": 2})

    assert months_of(material(), asked) == [date(2024, 11, 1), DECEMBER, date(2025, 1, 1)]


def test_without_a_month_of_history_nothing_is_measured() -> None:
    asked = params(split={"valid_days": 90, "test_days": 20})

    with pytest.raises(NothingToLearn, match="history before it"):
        months_of(material(crossings(days=30)), asked)


def test_a_month_is_measured_on_its_movements_alone(december: Month) -> None:
    at = MOVEMENTS["event_at"].to_numpy()
    within = (at >= microseconds(DECEMBER)) & (at < microseconds(date(2025, 1, 1)))

    assert december.head == "crossing-smuggling"
    assert december.month == "2024-12"
    assert december.movements == within.sum()
    assert set(december.figures) == {"head", "logistic", "rules", "random"}
    recall = december.figures["head"]["recall"]
    assert recall.low <= recall.value <= recall.high
    assert recall.value > december.figures["random"]["recall"].value


def test_nothing_that_became_known_later_changes_the_head(december: Month) -> None:
    start = microseconds(DECEMBER)
    later = OUTCOMES["u"] >= start
    other = OUTCOMES.assign(
        result=np.where(later & (OUTCOMES["movement_u"] < start), "persons_concealed",
                        OUTCOMES["result"])
    )  # fmt: skip

    assert by_name(measured(material(known=other))) == by_name(december)


def test_what_was_known_before_the_month_does(december: Month) -> None:
    start = microseconds(DECEMBER)
    other = OUTCOMES.assign(
        result=np.where(OUTCOMES["u"] < start, "nothing_found", OUTCOMES["result"])
    )

    month = measured(material(known=other))

    assert month.kind == "rules_only"
    assert "hits were known" in month.reason
    assert not month.hit_rate.sufficient
    assert december.kind != "rules_only"


def test_outcomes_are_waited_for_so_long_and_no_longer(december: Month) -> None:
    end = microseconds(date(2025, 1, 1))
    about = OUTCOMES["movement_u"]
    of_month = (about >= microseconds(DECEMBER)) & (about < end)
    too_late = OUTCOMES.assign(
        u=np.where(of_month, end + MATURED_DAYS * DAY + about % DAY, OUTCOMES["u"])
    ).sort_values("u")
    in_time = OUTCOMES.assign(
        u=np.where(of_month, end + (MATURED_DAYS - 1) * DAY + about % DAY, OUTCOMES["u"])
    ).sort_values("u")

    assert not december.matured
    assert measured(material(known=too_late)).hits == 0
    month = measured(material(known=in_time))
    assert month.hits == december.hits > 0
    assert not month.matured


def test_a_kept_month_is_read_back_whole_and_only_for_the_same_data(
    december: Month, tmp_path: Path
) -> None:
    keep(december, tmp_path, made_from="this")

    # As texts, so that one NaN equals another, and by name: JSON sorts them.
    assert by_name(kept(tmp_path, december.head, "2024-12", made_from="this")) == by_name(december)
    assert kept(tmp_path, december.head, "2024-12", made_from="that") is None
    assert kept(tmp_path, december.head, "2024-11", made_from="this") is None
    file = next(tmp_path.glob("*.json"))
    file.write_text(file.read_text()[:100])
    assert kept(tmp_path, december.head, "2024-12", made_from="this") is None


def test_a_ratio_without_an_upper_end_is_read_back_so(tmp_path: Path) -> None:
    endless = Told(2.0, 1.1, math.inf, 12.0, sufficient=True)
    month = Month(
        "crossing-smuggling", "2024-12", "logistic", "", 10, 3, 100, 10, 1, matured=True,
        capacity=0.1, expected=0.01, hit_rate=endless,
        figures={"head": {"lift_over_rules": endless}}, truth={"head": Figure(0.5, 0.4, 0.6)},
    )  # fmt: skip

    keep(month, tmp_path, made_from="this")

    assert kept(tmp_path, month.head, month.month, made_from="this") == month


@pytest.mark.parametrize(
    ("of", "changes"),
    [
        (material(MOVEMENTS.slice(0, 2999)), {}),
        (material(known=OUTCOMES[:-1]), {}),
        (material(), {"seed": 2}),
    ],
    ids=["movements", "outcomes", "parameters"],
)
def test_other_data_or_parameters_are_another_run(of: Material, changes: dict[str, Any]) -> None:
    assert fingerprint(of, params(**changes)) != fingerprint(material(), params())
    assert fingerprint(material(), params()) == fingerprint(material(), params())


def test_page_table_and_figures_tell_every_month(december: Month) -> None:
    nothing = measured(fit={"minimum_hits": 10_000})
    months = [december, nothing]

    told = months_page(months)
    figures = months_figures(months)

    assert "http" not in told
    assert "<script" not in told
    assert "a model needs 10000" in told
    assert "2024-12" in told
    assert figures["crossing_smuggling_2024_12_hits"] >= 0
    assert json.dumps(figures)
    assert [table.row_count for table in months_tables(months)] == [2]
