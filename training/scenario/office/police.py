"""What the police report: monthly counts by area, and reports linked to a vehicle or a trader.

Linked reports follow what movements truly carried, found at the border or not, with grades that
say how far to trust them; one report in four is about somebody innocent, and graded low.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from features.geography import area_in
from training.scenario.days.movements import Day
from training.scenario.files.sheets import Row, moments
from training.scenario.streams import Flags
from training.scenario.world.firms import Firms
from training.scenario.world.reference import Posts
from training.scenario.world.vehicles import Vehicles

COLUMNS = (
    "report_no", "reported_at", "filed_at", "country", "post", "area", "month", "type", "weapon",
    "count", "plate", "trader_no", "source_grade", "information_grade",
)  # fmt: skip

#: Values no reader can accept, by the column they are put in.
BREAKAGES = {"month": "2026-13", "count": "several", "report_no": "", "source_grade": "Z"}

#: Share of movements that carry something of which the police hear.
HEARD_OF = 0.04

#: Share of the linked reports that are about somebody innocent.
INNOCENT = 0.25

_TYPES = ("firearm_discharge", "firearm_found", "smuggling_facilitation")
_MEANS = (2.0, 4.0, 6.0)


def monthly_rows(today: date, filed: int, posts: Posts, rng: np.random.Generator) -> list[Row]:
    """Counts of the month that ended the day before, filed at a moment of today."""
    month = (today - timedelta(days=1)).strftime("%Y-%m")
    at = moments(np.array([filed]))[0]
    rows: list[Row] = []
    told: set[str] = set()
    for country in sorted(set(posts.owner.tolist())):
        own = [str(post) for post in posts.ids[posts.owner == country].tolist()]
        # Areas in which its posts lie and which nobody else has told of.
        areas = {area for post in own if (area := area_in(post, country))} - told
        told |= areas
        for area in sorted(areas):
            counts = rng.poisson(_MEANS)
            for kind, count in zip(_TYPES, counts.tolist(), strict=True):
                weapon = "pistol" if kind.startswith("firearm") else ""
                rows.append([
                    f"M{month}-{area}-{kind}", at, at, country, own[0], area, month, kind,
                    weapon, str(count), "", "", "B", "2",
                ])  # fmt: skip
    return rows


def linked_rows(
    today: Day, firms: Firms, vehicles: Vehicles, posts: Posts, rng: np.random.Generator
) -> list[Row]:
    """Reports about consignees and vehicles of today's movements, heard of before midnight."""
    declared, crossed, lanes = today.declared, today.crossed, firms.lanes
    rows = []
    for row, innocent in _heard(declared.carries.arms, rng):
        consignee = lanes.consignee[declared.lane[row]]
        if not firms.traders.natural_person[consignee]:
            number, post = today.declaration_numbers[row], int(lanes.post[declared.lane[row]])
            trader = str(firms.traders.number[consignee])
            rows.append(_report(number, today, post, posts, rng, innocent, True, "", trader))
    for row, innocent in _heard(crossed.carries.arms | crossed.carries.people, rng):
        number, post = today.crossing_numbers[row], int(crossed.passages.post[row])
        plate = str(vehicles.plate[crossed.passages.vehicle[row]])
        weapons = rng.random() < 0.5 if innocent else bool(crossed.carries.arms[row])
        rows.append(_report(number, today, post, posts, rng, innocent, weapons, plate, ""))
    return rows


def _heard(carrying: Flags, rng: np.random.Generator) -> list[tuple[int, bool]]:
    """Rows the police hear of, and whether they are innocent."""
    guilty = np.flatnonzero(carrying & (rng.random(len(carrying)) < HEARD_OF))
    clean = np.flatnonzero(~carrying)
    expected = HEARD_OF * carrying.sum() * INNOCENT / (1 - INNOCENT) if len(clean) else 0.0
    other = clean[(rng.random(rng.poisson(expected)) * len(clean)).astype(np.int64)]
    return [(int(r), False) for r in guilty] + [(int(r), True) for r in np.unique(other)]


def _report(
    number: str,
    today: Day,
    post: int,
    posts: Posts,
    rng: np.random.Generator,
    innocent: bool,
    weapons: bool,
    plate: str,
    trader: str,
) -> Row:
    heard = moments(np.array([today.midnight + 86_400 - rng.integers(1, 3600)]))[0]
    kind = "firearm_found" if weapons else "smuggling_facilitation"
    source = "X" if innocent else str(rng.choice(["A", "B", "C"], p=[0.3, 0.4, 0.3]))
    grade = "4" if innocent else str(rng.choice(["1", "2", "3"], p=[0.3, 0.4, 0.3]))
    return [
        f"R{number}", heard, heard, str(posts.owner[post]), str(posts.ids[post]), "", "", kind,
        "pistol" if weapons else "", "", plate, trader, source, grade,
    ]  # fmt: skip
