"""Inspected movements counted once, by whatever tables tell them apart by."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from serving.review.figures.facts import DAY, Group, Inspected
from serving.review.figures.view import View

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

    inspected: int = 0
    searched: int = 0
    found: int = 0


class Part(NamedTuple):
    """What tables tell inspected movements apart by.

    Attributes:
        week: Since the Monday before 1970.
        recommended: Whether the service recommended to inspect it.
    """

    reason: str
    week: int
    post: str
    group: Group
    recommended: bool


#: Inspected, searched, found, by part: counted once for all tables of a risk.
Parts = Mapping[Part, Tally]


def is_find(one: Inspected, targets: Targets) -> bool:
    """Whether what was found is what the risk is about."""
    return not one.results.isdisjoint(targets.get(one.movement[0], ()))


def parts_of(view: View, targets: Targets) -> Parts:
    """Count; what was not searched, or said nothing, is in no denominator."""
    asked = {one.movement for one in view.asked}
    counts: dict[Part, list[int]] = defaultdict(lambda: [0, 0, 0])
    for one in view.inspected:
        part = Part(one.reason, week_of(one.at), one.place.post, one.group, one.movement in asked)
        of = counts[part]
        of[0] += 1
        if one.searched:
            of[1] += 1
            of[2] += is_find(one, targets)
    return {part: Tally(*of) for part, of in counts.items()}


def tally(parts: Parts, of: Callable[[Part], bool] = lambda _: True) -> Tally:
    """The sum over the parts that are asked for."""
    inspected = searched = found = 0
    for part, told in parts.items():
        if of(part):
            inspected += told.inspected
            searched += told.searched
            found += told.found
    return Tally(inspected, searched, found)


def apart(parts: Parts, by: Callable[[Part], Any]) -> dict[Any, tuple[Tally, Tally]]:
    """By what tells parts apart: all of each, and what of it chance chose."""
    of: dict[Any, dict[Part, Tally]] = defaultdict(dict)
    for part, told in parts.items():
        of[by(part)][part] = told
    return {name: (tally(some), tally(some, by_chance)) for name, some in of.items()}


def by_chance(part: Part) -> bool:
    """Whether it is of the random slice."""
    return part.reason == "random"


def week_of(u: int) -> int:
    """Weeks since the Monday before 1970."""
    return (u // DAY + 3) // 7
