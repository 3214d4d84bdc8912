"""`vardar skill`: what heads find, beside the same learner that knew every label (promise Q1)."""

from __future__ import annotations

from typing import Annotated

import typer

from features.commands import JsonOption, console, write_figures
from training.assurance.commands import (
    PARAMS,
    WORK,
    FirstSeedOption,
    ProfileOption,
    WorkOption,
    steps,
)
from training.commands import ParamsOption


def skill(
    seeds: Annotated[int, typer.Option("--seeds", min=1, help="How many made-up periods.")] = 5,
    first_seed: FirstSeedOption = 1,
    profile: ProfileOption = "measure",
    work: WorkOption = WORK,
    params: ParamsOption = PARAMS,
    json: JsonOption = None,
) -> None:
    """Measure what heads find of what was truly carried, on made-up periods nobody tuned to.

    Beside each head stand the same learner with the true label of every movement, the oracle, the
    rules and chance, all at the same capacity. Periods and what was found in them are kept in --work:
    an interrupted run goes on where it stopped. A period takes about ten minutes of one processor.

    Example: vardar skill --seeds 5 --json skill.json
    """
    from training.assurance.skill import measured_skill
    from training.assurance.skill_figures import skill_figures, skill_tables
    from training.params import load_params

    with steps() as progress:
        found = measured_skill(
            range(first_seed, first_seed + seeds),
            profile=profile,
            params=load_params(params),
            work=work,
            progress=progress,
        )
    for table in skill_tables(found):
        console.print(table)
    write_figures(json, skill_figures(found))
