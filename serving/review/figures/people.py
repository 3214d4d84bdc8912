"""How people and the score get on: agreement, overriding, time to decide, drills. Never by person.

What is decided under a drill is a step of its own, and the decision that follows once the drill was told
says nothing of agreement: both count among drills alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

import orjson
from sqlalchemy import Connection, select

from features.ledger import tables_review as tables
from models.languages import Language
from serving.review.figures.facts import Place
from serving.review.figures.shares import share
from serving.review.figures.tables import (
    Cell,
    Table,
    count,
    measured,
    nothing,
    rows_of,
    share_cells,
    share_heads,
    words,
)
from serving.review.figures.view import View
from serving.review.states import Step

#: From so many reviews on, so much agreement calls for a look: nobody agrees with everything.
ALARM_REVIEWS, ALARM_AGREEMENT = 200, 0.95
#: Nobody reads a case in less.
ALARM_SECONDS = 8.0
#: Decisions below which there is no median.
LEAST_TIMED = 10

_steps, _cases = tables.case_steps.c, tables.cases.c


@dataclass(frozen=True)
class Reviews:
    """What was done with cases in a period.

    Attributes:
        views: Own views recorded before the score was shown.
        reveals: Scores shown.
        decisions: Decisions of which it is known whether they agree with what was recommended.
        agreed: Those that do.
        overridden: Proposals to release against a mandatory rule.
        seconds: Time from the score being shown to the decision, of those where it is known.
        drills: Cases with a score made wrong on purpose that were decided.
        followed: Those in which the wrong score was followed.
    """

    views: int
    reveals: int
    decisions: int
    agreed: int
    overridden: int
    seconds: tuple[float, ...]
    drills: int
    followed: int

    @property
    def agreement(self) -> float:
        """Share of the decisions that agree; NaN of none."""
        return self.agreed / self.decisions if self.decisions else math.nan


def reviews_of(connection: Connection, view: View) -> Reviews:
    """The steps of the period in cases the reader may see."""
    rows = connection.execute(
        select(
            _steps.step, _steps.detail, _cases.source_system,
            _cases.owner_country, _cases.owner_post,
        )
        .select_from(
            tables.case_steps.join(tables.cases, _cases.case_id == _steps.case_id)
        )
        .where(
            _steps.step.in_([step.value for step in (
                Step.VIEW, Step.REVEAL, Step.DECIDE, Step.DRILL, Step.OVERRIDE,
            )]),
            _steps.at >= view.since,
            _steps.at <= view.until,
        )
        .order_by(_steps.number)
    )  # fmt: skip
    seen = [
        (Step(row.step), orjson.loads(row.detail))
        for row in rows
        if view.visible(Place(row.source_system, row.owner_country, row.owner_post))
    ]
    return counted(seen)


def counted(steps: Iterable[tuple[Step, Mapping[str, Any]]]) -> Reviews:
    """Count steps: what was done, and its detail."""
    number = dict.fromkeys(Step, 0)
    decisions = agreed = drills = followed = 0
    seconds: list[float] = []
    for step, detail in steps:
        number[step] += 1
        if step not in (Step.DECIDE, Step.DRILL):
            continue
        agrees = bool(detail["agrees"])
        if step is Step.DRILL:
            drills += 1
            followed += agrees
        elif "after_drill" not in detail:
            decisions += 1
            agreed += agrees
        if "seconds" in detail:
            seconds.append(float(detail["seconds"]))
    return Reviews(
        views=number[Step.VIEW],
        reveals=number[Step.REVEAL],
        decisions=decisions,
        agreed=agreed,
        overridden=number[Step.OVERRIDE],
        seconds=tuple(seconds),
        drills=drills,
        followed=followed,
    )


def agreement(told: Reviews, *, spoken: Language) -> Table:
    """How often people decide as recommended, otherwise, or against a mandatory rule."""
    reviews = told.decisions + told.overridden
    against = told.decisions - told.agreed
    lines = (
        ("agrees", spoken.words("As recommended"), told.agreed, told.decisions),
        ("differs", spoken.words("Otherwise"), against, told.decisions),
        (
            "override",
            spoken.words("Release proposed against a mandatory rule"),
            told.overridden,
            reviews,
        ),
        ("followed", spoken.words("Drill: followed a wrong score"), told.followed, told.drills),
        ("caught", spoken.words("Drill: saw through it"), told.drills - told.followed, told.drills),
    )
    return Table(
        name="agreement",
        caption=spoken.words("Decisions and the score"),
        heads=(
            spoken.words("Decided"), spoken.words("Times"), spoken.words("Of"),
            *share_heads(spoken, spoken.words("Share")),
        ),
        rows=rows_of(
            [
                words(name, code), count(n, spoken), count(of, spoken),
                *share_cells(share(n, of, least_found=0, least_of=LEAST_TIMED), spoken),
            ]
            for code, name, n, of in lines
        ),
        notes=(
            spoken.words(
                "A drill shows a score that is wrong on purpose, in about 1 case in 100. Drills are "
                "not counted among the other decisions. Nobody is named, and no figure is by person."
            ),
        ),
    )  # fmt: skip


def time_to_decide(told: Reviews, *, spoken: Language) -> Table:
    """Median and quartiles of the time from the score to the decision."""
    cells: tuple[Cell, ...] = (nothing(), nothing(), nothing())
    if len(told.seconds) >= LEAST_TIMED:
        low, _, high = quantiles(told.seconds, n=4, method="inclusive")
        cells = tuple(measured(value, spoken) for value in (low, median(told.seconds), high))
    else:
        cells = (
            nothing(),
            Cell(spoken.words("insufficient"), "insufficient", numeric=True),
            nothing(),
        )
    return Table(
        name="time-to-decide",
        caption=spoken.words("Time to decide, in seconds"),
        heads=(
            spoken.words("From the score to the decision"), spoken.words("Decisions"),
            spoken.words("A quarter within"), spoken.words("Half within"),
            spoken.words("Three quarters within"),
        ),
        rows=rows_of([
            [words(spoken.words("All posts"), "all"), count(len(told.seconds), spoken), *cells]
        ]),
    )  # fmt: skip


def alarms(told: Reviews, *, spoken: Language) -> list[str]:
    """What calls for somebody, in sentences."""
    said = []
    if told.decisions >= ALARM_REVIEWS and told.agreement > ALARM_AGREEMENT:
        said.append(
            spoken.say(
                "{agreed} of {n} decisions are as recommended. So much agreement may mean that the "
                "score decides: look at cases together, and make sure that own views come first.",
                agreed=spoken.signed(f"{told.agreed:,}"),
                n=spoken.signed(f"{told.decisions:,}"),
            )
        )
    if len(told.seconds) >= LEAST_TIMED and median(told.seconds) < ALARM_SECONDS:
        said.append(
            spoken.say(
                "Half of all decisions are made within {seconds} seconds of seeing the score: too "
                "short to read a case. Give the shift more time, or fewer cases.",
                seconds=spoken.signed(f"{median(told.seconds):.1f}"),
            )
        )
    return said


def not_there(told: Reviews, *, spoken: Language) -> list[str]:
    """What could not be counted, in sentences."""
    if told.decisions or told.overridden or told.drills:
        return []
    return [spoken.words("No decision on a case is on record in this period.")]
