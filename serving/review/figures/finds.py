"""What controls came to: by why they were made, at capacity, by week, by post and by class."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial

from markupsafe import Markup

from models.languages import Language
from serving.review.figures import names
from serving.review.figures.charts import Bar, Dot, bars, dots
from serving.review.figures.facts import DAY
from serving.review.figures.shares import Share, ratio, share, share_in_part
from serving.review.figures.tables import (
    Cell,
    Table,
    count,
    part_in_words,
    ratio_cells,
    rows_of,
    share_cells,
    share_heads,
    words,
)
from serving.review.figures.view import Inspected, View

#: Results that count as a hit, by kind of movement.
Targets = Mapping[str, Collection[str]]


@dataclass(frozen=True)
class Tally:
    """What some inspected movements came to.

    Attributes:
        inspected: How many there are.
        searched: Those of which an inspection said something.
        found: Finds among these.
    """

    inspected: int
    searched: int
    found: int


def is_find(one: Inspected, targets: Targets) -> bool:
    """Whether what was found is what the risk is about."""
    return not one.results.isdisjoint(targets.get(one.movement[0], ()))


def tally(of: Iterable[Inspected], targets: Targets) -> Tally:
    """Count; what was not searched, or said nothing, is in no denominator."""
    inspected = searched = found = 0
    for one in of:
        inspected += 1
        searched += one.searched
        found += one.searched and is_find(one, targets)
    return Tally(inspected, searched, found)


def by_reason(view: View, targets: Targets, *, risk: str, spoken: Language) -> Table:
    """Finds among what was searched, by why the movement was chosen."""
    of: dict[str, list[Inspected]] = defaultdict(list)
    for one in view.inspected:
        of[one.reason].append(one)
    counted = {
        code: tally(of.get(code, ()), targets)
        for code in (*names.REASONS, *sorted(of.keys() - set(names.REASONS)))
    }
    rows, drawn = [], []
    for code, told in counted.items():
        found = share(told.found, told.searched)
        name = names.reason(code, spoken)
        rows.append([words(name, code), *_counts(told, spoken), *share_cells(found, spoken)])
        drawn.append(_dot(name, found))
    title = spoken.say("Finds among what was searched: {risk}", risk=names.risk(risk, spoken))
    return Table(
        name=f"finds-{risk}",
        caption=title,
        heads=(
            spoken.words("Chosen by"), *_count_heads(spoken),
            *share_heads(spoken, spoken.words("Finds of searched")),
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


def at_capacity(view: View, targets: Targets, *, risk: str, spoken: Language) -> Table:
    """What the inspections that the service recommended came to, beside chance."""
    asked = {one.movement for one in view.asked}
    recommended = [one for one in view.inspected if one.movement in asked]
    by_model = [one for one in view.inspected if one.reason == "model"]
    by_chance = [one for one in view.inspected if one.reason == "random"]
    weeks = max((view.until - view.since) / (7 * DAY), 1 / 7)
    chance = _share(tally(by_chance, targets))
    lines = (
        ("recommended", spoken.words("All that was recommended, and inspected"), recommended),
        ("model", spoken.words("Chosen by the model"), by_model),
        ("all", spoken.words("All inspections, whoever chose"), list(view.inspected)),
        ("random", spoken.words("Chosen by chance"), by_chance),
    )
    rows = []
    for code, name, of in lines:
        told = tally(of, targets)
        found = _share(told)
        rows.append([
            words(name, code), *_counts(told, spoken), *share_cells(found, spoken),
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
            *share_heads(spoken, spoken.words("Precision")),
            *share_heads(spoken, spoken.words("Times chance")),
            spoken.words("Finds a week"),
        ),
        rows=rows_of(rows),
        notes=(
            spoken.words(
                "Precision is finds among what was searched. Times chance: how many times as often "
                "as on the random slice, where both have 10 finds."
            ),
        ),
    )  # fmt: skip


def by_week(view: View, targets: Targets, *, risk: str, spoken: Language) -> Table:
    """Finds of each week, and how many of them chance found."""
    of: dict[int, list[Inspected]] = {
        week: [] for week in range(_week(view.since), _week(view.until) + 1)
    }
    for one in view.inspected:
        of[_week(one.at)].append(one)
    rows, drawn = [], []
    for week, inspected in of.items():
        monday = _monday(week)
        told = tally(inspected, targets)
        chance = tally([one for one in inspected if one.reason == "random"], targets)
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


def by_post(view: View, targets: Targets, *, risk: str, spoken: Language) -> Table:
    """Finds at each post."""
    return _in_parts(
        view, targets,
        name=f"posts-{risk}",
        title=spoken.say("Finds by post: {risk}", risk=names.risk(risk, spoken)),
        head=spoken.words("Post"),
        part_of=lambda one: (one.place.post, one.place.post),
        spoken=spoken,
    )  # fmt: skip


def by_class(view: View, targets: Targets, *, risk: str, spoken: Language) -> Table:
    """Finds by class of vehicle and mode of transport."""
    return _in_parts(
        view, targets,
        name=f"classes-{risk}",
        title=spoken.say("Finds by class and mode: {risk}", risk=names.risk(risk, spoken)),
        head=spoken.words("Class or mode"),
        part_of=lambda one: (f"{one.group.kind}-{one.group.made}", names.made(one.group, spoken)),
        spoken=spoken,
    )  # fmt: skip


def _in_parts(
    view: View,
    targets: Targets,
    *,
    name: str,
    title: str,
    head: str,
    part_of: Callable[[Inspected], tuple[str, str]],
    spoken: Language,
) -> Table:
    of: dict[tuple[str, str], list[Inspected]] = defaultdict(list)
    for one in view.inspected:
        of[part_of(one)].append(one)
    rows, drawn = [], []
    for (code, shown), inspected in sorted(of.items()):
        told = tally(inspected, targets)
        chance = tally([one for one in inspected if one.reason == "random"], targets)
        found = share_in_part(told.found, told.searched)
        by_chance = share_in_part(chance.found, chance.searched)
        rows.append([
            words(shown, code), *_counts(told, spoken), *share_cells(found, spoken),
            count(chance.searched, spoken), count(chance.found, spoken),
            *share_cells(by_chance, spoken),
        ])  # fmt: skip
        if found.sufficient:
            drawn.append(_dot(shown, found))
    return Table(
        name=name,
        caption=title,
        heads=(
            head, *_count_heads(spoken), *share_heads(spoken, spoken.words("Finds of searched")),
            spoken.words("Searched by chance"), spoken.words("Found by chance"),
            *share_heads(spoken, spoken.words("Finds of the random slice")),
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


def _dots(drawn: Sequence[Dot], title: str, spoken: Language) -> Markup:
    return dots(
        drawn,
        title=title,
        unit=spoken.words("finds of searched, with 95 % intervals"),
        words=partial(part_in_words, spoken=spoken),
        missing=spoken.words("insufficient"),
    )


def _week(u: int) -> int:
    """Weeks since the Monday before 1970."""
    return (u // DAY + 3) // 7


def _monday(week: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(days=7 * week - 3)
