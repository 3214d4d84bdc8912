"""How the office selects and what it finds, and how long it takes until that is known."""

from __future__ import annotations

import math

import numpy as np

from training.scenario.days.calendar import epoch_seconds
from training.scenario.describe import words
from training.scenario.describe.charts import Bar, Line, Mark, Point, bars, lines, points
from training.scenario.describe.figures import Share, count, one_in
from training.scenario.describe.files import DAY, Drawn, places
from training.scenario.describe.outcomes import Outcomes
from training.scenario.describe.page import Picture, Section, Table
from training.scenario.describe.shapes import Entry
from training.scenario.describe.truth import Movements
from training.scenario.office.control import ARMS, LEVELS, NOT_SEARCHED, PERSONS, REASONS, RESULTS
from training.scenario.streams import Flags

#: Delays are told of controls at least so many times the longest usual delay before the end.
_HORIZON = 4

#: Reasons with fewer inspections than this are not compared in words.
_FEW = 50


def controls_section(drawn: Drawn, outcomes: Outcomes, inspected: Movements) -> Section:
    """(7) Inspections and hit rates by reason; what controls of each level find."""
    used = [k for k in range(len(REASONS)) if (outcomes.reason == k).any()]
    rates = {
        k: Share(
            int((outcomes.finds & (outcomes.reason == k)).sum()),
            int(((outcomes.reason == k) & (outcomes.result != NOT_SEARCHED)).sum()),
        )
        for k in used
    }
    every = len(outcomes.reason)
    numbers = {k: int((outcomes.reason == k).sum()) for k in used}
    by_number = sorted(used, key=lambda k: -numbers[k])
    by_rate = sorted((k for k in used if rates[k].of), key=lambda k: -rates[k].value)
    unit = _unit(max((rates[k].value for k in by_rate), default=1.0))
    results = np.bincount(outcomes.result, minlength=len(RESULTS)).tolist()
    detection = drawn.profile["outcomes"]["detection"]
    # A gas probe shows who breathes; arms it finds as a look does.
    of_arms = {**detection, "gas_probe": detection["visual"]}
    row = places(outcomes.number, inspected.number)
    arms = _detected(outcomes, inspected.arms[row], ARMS)
    people = _detected(outcomes, inspected.people[row], PERSONS)
    told = [k for k in by_rate if rates[k].of >= _FEW]
    title = (
        f"{_name(told[0])}: a find in {_in_words(rates[told[0]])}; "
        f"{_name(told[-1]).lower()}: in {_in_words(rates[told[-1]])}"
        if len(told) > 1
        else "What the office selects and finds"
    )
    return Section(
        "controls",
        "How the office selects and finds",
        title,
        "The first chart counts inspections by why they were made. The second says how many of "
        f"{count(unit)} such inspections found arms or people. The last two look behind the scenes: "
        "of what really was there, how much each kind of control found; the diamond is what was "
        "configured.",
        f"{count(every)} inspections. A dot's line is its 95 % interval: where lines overlap, do "
        "not call one better. Controls that were selected but not carried out are left out. Some "
        "finds are written down as something else, so dots lie a little below their diamonds.",
        [
            Picture(
                "Inspections by reason",
                bars(
                    [Bar(_name(k), numbers[k], count(numbers[k])) for k in by_number],
                    label="Inspections by reason",
                ),
            ),
            Picture(
                f"Finds in {count(unit)} inspections, by reason",
                points(
                    [_point(_name(k), rates[k], unit) for k in by_number if rates[k].of],
                    unit=f"finds in {count(unit)} inspections",
                    label="Finds by reason",
                    configured=False,
                ),
            ),
            _levels("Arms that were there and were found, by kind of control", arms, of_arms),
            _levels("People who were there and were found, by kind of control", people, detection),
        ],
        [
            Table(
                "Reasons as a table",
                ("Reason", "Inspections", "Carried out", "Finds", "Share", "95 % interval"),
                [
                    (_name(k), count(numbers[k]), count(rates[k].of), count(rates[k].hits),
                     one_in(rates[k].value), _interval(rates[k]))
                    for k in by_number
                ],
            ),
            Table(
                "Kinds of control as a table",
                ("Kind of control", "Arms there", "found", "configured",
                 "People there", "found", "configured"),
                [
                    (words.LEVEL[level], count(arms[k].of), one_in(arms[k].value),
                     one_in(of_arms[level]), count(people[k].of), one_in(people[k].value),
                     one_in(detection[level]))
                    for k, level in enumerate(LEVELS)
                ],
            ),
            Table(
                "Results as a table",
                ("Result", "Inspections", "Share"),
                [
                    (words.RESULT[name], count(n), one_in(n / every if every else 0.0))
                    for name, n in zip(RESULTS, results, strict=True)
                ],
            ),
        ],
    )  # fmt: skip


def delay_section(drawn: Drawn, outcomes: Outcomes, inspected: Movements) -> Section:
    """(8) How long after the movement its outcome is known."""
    wanted = drawn.profile["outcomes"]
    median, p95 = float(wanted["delay_median_days"]), float(wanted["delay_p95_days"])
    # Of late controls only the quick outcomes are on record: they would flatter the delays.
    first_days = drawn.days - min(_HORIZON * p95, drawn.days / 2)
    at = inspected.at[places(outcomes.number, inspected.number)]
    early = outcomes.ended < epoch_seconds(drawn.first_day) + first_days * DAY
    known = (at >= 0) & early
    days = np.sort((outcomes.known[known] - at[known]) / DAY)
    after_end = (outcomes.known[known] - outcomes.ended[known]) / DAY
    name, how = "How soon one knows", (
        "The line says how many of the outcomes are known so many days after the movement. Dots "
        "mark one half and 95 %; diamonds mark what was configured, counted from the end of the "
        "control."
    )  # fmt: skip
    if not len(days):
        return Section("delay", name, "No outcome is known", how, "There are no inspections.")
    half, most = (float(v) for v in np.quantile(days, (0.5, 0.95)))
    last = max(1.25 * p95, 1.1 * most)
    levels = np.linspace(0.0, 1.0, 201)
    along = np.quantile(days, levels)
    inside = along <= last
    svg = lines(
        [
            Line(
                "outcomes",
                [
                    (float(x), 100 * float(y))
                    for x, y in zip(along[inside], levels[inside], strict=True)
                ],
            )
        ],
        x_ticks=_day_ticks(last),
        x_unit="days after the movement",
        y_unit="% of the outcomes known",
        y_top=100,
        x_ends=(0.0, last),
        marks=[
            Mark(median, 50, configured=True),
            Mark(p95, 95, configured=True),
            Mark(half, 50, f"half: {half:.1f} days"),
            Mark(most, 95, f"95 %: {most:.1f} days"),
        ],
        entries=[Entry("dot", "one", "measured"), Entry("diamond", "three", "configured")],
        label="Share of the outcomes known by days after the movement",
    )
    return Section(
        "delay",
        name,
        f"Half of the outcomes are known after {half:.1f} days, 95 % after {most:.1f}",
        how,
        f"{count(len(days))} outcomes of controls in the first {first_days:.0f} days: of later ones "
        "many would become known only after the period. Counted from the end of the control: "
        f"half after {np.median(after_end):.1f} days (configured {median:g}), 95 % after "
        f"{np.quantile(after_end, 0.95):.1f} (configured {p95:g}).",
        [Picture("Outcomes known, by days after the movement", svg)],
        [
            Table(
                "Delays as a table",
                ("Known within", "Outcomes", "Share"),
                [
                    (f"{d:g} days", count((days <= d).sum()), one_in(float((days <= d).mean())))
                    for d in (0.5, 1, 2, 5, 10, 20, 45, 90)
                ],
            )
        ],
    )


def _detected(outcomes: Outcomes, there: Flags, result: int) -> list[Share]:
    """For each level, what was found of what was there, among controls that were carried out."""
    searched = there & (outcomes.result != NOT_SEARCHED)
    return [
        Share(
            int((searched & (outcomes.level == k) & (outcomes.result == result)).sum()),
            int((searched & (outcomes.level == k)).sum()),
        )
        for k in range(len(LEVELS))
    ]


def _levels(title: str, shares: list[Share], configured: dict[str, float]) -> Picture:
    rows = [
        _point(
            f"{words.LEVEL[level]} ({count(share.of)} cases)", share, 100, 100 * configured[level]
        )
        for level, share in zip(LEVELS, shares, strict=True)
        if share.of
    ]
    svg = points(rows, unit="found of 100 that were there", label=title, configured=True, top=100)
    return Picture(title, svg)


def _point(name: str, share: Share, unit: int, meant: float | None = None) -> Point:
    low, high = share.interval
    value = unit * share.value
    return Point(name, value, unit * low, unit * high, f"{value:.1f}", meant)


def _unit(highest: float) -> int:
    """Of how many inspections finds are told, so that they come to 1 or more."""
    return next((n for n in (100, 1_000, 10_000) if highest * n >= 1), 10_000)


def _name(reason: int) -> str:
    return words.REASON[REASONS[reason]]


def _in_words(share: Share) -> str:
    return (
        f"1 of {1 / share.value:,.0f} inspections" if share.hits else f"none of {count(share.of)}"
    )


def _interval(share: Share) -> str:
    if not share.of:
        return "–"
    low, high = share.interval
    return f"{100 * low:.2g}–{100 * high:.2g} %"


def _day_ticks(last: float) -> list[tuple[float, str]]:
    step = next(s for s in (1, 2, 5, 10, 20, 50, 100, 500) if last / s <= 7 or s == 500)
    return [(float(d), str(d)) for d in range(0, math.floor(last) + 1, step)]
