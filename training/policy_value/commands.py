"""Commands of the estimates: what their intervals are worth."""

from __future__ import annotations

from typing import Annotated

import typer

from features.commands import JsonOption, console


def coverage(
    runs: Annotated[int, typer.Option(min=1, help="How many made-up seasons.")] = 400,
    seed: Annotated[int, typer.Option(help="Another seed, other seasons.")] = 1,
    movements: Annotated[int, typer.Option(min=100, help="Movements in a season.")] = 10_000,
    json: JsonOption = None,
) -> None:
    """Count how often 95 % intervals hold the truth, in made-up seasons whose truth is known.

    In each season an office inspects what rules, chance and tips point at. From the inspected alone
    five methods say what all movements carry: the hit rate, and precision and recall of a ranking
    that inspects 5 %. An interval is right when it holds the truth; fewer than ten effective hits
    give none ("enough": the share of seasons with one). Where few seasons have enough hits, those are
    the lucky ones, and their intervals lie above the truth more often. "Width" is beside the best
    unbiased interval, "bias" the mean error as a share of the truth. A minute for 400 seasons.
    Figures in the JSON are shares: 0.95 is 95 %.

    Example: vardar coverage --runs 400 --seed 1 --json coverage.json
    """
    from rich.console import Console
    from rich.progress import Progress

    from features.commands import write_figures
    from training.policy_value.coverage_table import METHODS, coverage_figures, coverage_table
    from training.simulated_selection import Office
    from training.simulated_selection import coverage as measured

    office = Office(movements=movements)
    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Seasons", total=runs)
        found = measured(
            office, METHODS, runs=runs, seed=seed, progress=lambda: progress.advance(task)
        )
    table = coverage_table(found)
    table.title = f"95 % intervals in {runs:,} made-up seasons"
    table.caption = (
        f"{office.movements:,} movements a season, {office.base_rate:.0%} of them hits; chance "
        f"names {office.floor:.0%}, rules another {office.judged_share:.0%}."
    )
    console.print(table)
    write_figures(json, coverage_figures(found))
