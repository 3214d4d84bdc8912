"""Draws a made-up period, day by day, into CSV files, with the truth in a folder on the side."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np

from training.scenario import border_sheets, control_sheets, customs_sheets, police
from training.scenario.control import ARMS, PERSONS, Inspections
from training.scenario.period import Day, MadeUpPeriod
from training.scenario.profile import Profile
from training.scenario.sheets import Planted, Row, Sheet
from training.scenario.streams import Stream, stream
from training.scenario.truth import Truth
from training.scenario.vehicles import CLASSES

TRUTH_FOLDER = "truth"

#: Names of the systems the records come from, as the import mapping has them.
DECLARATIONS, BORDER = "customs-declarations", "border-crossings"

_SHEETS = {
    "consignments": (customs_sheets.COLUMNS, customs_sheets.BREAKAGES),
    "crossings": (border_sheets.COLUMNS, border_sheets.BREAKAGES),
    "inspections": (control_sheets.COLUMNS, control_sheets.BREAKAGES),
    "incidents": (police.COLUMNS, police.BREAKAGES),
}


@dataclass(frozen=True)
class Summary:
    """What was drawn: movements, inspections and finds on record, and what each file holds."""

    consignments: int
    crossings: int
    inspections: int
    finds_of_arms: int
    finds_of_people: int
    planted: dict[str, Planted]


def draw(
    profile: Profile,
    *,
    seed: int,
    out: Path,
    progress: Callable[[int, int], None] | None = None,
) -> Summary:
    """Writes the period to `out`; the same profile and seed give the same bytes.

    Args:
        profile: What to draw.
        seed: Which of the possible periods.
        out: The folder for `consignments.csv`, `crossings.csv`, `inspections.csv`,
            `incidents.csv` and `truth/`; made if absent, files in it are replaced.
        progress: Called after each day with the days done and the days in all.
    """
    out.mkdir(parents=True, exist_ok=True)
    period = MadeUpPeriod(profile, seed)
    movements = np.zeros(2, dtype=np.int64)
    outcomes = np.zeros(3, dtype=np.int64)
    with ExitStack() as open_files:
        truth = open_files.enter_context(Truth(out / TRUTH_FOLDER))
        sheets = {
            name: open_files.enter_context(
                Sheet(out / f"{name}.csv", columns, breakages, profile.dirt)
            )
            for name, (columns, breakages) in _SHEETS.items()
        }
        for day in range(profile.days):
            today = period.live_day(day)
            rng = stream(seed, Stream.DIRT, day)
            _write_movements(today, sheets, period, rng)
            _write_outcomes(today, sheets, period, rng)
            _write_incidents(today, sheets, period, stream(seed, Stream.POLICE, day))
            _write_truth(today, truth, period)
            movements += (len(today.declaration_numbers), len(today.crossing_numbers))
            outcomes += _outcome_counts(today.goods_outcomes + today.crossing_outcomes)
            if progress:
                progress(day + 1, profile.days)
        planted = {name: sheet.planted for name, sheet in sheets.items()}
        truth.write_planted({name: asdict(numbers) for name, numbers in planted.items()})
    return Summary(
        consignments=int(movements[0]),
        crossings=int(movements[1]),
        inspections=int(outcomes[0]),
        finds_of_arms=int(outcomes[1]),
        finds_of_people=int(outcomes[2]),
        planted=planted,
    )


def _write_movements(
    today: Day, sheets: dict[str, Sheet], period: MadeUpPeriod, rng: np.random.Generator
) -> None:
    firms, posts, vehicles = period.firms, period.posts, period.vehicles
    rows = customs_sheets.declaration_rows(
        today.declared, today.declaration_numbers, firms, period.goods, posts, vehicles, rng
    )
    amended = customs_sheets.amended(
        rows, today.declared.lodged, before=period.end, share=period.profile.dirt.amended, rng=rng
    )
    sheets["consignments"].write(rows + amended, rng, second=len(amended))
    rows = border_sheets.crossing_rows(
        today.crossed, today.crossing_numbers, vehicles, firms.carriers, posts, rng
    )
    sheets["crossings"].write(rows, rng)


def _write_outcomes(
    today: Day, sheets: dict[str, Sheet], period: MadeUpPeriod, rng: np.random.Generator
) -> None:
    rows: list[Row] = []
    second = 0
    for system, outcomes in (
        (DECLARATIONS, today.goods_outcomes),
        (BORDER, today.crossing_outcomes),
    ):
        for done in outcomes:
            rows += control_sheets.inspection_rows(done, period.posts, system, rng)
            second += int((done.version > 1).sum())
    sheets["inspections"].write(rows, rng, second=second)


def _write_incidents(
    today: Day, sheets: dict[str, Sheet], period: MadeUpPeriod, rng: np.random.Generator
) -> None:
    rows: list[Row] = []
    if today.date.day == 1 and today.date > period.profile.first_day:
        rows += police.monthly_rows(today.date, today.midnight + 9 * 3600, period.posts, rng)
    rows += police.linked_rows(today, period.firms, period.vehicles, period.posts, rng)
    sheets["incidents"].write(rows, rng)


def _write_truth(today: Day, truth: Truth, period: MadeUpPeriod) -> None:
    posts, declared, crossed = period.posts, today.declared, today.crossed
    truth.add(
        "consignment",
        today.declaration_numbers,
        vehicle_class=[""] * len(today.declaration_numbers),
        at=declared.lodged,
        post=posts.ids[period.firms.lanes.post[declared.lane]].tolist(),
        risks=(declared.risk_arms, declared.risk_people),
        carries=(declared.arms, declared.people),
        typology=declared.typology,
    )
    truth.add(
        "crossing",
        today.crossing_numbers,
        vehicle_class=np.array(CLASSES)[crossed.kind].tolist(),
        at=crossed.passages.at,
        post=posts.ids[crossed.passages.post].tolist(),
        risks=(crossed.risk_arms, crossed.risk_people),
        carries=(crossed.arms, crossed.people),
        typology=crossed.typology,
    )


def _outcome_counts(outcomes: list[Inspections]) -> tuple[int, int, int]:
    """Inspections, finds of arms, finds of people; a corrected outcome is not counted again."""
    results = [done.result[done.version == 1] for done in outcomes]
    every = np.concatenate([np.empty(0, dtype=np.int64), *results])
    return len(every), int((every == ARMS).sum()), int((every == PERSONS).sum())
