"""A check notices rates, controls and accounts that are not what was asked for."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from features.ledger.staging import Counts
from tests.scenario_movements import PROFILE, STRATA, broken, some_movements
from training.scenario.check.controls import Controlled, control_findings
from training.scenario.check.door import accounting
from training.scenario.check.near import share_near
from training.scenario.check.rates import poisson_interval, rate_findings
from training.scenario.check.report import Finding
from training.shares import wilson


def test_a_share_may_miss_by_a_tenth_or_by_luck_and_no_more() -> None:
    def holds(found: int, of: int) -> bool | None:
        near = share_near("rule", 1, "about", "", found=found, of=of, configured=0.1)
        return near.holds

    assert holds(10_900, 100_000)
    assert not holds(11_900, 100_000)
    assert holds(6, 100)
    assert holds(0, 0) is None


def test_wilsons_interval_is_as_published() -> None:
    figure = wilson(81, 263)  # Newcombe 1998, table I
    low, high = figure.low, figure.high

    assert low == pytest.approx(0.2553, abs=5e-5)
    assert high == pytest.approx(0.3662, abs=5e-5)


@pytest.mark.parametrize("mean", [0.3, 3.0, 40.0, 2000.0])
def test_counts_of_poisson_lie_in_their_interval(mean: float) -> None:
    low, high = poisson_interval(mean)
    drawn = np.random.default_rng(6).poisson(mean, 200_000)

    assert ((drawn >= low) & (drawn <= high)).mean() > 0.998
    assert mean < 30 or ((drawn > low) & (drawn < high)).mean() < 0.9999


PLANTED = {
    name: {"lines": 10_300, "duplicates": 200, "malformed": 100, "second_versions": 21}
    for name in ("consignments", "crossings", "inspections", "incidents")
}


def a_period(**planted: int) -> list[Finding]:
    """Findings about a period whose rates are right but for what is given."""
    mix = PROFILE["mix"]
    declared = round(PROFILE["movements"] * mix["consignments"] / 50)
    crossed = round(PROFILE["movements"] * (1 - mix["consignments"]) / 50)
    shares = [1 - mix["vans"] - mix["lorries"] - mix["buses"] - mix["trains"]]
    shares += [mix[name] for name in ("vans", "lorries", "buses", "trains")]
    movements = {
        "consignment": some_movements("consignment", declared),
        "crossing": some_movements("crossing", crossed),
    }
    parts = {"consignment": [1 - mix["parcels"], mix["parcels"]], "crossing": shares}
    configured: dict[str, dict[str, float]] = {"arms": {}, "smuggling": {}}
    for kind, mine in movements.items():
        times = np.rint(np.array(parts[kind]) * len(mine)).astype(int)
        names = np.repeat(np.array(STRATA[kind], dtype=object), times)
        mine.stratum[:] = np.resize(names, len(mine))
        for risk in configured:
            for name in STRATA[kind]:
                configured[risk][name] = float(0.01 * (mine.stratum == name).sum())
    configured["arms"]["van"] *= planted.pop("vans", 100) / 100
    lines = PLANTED | {"consignments": PLANTED["consignments"] | planted}
    profile = PROFILE | {"movements": sum(len(of) for of in movements.values())}
    return list(rate_findings(movements, profile, configured, lines, seed=1))


def test_rates_as_configured_hold() -> None:
    assert not broken(a_period())


def test_a_rate_a_fifth_above_the_configured_one_is_told() -> None:
    assert broken(a_period(vans=80), "mean true risk") == ["van"]


def test_too_many_broken_lines_are_told() -> None:
    assert broken(a_period(malformed=180)) == ["consignments: malformed"]


def test_more_that_carry_than_the_risks_say_are_told() -> None:
    n = 20_000
    movements = {
        "consignment": some_movements("consignment", n),
        "crossing": some_movements(n=n, risk={r: np.full(n, 0.005) for r in ("arms", "smuggling")}),
    }
    strata = [name for of in STRATA.values() for name in of]
    configured = {risk: dict.fromkeys(strata, 100.0) for risk in ("arms", "smuggling")}

    found = rate_findings(movements, PROFILE, configured, PLANTED, seed=1)

    assert set(broken(found, "As many carry")) == {"car", "van"}


def the_controls(**changes: float) -> dict[str, Controlled]:
    """Controls by the profile's rates, but for the changes; movements at a post without operations."""
    rng = np.random.default_rng(7)
    controls, outcomes = PROFILE["controls"], PROFILE["outcomes"]
    rates = {
        "random": controls["multiplier"] * controls["random_floor"],
        "rule": controls["multiplier"] * controls["car"],
        "detection": outcomes["detection"]["scanner"],
        "wrong": outcomes["wrong_finds"],
        "delay": outcomes["delay_median_days"],
    } | changes
    n = 60_000
    carrying = rng.random(n) < 0.3
    stratum = np.full(n, "car", dtype=object)
    nothing = np.zeros(n, dtype=bool)
    movements = some_movements(
        n=n, stratum=stratum, carries={"arms": carrying, "smuggling": nothing}
    )
    tip = np.where(carrying, controls["tip_carrying"], controls["tip_clean"])
    by = rng.random((3, n)) < np.stack(
        [np.full(n, rates["random"]), np.full(n, rates["rule"]), tip]
    )
    reason = np.select(list(by), ["random", "rule", "tip"], "")
    found = carrying & (rng.random(n) < rates["detection"])
    wrong = found & (rng.random(n) < rates["wrong"])
    other = ~found & (rng.random(n) < outcomes["other_contraband"])
    other |= wrong & (rng.random(n) < 0.5)
    result = np.where(found & ~wrong, "arms", np.where(other, "other_contraband", "nothing_found"))
    spread = math.log(outcomes["delay_p95_days"] / outcomes["delay_median_days"]) / 1.6448536
    delay = rates["delay"] * np.exp(spread * rng.normal(0, 1, n))
    none = reason == ""
    done = Controlled(
        movements=movements,
        settled=np.ones(n, dtype=bool),
        reason=pd.Series(reason.tolist()),
        level=pd.Series(np.where(none, "", "scanner").tolist()),
        result=pd.Series(np.where(none, "", result).tolist()),
        delay_days=np.where(none, np.nan, delay),
    )
    return {"crossing": done}


def about_controls(**changes: float) -> list[Finding]:
    calm = PROFILE | {"controls": PROFILE["controls"] | {"joint_days": 0}}
    return list(control_findings(the_controls(**changes), calm, seed=1))


def test_controls_as_configured_hold() -> None:
    assert not broken(about_controls())


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        pytest.param({"random": 0.03}, "car: random", id="chance selects too rarely"),
        pytest.param({"rule": 0.12}, "car: rule or model", id="rules select too often"),
        pytest.param({"detection": 0.45}, "scanner", id="scanners miss more"),
        pytest.param({"wrong": 0.3}, "finds", id="finds are written down wrongly"),
        pytest.param({"delay": 1.5}, "median in days", id="outcomes come late"),
    ],
)
def test_controls_that_are_not_as_configured_are_told(
    changes: dict[str, float], about: str
) -> None:
    assert about in broken(about_controls(**changes))


@pytest.mark.parametrize(
    ("found", "about"),
    [
        pytest.param(Counts(103, 80, 18, 2, 3), [], id="as planted"),
        pytest.param(Counts(103, 80, 17, 2, 4), ["duplicates", "taken"], id="one repeated"),
        pytest.param(Counts(103, 80, 17, 3, 3), ["malformed", "taken"], id="one refused"),
        pytest.param(Counts(103, 80, 18, 3, 2), ["duplicates", "malformed"], id="one confused"),
    ],
)
def test_an_accounting_mismatch_is_told(found: Counts, about: list[str]) -> None:
    planted = {"crossings": {"lines": 103, "duplicates": 3, "malformed": 2, "second_versions": 0}}

    said = broken(accounting({"crossings": found}, planted, seed=1))

    assert said == [f"crossings: {what}" for what in about]
