"""How groups of movements are treated: how often they are chosen, what is found, where models keep silent."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache

from sqlalchemy import Connection, select

from features.ledger import tables as stored
from models.languages import Language
from models.words import number
from serving.review.figures import names
from serving.review.figures.charts import Dot, dots
from serving.review.figures.facts import Group, Place
from serving.review.figures.parts import Targets, is_find
from serving.review.figures.shares import Ratio, ratio_to_others, share, share_in_part
from serving.review.figures.tables import (
    Cell,
    Table,
    few,
    found_cells,
    insufficient,
    nothing,
    part,
    ratio_cells,
    rows_of,
    share_cells,
    share_heads,
    words,
)
from serving.review.figures.view import View

#: The four-fifths band: outside of it a ratio is looked into.
LEAST_RATIO, MOST_RATIO = 0.8, 1.25
#: Groups in a picture; all of them are in the table.
_MOST_DRAWN = 20

#: The name of a group, by place and kind of movement; None where it is of none.
Grouping = Callable[[Place, Group], str | None]


@dataclass
class Treated:
    """How one group was treated.

    Attributes:
        movements: How many there are.
        chosen: Those inspected for any other reason than chance.
        scored: Scores given.
        recommended: Those that asked for an inspection, chance aside.
        searched: Movements of which an inspection said something.
        found: Finds among them, by risk.
    """

    movements: int = 0
    chosen: int = 0
    scored: int = 0
    recommended: int = 0
    searched: int = 0
    found: Counter[str] = field(default_factory=Counter)


Treatment = Mapping[str, Treated]


def groupings(spoken: Language) -> dict[str, tuple[str, Grouping]]:
    """What movements are told apart by here: title and name of the group."""
    # Asked of every movement that was inspected.
    made = cache(lambda group: names.made(group, spoken))
    return {
        "post": (spoken.words("By post"), lambda place, _: place.post),
        "class": (spoken.words("By class and mode"), lambda _, group: made(group)),
        "pair": (
            spoken.words("By countries of dispatch and destination"),
            lambda _, group: names.pair(group) or None,
        ),
    }


def treatment(view: View, targets: Mapping[str, Targets], group_of: Grouping) -> Treatment:
    """What became of each group; targets by risk."""
    of: dict[str, Treated] = defaultdict(Treated)
    for (place, group), n in view.movements.items():
        if (name := group_of(place, group)) is not None:
            of[name].movements += n
    for (place, group, action, because), n in view.actions.items():
        if (name := group_of(place, group)) is not None:
            of[name].scored += n
            of[name].recommended += n if action == "inspect" and because != "random" else 0
    for one in view.inspected:
        if (name := group_of(one.place, one.group)) is not None:
            of[name].chosen += one.reason != "random"
            if one.searched:
                of[name].searched += 1
                of[name].found.update(r for r, t in targets.items() if is_find(one, t))
    return of


def treatment_by_plate(
    connection: Connection, view: View, targets: Mapping[str, Targets]
) -> Treatment:
    """The same by country of the plate: read for the audit, and kept of no movement."""
    of: dict[str, Treated] = defaultdict(Treated)
    for (country, what), n in view.plates.items():
        match what:
            case "crossings":
                of[country].movements += n
            case "scored":
                of[country].scored += n
            case _:
                of[country].recommended += n
    inspected = {one.movement: one for one in view.inspected if one.movement[0] == "crossing"}
    movement, its = stored.ledger.alias("movement"), stored.plate_countries.c
    row = stored.ledger.c
    found = connection.execute(
        select(movement.c.source_system, movement.c.source_record_id, its.plate_country)
        .select_from(
            stored.ledger.join(
                movement, (movement.c.epoch == row.epoch) & (movement.c.u == row.movement_u)
            ).join(
                stored.plate_countries,
                (its.source_system == movement.c.source_system)
                & (its.source_record_id == movement.c.source_record_id)
                & (its.record_version == movement.c.record_version),
            )
        )
        .where(row.epoch == view.epoch, row.kind == "inspection", row.u >= view.since)
    )
    for system, record_id, country in found:
        # Once a movement, however many inspections it had.
        one = inspected.pop(("crossing", system, record_id), None)
        if one is None:
            continue
        of[country].chosen += one.reason != "random"
        if one.searched:
            of[country].searched += 1
            of[country].found.update(r for r, t in targets.items() if is_find(one, t))
    return of


def selection(of: Treatment, *, name: str, title: str, spoken: Language) -> Table:
    """How often each group is chosen, beside all others."""
    whole = Treated(
        movements=sum(t.movements for t in of.values()),
        chosen=sum(t.chosen for t in of.values()),
    )
    rows, drawn = [], []
    for group, told in sorted(of.items(), key=lambda item: (-item[1].movements, item[0])):
        inspected = ratio_to_others(
            told.chosen, told.movements,
            others_chosen=whole.chosen - told.chosen, others=whole.movements - told.movements,
        )  # fmt: skip
        rows.append([
            words(group), few(told.movements, spoken), few(told.chosen, spoken),
            _rate(told.chosen, told.movements, spoken), *ratio_cells(inspected, spoken),
            _mark(inspected, spoken),
        ])  # fmt: skip
        if inspected.sufficient and math.isfinite(inspected.high):
            drawn.append(Dot(group, inspected.value, inspected.low, inspected.high))
    caption = spoken.say("How often chosen. {grouping}", grouping=title)
    return Table(
        name=f"selection-{name}",
        caption=caption,
        heads=(
            spoken.words("Group"), spoken.words("Movements"), spoken.words("Chosen"),
            spoken.words("Rate"), *share_heads(spoken, spoken.words("Times the others")),
            spoken.words("Within 0.8 to 1.25"),
        ),
        rows=rows_of(rows),
        chart=dots(
            drawn[:_MOST_DRAWN], title=caption,
            unit=spoken.words("times as often as all others; the strip is 0.8 to 1.25"),
            words=lambda value: number(value, language=spoken),
            missing=spoken.words("insufficient"), strip=(LEAST_RATIO, MOST_RATIO),
        ) if drawn else None,
    )  # fmt: skip


def recommended(of: Treatment, *, name: str, title: str, spoken: Language) -> Table:
    """How often an inspection of each group is recommended, chance aside, beside all others."""
    scored = sum(told.scored for told in of.values())
    asked = sum(told.recommended for told in of.values())
    rows = []
    for group, told in sorted(of.items(), key=lambda item: (-item[1].scored, item[0])):
        if not told.scored:
            continue
        ratio = ratio_to_others(
            told.recommended, told.scored,
            others_chosen=asked - told.recommended, others=scored - told.scored,
        )  # fmt: skip
        rows.append([
            words(group), few(told.scored, spoken), few(told.recommended, spoken),
            _rate(told.recommended, told.scored, spoken), *ratio_cells(ratio, spoken),
            _mark(ratio, spoken),
        ])  # fmt: skip
    return Table(
        name=f"recommended-{name}",
        caption=spoken.say("How often recommended. {grouping}", grouping=title),
        heads=(
            spoken.words("Group"), spoken.words("Scored"), spoken.words("Inspection recommended"),
            spoken.words("Rate"), *share_heads(spoken, spoken.words("Times the others")),
            spoken.words("Within 0.8 to 1.25"),
        ),
        rows=rows_of(rows),
    )  # fmt: skip


def finds(of: Treatment, *, name: str, title: str, risk: str, spoken: Language) -> Table:
    """What is found in each group, of what is searched there."""
    rows = []
    for group, told in sorted(of.items(), key=lambda item: (-item[1].searched, item[0])):
        n = told.found[risk]
        found = share_in_part(n, told.searched)
        rows.append([
            words(group), few(told.searched, spoken), few(n, spoken), *found_cells(found, spoken)
        ])  # fmt: skip
    return Table(
        name=f"found-{name}-{risk}",
        caption=spoken.say(
            "Finds: {risk}. {grouping}", risk=names.risk(risk, spoken), grouping=title
        ),
        heads=(
            spoken.words("Group"), spoken.words("Searched"), spoken.words("Found"),
            *share_heads(spoken, spoken.words("Finds in 1,000 searched")),
        ),
        rows=rows_of(rows),
    )  # fmt: skip


def abstentions(view: View, *, risk: str, spoken: Language) -> Table:
    """Where the model of a risk keeps silent, by post and by class or mode."""
    of: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for (place, group, of_risk, outcome), n in view.outcomes.items():
        if of_risk != risk or outcome == "no_model":
            continue
        for key in (("0", place.post), ("1", names.made(group, spoken))):
            of[key][0] += n if outcome == "abstained" else 0
            of[key][1] += n
    rows = []
    for (_, group_name), (silent, asked) in sorted(of.items()):
        told = share(silent, asked, least_found=0, least_of=50)
        rows.append([
            words(group_name), few(asked, spoken), few(silent, spoken), *share_cells(told, spoken)
        ])  # fmt: skip
    return Table(
        name=f"abstained-{risk}",
        caption=spoken.say(
            "Where the model gave no score: {risk}", risk=names.risk(risk, spoken)
        ),
        heads=(
            spoken.words("Group"), spoken.words("Asked"), spoken.words("No score"),
            *share_heads(spoken, spoken.words("Share")),
        ),
        rows=rows_of(rows),
    )  # fmt: skip


def outside(tables: Iterable[Table]) -> int:
    """In how many lines a ratio lies outside the four-fifths band, beyond its interval."""
    return sum(cell.value == "outside" for table in tables for row in table.rows for cell in row)


def _rate(chosen: int, of: int, spoken: Language) -> Cell:
    told = share_in_part(chosen, of)
    return part(told.value, spoken) if told.sufficient else insufficient(spoken)


def _mark(ratio: Ratio, spoken: Language) -> Cell:
    """Whether a ratio is within the band; beyond chance only where its whole interval is outside."""
    if not ratio.sufficient:
        return nothing()
    if LEAST_RATIO <= ratio.value <= MOST_RATIO:
        return Cell(spoken.words("within"), "within")
    if ratio.high < LEAST_RATIO or ratio.low > MOST_RATIO:
        return Cell(spoken.words("outside, beyond chance"), "outside")
    return Cell(spoken.words("outside, may be chance"), "may_be_chance")
