"""A few days of the made-up period, drawn small, for the shift a demonstration begins with."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

from training.scenario.files.draw import draw
from training.scenario.profile import load_profile

#: The last day that is drawn.
LAST_DAY = date(2026, 6, 30)


def a_season(folder: Path, *, days: int = 12, movements: int = 15_000) -> Path:
    """The folder with the period's files."""
    first = date.fromordinal(LAST_DAY.toordinal() - days + 1)
    profile = replace(load_profile("demo"), first_day=first, days=days, movements=movements)
    draw(profile, seed=1, out=folder, processes=1)
    return folder
