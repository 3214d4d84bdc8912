"""When movements pass: by week, by weekday and hour, and the months of people smuggling."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from training.scenario.days.carrying import RISKS
from training.scenario.describe import words
from training.scenario.describe.charts import Line, lines, week
from training.scenario.describe.figures import Share, count, listed
from training.scenario.describe.files import Drawn
from training.scenario.describe.page import Picture, Section, Table
from training.scenario.describe.truth import Truth
from training.scenario.files.truth import STRATA
from training.scenario.profile import SEEDS
from training.scenario.streams import Floats

#: Periods shorter than this are shown by day instead of by week.
_SHORT_PERIOD = 28

_ABOUT_MONTHS = (
    " In the last chart 100 is the average of the months shown, for the made-up period and for the "
    "route alike, so that only their seasons are compared."
)

#: Periods shorter than this are dated by days, not by months.
_SHORT_AXIS = 62

#: A month of the year is shown if the period holds at least this many of its days.
_FEWEST_DAYS = 10

#: Years whose months are averaged: before them the route had another shape.
_ROUTE_YEARS = range(2017, 2025)


def season_section(drawn: Drawn, truth: Truth) -> Section:
    """(3) Movements by week, and people smuggling by month beside the route's detections."""
    size = 7 if drawn.days >= _SHORT_PERIOD else 1
    name = "week" if size == 7 else "day"
    blocks = drawn.days // size
    weekly = truth.by_day[: blocks * size].reshape(blocks, size, len(STRATA)).sum(axis=1)
    dates = _dates(drawn.first_day, drawn.days)
    pictures = []
    for s, stratum in enumerate(STRATA):
        along = [(k * size + size / 2, float(n)) for k, n in enumerate(weekly[:, s].tolist())]
        svg = lines(
            [Line(words.STRATUM[stratum], along)],
            x_ticks=dates,
            x_unit="",
            y_unit=f"a {name}",
            x_ends=(0, drawn.days),
            label=f"{words.STRATUM[stratum]} by {name}",
        )
        pictures.append(Picture(words.STRATUM[stratum], svg))
    months, by_month, said = _people_by_month(drawn, truth)
    left_out = "Weeks count from the first day on; days after the last whole week are left out. "
    left_out = left_out if size == 7 else ""
    changes = words.changes(drawn.profile["shocks"])
    changed = f" What changed on a date: {listed(changes)}." if changes else ""
    cars = weekly[:, STRATA.index("car")]
    return Section(
        "season",
        "Season",
        f"Cars: {count(cars.max())} {'in' if size == 7 else 'on'} the busiest {name}, "
        f"{count(cars.min())} {'in' if size == 7 else 'on'} the quietest",
        "One small chart for each class, each with its own scale from 0: compare shapes, not "
        f"heights.{_ABOUT_MONTHS if by_month else ''}",
        f"{left_out}{said} Detections: Western Balkan route, {_ROUTE_YEARS[0]} to "
        f"{_ROUTE_YEARS[-1]}, each month against its year.{changed}",
        [*pictures, *by_month],
        [
            Table(
                f"Movements by {name}",
                (f"{name.capitalize()} from", *(words.STRATUM[s] for s in STRATA)),
                [
                    (str(drawn.first_day + timedelta(days=k * size)), *map(count, row))
                    for k, row in enumerate(weekly.tolist())
                ],
            ),
            months,
        ],
    )


def hours_section(drawn: Drawn, truth: Truth) -> Section:
    """(4) Cars and lorries by weekday and hour."""
    weekdays = np.array([(drawn.first_day.weekday() + d) % 7 for d in range(drawn.days)])
    times = np.maximum(np.bincount(weekdays, minlength=7), 1)
    of_classes = {
        s: truth.by_hour[:, :, STRATA.index(s)] / times[:, None] for s in ("car", "lorry")
    }
    grids = {s: counts / (counts.mean() or 1.0) for s, counts in of_classes.items()}
    top = max(float(grid.max()) for grid in grids.values())
    pictures, tables, busiest = [], [], []
    for stratum, counts in of_classes.items():
        grid, name = grids[stratum], words.STRATUM[stratum]
        day, hour = (int(v) for v in np.unravel_index(grid.argmax(), grid.shape))
        busiest.append(f"{name.lower()} on {words.WEEKDAYS[day]}, {hour}–{hour + 1} h")
        pictures.append(
            Picture(
                f"{name}: {_few(counts.mean())} in the average hour, "
                f"{_few(counts.max())} in the busiest",
                week(grid, days=words.WEEKDAYS, top=top, label=f"{name} by weekday and hour"),
            )
        )
        tables.append(_by_hours(name, counts))
    return Section(
        "hours",
        "Week and hours",
        f"Busiest: {listed(busiest)}",
        "One square is one hour of the week. The stronger the colour, the more movements: 1× is the "
        "average hour, 2× twice as many.",
        "Hours are in UTC; clocks in the region show one to three hours more. Numbers are means "
        "over the weeks of the period.",
        pictures,
        tables,
    )


def _people_by_month(drawn: Drawn, truth: Truth) -> tuple[Table, list[Picture], str]:
    """People smuggling against its mean, and detections on the route against theirs."""
    month = np.array([(drawn.first_day + timedelta(days=d)).month for d in range(drawn.days)])
    shown = [m for m in range(1, 13) if (month == m).sum() >= _FEWEST_DAYS] or sorted(set(month))
    carrying = truth.carrying_by_day[:, :, RISKS.index("smuggling")].sum(axis=1)
    every = truth.by_day.sum(axis=1)
    rates = [Share(int(carrying[month == m].sum()), int(every[month == m].sum())) for m in shown]
    mean = float(np.mean([rate.value for rate in rates])) or 1.0
    route = _route_months()[[m - 1 for m in shown]]
    route = 100 * route / route.mean()
    here = [(float(m), 100 * rate.value / mean) for m, rate in zip(shown, rates, strict=True)]
    ends = [(100 * r.interval[0] / mean, 100 * r.interval[1] / mean) for r in rates]
    svg = lines(
        [
            Line("made-up period, with 95 % interval", here, "one", dots=True, band=ends),
            Line(
                "detections on the route",
                [(float(m), float(v)) for m, v in zip(shown, route, strict=True)],
                "two",
                kind="dash",
            ),
        ],
        x_ticks=[(m, words.MONTHS[m - 1]) for m in _thinned(shown, 6)],
        x_unit="month of the year",
        y_unit="100 = average of these months",
        y_top=max([*route, *(v for _, v in here), *(min(high, 300.0) for _, high in ends)]),
        label="People smuggling by month of the year",
    )
    table = Table(
        "People smuggling by month of the year",
        ("Month", "Carrying people", "Per 10,000 movements", "Against average", "Route"),
        [
            (words.MONTHS[m - 1], count(r.hits), f"{1e4 * r.value:.1f}", f"{v:.0f}", f"{x:.0f}")
            for m, r, (_, v), x in zip(shown, rates, here, route.tolist(), strict=True)
        ],
    )
    if len(shown) < 2:
        return table, [], "The period is too short to compare months."
    most = words.MONTHS[shown[int(np.argmax([v for _, v in here]))] - 1]
    least = words.MONTHS[shown[int(np.argmin([v for _, v in here]))] - 1]
    said = f"People smuggling: most in {most}, least in {least}."
    return table, [Picture("People smuggling by month, against its average", svg)], said


def _route_months() -> Floats:
    """Detections (12,) of each month against the mean month of its year, over complete years."""
    years: dict[int, dict[int, int]] = {}
    path = SEEDS / "reference" / "western_balkan_detections.csv"
    with path.open(encoding="utf-8", newline="") as table:
        for row in csv.DictReader(table):
            year, month = (int(part) for part in row["month"].split("-"))
            years.setdefault(year, {})[month] = int(row["detections"])
    whole = [
        [years[y][m] for m in range(1, 13)] for y in _ROUTE_YEARS if len(years.get(y, {})) == 12
    ]
    each = np.array(whole, dtype=np.float64)
    return np.asarray((each / each.mean(axis=1, keepdims=True)).mean(axis=0))


def _dates(first: date, days: int) -> list[tuple[float, str]]:
    """Some dates of the period as days from its first: beginnings of months, or of weeks."""
    every = [first + timedelta(days=d) for d in range(days)]
    if days < _SHORT_AXIS:
        return [
            (float(d), f"{every[d].day} {words.MONTHS[every[d].month - 1]}")
            for d in _thinned(range(0, days, 7), 5)
        ]
    starts = [d for d, day in enumerate(every) if day.day == 1]
    return [
        (float(d), f"{words.MONTHS[every[d].month - 1]} {every[d].year % 100:02d}")
        for d in _thinned(starts, 5)
    ]


def _thinned(values: Sequence[int], most: int) -> Sequence[int]:
    return values[:: -(-len(values) // most) or 1]


def _by_hours(name: str, counts: Floats) -> Table:
    """Means by weekday and four hours at a time."""
    spans = counts.reshape(7, 6, 4).sum(axis=2)
    head = ("Day", *(f"{h}–{h + 4} h" for h in range(0, 24, 4)))
    rows = [
        (day, *map(count, row)) for day, row in zip(words.WEEKDAYS, spans.tolist(), strict=True)
    ]
    return Table(f"{name} by weekday and hours", head, rows)


def _few(number: float) -> str:
    return count(number) if number >= 10 else f"{number:.1f}"
