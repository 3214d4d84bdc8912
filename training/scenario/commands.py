"""Commands of made-up years: draw, describe, check, leaderboard."""

from __future__ import annotations

import math
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import orjson
import typer
from rich.console import Console

from features.commands import console

if TYPE_CHECKING:
    from rich.progress import Progress
    from rich.table import Table

    from training.scenario.files.draw import Summary

scenario_app = typer.Typer(
    help="Made-up years of customs and border records, whose true risks are known.",
    no_args_is_help=True,
)

FolderArgument = Annotated[
    Path, typer.Argument(help="Where a period was drawn to.", exists=True, file_okay=False)
]
JsonFlag = Annotated[bool, typer.Option("--json", help="Print figures as JSON, for machines.")]

#: What is under way is told here, so that what is printed can be read by machines.
_aside = Console(stderr=True)
_DRAWN = "days, {task.fields[movements]:,} movements, {task.fields[rate]:,.0f} a second"


@scenario_app.command()
def draw(
    out: Annotated[Path, typer.Option(help="The folder the files go to.", file_okay=False)],
    profile: Annotated[str, typer.Option(help="A profile of seeds/scenario.yaml.")] = "demo",
    seed: Annotated[int, typer.Option(min=0, help="Another seed, another period.")] = 1,
    processes: Annotated[
        int | None,
        typer.Option(min=1, help="Processes that write lines; by default one a processor."),
    ] = None,
    shock: Annotated[
        list[str] | None,
        typer.Option(
            help="Switch on a shock from a date, as smuggling_falls=2026-05-01; repeatable."
        ),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Draw a made-up period into CSV files, with the truth in a folder on the side.

    Example: vardar scenario draw --profile demo --seed 1 --out data/scenario
    """
    from training.scenario.files import draw as drawing
    from training.scenario.profile import load_profile
    from training.scenario.shock_dates import with_shocks

    asked = with_shocks(load_profile(profile), shock or ())
    with days_progress(_DRAWN) as bar:
        task = bar.add_task(f"Drawing {asked.name}", total=asked.days, movements=0, rate=0.0)

        def tell(days: int, movements: int) -> None:
            rate = movements / (bar.tasks[task].elapsed or math.inf)
            bar.update(task, completed=days, movements=movements, rate=rate)

        summary = drawing.draw(asked, seed=seed, out=out, processes=processes, progress=tell)
    if json:
        _print_json(asdict(summary))
    else:
        console.print(summary_table(summary))


@scenario_app.command()
def describe(
    folder: FolderArgument,
    out: Annotated[
        Path | None, typer.Option(help="The page; by default describe.html in the folder.")
    ] = None,
) -> None:
    """Write a page about a drawn period: volumes, seasons, rates, for a person to judge by eye.

    Example: vardar scenario describe data/scenario --out describe.html
    """
    from training.scenario.describe.report import report

    page = out or folder / "describe.html"
    with _aside.status("Describing"):
        html = report(folder)
    page.write_text(html, encoding="utf-8")
    console.print(f"The page: {page}")


@scenario_app.command()
def check(
    folder: Annotated[
        Path | None,
        typer.Argument(help="Where a period was drawn to; without it, periods are drawn."),
    ] = None,
    profile: Annotated[
        str | None, typer.Option(help="Draw and check periods of this profile.")
    ] = None,
    seeds: Annotated[str, typer.Option(help="Their seeds, such as 1-5 or 1,3.")] = "1-5",
    work: Annotated[
        Path | None,
        typer.Option(help="Where they are drawn and found again by a later run; else temporary."),
    ] = None,
    json: JsonFlag = False,
) -> None:
    """Check that a drawn period is fair: neither noise nor a giveaway. Fails where it is not.

    Example: vardar scenario check --profile measure --seeds 1-5
    """
    from tempfile import TemporaryDirectory

    from features.errors import VardarError
    from training.scenario.check.periods import check_folder, check_profile

    with TemporaryDirectory() as temporary, _aside.status("Checking") as status:
        place = work or Path(temporary)
        if folder is not None and profile is None:
            made = check_folder(folder, work=place, progress=status.update)
        elif profile is not None and folder is None:
            made = check_profile(profile, seeds_of(seeds), place, status.update)
        else:
            raise VardarError("Give either the folder of a drawn period or --profile.")
    if json:
        _print_json(made.as_dict())
    else:
        for table in made.tables():
            console.print(table)
    if not made.holds:
        raise typer.Exit(1)


@scenario_app.command()
def leaderboard(
    folder: FolderArgument,
    scores: Annotated[
        Path, typer.Argument(help="Parquet: movement, risk, score.", exists=True, dir_okay=False)
    ],
    capacity: Annotated[
        float, typer.Option(min=0.0, max=1.0, help="Share of the movements one can inspect.")
    ] = 0.03,
    per_post: Annotated[
        bool, typer.Option("--per-post", help="That share at each post and in each week.")
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%d"], help="The first day rated."),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The last day rated.")
    ] = None,
    resamples: Annotated[int, typer.Option(min=1, help="Draws of the bootstrap.")] = 500,
    seed: Annotated[int, typer.Option(min=0, help="Of these draws.")] = 1,
    json: JsonFlag = False,
) -> None:
    """Rate scores of a drawn period's movements against what they truly carried.

    Example: vardar scenario leaderboard data/scenario scores.parquet --capacity 0.03
    """
    from training.scenario.leaderboard import leaderboard as rating

    with _aside.status("Rating"):
        board = rating.leaderboard(
            folder,
            scores,
            capacity=capacity,
            per_post=per_post,
            since=since and since.date(),
            until=until and until.date(),
            resamples=resamples,
            seed=seed,
        )
    if json:
        _print_json(board.as_dict())
    else:
        console.print(board.table())


def summary_table(summary: Summary) -> Table:
    """The files and what each holds."""
    from rich.table import Table

    table = Table("file", "lines", "duplicates", "malformed", "second versions")
    for name, held in summary.planted.items():
        numbers = (held.lines, held.duplicates, held.malformed, held.second_versions)
        table.add_row(f"{name}.csv", *(f"{number:,}" for number in numbers))
    movements = ", ".join(f"{stratum} {n:,}" for stratum, n in summary.movements.items())
    table.caption = (
        f"{summary.consignments:,} consignments, {summary.crossings:,} crossings ({movements}), "
        f"{summary.inspections:,} outcomes: {summary.finds_of_arms:,} finds of arms, "
        f"{summary.finds_of_people:,} of people"
    )
    return table


def seeds_of(text: str) -> tuple[int, ...]:
    """The seeds written as "1-5", "1,3" or "2,7-9", in this order.

    Raises:
        VardarError: It is written otherwise.
    """
    from features.errors import VardarError

    found: list[int] = []
    for part in text.split(","):
        first, dash, last = part.strip().partition("-")
        if not first.isdecimal() or (dash and not last.isdecimal()):
            raise VardarError(f"The seeds are {text!r}; write them as 1-5 or 1,3.")
        found += range(int(first), int(last or first) + 1)
    if not found:
        raise VardarError(f"The seeds {text!r} are none; write them as 1-5 or 1,3.")
    return tuple(found)


def days_progress(told: str) -> Progress:
    """A bar over days on the terminal's other stream, with this text behind their count."""
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeRemainingColumn,
    )

    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn(told),
        TimeRemainingColumn(),
        console=_aside,
    )


def _print_json(figures: dict[str, Any]) -> None:
    typer.echo(orjson.dumps(figures, option=orjson.OPT_INDENT_2).decode())
