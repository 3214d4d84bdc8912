"""The earlier versions of a movement, and what each next one changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from features.ledger import tables
from models.languages import Language
from serving.access.desk import Access
from serving.access.principal import Principal
from serving.access.rows import Row
from serving.review.declared import entries, items
from serving.review.movement import Movement
from serving.review.post_time import both_times, moment_of

_ledger = tables.ledger.c


@dataclass(frozen=True)
class Earlier:
    """An earlier version of a movement.

    Attributes:
        when: When it became known.
        changed: What the next version changed, by the names of the summary.
    """

    number: int
    when: str
    changed: Sequence[str]


def earlier_versions(
    connection: Connection, access: Access, by: Principal, movement: Movement, spoken: Language
) -> list[Earlier]:
    """Versions before the latest, as far as the reader may see them; none for a first version."""
    if len(movement.versions) < 2:
        return []
    bodies = _bodies(connection, movement)
    told = []
    for version, following in zip(movement.versions, movement.versions[1:], strict=False):
        before, after = bodies.get(version.u), bodies.get(following.u)
        # A version of an earlier epoch stands there under another number.
        if before is None or not access.sees(by, _whose(before, version.u)):
            continue
        changed = _changed(movement.kind, before, after, spoken) if after else []
        when = both_times(moment_of(version.u), country=before["owner_country"], spoken=spoken)
        told.append(Earlier(version.number, when, changed))
    return told


def _bodies(connection: Connection, movement: Movement) -> dict[int, Mapping[str, Any]]:
    rows = connection.execute(
        select(_ledger.u, _ledger.body).where(
            _ledger.epoch == movement.epoch,
            _ledger.u.in_([version.u for version in movement.versions]),
        )
    )
    return {row.u: orjson.loads(row.body) for row in rows}


def _changed(
    kind: str, before: Mapping[str, Any], after: Mapping[str, Any], spoken: Language
) -> list[str]:
    lines = [
        {entry.name: entry.values for entry in entries(kind, body, (), spoken)}
        for body in (before, after)
    ]
    names = [name for name in {**lines[0], **lines[1]} if lines[0].get(name) != lines[1].get(name)]
    if items(before, spoken) != items(after, spoken):
        names.append(spoken.words("Goods"))
    return names


def _whose(body: Mapping[str, Any], u: int) -> Row:
    return Row(body["source_system"], body["owner_country"], body["owner_post"], u)
