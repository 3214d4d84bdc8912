"""The drill of the alarm: trained before the watch, counted fairly, beside what any test could do."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest

from tests import movements as season
from tests.watched_seasons import BEGINS, FALLS_ON, SINCE, calm, fallen, movements
from training.assurance.alarms import Drill, drilled, figures, watched
from training.assurance.drawn_histories import Possible, possible
from training.assurance.periods import Period
from training.params import load_params
from training.scenario.profile import load_profile
from training.watching.find_alarm import AlarmSettings
from training.watching.finds import FindWatch


def the_watch(outcomes: pd.DataFrame) -> FindWatch:
    period = Period(
        name="season",
        movements={"crossing": movements()},
        outcomes=outcomes.assign(control_level="full_unload"),
        features=season.FEATURES,
        events=Path("events"),
        truth=Path("truth"),
    )
    profile = replace(load_profile("measure"), first_day=BEGINS, days=160)
    (told,) = watched(
        period, profile, risks=("smuggling",), watch_from=SINCE,
        params=season.params(split={"valid_days": 20, "test_days": 80, "embargo_days": 2}),
        progress=lambda _: None,
    )  # fmt: skip
    return told


@pytest.mark.slow
def test_heads_learn_from_what_lies_before_the_watch_and_see_finds_fall() -> None:
    told = the_watch(fallen())

    assert told.alarms[0].direction == "fall"
    assert told.alarms[0].day > FALLS_ON
    assert told.heads[0].startswith("crossing-smuggling ")


@pytest.mark.slow
def test_a_calm_season_raises_no_alarm() -> None:
    told = the_watch(calm())

    assert told.alarms == ()
    assert told.evidence[0].day == (SINCE - date(1970, 1, 1)).days


def test_more_finds_a_day_see_a_fall_sooner() -> None:
    few, many = possible(
        (1, 16), load_profile("measure"), settings=AlarmSettings(), histories=10, seed=1
    )

    assert many.median_days < few.median_days - 10
    assert few.false_alarms <= 1
    assert few.within_30 <= few.at_most < 0.6 < many.at_most
    # No alarm is sooner than a test that knows when and how finds fall.
    assert many.soonest_days < few.soonest_days < few.median_days
    assert many.soonest_days < many.median_days
    assert few.soonest_days > 30 > many.soonest_days


def test_a_seed_that_never_alarmed_is_counted_and_not_left_out_in_silence() -> None:
    drills = [
        Drill(1, (), 181, 60, 1.0, 0.22),
        Drill(2, (("arms", date(2026, 2, 1)),), 184, None, 1.0, None),
    ]

    told = figures(drills, [Possible(2, 55, 0.0, 0.5, 0.1, 0.0, 33)])

    assert (told["never_alarmed"], told["days_to_alarm_worst"]) == (1, 60)
    assert told["false_alarms_in_two_years"] == 2.0
    assert told["false_alarms_worst"] == 1
    assert told["drawn_median_days_at_2_a_day"] == 55
    assert told["possible_median_days_at_2_a_day"] == 33


@pytest.mark.nightly
def test_a_drill_draws_a_calm_and_a_falling_period_and_watches_heads_of_both(
    tmp_path: Path,
) -> None:
    demo = load_profile("demo")
    small = replace(demo, name="small", movements=30_000, rate_multiplier=250.0)
    asked = load_params(Path("params.yaml"))

    drill = drilled(
        small, 7, watch_from=date(2026, 5, 1), shock_on=date(2026, 5, 4),
        params=asked.model_copy(update={"targets": {"smuggling": asked.targets["smuggling"]}}),
        work=tmp_path, progress=lambda _: None,
    )  # fmt: skip

    assert drill.calm_days == 61
    # Two months of so few finds are too short to ask for an alarm; that both were watched shows here.
    assert 0.3 < drill.finds_a_day < 2.0
    assert drill.days_to_alarm is None or 0 <= drill.days_to_alarm < drill.calm_days
    assert (tmp_path / "small-7" / "prepared.sha256").exists()
    assert (tmp_path / "small-smuggling-falls-7" / "prepared.sha256").exists()
