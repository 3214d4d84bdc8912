"""What a drawn period looks like, for a person to judge by eye: one page of pictures and numbers."""

from __future__ import annotations

from pathlib import Path

import pyarrow.compute as pc

from training.scenario.describe.controls import controls_section, delay_section
from training.scenario.describe.files import load_drawn
from training.scenario.describe.map import crossing_places
from training.scenario.describe.outcomes import read_outcomes
from training.scenario.describe.page import page
from training.scenario.describe.risks import oracle_section, overlap_section, rates_section
from training.scenario.describe.season import hours_section, season_section
from training.scenario.describe.sheets import read_sheets
from training.scenario.describe.signals import overlaps
from training.scenario.describe.truth import count_truth
from training.scenario.describe.volumes import drawn_section, map_section, mix_section

_LEAD = (
    "Everything on this page is made up: the movements, the firms, the vehicles and what they "
    "carry. It shows whether a made-up period looks enough like a real one to practise on. Nothing "
    "here says anything about a real person, firm, vehicle or crossing point."
)


def report(folder: Path) -> str:
    """The period drawn into `folder` as an HTML page that needs nothing but itself.

    The files are read in pieces, so that memory does not grow with the period; numbers are those
    of the files and of the truth beside them.

    Raises:
        VardarError: The folder does not hold a drawn period.
    """
    drawn = load_drawn(folder)
    posts = tuple(place.id for place in crossing_places({}))
    outcomes = read_outcomes(drawn)
    truth = count_truth(drawn, posts=posts, inspected=pc.unique(outcomes.number))
    sheets = read_sheets(drawn, truth.sample)
    sections = (
        drawn_section(drawn, outcomes),
        map_section(truth, posts),
        season_section(drawn, truth),
        hours_section(drawn, truth),
        mix_section(truth, sheets),
        rates_section(drawn, truth),
        controls_section(drawn, outcomes, truth.inspected),
        delay_section(drawn, outcomes, truth.inspected),
        overlap_section(overlaps(truth.sample, sheets.signals)),
        oracle_section(truth),
    )
    title = f"The made-up period “{drawn.profile['name']}”, seed {drawn.seed}"
    return page(title, _LEAD, sections)
