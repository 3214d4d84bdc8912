"""What the inspections of each movement came to, all of them together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from features.measures import SILENT_RESULTS
from serving.review.figures.facts import Control, Inspected, Movement


def inspected(controls: Iterable[Control]) -> Iterator[Inspected]:
    """Movements with what all of their inspections came to: a find wins over nothing found."""
    of: dict[Movement, list[Control]] = {}
    for control in controls:
        if control.movement is not None:
            of.setdefault(control.movement, []).append(control)
    for movement, several in of.items():
        several.sort(key=lambda one: one.begun_u)
        first = several[0]
        telling = [one for one in several if one.result not in SILENT_RESULTS]
        group = first.group
        if group is None:
            continue
        yield Inspected(
            movement=movement,
            at=first.begun_u,
            reason=first.reason,
            searched=bool(telling),
            results=frozenset(one.result for one in telling),
            place=first.place,
            group=group,
            movement_at=first.movement_at,
            known_at=telling[0].begun_u if telling else 0,
            said=first.said,
        )
