"""What years of own selections are said to have come to, and how capacity is spent in them."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from training.assurance.closed_loop.after_shock import after_shock
from training.assurance.closed_loop.arms import Arm
from training.assurance.closed_loop.comparison import (
    Pair,
    Verdict,
    figures,
    last_year,
    promise_holds,
    ratio_over_seeds,
    verdict,
)
from training.assurance.closed_loop.estimates import estimates
from training.assurance.closed_loop.page import comparison_page
from training.assurance.closed_loop.report import sentences
from training.assurance.closed_loop.years import frame, lost, months, scarce, years
from training.intervals import Figure
from training.scenario.office.selection import CHANCE, MODEL, RULE, TIP
from training.scenario.typologies import CODES, NAMES
from training.watching.find_alarm import AlarmSettings

pytestmark = pytest.mark.slow


def a_journal(days: int, *, a_day: int = 20, seed: int = 1, **told: Any) -> pa.Table:
    """A journal in which one movement in ten carries arms by A5, and one in ten is inspected."""
    rng = np.random.default_rng(seed)
    n = days * a_day
    risk = rng.uniform(0.0, 0.2, n)
    carries = rng.random(n) < risk
    chosen = rng.random(n) < 0.1
    found = np.where(chosen, (carries & (rng.random(n) < 0.5)).astype(np.int64), -1)
    day = np.repeat(np.arange(days), a_day)
    none = np.zeros(n, dtype=np.int64)
    columns: dict[str, Any] = {
        "day": day,
        "subject": ["consignment"] * n,
        "number": [f"D{i}" for i in range(n)],
        "stratum": none,
        "post": none,
        "entity": np.arange(n) % 50,
        "risk_arms": risk,
        "risk_smuggling": np.zeros(n),
        "carries_arms": carries,
        "carries_smuggling": none.astype(bool),
        "typology_arms": np.where(carries, CODES["A5"], 0),
        "typology_smuggling": none,
        "propensity": np.full(n, 0.1),
        "reason": np.where(chosen, CHANCE, -1),
        "probability_arms": risk / 2,
        "score_arms": risk,
        "probability_smuggling": np.full(n, np.nan),
        "score_smuggling": np.zeros(n),
        "known": np.where(chosen, day, -1),
        "found_arms": found,
        "found_smuggling": np.where(chosen, 0, -1),
    }
    changed = {name: of(columns) if callable(of) else of for name, of in told.items()}
    return pa.table(columns | changed)


def an_arm(*, floor: bool, days: int = 3 * 365, shock_day: int | None = None, **told: Any) -> Arm:
    rows = frame(a_journal(days, **told))
    return Arm(
        seed=1,
        floor=floor,
        years=years(rows),
        months=months(rows),
        estimates=estimates(rows),
        retrainings=(),
        shock=None
        if shock_day is None
        else after_shock(rows, "smuggling_falls", shock_day, settings=AlarmSettings(tolerance=0.2)),
    )


def from_day(day: int, changed: Any, *, of: str = "reason") -> Any:
    """A maker of reasons, or of another column, that are `changed` from that day on."""
    return lambda columns: np.where(columns["day"] >= day, changed, columns[of])


def out_of_reach_from(day: int) -> dict[str, Any]:
    """Makers of reasons and propensities: from that day on nothing could be inspected."""
    return {"reason": from_day(day, -1), "propensity": from_day(day, 0.0, of="propensity")}


def a_keeping_arm() -> Arm:
    """An arm that inspects three times as many from the second year on: recall surely keeps up."""

    def reason(columns: Any) -> Any:
        more = (columns["day"] >= 365) & (np.arange(len(columns["day"])) % 3 == 0)
        return np.where(more, CHANCE, columns["reason"])

    return an_arm(floor=True, reason=reason)


def test_recall_counts_cases_reached_of_the_offices_own_accord() -> None:
    by_tip = an_arm(floor=True, reason=lambda c: np.where(c["reason"] >= 0, TIP, -1))
    own = an_arm(floor=True)

    assert by_tip.years[0].recall.value == 0
    year = own.years[0]
    assert year.recall.value == year.reached / year.cases
    assert year.recall.low < 0.1 < year.recall.high
    assert year.oracle > year.recall.high
    assert year.by_typology["A5"].inspected == year.reached


def test_a_typology_is_lost_when_not_one_of_its_cases_could_have_been_inspected() -> None:
    runs_away = an_arm(floor=False, **out_of_reach_from(2 * 365))

    assert lost(runs_away.years[1]) == ()
    assert lost(runs_away.years[2]) == ("A5",)
    assert runs_away.years[2].within_reach.value == 0
    assert verdict([runs_away]).broken
    assert verdict([a_keeping_arm()]).holds


def test_what_was_within_reach_is_not_lost_though_nobody_inspected_it_and_is_not_held_either() -> (
    None
):
    seldom = an_arm(
        floor=True,
        days=365,
        reason=lambda columns: np.where(columns["carries_arms"], -1, columns["reason"]),
        propensity=lambda columns: np.where(columns["carries_arms"], 0.003, 0.1),
    )
    told = seldom.years[0].by_typology["A5"]

    assert told.inspected == 0
    assert told.within_reach == told.carried > 500
    assert told.expected == pytest.approx(0.003 * told.carried)
    assert lost(seldom.years[0]) == ()
    assert scarce(seldom.years[0]) == ("A5",)
    assert not verdict([seldom]).holds
    assert verdict([seldom]).lost == ()


def test_a_typology_with_few_cases_is_named_and_not_judged() -> None:
    year = an_arm(floor=True, days=365).years[0]
    few = replace(year.by_typology["A5"], carried=49, within_reach=0)

    assert few.too_few
    assert not few.lost
    assert not few.neglected(1.0)
    assert replace(few, carried=50).lost
    # A5 alone is carried in these journals.
    assert "A5" not in verdict([an_arm(floor=True)]).too_few
    assert len(verdict([an_arm(floor=True)]).too_few) == len(NAMES) - 2


def test_of_several_offices_a_typology_is_lost_where_one_of_them_lost_it() -> None:
    arms = [an_arm(floor=False, seed=2, **out_of_reach_from(2 * 365)), an_arm(floor=False)]

    assert verdict(arms).lost == ("A5",)
    assert last_year(arms)["A5"].within_reach == last_year(arms[1:])["A5"].within_reach > 0


def test_the_promise_asks_that_one_half_holds_and_the_other_is_broken() -> None:
    kept, broken = a_keeping_arm(), an_arm(floor=False, **out_of_reach_from(2 * 365))

    assert promise_holds([Pair(kept, broken)]) is True
    assert promise_holds([Pair(kept, kept)]) is False
    assert promise_holds([Pair(broken, broken)]) is False


def test_a_ratio_whose_interval_holds_what_is_asked_leaves_it_open() -> None:
    open_ = Verdict(Figure(0.95, 0.8, 1.1), (), (), (), ())

    assert open_.recall_kept is None
    assert not open_.holds
    assert not open_.broken
    assert replace(open_, ratio=Figure(0.8, 0.7, 0.89)).broken
    assert replace(open_, ratio=Figure(1.0, 0.9, 1.1)).holds
    seldom = replace(open_, ratio=Figure(1.0, 0.9, 1.1), scarce=("A6",))
    assert not seldom.holds
    assert not seldom.broken


def test_newcomers_are_those_of_whom_nothing_found_was_known_before() -> None:
    rows = frame(a_journal(2))
    # Of lane 7 something was found on day 0 and known on day 1, of lane 8 nothing was.
    made = a_journal(
        3,
        a_day=2,
        day=[0, 0, 1, 1, 2, 2],
        entity=[7, 8, 7, 8, 7, 8],
        found_arms=[1, 0, -1, -1, -1, -1],
        known=[1, 1, -1, -1, -1, -1],
    )

    assert rows["newcomer"].all()
    assert frame(made)["newcomer"].tolist() == [True, True, True, True, False, True]


def test_what_a_lot_chose_among_equals_is_told() -> None:
    lot = an_arm(floor=False, days=365, reason=lambda c: np.where(c["reason"] >= 0, RULE, -1))

    assert lot.years[0].by_lot == 1
    assert an_arm(floor=True, days=365).years[0].by_lot == 0


def test_the_ratio_of_years_has_an_interval_around_it() -> None:
    first, last = (an_arm(floor=True).years[k] for k in (0, 2))

    made = ratio_over_seeds([(last.of_all, first.of_all)])

    assert made.value == pytest.approx(last.recall.value / first.recall.value)
    assert made.low < made.value < made.high


def test_a_head_that_says_what_inspections_find_is_calibrated_and_one_that_says_twice_is_not() -> (
    None
):
    right = an_arm(floor=True).years[0]
    twice = an_arm(floor=True, probability_arms=lambda c: c["risk_arms"]).years[0]

    assert right.calibration_error["consignment-arms"] < 0.25
    assert twice.calibration_error["consignment-arms"] > 0.7
    assert math.isnan(right.calibration_error["consignment-smuggling"])


def test_estimates_by_chance_hold_the_truth_and_say_when_they_cannot() -> None:
    rows = frame(a_journal(365, a_day=20))

    made = {of.method: of for of in estimates(rows)}

    assert made["random_slice"].holds
    assert made["doubly_robust"].holds
    no_chance = frame(a_journal(365, reason=lambda c: np.where(c["reason"] >= 0, MODEL, -1)))
    assert not next(o for o in estimates(no_chance) if o.method == "random_slice").sufficient


def test_a_fall_of_finds_is_noticed_and_its_end_is_told() -> None:
    shock, end = 400, 550

    def found(columns: Any) -> Any:
        gone = (columns["day"] >= shock) & (columns["day"] < end)
        return np.where((columns["found_arms"] == 1) & gone, 0, columns["found_arms"])

    def reason(columns: Any) -> Any:
        gone = (columns["day"] >= shock) & (columns["day"] < end) & columns["carries_arms"]
        return np.where(gone, -1, columns["reason"])

    arm = an_arm(floor=True, days=700, shock_day=shock, a_day=60, found_arms=found, reason=reason)

    of = arm.shock
    assert of is not None
    after = of.alarm_after_days["arms"]
    assert after is not None
    assert 0 <= after < 40
    assert of.false_alarms["arms"] == 0
    assert of.worst_recall == 0
    assert of.recall_back_after_days is not None
    assert end - shock <= of.recall_back_after_days < end - shock + 60


def test_nothing_that_leaves_needs_no_time_to_come_back() -> None:
    arm = an_arm(floor=True, days=600, a_day=60, shock_day=400)

    assert arm.shock is not None
    assert arm.shock.recall_back_after_days == 0
    assert arm.shock.calibration_back_after_days == 0


def test_figures_and_the_page_tell_both_arms() -> None:
    pair = Pair(a_keeping_arm(), an_arm(floor=False, **out_of_reach_from(2 * 365)))

    said: dict[str, Any] = figures([pair])
    html = comparison_page([pair])

    assert said["holds_with_floor"] is True
    assert said["holds_without_floor"] is False
    assert said["typologies_lost_with"] == []
    assert said["typologies_lost_without"] == ["A5"]
    assert said["promise_holds"] is True
    assert said["typologies_last_year_without"]["A5"]["within_reach"] == 0
    assert said["within_reach_year3"] == 1
    assert said["least_propensity_year3_without_floor"] == 0
    assert said["ratio_without_floor"] == 0
    assert said["share_of_oracle_year3_without_floor"] is None
    assert said["recall_year1"] == round(pair.with_floor.years[0].recall.value, 4)
    assert html.count("<svg") >= 2
    assert "A5" in html
    assert "http" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "Selection ran away." in sentences([pair])[2]
    assert "within reach" in html
    assert "insufficient" in html


def test_over_several_seeds_figures_have_an_interval_over_seeds_and_two_are_pooled() -> None:
    pairs = [Pair(an_arm(floor=True, seed=s), an_arm(floor=False, seed=s + 10)) for s in (1, 2, 3)]
    years = [pair.with_floor.years[0] for pair in pairs]

    three: dict[str, Any] = figures(pairs)
    two: dict[str, Any] = figures(pairs[:2])

    for told in (three, two):
        low, value, high = (told[f"recall_year1{end}"] for end in ("_low", "", "_high"))
        assert 0 < low < value < high
    assert three["recall_year1"] == pytest.approx(
        np.mean([y.recall.value for y in years]), abs=1e-4
    )
    pooled = sum(y.reached for y in years[:2]) / sum(y.cases for y in years[:2])
    assert two["recall_year1"] == pytest.approx(pooled, abs=1e-4)
    assert isinstance(three["share_of_oracle_year1_low"], float)
    assert two["share_of_oracle_year1_low"] is None
