"""What was drawn, where it passes and what it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

import numpy as np

from training.scenario.describe import words
from training.scenario.describe.charts import Bar, bars
from training.scenario.describe.figures import count, listed, one_in
from training.scenario.describe.files import Drawn
from training.scenario.describe.map import corridors, crossing_places, draw_map
from training.scenario.describe.outcomes import Outcomes
from training.scenario.describe.page import Picture, Section, Table
from training.scenario.describe.sheets import Sheets
from training.scenario.describe.truth import Truth
from training.scenario.files.truth import STRATA
from training.scenario.office.control import ARMS, PERSONS, RESULTS

_CHAPTERS = 15


def drawn_section(drawn: Drawn, outcomes: Outcomes) -> Section:
    """(1) Profile, seed, period, and what the files hold."""
    last = drawn.first_day + timedelta(days=drawn.days - 1)
    found = np.bincount(outcomes.result, minlength=len(RESULTS)).tolist()
    multiplier = float(drawn.profile["rate_multiplier"])
    declared = sum(drawn.movements.get(s, 0) for s in STRATA[:2])
    facts = [
        ("Profile and seed", f"{drawn.profile['name']}, {drawn.seed}"),
        ("Period", f"{drawn.first_day} to {last}, {count(drawn.days)} days"),
        ("Declarations", count(declared)),
        ("Crossings", count(drawn.total - declared)),
        ("Inspections with an outcome", count(len(outcomes.result))),
        ("Finds of arms, as last corrected", count(found[ARMS])),
        ("Finds of people concealed, as last corrected", count(found[PERSONS])),
        ("Rates of carrying against those published", f"{multiplier:g} times"),
        ("What changes on a date", "; ".join(words.changes(drawn.profile["shocks"])) or "nothing"),
    ]
    holds = [
        (words.FILE.get(name, name), *(count(of[k]) for k in _SORTS))
        for name, of in drawn.planted.items()
    ]
    return Section(
        "drawn",
        "What was drawn",
        f"{count(drawn.total)} movements in {count(drawn.days)} days, none of them real",
        "A movement is a declaration or a vehicle that crosses the border. An inspection counts "
        "once its outcome is known. As in any office's files some lines are repeated, some are "
        "broken, and some correct an earlier one.",
        f"Of {count(len(outcomes.result))} inspections, {count(found[ARMS] + found[PERSONS])} "
        f"found arms or people ({one_in(float(np.mean(outcomes.finds)) if len(outcomes.result) else 0.0)}).",
        tables=[
            Table("The period in figures", ("", ""), facts, opened=True),
            Table(
                "Lines in the files",
                ("File", "Lines", "Repeated", "Broken", "Corrections"),
                holds,
                opened=True,
            ),
        ],
    )


_SORTS = ("lines", "duplicates", "malformed", "second_versions")


def map_section(truth: Truth, posts: Sequence[str]) -> Section:
    """(2) Volumes by crossing point."""
    totals = truth.by_post.sum(axis=1)
    places = crossing_places(dict(zip(posts, totals.tolist(), strict=True)))
    along = corridors()
    whole = int(totals.sum()) or 1
    top = places[:3]
    ways = (
        f" Dashed lines join the posts along {len(along)} corridors: {listed(sorted(along))}."
        if along
        else ""
    )
    title = "Where movements pass; the names are those of the busiest posts"
    return Section(
        "map",
        "Where",
        f"{listed([p.name.split(' – ')[0] for p in top])} are the busiest: "
        f"{one_in(sum(p.volume for p in top) / whole)} of all movements",
        "Each circle is a crossing point, port or airport. Twice the area is twice the movements. "
        "North is up; letters stand for countries.",
        f"{sum(p.volume > 0 for p in places)} posts saw {count(whole)} movements; the busiest, "
        f"{top[0].name}, {count(top[0].volume)}.{ways} Places are good to a few kilometres. "
        "* This designation is without prejudice to positions on status, and is in line with "
        "UNSCR 1244/1999.",
        [
            Picture(
                title,
                draw_map(places, along, width=720, named=18),
                narrow=draw_map(places, along, width=360, named=7),
                broad=True,
            )
        ],
        [
            Table(
                "All posts as a table",
                ("Post", "Id", "Kind", "Movements", "Of all"),
                [(p.name, p.id, p.mode, count(p.volume), one_in(p.volume / whole)) for p in places],
            )
        ],
    )


def mix_section(truth: Truth, sheets: Sheets) -> Section:
    """(5) Shares of classes, goods and modes."""
    totals = dict(zip(STRATA, truth.by_day.sum(axis=0).tolist(), strict=True))
    classes = _shares({words.STRATUM[s]: n for s, n in totals.items()})
    chapters = _shares({words.chapter(code): n for code, n in sheets.chapters.items()})
    modes = _shares({words.MODE.get(code, code): n for code, n in sheets.modes.items()})
    first = chapters[0].label[3:].lower() if chapters else "nothing"
    return Section(
        "mix",
        "What passes",
        f"{classes[0].label} are the largest class; among goods, {first}",
        "The longer the bar, the larger the share. Goods are told by the first two digits of the "
        "commodity code of the first item.",
        f"{count(sum(totals.values()))} movements; {count(sum(sheets.chapters.values()))} "
        f"declarations with goods of {len(chapters)} chapters.",
        [
            Picture(
                f"Declarations by chapter of goods, the {_CHAPTERS} most frequent",
                bars(chapters[:_CHAPTERS], label="Declarations by chapter of goods"),
                tall=True,
            ),
            Picture("Movements by class", bars(classes, label="Movements by class")),
            Picture(
                "Declarations by mode of transport at the border",
                bars(modes, label="Declarations by mode"),
            ),
        ],
        [
            _as_table("Classes", "Movements", {words.STRATUM[s]: n for s, n in totals.items()}),
            _as_table(
                "All chapters with their full titles",
                "Declarations",
                {f"{code} {words.chapter_title(code)}": n for code, n in sheets.chapters.items()},
            ),
            _as_table(
                "Modes",
                "Declarations",
                {words.MODE.get(code, code): n for code, n in sheets.modes.items()},
            ),
        ],
    )


def _shares(counts: Mapping[str, int]) -> list[Bar]:
    whole = sum(counts.values()) or 1
    most_first = sorted(counts.items(), key=lambda named: (-named[1], named[0]))
    return [Bar(name, n, one_in(n / whole)) for name, n in most_first]


def _as_table(title: str, what: str, counts: Mapping[str, int]) -> Table:
    return Table(
        title,
        ("", what, "Share"),
        [(bar.label, count(bar.value), bar.words) for bar in _shares(counts)],
    )
