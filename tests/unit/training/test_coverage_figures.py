"""The command that counts how often intervals hold the truth tells what it has counted."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner

from training.policy_value.coverage_table import (
    METHODS,
    counted,
    coverage_figures,
    coverage_table,
)
from training.shares import wilson
from training.simulated_selection import Coverage, Office
from training.simulated_selection import coverage as measured
from vardar import app

NONE = float("nan")
NOTHING = Coverage(40, 0.0, NONE, NONE, NONE, NONE, NONE, effective_hits=2.0)
SOME = Coverage(40, 0.5, 0.95, 0.05, 0.0, 1.1, 0.02, effective_hits=14.0)


def test_the_coverage_is_of_the_seasons_that_had_an_interval() -> None:
    assert counted(SOME) == wilson(19, 20)


def test_what_nothing_backs_is_left_out_of_the_figures_and_named_in_the_table() -> None:
    found = {
        ("naive", what): NOTHING if what == "precision" else SOME
        for what in ("hit_rate", "precision", "recall")
    }

    figures = coverage_figures(found)  # type: ignore[arg-type]

    assert figures["naive_coverage"] == 0.95
    assert figures["naive_coverage_low"] == pytest.approx(wilson(19, 20).low, abs=1e-6)
    assert figures["naive_sufficient_precision"] == 0
    assert "naive_coverage_precision" not in figures
    console = Console(record=True, width=100, file=io.StringIO())
    console.print(coverage_table(found))  # type: ignore[arg-type]
    assert "insufficient" in console.export_text()


def test_the_command_tells_the_figures_that_were_measured(tmp_path: Path) -> None:
    out = tmp_path / "coverage.json"

    done = CliRunner().invoke(
        app, ["coverage", "--runs", "3", "--seed", "7", "--movements", "6000", "--json", str(out)]
    )  # fmt: skip

    assert done.exit_code == 0, done.output
    figures = json.loads(out.read_text())["figures"]
    expected = measured(Office(movements=6000), METHODS, runs=3, seed=7)
    assert figures == coverage_figures(expected)
    assert figures["runs"] == 3
    for promised in ("doubly_robust_coverage", "naive_coverage", "doubly_robust_width_ratio"):
        assert promised in figures
    assert "doubly robust" in done.output


def test_each_season_moves_the_progress_on() -> None:
    seen = []

    measured(Office(movements=1000), ("naive",), runs=4, seed=1, progress=lambda: seen.append(1))

    assert len(seen) == 4
