"""The commands of made-up years say what they did, to people and to machines."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from rich.table import Table
from typer.testing import CliRunner

from features.errors import VardarError
from training.scenario.commands import scenario_app, seeds_of
from training.scenario.profile import load_profile

runner = CliRunner()


@dataclass(frozen=True)
class Report:
    """What a check says, made up."""

    holds: bool

    def tables(self) -> list[Table]:
        return [Table("what was checked")]

    def as_dict(self) -> dict[str, Any]:
        return {"holds": self.holds}


@pytest.fixture
def small_demo(monkeypatch: pytest.MonkeyPatch) -> None:
    small = dataclasses.replace(load_profile("demo"), days=3, movements=900)
    monkeypatch.setattr("training.scenario.profile.load_profile", lambda _: small)


@pytest.mark.usefixtures("small_demo")
def test_draw_prints_what_each_file_holds(tmp_path: Path) -> None:
    done = runner.invoke(scenario_app, ["draw", "--processes", "1", "--out", str(tmp_path / "new")])

    assert done.exit_code == 0, done.output
    assert "consignments.csv" in done.stdout
    assert "finds of arms" in done.stdout
    assert (tmp_path / "new" / "truth" / "scenario.json").exists()


@pytest.mark.usefixtures("small_demo")
def test_draw_prints_nothing_but_json_for_machines(tmp_path: Path) -> None:
    shocks = ["--shock", "post_closes=2026-03-04", "--shock", "better_scanner=2026-03-05"]
    done = runner.invoke(
        scenario_app, ["draw", "--json", "--processes", "1", "--out", str(tmp_path), *shocks]
    )

    summary = json.loads(done.stdout)
    drawn = json.loads((tmp_path / "truth" / "scenario.json").read_text("utf-8"))
    assert summary["planted"] == drawn["planted"]
    assert summary["movements"] == drawn["movements"]
    assert drawn["profile"]["shocks"]["post_closes"] == "2026-03-04"
    assert drawn["profile"]["shocks"]["better_scanner"] == "2026-03-05"


def test_draw_refuses_a_shock_there_is_not(tmp_path: Path) -> None:
    asked = ["draw", "--out", str(tmp_path / "new"), "--shock", "flood=2026-04-01"]
    done = runner.invoke(scenario_app, asked)

    assert isinstance(done.exception, VardarError)
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("command", ["draw", "describe", "check", "leaderboard"])
def test_help_shows_an_example(command: str) -> None:
    assert (
        f"Example: vardar scenario {command}"
        in runner.invoke(scenario_app, [command, "--help"], env={"COLUMNS": "200"}).stdout
    )


def test_describe_writes_its_page_into_the_folder_unless_told_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "training.scenario.describe.report.report", lambda folder: f"<p>{folder.name}</p>"
    )

    for options, page in (
        ([], tmp_path / "describe.html"),
        (["--out", str(tmp_path / "page.html")], tmp_path / "page.html"),
    ):
        assert runner.invoke(scenario_app, ["describe", str(tmp_path), *options]).exit_code == 0
        assert page.read_text("utf-8") == f"<p>{tmp_path.name}</p>"


@pytest.mark.parametrize("holds", [True, False])
def test_check_fails_where_the_period_does_not_hold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, holds: bool
) -> None:
    monkeypatch.setattr(
        "training.scenario.check.periods.check_folder", lambda _, **__: Report(holds)
    )

    done = runner.invoke(scenario_app, ["check", str(tmp_path)])
    for_machines = runner.invoke(scenario_app, ["check", str(tmp_path), "--json"])

    assert done.exit_code == for_machines.exit_code == (0 if holds else 1)
    assert "what was checked" in done.stdout
    assert json.loads(for_machines.stdout) == {"holds": holds}


def test_check_draws_the_seeds_it_is_told_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[Any, ...]] = []

    def check(name: str, seeds: Any, work: Path, progress: Any) -> Report:
        progress("drawing")
        asked.append((name, tuple(seeds), work))
        return Report(holds=True)

    monkeypatch.setattr("training.scenario.check.periods.check_profile", check)
    command = ["check", "--profile", "demo", "--seeds", "2-3", "--work", str(tmp_path)]

    assert runner.invoke(scenario_app, command).exit_code == 0
    assert asked == [("demo", (2, 3), tmp_path)]


@pytest.mark.parametrize("asked", [[], ["--profile", "demo", "."]], ids=["neither", "both"])
def test_check_takes_a_folder_or_a_profile(asked: list[str]) -> None:
    done = runner.invoke(scenario_app, ["check", *asked])

    assert isinstance(done.exception, VardarError)


@pytest.mark.parametrize(
    ("text", "seeds"),
    [("1-5", (1, 2, 3, 4, 5)), ("7", (7,)), ("1,3", (1, 3)), ("2,8-9", (2, 8, 9))],
)
def test_seeds_are_written_as_ranges_and_lists(text: str, seeds: tuple[int, ...]) -> None:
    assert seeds_of(text) == seeds


@pytest.mark.parametrize("text", ["", "one", "5-1", "1-", "-3", "1,,2"])
def test_seeds_written_otherwise_are_refused(text: str) -> None:
    with pytest.raises(VardarError, match="write them as 1-5"):
        seeds_of(text)
