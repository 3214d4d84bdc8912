"""What controls came to: by why they were made, at capacity, by week, by post and by class."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial

from markupsafe import Markup

from models.languages import Language
from serving.review.figures import names
from serving.review.figures.charts import Bar, Dot, bars, dots
from serving.review.figures.facts import DAY, Group
from serving.review.figures.parts import Part, Parts, Tally, apart, by_chance, tally, week_of
from serving.review.figures.shares import Share, ratio, share, share_in_part
from serving.review.figures.tables import (
    Cell,
    Table,
    count,
    found_cells,
    in_1000_in_words,
    ratio_cells,
    rows_of,
    share_heads,
    words,
)
from serving.review.figures.view import View


def by_reason(parts: Parts, *, risk: str, spoken: Language) -> Table:
    """Finds among what was searched, by why the movement was chosen."""
    of = apart(parts, lambda part: part.reason)
    rows, drawn = [], []
    for code in (*names.REASONS, *sorted(of.keys() - set(names.REASONS))):
        told, _ = of.get(code, (Tally(), Tally()))
        found = share(told.found, told.searched)
        name = names.reason(code, spoken)
        rows.append([words(name, code), *_counts(told, spoken), *found_cells(found, spoken)])
        drawn.append(_dot(name, found))
    title = spoken.say("Finds among what was searched: {risk}", risk=names.risk(risk, spoken))
    return Table(
        name=f"finds-{risk}",
        caption=title,
        heads=(
            spoken.words("Chosen by"), *_count_heads(spoken),
            *share_heads(spoken, spoken.words("Finds in 1,000 searched")),
        ),
        rows=rows_of(rows),
        notes=(
            spoken.words(
                "Only the random slice stands for all movements. What the model, rules and tips "
                "chose says how well they chose, not how much there is."
            ),
            spoken.words(
                "Not searched and inconclusive never count as nothing found. Below 10 finds the "
                "share is insufficient."
            ),
        ),
        chart=_dots(drawn, title, spoken),
    )  # fmt: skip


def at_capacity(parts: Parts, view: View, *, risk: str, spoken: Language) -> Table:
    """What the inspections that the service recommended came to, beside chance."""
    # Weeks before anything was recorded would make the rate too low.
    begun = min((one.at for one in view.inspected), default=view.since)
    weeks = max((view.until - begun) / (7 * DAY), 1 / 7)
    chance = _share(tally(parts, by_chance))
    lines: tuple[tuple[str, str, Callable[[Part], bool]], ...] = (
        (
            "recommended", spoken.words("All that was recommended, and inspected"),
            lambda part: part.recommended,
        ),
        ("model", spoken.words("Chosen by the model"), lambda part: part.reason == "model"),
        ("all", spoken.words("All inspections, whoever chose"), lambda _: True),
        ("random", spoken.words("Chosen by chance"), by_chance),
    )  # fmt: skip
    rows = []
    for code, name, of in lines:
        told = tally(parts, of)
        found = _share(told)
        rows.append([
            words(name, code), *_counts(told, spoken), *found_cells(found, spoken),
            *(ratio_cells(ratio(found, chance), spoken) if code != "random" else _blank(3)),
            _per_week(told.found / weeks, spoken),
        ])  # fmt: skip
    return Table(
        name=f"capacity-{risk}",
        caption=spoken.say(
            "Precision at the capacity there was: {risk}", risk=names.risk(risk, spoken)
        ),
        heads=(
            spoken.words("Inspections"), *_count_heads(spoken),
            *share_heads(spoken, spoken.words("Finds in 1,000 searched")),
            *share_heads(spoken, spoken.words("Times chance")),
            spoken.words("Finds a week"),
        ),
        rows=rows_of(rows),
        notes=(
            spoken.words(
                "Precision is the finds among what was searched. Times chance: how many times as often "
                "as on the random slice, where both have 10 finds."
            ),
        ),
    )  # fmt: skip


def by_week(parts: Parts, view: View, *, risk: str, spoken: Language) -> Table:
    """Finds of each week, and how many of them chance found."""
    of = apart(parts, lambda part: part.week)
    rows, drawn = [], []
    for week in range(week_of(view.since), week_of(view.until) + 1):
        monday = _monday(week)
        told, chance = of.get(week, (Tally(), Tally()))
        rows.append([
            words(spoken.date(monday.date()), monday.date().isoformat()),
            *_counts(told, spoken), count(chance.searched, spoken), count(chance.found, spoken),
        ])  # fmt: skip
        drawn.append(Bar(spoken.date(monday.date()), told.found, chance.found))
    title = spoken.say("Finds by week: {risk}", risk=names.risk(risk, spoken))
    return Table(
        name=f"weeks-{risk}",
        caption=title,
        heads=(
            spoken.words("Week from"), *_count_heads(spoken),
            spoken.words("Searched by chance"), spoken.words("Found by chance"),
        ),
        rows=rows_of(rows),
        notes=(spoken.words("Filled: what chance found. The first and last week may be partial."),),
        chart=bars(drawn, title=title, unit=spoken.words("finds")) if len(drawn) > 1 else None,
    )  # fmt: skip


def by_post(parts: Parts, *, risk: str, spoken: Language) -> Table:
    """Finds at each post."""
    of = apart(parts, lambda part: part.post)
    return _in_parts(
        {(post, post): told for post, told in of.items()},
        name=f"posts-{risk}",
        title=spoken.say("Finds by post: {risk}", risk=names.risk(risk, spoken)),
        head=spoken.words("Post"),
        spoken=spoken,
    )


def by_class(parts: Parts, *, risk: str, spoken: Language) -> Table:
    """Finds by class of vehicle and mode of transport."""
    of = apart(parts, lambda part: (part.group.kind, part.group.made))
    return _in_parts(
        {
            (f"{kind}-{made}", names.made(Group(kind, made, "", ""), spoken)): told
            for (kind, made), told in of.items()
        },
        name=f"classes-{risk}",
        title=spoken.say("Finds by class and mode: {risk}", risk=names.risk(risk, spoken)),
        head=spoken.words("Class or mode"),
        spoken=spoken,
    )


def _in_parts(
    of: Mapping[tuple[str, str], tuple[Tally, Tally]],
    *,
    name: str,
    title: str,
    head: str,
    spoken: Language,
) -> Table:
    rows, drawn = [], []
    for (code, shown), (told, chance) in sorted(of.items()):
        found = share_in_part(told.found, told.searched)
        found_by_chance = share_in_part(chance.found, chance.searched)
        rows.append([
            words(shown, code), *_counts(told, spoken), *found_cells(found, spoken),
            count(chance.searched, spoken), count(chance.found, spoken),
            *found_cells(found_by_chance, spoken),
        ])  # fmt: skip
        if found.sufficient:
            drawn.append(_dot(shown, found))
    return Table(
        name=name,
        caption=title,
        heads=(
            head, *_count_heads(spoken), *share_heads(spoken, spoken.words("Finds in 1,000 searched")),
            spoken.words("Searched by chance"), spoken.words("Found by chance"),
            *share_heads(spoken, spoken.words("Finds in 1,000 by chance")),
        ),
        rows=rows_of(rows),
        notes=(
            spoken.words(
                "Fewer than 50 searched or 5 finds are insufficient: too few to tell from luck. "
                "They are listed all the same."
            ),
        ),
        chart=_dots(drawn, title, spoken) if 1 < len(drawn) <= 40 else None,
    )  # fmt: skip


def _share(told: Tally) -> Share:
    return share(told.found, told.searched)


def _counts(told: Tally, spoken: Language) -> tuple[Cell, Cell, Cell]:
    return (
        count(told.inspected, spoken),
        count(told.searched, spoken),
        count(told.found, spoken),
    )


def _count_heads(spoken: Language) -> tuple[str, str, str]:
    return spoken.words("Inspected"), spoken.words("Searched"), spoken.words("Found")


def _blank(n: int) -> list[Cell]:
    return [Cell("–", "", numeric=True)] * n


def _per_week(value: float, spoken: Language) -> Cell:
    return Cell(spoken.signed(f"{value:.1f}"), f"{value:.6g}", numeric=True)


def _dot(name: str, found: Share) -> Dot:
    value = found.value if found.sufficient else math.nan
    return Dot(name, value, found.low, found.high)


def _dots(drawn: Sequence[Dot], title: str, spoken: Language) -> Markup | None:
    if all(math.isnan(dot.value) for dot in drawn):
        return None
    return dots(
        drawn,
        title=title,
        unit=spoken.words("finds in 1,000 searched, with 95 % intervals"),
        words=partial(in_1000_in_words, spoken=spoken),
        missing=spoken.words("insufficient"),
    )


def _monday(week: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=7 * week - 3)
