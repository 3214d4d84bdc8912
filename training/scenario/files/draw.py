"""Draws a made-up period, day by day, into CSV files, with the truth in a folder on the side."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from training.scenario.days.movements import Inspections
from training.scenario.days.period import MadeUpPeriod
from training.scenario.files.day_lines import LAYOUTS
from training.scenario.files.parallel_days import written
from training.scenario.files.sheets import Planted
from training.scenario.files.truth import Truth
from training.scenario.office.control import ARMS, PERSONS
from training.scenario.profile import Profile
from training.scenario.world.world import draw_world

TRUTH_FOLDER = "truth"


@dataclass(frozen=True)
class Summary:
    """What was drawn.

    Attributes:
        movements: Movements by stratum.
        inspections: Outcomes on record; a corrected one is not counted again. `finds_of_arms` and
            `finds_of_people` are those that found something.
        planted: What each file holds.
    """

    consignments: int
    crossings: int
    inspections: int
    finds_of_arms: int
    finds_of_people: int
    movements: dict[str, int]
    planted: dict[str, Planted]


def draw(
    profile: Profile,
    *,
    seed: int,
    out: Path,
    processes: int | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Writes the period to `out`; the same profile and seed give the same bytes.

    Args:
        profile: What to draw.
        seed: Which of the possible periods.
        out: The folder for `consignments.csv`, `crossings.csv`, `inspections.csv`,
            `incidents.csv` and `truth/`; made if absent, files in it are replaced.
        processes: How many processes write lines, beside the one that draws; by default one a
            processor. With 1 the one that draws writes too, and no other is started; others
            import the calling script, which therefore needs its `if __name__ == "__main__":`.
        progress: Called after each day with the days and the movements written so far.
    """
    world = draw_world(profile, seed)
    period = MadeUpPeriod(world)
    planted = {name: Planted() for name in LAYOUTS}
    movements = np.zeros(2, dtype=np.int64)
    outcomes = np.zeros(3, dtype=np.int64)
    with ExitStack() as stack:
        truth = stack.enter_context(Truth(out / TRUTH_FOLDER, world))
        files = {name: stack.enter_context((out / f"{name}.csv").open("wb")) for name in LAYOUTS}
        for name, file in files.items():
            file.write(LAYOUTS[name].header.encode())
        days = (period.live_day(number) for number in range(profile.days))
        for day, lines in written(days, world, processes):
            for name, sent in lines.items():
                files[name].write(sent.text)
                planted[name] += sent.planted
            truth.add(day)
            movements += (len(day.declaration_numbers), len(day.crossing_numbers))
            outcomes += _outcome_counts(day.goods_outcomes + day.crossing_outcomes)
            if progress:
                progress(day.number + 1, int(movements.sum()))
    truth.finish(planted, period.configured)
    return Summary(
        consignments=int(movements[0]),
        crossings=int(movements[1]),
        inspections=int(outcomes[0]),
        finds_of_arms=int(outcomes[1]),
        finds_of_people=int(outcomes[2]),
        movements=truth.movements,
        planted=planted,
    )


def _outcome_counts(outcomes: list[Inspections]) -> tuple[int, int, int]:
    """Inspections, finds of arms, finds of people; a corrected outcome is not counted again."""
    results = [done.result[done.version == 1] for done in outcomes]
    every = np.concatenate([np.empty(0, dtype=np.int64), *results])
    return len(every), int((every == ARMS).sum()), int((every == PERSONS).sum())
