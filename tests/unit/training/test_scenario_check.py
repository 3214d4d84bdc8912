"""A check notices a period that is noise or a giveaway, and keeps what it has found."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from tests.scenario_movements import PROFILE, broken, some_movements
from training.intervals import Figure
from training.scenario.check import periods as checking
from training.scenario.check.controls import controlled
from training.scenario.check.fields import giveaways, recorded_fields
from training.scenario.check.models import oracle_share
from training.scenario.check.movements import movements_of, recorded_lines
from training.scenario.check.oracle import oracle_findings
from training.scenario.check.periods import check_folder, check_profile, single_field_auc
from training.scenario.check.report import CheckReport, Finding, joined_reports, report_from
from training.scenario.check.shocks import compared, figures_after
from training.scenario.files.draw import draw
from training.scenario.profile import Profile, load_profile
from training.scenario.shock_dates import with_shocks
from training.scenario.streams import Flags, Floats

# The generator is long settled; `make check` leaves it to `make test`.
pytestmark = pytest.mark.slow


def rare(n: int = 20_000, *, seed: int = 2) -> tuple[Flags, np.random.Generator]:
    """Whether each carries, one in fifty, and randomness."""
    rng = np.random.default_rng(seed)
    return rng.random(n) < 0.02, rng


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


@pytest.mark.parametrize("seed", range(8))
def test_a_number_is_worth_at_least_its_area_in_the_best_reading(seed: int) -> None:
    rng = np.random.default_rng(seed)
    carrying = np.arange(40) < 12
    values = np.where(rng.random(40) < 0.3, np.nan, rng.integers(0, 9, 40) + 4.0 * carrying)
    readings = [
        turned * np.where(np.isnan(values), end, values) for turned in (1, -1) for end in (-99, 99)
    ]
    pairs = [of[carrying][:, None] - of[~carrying] for of in readings]
    areas = [float(np.mean((p > 0) + (p == 0) / 2)) for p in pairs]

    assert single_field_auc(values, carrying) >= max(areas) - 1e-12
    assert single_field_auc(-values, carrying) >= max(areas) - 1e-12


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
    assert all(f.detail.startswith("telling 0.9") and "noise 0.5" in f.detail for f in found)
    assert {f.about for f in found} >= {"car", "van", "crossing A1", "crossing M1"}
    assert not broken(giveaways(movements, harmless, seed=1))


def test_strata_that_hardly_carry_are_not_told() -> None:
    carrying, rng = rare()
    movements = some_movements(n=len(carrying), carries={"arms": carrying})
    carrying[movements.stratum == "van"] = False

    found = giveaways(movements, {"noise": rng.normal(0, 1, len(carrying))}, seed=1)

    assert [f.about for f in found] == ["crossing", "car", "crossing A1"]


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


def a_finding(**changes: Any) -> Finding:
    given: dict[str, Any] = {
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
    profile = small(days=30)
    since = date(2026, 3, 10)
    closing = with_shocks(profile, ["post_closes=2026-03-10"])
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
