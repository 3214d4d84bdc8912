"""A day as the lines of the four files it goes to."""

from __future__ import annotations

import numpy as np

from training.scenario.days.calendar import epoch_seconds
from training.scenario.days.movements import Day
from training.scenario.files import border_sheets, control_sheets, customs_sheets
from training.scenario.files.sheets import Columns, Layout, Row, Sent, columns_of, sent, with_rows
from training.scenario.office import police
from training.scenario.streams import Stream, stream
from training.scenario.world.world import World

#: Names of the systems the records come from, as the import mapping has them.
DECLARATIONS, BORDER = "customs-declarations", "border-crossings"

#: Files and what their lines look like.
LAYOUTS = {
    "consignments": customs_sheets.LAYOUT,
    "crossings": border_sheets.LAYOUT,
    "inspections": Layout(control_sheets.COLUMNS, control_sheets.BREAKAGES),
    "incidents": Layout(police.COLUMNS, police.BREAKAGES),
}

_DAY = 86_400


class DayLines:
    """Writes days of a world, each by itself: no line of a day depends on another day."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._declarations = customs_sheets.DeclarationSheet(world)
        self._crossings = border_sheets.CrossingSheet(world)
        profile = world.profile
        self._end = epoch_seconds(profile.first_day) + profile.days * _DAY

    def of(self, today: Day) -> dict[str, Sent]:
        """The day's lines, by file."""
        dirt = self._world.profile.dirt
        rng = stream(self._world.seed, Stream.DIRT, today.number)
        declared, amended = self._consignments(today, rng)
        crossed = self._crossings.columns(today.crossed, today.crossing_numbers, rng)
        outcomes, corrected = self._inspections(today, rng)
        made = {
            "consignments": (declared, amended),
            "crossings": (crossed, 0),
            "inspections": (outcomes, corrected),
            "incidents": (self._incidents(today), 0),
        }
        return {
            name: sent(columns, LAYOUTS[name], dirt, rng, second=second)
            for name, (columns, second) in made.items()
        }

    def _consignments(self, today: Day, rng: np.random.Generator) -> tuple[Columns, int]:
        """Columns, and how many of the lines are second versions."""
        columns = self._declarations.columns(today.declared, today.declaration_numbers, rng)
        share = self._world.profile.dirt.amended
        amended = customs_sheets.amended(
            columns, today.declared.lodged, before=self._end, share=share, rng=rng
        )
        return with_rows(columns, amended), len(amended)

    def _inspections(self, today: Day, rng: np.random.Generator) -> tuple[Columns, int]:
        posts = self._world.posts
        rows: list[Row] = []
        second = 0
        for system, outcomes in (
            (DECLARATIONS, today.goods_outcomes),
            (BORDER, today.crossing_outcomes),
        ):
            for done in outcomes:
                rows += control_sheets.inspection_rows(done, posts, system, rng)
                second += int((done.version > 1).sum())
        return columns_of(rows, len(control_sheets.COLUMNS)), second

    def _incidents(self, today: Day) -> Columns:
        world = self._world
        rng = stream(world.seed, Stream.POLICE, today.number)
        rows: list[Row] = []
        if today.date.day == 1 and today.date > world.profile.first_day:
            rows += police.monthly_rows(today.date, today.midnight + 9 * 3600, world.posts, rng)
        rows += police.linked_rows(today, world.firms, world.vehicles, world.posts, rng)
        return columns_of(rows, len(police.COLUMNS))
