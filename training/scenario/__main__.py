"""`python -m training.scenario --profile demo --seed 1 --out DIR`: draw a made-up period."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from features.errors import VardarError
from training.scenario.check import check
from training.scenario.draw import Summary, draw
from training.scenario.profile import load_profile


def run(profile: str, *, seed: int, out: Path, console: Console) -> Summary:
    """Draws the profile of that name to `out`, with a progress bar and a table at the end."""
    asked = load_profile(profile)
    with Progress(console=console) as bar:
        task = bar.add_task(f"Drawing {asked.name}", total=asked.days)
        summary = draw(
            asked, seed=seed, out=out, progress=lambda done, _: bar.update(task, completed=done)
        )
    console.print(summary_table(summary))
    return summary


def summary_table(summary: Summary) -> Table:
    """The files and what each holds."""
    table = Table("file", "lines", "duplicates", "malformed", "second versions")
    for name, held in summary.planted.items():
        numbers = (held.lines, held.duplicates, held.malformed, held.second_versions)
        table.add_row(f"{name}.csv", *(f"{number:,}" for number in numbers))
    table.caption = (
        f"{summary.consignments:,} consignments, {summary.crossings:,} crossings, "
        f"{summary.inspections:,} outcomes: {summary.finds_of_arms} finds of arms, "
        f"{summary.finds_of_people} of people"
    )
    return table


def main() -> int:
    """Reads the arguments, draws, and, if asked, checks what was drawn against the truth."""
    parser = argparse.ArgumentParser(prog="python -m training.scenario", description=__doc__)
    parser.add_argument("--profile", default="demo")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--check", action="store_true", help="compare with the truth afterwards")
    asked = parser.parse_args()
    console = Console()
    try:
        run(asked.profile, seed=asked.seed, out=asked.out, console=console)
    except VardarError as error:
        console.print(f"[red]{error}[/red]")
        return 1
    if asked.check:
        console.print(check(asked.out).table())
    return 0


if __name__ == "__main__":
    sys.exit(main())
