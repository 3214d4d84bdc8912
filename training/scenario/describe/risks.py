"""How much is carried, how well single signals tell it, and what perfect knowledge would find."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from training.scenario.days.carrying import RISKS
from training.scenario.describe import words
from training.scenario.describe.charts import Line, Mark, Point, lines, outlines, points
from training.scenario.describe.figures import Share, count, one_in, tells_apart
from training.scenario.describe.files import Drawn
from training.scenario.describe.page import Picture, Section, Table
from training.scenario.describe.signals import FEW, Overlap
from training.scenario.describe.truth import MOST_PIECES, Truth, found_at
from training.scenario.files.truth import STRATA
from training.scenario.typologies import CODES

#: What the pages look at as an office's capacity.
_CAPACITY = 0.03

#: A single signal should stay below this area under the curve.
_MOST_BY_ITSELF = 0.75

_KINDS = ("Declarations", "Crossings")


def rates_section(drawn: Drawn, truth: Truth) -> Section:
    """(6) Carrying by stratum against what was configured, and by typology."""
    totals = truth.by_day.sum(axis=0)
    carrying = truth.carrying_by_day.sum(axis=0)
    pictures, rows, inside, told = [], [], 0, 0
    for r, risk in enumerate(RISKS):
        shown = []
        for s, stratum in enumerate(STRATA):
            share = Share(int(carrying[s, r]), int(totals[s]))
            wanted = drawn.configured.get(risk, {}).get(stratum)
            if not share.of or (wanted is None and not share.hits):
                continue
            meant = None if wanted is None else 1e4 * wanted / share.of
            low, high = (1e4 * end for end in share.interval)
            inside += meant is not None and low <= meant <= high
            told += meant is not None
            name, value = words.STRATUM[stratum], 1e4 * share.value
            shown.append(Point(name, value, low, high, f"{value:.1f}", meant))
            rows.append(
                (f"{words.RISK[risk]}: {name.lower()}", count(share.of), count(share.hits),
                 f"{value:.2f}", f"{low:.2f}–{high:.2f}", "–" if meant is None else f"{meant:.2f}")
            )  # fmt: skip
        pictures.append(
            Picture(
                f"{words.RISK[risk]}: movements that carry, per 10,000",
                points(shown, unit="per 10,000 movements", label=words.RISK[risk], configured=True),
            )
        )
    head = ("", "Movements", "Carrying", "Per 10,000", "95 % interval", "Configured")
    return Section(
        "rates",
        "How much is carried",
        f"{inside} of {told} rates are as configured, within what chance allows",
        "A dot is what was drawn, the line through it what chance would allow, the diamond what "
        "the profile asks for. Dot and diamond should lie close together.",
        f"{count(carrying[:, 0].sum())} movements carry arms, {count(carrying[:, 1].sum())} carry "
        f"people, of {count(totals.sum())}. {_pieces(truth)}"
        "About one diamond in twenty lies off its line by chance alone. Followers carry now and then "
        "only, and honest parties that behave alike are as likely to be used.",
        pictures,
        [
            Table("Rates as a table", head, rows),
            Table(
                "The behaviours behind it: movements that carry arms, that carry people, and all "
                "movements of its followers",
                ("Behaviour", "Arms", "People", "Followers"),
                [
                    (f"{code} {words.TYPOLOGY[code]}", *map(count, truth.by_typology[CODES[code]]),
                     count(truth.behaving[CODES[code]]))
                    for code in words.TYPOLOGY
                ],
                opened=True,
            ),
        ],
    )  # fmt: skip


def overlap_section(found: Sequence[Overlap]) -> Section:
    """(9) Single signals among carrying and other movements."""
    told = [o for o in found if not math.isnan(o.area)]
    most = max((max(o.area, 1 - o.area) for o in told), default=math.nan)
    title = (
        f"No single sign is enough: the best reaches {_area(most)} of 1"
        if most < _MOST_BY_ITSELF
        else f"One sign tells too much by itself: it reaches {_area(most)} of 1"
    )
    pictures = []
    for o in found:
        said = (
            f"fewer than {FEW} carry, too few to tell"
            if math.isnan(o.area)
            else tells_apart(o.area)
        )
        edges = np.log(o.signal.edges) if o.signal.logarithmic else o.signal.edges
        marks = [
            (math.log(at) if o.signal.logarithmic else at, name) for at, name in o.signal.marks
        ]
        svg = outlines(
            (o.carrying, o.others),
            edges,
            names=(f"carry {_CARRIED[o.signal.carries]}", "carry nothing"),
            x_ticks=marks,
            x_unit=o.signal.unit,
            label=f"{o.signal.title}: {said}",
        )
        pictures.append(Picture(f"{o.signal.title} ({o.signal.whose}): {said}", svg))
    return Section(
        "signs",
        "Signs, one by one",
        title if told else "Too few movements carry anything to judge single signs",
        "The outline is the movements that carry something, the shaded shape those that do not; "
        "both hold 100 %. Where they cover each other, the sign cannot tell them apart. The number "
        "in brackets: take one movement of each kind by lot; how often does this sign point at the "
        "right one? .50 is chance, 1.00 always.",
        "All carrying movements, and an even sample of the others. What lies beyond an axis counts "
        f"in its last column. No single sign should reach {_area(_MOST_BY_ITSELF)}: honest trade "
        "shows the same signs, and only several together, and the past, tell more.",
        pictures,
        [
            Table(
                "Signs as a table",
                ("Sign", "Carrying", "Others", "Middle, carrying", "Middle, others", "By itself"),
                [
                    (f"{o.signal.title} ({o.signal.whose})", count(o.cases), count(o.compared),
                     *(_middle(o, value) for value in o.middles),
                     "too few" if math.isnan(o.area) else _area(max(o.area, 1 - o.area)))
                    for o in found
                ],
            )
        ],
    )  # fmt: skip


def oracle_section(truth: Truth) -> Section:
    """(10) What looking at the movements of the highest true risk would find."""
    grid = np.linspace(0.0, 0.2, 81)
    pictures, rows, at_capacity = [], [], []
    for k, kind in enumerate(_KINDS):
        series, marks = [], []
        for r, risk in enumerate(RISKS):
            every, carrying = truth.by_risk[k, r], truth.carrying_by_risk[k, r]
            found = found_at(every, carrying, grid)
            if np.isnan(found).any():
                continue
            line = [(100 * s, 100 * f) for s, f in zip(grid.tolist(), found.tolist(), strict=True)]
            name = words.RISK[risk].lower()
            here = float(found_at(every, carrying, np.array([_CAPACITY]))[0])
            named = f"{name}: {100 * here:.0f} % at the mark"
            series.append(Line(named, line, "two" if r else "one", "dash" if r else "line"))
            marks.append(Mark(100 * _CAPACITY, 100 * here))
            at_capacity.append(here)
            shares = found_at(every, carrying, np.array([0.01, _CAPACITY, 0.1]))
            rows.append(
                (f"{kind}: {name}", count(carrying.sum()), *(f"{100 * s:.0f} %" for s in shares))
            )
        if not series:
            continue
        chance = [(0.0, 0.0), (100 * float(grid[-1]), 100 * float(grid[-1]))]
        series.append(Line("by chance", chance, "soft", "dots"))
        svg = lines(
            series,
            x_ticks=[(v, f"{v} %") for v in range(0, 21, 3)],
            x_unit="share of the movements inspected",
            y_unit="% of what is carried that is found",
            y_top=100,
            marks=marks,
            label=f"{kind}: found by share inspected",
        )
        pictures.append(Picture(kind, svg))
    ends = (
        sorted({f"{100 * v:.0f} %" for v in (min(at_capacity), max(at_capacity))})
        if at_capacity
        else []
    )
    return Section(
        "oracle",
        "What could be found at best",
        f"Whoever knew the true risk would find {' to '.join(ends)} by inspecting "
        f"{100 * _CAPACITY:.0f} %"
        if ends
        else "Nothing was carried, so nothing can be found",
        "From left to right more is inspected, the riskiest first; the line says how much of what "
        "is carried would be found if every control found what is there. The dots mark "
        f"{100 * _CAPACITY:.0f} %, about what an office can do. The dotted line is chance.",
        "No method can do better on average than these lines: the true risk is computed from what "
        "is on record. Between 40 and 80 % at the mark is as it should be: with less the records "
        "say too little, with more they give the answer away.",
        pictures,
        [
            Table(
                "Found at best, as a table",
                ("", "Carrying", "at 1 %", f"at {100 * _CAPACITY:.0f} %", "at 10 %"),
                rows,
            )
        ],
    )


_CARRIED = {"arms": "arms", "people": "people", "either": "arms or people"}


def _pieces(truth: Truth) -> str:
    cases = int(truth.pieces.sum())
    if not cases:
        return ""
    middle = int(np.searchsorted(np.cumsum(truth.pieces), cases / 2))
    largest = int(np.flatnonzero(truth.pieces)[-1])
    more = " or more" if largest == MOST_PIECES else ""
    pieces = "piece" if middle == 1 else "pieces"
    return f"The middle case of arms holds {middle} {pieces}, the largest {count(largest)}{more}. "


def _area(value: float) -> str:
    return f"{value:.2f}".removeprefix("0")


def _middle(overlap: Overlap, value: float) -> str:
    if math.isnan(value):
        return "–"
    if overlap.signal.night:
        return f"{one_in(value)} at night"
    if overlap.signal.name in ("price", "mass_of_package"):
        return f"{2**value:.2f} × usual"
    unit = "hours" if overlap.signal.name == "hours_since" else overlap.signal.unit
    return f"{value:,.0f} {unit}" if abs(value) >= 10 else f"{value:.1f} {unit}"
