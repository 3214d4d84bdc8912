"""What the inspection system exports: `inspections.csv`."""

from __future__ import annotations

import json

import numpy as np

from training.scenario.days.movements import Inspections
from training.scenario.files.sheets import Row, moments
from training.scenario.office.control import ARMS, LEVELS, PERSONS, REASONS, RESULTS
from training.scenario.world.reference import Posts

COLUMNS = (
    "control_no", "version", "country", "post", "subject_system", "subject_no", "reason",
    "propensity", "level", "started", "ended", "outcome", "confirmed", "finds",
)  # fmt: skip

#: Values no reader can accept, by the column they are put in.
BREAKAGES = {"outcome": "perhaps", "propensity": "1.7", "ended": "31/02/2026", "control_no": ""}

_CATEGORIES = ("pistol", "ammunition", "part_component", "rifle", "blank_alarm_signal")
_CATEGORY_SHARES = (0.3, 0.25, 0.25, 0.1, 0.1)


def inspection_rows(
    done: Inspections, posts: Posts, system: str, rng: np.random.Generator
) -> list[Row]:
    """One line an inspection of a movement of that source system."""
    n = len(done.row)
    category = rng.choice(len(_CATEGORIES), n, p=_CATEGORY_SHARES).tolist()
    structure = (rng.random(n) < 0.5).tolist()
    sequence = zip(moments(done.started), moments(done.ended), moments(done.known), strict=True)
    rows = []
    for i, (started, ended, known) in enumerate(sequence):
        post = int(done.post[i])
        result = int(done.result[i])
        found = _CATEGORIES[category[i]] if result == ARMS else "persons"
        hidden = "vehicle_structure" if structure[i] else "cargo"
        finds = [{"category": found, "quantity": int(done.pieces[i]), "concealment_class": hidden}]
        propensity = done.propensity[i]
        rows.append([
            f"K{done.number[i]}", str(done.version[i]), str(posts.owner[post]),
            str(posts.ids[post]), system,
            str(done.number[i]), REASONS[done.reason[i]],
            "" if np.isnan(propensity) else f"{propensity:.6f}", LEVELS[done.level[i]], started,
            ended, RESULTS[result], known,
            json.dumps(finds, separators=(",", ":")) if result in (ARMS, PERSONS) else "[]",
        ])  # fmt: skip
    return rows
