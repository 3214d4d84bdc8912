"""A check notices a period that is noise, a giveaway, or not what was asked for."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from dataclasses import asdict, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from features.ledger.staging import Counts
from tests.movements import FEATURES, crossings
from training.intervals import Figure
from training.scenario import check as checking
from training.scenario.check import check_folder, check_profile, single_field_auc
from training.scenario.check_controls import Controlled, control_findings, controlled
from training.scenario.check_door import accounting
from training.scenario.check_fields import giveaways, recorded_fields
from training.scenario.check_models import Ranked, oracle_share, ranked
from training.scenario.check_movements import Movements, movements_of, recorded_lines
from training.scenario.check_near import share_near, wilson
from training.scenario.check_oracle import oracle_findings
from training.scenario.check_ranking import apart_over_seeds, ranking_findings
from training.scenario.check_rates import poisson_interval, rate_findings
from training.scenario.check_report import CheckReport, Finding, joined_reports, report_from
from training.scenario.check_shocks import SHOWN, Daily, compared, figures_after, standard_errors
from training.scenario.draw import draw
from training.scenario.profile import Profile, load_profile
from training.scenario.shock_dates import with_shocks
from training.scenario.streams import Flags, Floats

DAY = 86_400_000_000
PROFILE: dict[str, Any] = json.loads(json.dumps(asdict(load_profile("demo")), default=str))
FIRST_DAY = (date.fromisoformat(PROFILE["first_day"]) - date(1970, 1, 1)).days
STRATA = {"consignment": ("freight", "parcel"), "crossing": ("car", "van", "lorry", "bus", "train")}


def some_movements(
    kind: str = "crossing", n: int = 4000, *, seed: int = 1, **changes: Any
) -> Movements:
    """Movements of a season, one in a hundred of which carries each; all by the first typology."""
    rng = np.random.default_rng(seed)
    risk = {name: np.full(n, 0.01) for name in ("arms", "smuggling")}
    carries = {name: rng.random(n) < 0.01 for name in risk}
    carries = changes.get("carries", carries)
    first = {"arms": "A1", "smuggling": "M1"}
    given: dict[str, Any] = {
        "kind": kind,
        "number": np.array([f"{kind}{i}" for i in range(n)], dtype=object),
        "stratum": np.array([STRATA[kind][i % 2] for i in range(n)], dtype=object),
        "at": (FIRST_DAY + np.arange(n) * 120 // n) * DAY,
        "post": np.array(["RS-HU-01"] * n, dtype=object),
        "risk": risk,
        "carries": carries,
        "typology": {
            name: np.where(flags, first[name], "").astype(object) for name, flags in carries.items()
        },
    }
    return Movements(**given | changes)


def broken(findings: Iterable[Finding], words: str = "") -> list[str]:
    """What the findings that do not hold are about, of rules with these words."""
    return [f.about for f in findings if f.holds is False and words in f.rule]


def rare(n: int = 20_000, *, seed: int = 2) -> tuple[Flags, np.random.Generator]:
    """Whether each carries, one in fifty, and randomness."""
    rng = np.random.default_rng(seed)
    return rng.random(n) < 0.02, rng


# Rule 1: single fields.


def shifted(carrying: Flags, rng: np.random.Generator) -> Floats:
    return np.asarray(rng.normal(0, 1, len(carrying)) + 2 * carrying)


def at_both_ends(carrying: Flags, rng: np.random.Generator) -> Floats:
    return np.asarray(rng.normal(0, 1, len(carrying)) * np.where(carrying, 5, 1))


def missing(carrying: Flags, rng: np.random.Generator) -> Floats:
    n = len(carrying)
    return np.where(rng.random(n) < np.where(carrying, 0.8, 0.1), np.nan, rng.normal(0, 1, n))


def category(carrying: Flags, rng: np.random.Generator) -> np.ndarray[Any, Any]:
    names = np.array(["a", "b", "c", "d"], dtype=object)
    return names[np.where(carrying & (rng.random(len(carrying)) < 0.8), 2, rng.integers(0, 4))]


@pytest.mark.parametrize("field", [shifted, at_both_ends, missing])
@pytest.mark.parametrize("turned", [1, -1])
def test_a_giveaway_is_found_however_the_number_shows_it(field: Any, turned: int) -> None:
    carrying, rng = rare()

    assert single_field_auc(turned * field(carrying, rng), carrying) > 0.8


def test_a_giveaway_among_categories_is_found() -> None:
    carrying, rng = rare()

    assert single_field_auc(category(carrying, rng), carrying) > 0.8


def test_a_field_that_knows_nothing_ranks_like_chance() -> None:
    carrying, rng = rare()
    names = rng.integers(0, 5000, len(carrying)).astype(str).astype(object)

    assert single_field_auc(rng.normal(0, 1, len(carrying)), carrying) < 0.55
    assert single_field_auc(names, carrying) < 0.55


def test_the_giveaway_is_named_and_only_the_kind_is_judged() -> None:
    carrying, rng = rare()
    movements = some_movements(n=len(carrying), carries={"arms": carrying, "smuggling": carrying})
    harmless = {"noise": rng.normal(0, 1, len(carrying))}
    fields = {**harmless, "telling": shifted(carrying, rng)}

    found = list(giveaways(movements, fields, seed=1))

    assert broken(found) == ["crossing", "crossing"]
    assert {f.detail for f in found} == {"telling"}
    assert {f.about for f in found} >= {"car", "van", "crossing A1", "crossing M1"}
    assert not broken(giveaways(movements, harmless, seed=1))


def test_names_of_things_are_no_fields_and_differences_are() -> None:
    lines = pd.DataFrame(
        {
            "plate": ["B1", "B1", "C2"],
            "passed_at": ["2026-03-03T10:00:00Z", "2026-03-03T12:00:00Z", None],
            "last_passed_at": ["2026-03-03T07:00:00Z", None, None],
            "operator_no": [None, "O1", "O1"],
            "trailer": [None] * 3,
            "weight_kg": ["2500", None, "40000"],
            "empty_kg": ["2000", "2000", "14000"],
            "load_kg": [None, None, "25000"],
            "seats_counted": [None] * 3,
            "seats_declared": [None] * 3,
            "declarations": [None, None, "L1;L2"],
        }
    )

    fields = recorded_fields(lines)

    assert not {"plate", "passed_at", "operator_no"} & set(fields)
    np.testing.assert_array_equal(fields["overweight"], [500, np.nan, 1000])
    np.testing.assert_array_equal(fields["earlier_of_plate"], [0, 1, 0])
    assert fields["on_the_way_hours"][0] == 3


# Rules 2 and 3: the oracle.


@pytest.mark.parametrize(
    ("sharpness", "holds"),
    [
        pytest.param(0.3, False, id="noise"),
        pytest.param(2.0, True, id="fair"),
        pytest.param(9.0, False, id="a giveaway"),
    ],
)
def test_the_oracle_may_find_neither_too_little_nor_too_much(sharpness: float, holds: bool) -> None:
    rng = np.random.default_rng(3)
    risk = 1 / (1 + np.exp(6.0 + 0.45 * sharpness**2 - sharpness * rng.normal(0, 1, 60_000)))
    carrying = rng.random(len(risk)) < risk
    both = {"arms": carrying, "smuggling": carrying}
    movements = some_movements(n=len(risk), carries=both, risk={"arms": risk, "smuggling": risk})

    found = oracle_findings({"crossing": movements}, PROFILE, seed=1)

    assert (not broken(found, "finds 40%")) == holds


def test_equal_risks_are_worth_chance_to_the_oracle() -> None:
    carrying = np.arange(1000) < 100

    assert oracle_share(np.full(1000, 0.1), carrying) == pytest.approx(0.03)


def test_a_typology_that_the_oracle_never_finds_is_told() -> None:
    n = 4000
    typology = np.full(n, "", dtype=object)
    typology[:60], typology[60:80] = "M1", "M2"
    # M1 comes first by risk and fills the capacity; nobody of M2 is reached.
    risk = np.linspace(0.9, 0.1, n)
    risk[60:80] = 0.01
    movements = some_movements(
        n=n,
        risk={"arms": risk, "smuggling": risk},
        carries={"arms": np.zeros(n, dtype=bool), "smuggling": typology != ""},
        typology={"arms": np.full(n, "", dtype=object), "smuggling": typology},
    )

    found = list(oracle_findings({"crossing": movements}, PROFILE, seed=1))

    assert broken(found, "something of every typology") == ["M2"]
    assert "M3" in broken(found, "carries something")
    assert "M2" not in broken(found, "carries something")


# Rules 4 to 6: rankings.


def some_ranked(kind: str = "crossing", n: int = 2000, **shares: float) -> Ranked:
    """What each way finds of n cases: these shares, the same cases first."""
    share = {"record": 0.2, "history": 0.35, "rules": 0.15, "oracle": 0.6} | shares
    order = np.random.default_rng(4).permutation(n)
    inspected = {who: (order < part * n).astype(np.float64) for who, part in share.items()}
    return Ranked(kind, "arms", inspected, inspected)


def test_history_that_helps_is_seen_and_all_rules_hold() -> None:
    assert not broken(ranking_findings([some_ranked()], seed=1))


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        pytest.param({"history": 0.2}, "clearly more", id="history does not help"),
        pytest.param({"history": 0.7}, "less at 3% than the oracle", id="better than the oracle"),
        pytest.param({"rules": 0.08}, "3 times", id="rules hardly better than chance"),
        pytest.param({"rules": 0.5}, "rule list finds less", id="rules better than the model"),
    ],
)
def test_each_rule_about_rankings_can_break(shares: dict[str, float], words: str) -> None:
    assert broken(ranking_findings([some_ranked(**shares)], seed=1), words)


def test_a_gain_that_chance_explains_is_no_gain() -> None:
    few = some_ranked(n=20, record=0.2, history=0.25)

    assert broken(ranking_findings([few], seed=1), "clearly more")


def test_the_rule_list_is_judged_over_all_kinds_too() -> None:
    weak = some_ranked("consignment", rules=0.01, n=4000)

    found = list(ranking_findings([some_ranked(n=1000), weak], seed=1))

    assert broken(found, "3 times") == ["consignment", "all kinds"]


def test_seeds_together_tell_apart_what_one_cannot() -> None:
    one = some_ranked(n=150, record=0.2, history=0.3)
    told = [list(ranking_findings([one], seed=seed)) for seed in range(1, 11)]

    assert broken(apart_over_seeds(told[0])) == ["crossing"]
    assert not broken(apart_over_seeds([f for of in told for f in of]))


def test_trees_with_history_find_what_only_history_tells() -> None:
    integers = crossings(6000)
    often = integers["vehicle_crossings_30d"].to_numpy() >= 18
    rng = np.random.default_rng(5)
    carries = rng.random(6000) < np.where(often, 0.25, 0.01)
    movements = some_movements(
        n=6000,
        risk={"arms": np.where(often, 0.25, 0.01)},
        carries={"arms": carries},
    )

    made = ranked(movements, "arms", integers, features=FEATURES, rules=())

    found = {who: share.mean() for who, share in made.inspected.items()}
    assert found["history"] > 2 * found["record"]
    assert found["rules"] == pytest.approx(0.03)
    assert made.below["history"].mean() > made.below["record"].mean() + 0.1


# Rule 7: rates.


def test_a_share_may_miss_by_a_tenth_or_by_luck_and_no_more() -> None:
    def holds(found: int, of: int) -> bool | None:
        near = share_near("rule", 1, "about", "", found=found, of=of, configured=0.1)
        return near.holds

    assert holds(10_900, 100_000)
    assert not holds(11_900, 100_000)
    assert holds(6, 100)
    assert holds(0, 0) is None


def test_wilsons_interval_is_as_published() -> None:
    low, high = wilson(81, 263, 1.959964)  # Newcombe 1998, table I

    assert (low, high) == (pytest.approx(0.2553, abs=5e-5), pytest.approx(0.3662, abs=5e-5))


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


def the_controls(seed: int = 7, **changes: float) -> dict[str, Controlled]:
    """Controls by the profile's rates, but for the changes; movements at a post without operations."""
    rng = np.random.default_rng(seed)
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
    result = np.where(found, "arms", "nothing_found")
    result = np.where(
        wrong, np.where(rng.random(n) < 0.5, "other_contraband", result[~found][0]), result
    )
    other = ~found & (rng.random(n) < outcomes["other_contraband"])
    result = np.where(other, "other_contraband", result)
    spread = math.log(outcomes["delay_p95_days"] / outcomes["delay_median_days"]) / 1.6448536
    delay = rates["delay"] * np.exp(spread * rng.normal(0, 1, n))
    none = reason == ""
    done = Controlled(
        movements=movements,
        settled=np.ones(n, dtype=bool),
        reason=pd.Series(reason),
        level=pd.Series(np.where(none, "", "scanner")),
        result=pd.Series(np.where(none, "", result)),
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
        pytest.param({"rule": 0.06}, "car: rule or model", id="rules select too often"),
        pytest.param({"detection": 0.45}, "scanner", id="scanners miss more"),
        pytest.param({"wrong": 0.3}, "finds", id="finds are written down wrongly"),
        pytest.param({"delay": 1.5}, "median in days", id="outcomes come late"),
    ],
)
def test_controls_that_are_not_as_configured_are_told(
    changes: dict[str, float], about: str
) -> None:
    assert about in broken(about_controls(**changes))


# Rule 8: the import's accounts.


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


# Rule 9: shocks.


def days_of(share: float, *, seed: int, n: int = 90, each: int = 200) -> Daily:
    cases = np.random.default_rng(seed).binomial(each, share, n).astype(np.float64)
    return Daily(cases, np.full(n, float(each)))


def test_a_difference_is_counted_in_standard_errors() -> None:
    low, high = days_of(0.10, seed=1), days_of(0.11, seed=2)
    by_formula = (high.share - low.share) / math.sqrt(2 * 0.105 * 0.895 / 18_000)

    assert standard_errors(low, high) == pytest.approx(by_formula, rel=0.35)
    assert standard_errors(high, low) == -standard_errors(low, high)
    assert standard_errors(low, low) == 0.0


def test_nothing_to_compare_is_not_unmoved() -> None:
    empty = Daily(np.zeros(30), np.zeros(30))

    assert math.isnan(standard_errors(empty, days_of(0.1, seed=1, n=30)))


def some_figures(**changed: float) -> dict[str, Daily]:
    """The figures of a draw; those changed have another share, and other luck."""
    return {
        name: days_of(changed.get(name, 0.2), seed=100 + k + 50 * (name in changed))
        for k, name in enumerate(SHOWN)
    }


def test_a_shock_that_moves_its_own_figure_only_holds() -> None:
    found = compared("smuggling_falls", some_figures(), some_figures(people=0.05), seed=1)

    assert not broken(found)


def test_a_shock_that_moves_nothing_is_told() -> None:
    found = list(compared("post_closes", some_figures(), some_figures(closed=0.05), seed=1))

    assert broken(found) == ["post_closes: crossings at its neighbours"]


def test_a_figure_that_moves_the_wrong_way_is_told() -> None:
    assert broken(compared("better_scanner", some_figures(), some_figures(scanner=0.1), seed=1))


def test_a_moved_bystander_is_told() -> None:
    with_it = some_figures(people=0.05, night=0.4)

    found = list(compared("smuggling_falls", some_figures(), with_it, seed=1))

    assert broken(found, "no other figure") == [
        "smuggling_falls: cars and vans with people, at night"
    ]
    assert not broken(found, "it is about")


# Reports, and what an earlier run has finished.


def a_finding(**changes: Any) -> Finding:
    given = {
        "rule": "A rule",
        "seed": 1,
        "about": "car",
        "risk": "arms",
        "figure": Figure(0.5, math.nan, math.nan),
        "bound": "above 0",
        "holds": True,
    }
    return Finding(**given | changes)


def test_a_report_holds_if_every_bound_does_and_there_is_one() -> None:
    told = a_finding(holds=None)

    assert CheckReport("t", (a_finding(), told)).holds
    assert not CheckReport("t", (a_finding(), a_finding(holds=False))).holds
    assert not CheckReport("t", ()).holds


def test_a_report_survives_json() -> None:
    findings = (a_finding(), a_finding(rule="Another", seed=None, figure=Figure(1.0, 0.5, 2.0)))
    report = CheckReport("t", findings)

    again = report_from(json.loads(json.dumps(report.as_dict(), allow_nan=False)))

    assert again.as_dict() == report.as_dict()
    assert [table.title for table in again.tables()] == ["A rule", "Another"]


def test_what_an_earlier_run_finished_is_not_drawn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    monkeypatch.setattr(checking, "draw", lambda _, *, seed, **__: drawn.append(seed))
    monkeypatch.setattr(checking, "check_folder", lambda *_, **__: CheckReport("t", (a_finding(),)))
    monkeypatch.setattr(checking, "shock_findings", lambda *_, **__: [a_finding(rule="Shocks")])

    first = check_profile("demo", [1, 2], tmp_path)
    again = check_profile("demo", [1, 2, 3], tmp_path)

    assert drawn == [1, 2, 3]
    assert len(first.findings) == 3
    assert [f.rule for f in again.findings] == ["A rule", "A rule", "A rule", "Shocks"]

    monkeypatch.setattr(
        checking, "load_profile", lambda _: replace(load_profile("demo"), movements=9)
    )
    check_profile("demo", [1], tmp_path)

    assert drawn == [1, 2, 3, 1]


# With periods that are really drawn.


def small(**changes: Any) -> Profile:
    return replace(load_profile("demo"), **{"days": 40, "movements": 12_000} | changes)


def test_every_movement_drawn_has_its_recorded_line(tmp_path: Path) -> None:
    draw(small(days=10, movements=3000), seed=3, out=tmp_path, processes=1)

    movements = movements_of(tmp_path)

    for mine in movements.values():
        lines = recorded_lines(tmp_path, mine)
        assert lines["country"].notna().all()
        fields = recorded_fields(lines)
        assert all(len(values) == len(mine) for values in fields.values())
    done = controlled(tmp_path, movements["crossing"], PROFILE)
    assert (done.reason != "").sum() > 20
    assert done.level[done.reason != ""].ne("").all()


def test_a_closed_post_is_seen_in_its_figures(tmp_path: Path) -> None:
    profile = small(days=20, movements=8000)
    since = date(2026, 3, 13)
    closing = with_shocks(profile, ["post_closes=2026-03-13"])
    figures = []
    for name, asked in (("calm", profile), ("closing", closing)):
        draw(asked, seed=2, out=tmp_path / name, processes=1)
        figures.append(figures_after(tmp_path / name, asked, since))

    found = list(compared("post_closes", *figures, seed=2))

    assert not broken(found, "it is about")


@pytest.mark.slow
def test_a_drawn_period_passes_the_door_and_is_judged_by_every_rule(tmp_path: Path) -> None:
    draw(small(), seed=7, out=tmp_path / "drawn", processes=1)

    report = check_folder(tmp_path / "drawn", work=tmp_path / "work")

    assert not broken(report.findings, "accounts")
    assert not broken(report.findings, "in the ledger")
    rules = {finding.rule for finding in report.findings}
    assert len(rules) >= 18
    assert not list((tmp_path / "work").iterdir())
    joined = joined_reports("twice", [report, report])
    assert len(joined.findings) == 2 * len(report.findings)


def test_a_folder_without_a_whole_period_is_refused(tmp_path: Path) -> None:
    from features.errors import VardarError

    with pytest.raises(VardarError, match="does not hold a drawn period"):
        check_folder(tmp_path)
