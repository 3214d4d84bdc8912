"""The command that lives years of own selections."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import orjson
import typer

from features.commands import JsonOption, console

if TYPE_CHECKING:
    from collections.abc import Callable

    from rich.progress import Progress


class Arms(StrEnum):
    """Which arms are lived."""

    BOTH = "both"
    WITH = "with"
    WITHOUT = "without"


def simulate_policy(
    profile: Annotated[str, typer.Option(help="A profile of seeds/scenario.yaml.")] = "measure",
    years: Annotated[int, typer.Option(min=1, help="Years lived.")] = 3,
    movements: Annotated[int, typer.Option(min=1000, help="Movements a year.")] = 40_000,
    density: Annotated[
        float, typer.Option(min=0.1, help="Times the profile's rates of carrying.")
    ] = 3.0,
    seeds: Annotated[str, typer.Option(help="Such as 1-3 or 1,3; each lives both arms.")] = "1",
    capacity: Annotated[
        float, typer.Option(min=0.001, max=1.0, help="Share of the movements inspected.")
    ] = 0.06,
    random_share: Annotated[
        float, typer.Option(min=0.1, max=1.0, help="Share of these left to chance with the floor.")
    ] = 0.1,
    rules_share: Annotated[
        float,
        typer.Option(
            min=0.0, max=0.9, help="Share of these that rules may name besides mandatory ones."
        ),
    ] = 0.2,
    arms: Annotated[Arms, typer.Option(help="With the random floor, without it, or both.")] = (
        Arms.BOTH
    ),
    tips: Annotated[
        bool,
        typer.Option(
            "--tips/--no-tips",
            help="Whether tips and joint operations select too; without them labels come from "
            "nothing but the office's own selections. Police reports stay among the records.",
        ),
    ] = True,
    retention: Annotated[
        bool,
        typer.Option(
            "--retention/--keep-for-ever",
            help="Whether heads learn from movements only as long as their records are kept: "
            "crossings 366 days, consignments 1,098.",
        ),
    ] = True,
    shock: Annotated[
        list[str] | None,
        typer.Option(
            help="Switch on a shock from a date, as smuggling_falls=2026-05-01; repeatable."
        ),
    ] = None,
    params: Annotated[
        Path, typer.Option(help="The parameter file.", exists=True, dir_okay=False)
    ] = Path("params.yaml"),
    work: Annotated[
        Path, typer.Option(help="Where arms are kept and found again.", file_okay=False)
    ] = Path("var/closed-loop"),
    out: Annotated[Path | None, typer.Option(help="Write a page with curves.")] = None,
    json: JsonOption = None,
) -> None:
    """Live made-up years in which Vardar's own selections become its own labels.

    Heads are learnt anew every month from what the office's own inspections found, with and without
    a share of the inspections left to chance; the truth says whether selection runs away: whether
    recall of the last year is at least 0.9 of the first year's, and every typology still inspected.
    An arm that was lived is kept in --work and not lived again.

    Example: vardar simulate-policy --seeds 1-3 --no-tips --out closed-loop.html
    """
    from dataclasses import replace

    from features.errors import VardarError
    from training.assurance.closed_loop.arms import Arm, Asked, arm
    from training.assurance.closed_loop.comparison import Pair, figures
    from training.assurance.closed_loop.loop import alone, own_years
    from training.assurance.closed_loop.page import comparison_page
    from training.assurance.closed_loop.report import sentences, tables
    from training.assurance.closed_loop.retention import AS_DOCUMENTED, FOR_EVER
    from training.params import load_params
    from training.scenario.commands import days_progress, seeds_of
    from training.scenario.profile import load_profile
    from training.scenario.shock_dates import with_shocks

    if arms is not Arms.BOTH and (json or out):
        raise VardarError("Figures and the page compare both arms; leave --arms out.")
    lived = own_years(load_profile(profile), years=years, movements_per_year=movements)
    made_up = replace(lived, rate_multiplier=lived.rate_multiplier * density)
    if not tips:
        made_up = alone(made_up)
    asked = Asked(
        with_shocks(made_up, shock or ()),
        capacity,
        random_share,
        load_params(params),
        AS_DOCUMENTED if retention else FOR_EVER,
        rules_share,
    )
    floors = {Arms.BOTH: (True, False), Arms.WITH: (True,), Arms.WITHOUT: (False,)}[arms]
    made: list[Arm] = []
    with days_progress("days") as bar:
        for seed in seeds_of(seeds):
            for floor in floors:
                name = f"Seed {seed}, {'with' if floor else 'without'} the floor"
                told = _telling(bar, name, asked.profile.days)
                made.append(arm(asked, seed=seed, floor=floor, work=work, progress=told))
    if arms is not Arms.BOTH:
        for table in tables(made):
            console.print(table)
        return
    pairs = [Pair(a, b) for a, b in zip(made[::2], made[1::2], strict=True)]
    if out is not None:
        out.write_text(comparison_page(pairs), encoding="utf-8")
    if json is not None:
        shocks = [each.shock for each in made if each.shock]
        said = {"figures": figures(pairs), "after_shock": shocks}
        options = orjson.OPT_INDENT_2 | orjson.OPT_SERIALIZE_NUMPY
        json.write_bytes(orjson.dumps(said, option=options) + b"\n")
    for table in tables(made):
        console.print(table)
    for sentence in sentences(pairs):
        console.print(sentence)


def _telling(bar: Progress, name: str, days: int) -> Callable[[int], None]:
    task = bar.add_task(name, total=days)
    return lambda lived: bar.update(task, completed=lived)
