"""The command of promise Q10: how soon the alarm of finds sees smuggling fall."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from features.commands import JsonOption, console, write_figures

_aside = Console(stderr=True)


def alarms(
    seeds: Annotated[int, typer.Option(min=0, help="How many made-up periods.")] = 2,
    first_seed: Annotated[int, typer.Option(help="The first period's seed.")] = 1,
    profile: Annotated[str, typer.Option(help="Which made-up periods.")] = "measure",
    watch_from: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Heads learn from what lies before.")
    ] = datetime(2026, 1, 1),  # noqa: DTZ001 -- a day, in no zone
    shock_on: Annotated[
        datetime, typer.Option(formats=["%Y-%m-%d"], help="Smuggling falls from this day on.")
    ] = datetime(2026, 3, 1),  # noqa: DTZ001
    histories: Annotated[
        int, typer.Option(min=10, help="Drawn histories at each number of finds a day.")
    ] = 100,
    work: Annotated[
        Path,
        typer.Option(
            envvar="VARDAR_PERIODS", help="Where made-up periods are kept for later runs."
        ),
    ] = Path("var/periods"),
    params: Annotated[Path, typer.Option(help="The parameter file (YAML).", exists=True)] = Path(
        "params.yaml"
    ),
    json: JsonOption = None,
) -> None:
    """Count the days until the alarm of finds sees smuggling fall, and its false alarms.

    Each seed is drawn twice, calm and falling: half an hour and 4 GB the first time. The drawn
    histories below say what is possible with fewer or more finds a day.

    Example: vardar alarms --seeds 2 --json alarms.json
    """
    from training.assurance.alarms import drilled, figures, print_drills
    from training.assurance.drawn_histories import possible
    from training.params import load_params
    from training.scenario.profile import load_profile
    from training.watching.finds import alarm_settings

    asked, period = load_params(params), load_profile(profile)
    with _aside.status("Alarms") as status:
        drills = [
            drilled(
                period,
                seed,
                watch_from=watch_from.date(),
                shock_on=shock_on.date(),
                params=asked,
                work=work,
                progress=status.update,
            )
            for seed in range(first_seed, first_seed + seeds)
        ]
        status.update("Drawing histories")
        curve = possible(
            (1, 2, 4, 8, 16, 32),
            period,
            settings=alarm_settings(asked.watch, risks=len(asked.targets)),
            histories=histories,
            seed=asked.seed,
        )
    print_drills(drills, curve, console)
    write_figures(json, figures(drills, curve))
