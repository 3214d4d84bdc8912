"""The comparison as one page with curves, to be read in a browser."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from training.assurance.closed_loop.arms import Arm
from training.assurance.closed_loop.comparison import Pair, last_year
from training.assurance.closed_loop.loop import YEAR_DAYS
from training.assurance.closed_loop.report import (
    arm_name,
    days,
    figure,
    number,
    of_typology,
    sentences,
)
from training.assurance.closed_loop.typologies import LEAST_TYPOLOGY_CASES
from training.assurance.closed_loop.years import MONTH_DAYS, Month, Year
from training.scenario.describe.charts import Line, Mark, lines
from training.scenario.describe.page import Picture, Section, Table, page
from training.scenario.describe.shapes import Look, Svg

_TITLE = "What becomes of an office whose own selections are its labels"


def comparison_page(pairs: Sequence[Pair]) -> str:
    """The page about both arms of every seed."""
    lead = " ".join(sentences(pairs))
    sections = [_recall(pairs), _calibration(pairs), _typologies(pairs), _years(pairs)]
    if any(pair.with_floor.shock for pair in pairs):
        sections.append(_shocks(pairs))
    return page(_TITLE, lead, sections)


def _recall(pairs: Sequence[Pair]) -> Section:
    return Section(
        anchor="recall",
        name="Recall",
        title="How much of what was carried was inspected",
        how=(
            "Each line is the share of all cases, in thirty days, that lay in movements the office "
            "inspected of its own accord. With the floor a share of the inspections goes to chance."
        ),
        caption=f"Dots at the days of a shock. A month has {MONTH_DAYS} days.",
        pictures=[
            Picture(
                f"Seed {pair.with_floor.seed}",
                _curves(pair, lambda month: month.recall, unit="share of the cases"),
            )
            for pair in pairs
        ],
        tables=[
            _monthly(pair, f"By month, seed {pair.with_floor.seed}", lambda month: month.recall)
            for pair in pairs
        ],
    )


def _calibration(pairs: Sequence[Pair]) -> Section:
    return Section(
        anchor="calibration",
        name="Calibration",
        title="How far probabilities were from the truth",
        how=(
            "Movements are put into ten groups of equal size by what a head says of them; the line is "
            "the mean distance between that and what inspections would find, as a share of the base "
            "rate, over the heads that were in force. 0.2 is the aim."
        ),
        caption="The truth is the risk from which the scenario draws, times what inspections find of it.",
        pictures=[
            Picture(
                f"Seed {pair.with_floor.seed}",
                _curves(pair, lambda month: month.calibration_error, unit="share of the base rate"),
            )
            for pair in pairs
        ],
        tables=[
            _monthly(
                pair,
                f"By month, seed {pair.with_floor.seed}",
                lambda month: month.calibration_error,
            )
            for pair in pairs
        ],
    )


def _typologies(pairs: Sequence[Pair]) -> Section:
    arms = _arms(pairs)
    head = ["typology", *(f"{arm_name(arm)}, year {y.number}" for arm in arms for y in arm.years)]
    rows = [
        [name, *(of_typology(year.by_typology[name]) for arm in arms for year in arm.years)]
        for name in arms[0].years[0].by_typology
    ]
    return Section(
        anchor="typologies",
        name="Typologies",
        title="What is still inspected of each way to carry",
        how=(
            "Cases inspected of the office's own accord, of all cases carried that way in the year; in "
            "brackets how many the random share alone was to inspect, and how many could have been "
            "inspected at all. A rare way to carry may go uninspected for years though each case could "
            "have been: what is asked is whether it was within reach."
        ),
        caption=(
            f"Below {LEAST_TYPOLOGY_CASES} cases a cell is insufficient: it is named, and nothing is "
            "said of it."
        ),
        tables=[
            _last_year(pairs),
            Table("By typology and year", head, rows),
        ],
    )


def _last_year(pairs: Sequence[Pair]) -> Table:
    """The last year, all seeds together."""
    arms = {
        "with the floor": last_year([pair.with_floor for pair in pairs]),
        "without": last_year([pair.without for pair in pairs]),
    }
    names = list(arms["without"])
    rows = [[name, *(of_typology(told[name]) for told in arms.values())] for name in names]
    return Table("The last year of all seeds together", ["typology", *arms], rows, opened=True)


def _years(pairs: Sequence[Pair]) -> Section:
    head = [
        "arm and year", "recall", "of the oracle's", "of newcomers", "could be inspected", "capacity",
        "by chance", "by lot", "finds", "precision", "top 1 % of entities",
    ]  # fmt: skip
    rows = [
        [f"{arm_name(arm)}, year {y.number}", *_cells(y)] for arm in _arms(pairs) for y in arm.years
    ]
    return Section(
        anchor="years",
        name="Years",
        title="Each year in numbers",
        how=(
            "The oracle inspects as many of each kind, those of the highest true risk. Of newcomers: "
            "recall where nothing had been found before of the lane or vehicle. Could be inspected: the "
            "share of the cases with a probability above 0. By lot: inspections that a lot chose among "
            "movements that the rules rank equal. The last column is the share of the ranked "
            "inspections that fell on the most inspected 1 % of that year's lanes and vehicles."
        ),
        caption="Intervals are 95 %.",
        tables=[Table("By arm and year", head, rows, opened=True)],
    )


def _cells(year: Year) -> list[str]:
    return [
        figure(year.recall), number(year.share_of_oracle), figure(year.newcomers),
        figure(year.within_reach), f"{year.capacity:.3f}", number(year.by_chance),
        number(year.by_lot), f"{year.finds:,}", number(year.precision), number(year.concentration),
    ]  # fmt: skip


def _shocks(pairs: Sequence[Pair]) -> Section:
    head = [
        "arm", "shock", "alarm for arms after", "alarm for smuggling after", "recall back after",
        "calibration back after",
    ]  # fmt: skip
    rows = [
        [
            arm_name(arm), of.name, days(of.alarm_after_days["arms"]),
            days(of.alarm_after_days["smuggling"]), days(of.recall_back_after_days),
            days(of.calibration_back_after_days),
        ]
        for arm in _arms(pairs) if (of := arm.shock)
    ]  # fmt: skip
    return Section(
        anchor="shock",
        name="The shock",
        title="How long until it was noticed and overcome",
        how="Days from the date of the shock. An alarm weighs finds against what was expected.",
        caption="Recall is back at nine tenths of what it was, calibration within 0.2 of it.",
        tables=[Table("After the shock", head, rows, opened=True)],
    )


def _curves(pair: Pair, of: Callable[[Month], float], *, unit: str) -> Svg:
    looks: tuple[tuple[Arm, Look], ...] = ((pair.with_floor, "one"), (pair.without, "two"))
    series = []
    for arm, look in looks:
        points = [(m.number * MONTH_DAYS, of(m)) for m in arm.months if not math.isnan(of(m))]
        if points:
            name = "with the random floor" if arm.floor else "without"
            series.append(Line(name, points, look=look))
    shock = pair.with_floor.shock
    last = len(pair.with_floor.years)
    return lines(
        series or [Line("nothing to show", [(0.0, 0.0)])],
        x_ticks=[(YEAR_DAYS * y, f"year {y + 1}") for y in range(last)],
        x_unit="days of the period",
        y_unit=unit,
        label=f"By month, both arms, {unit}",
        x_ends=(0.0, float(YEAR_DAYS * last)),
        marks=[Mark(shock.day, 0.0, shock.name)] if shock else (),
    )


def _monthly(pair: Pair, title: str, of: Callable[[Month], float]) -> Table:
    both = zip(pair.with_floor.months, pair.without.months, strict=True)
    rows = [
        [str(a.number), number(of(a)), number(of(b)), f"{a.reached} of {a.cases}",
         f"{b.reached} of {b.cases}"]
        for a, b in both
    ]  # fmt: skip
    head = ["month", "with the floor", "without", "cases reached with", "cases reached without"]
    return Table(title, head, rows)


def _arms(pairs: Sequence[Pair]) -> list[Arm]:
    return [arm for pair in pairs for arm in (pair.with_floor, pair.without)]
