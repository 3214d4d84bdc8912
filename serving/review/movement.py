"""The movement behind a case, as the ledger keeps it: what was declared, its versions, its outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, select

from features.ledger import tables
from features.ledger.identities import derived_at
from serving import scores
from serving.answers import Score
from serving.review.cases import Case

_ledger = tables.ledger.c


@dataclass(frozen=True)
class Version:
    """One version of a movement.

    Attributes:
        u: When it became known.
        score: None if it came in with the history.
    """

    number: int
    u: int
    score: Score | None


@dataclass(frozen=True)
class Outcome:
    """What an inspection of the movement came to.

    Attributes:
        u: When that became known.
    """

    u: int
    result: str
    control_level: str
    selection_reason: str


@dataclass(frozen=True)
class Movement:
    """A movement as its case stands now.

    Attributes:
        body: Its latest version as declared; identifiers are pseudonyms.
        keys: What it shares with other movements, by kind of key.
        score: Of the latest version.
        versions: Ascending, the latest last.
        outcomes: By when they became known.
    """

    kind: str
    epoch: int
    u: int
    body: Mapping[str, Any]
    keys: Mapping[str, str]
    score: Score
    versions: Sequence[Version]
    outcomes: Sequence[Outcome]


def movement_of(connection: Connection, case: Case) -> Movement:
    """The movement of a case; what is stored of a score is never taken away."""
    score = scores.by_id(connection, case.score_id)
    if score is None:
        raise LookupError(f"Score {case.score_id} of a case is not in the store.")
    body = connection.execute(
        select(_ledger.body).where(_ledger.epoch == case.epoch, _ledger.u == case.u)
    ).scalar_one()
    found = scores.of_movement(
        connection, kind=case.kind, source_system=case.source_system,
        source_record_id=case.source_record_id,
    )  # fmt: skip
    return Movement(
        case.kind,
        case.epoch,
        case.u,
        orjson.loads(body),
        derived_at(connection, case.epoch, case.u).keys,
        score,
        [Version(*one) for one in found],
        _outcomes(connection, case.epoch, [u for _, u, _ in found]),
    )


def _outcomes(connection: Connection, epoch: int, movement_us: Sequence[int]) -> list[Outcome]:
    rows = connection.execute(
        select(
            _ledger.u, _ledger.source_system, _ledger.source_record_id, _ledger.body
        )
        .where(
            _ledger.epoch == epoch,
            _ledger.movement_u.in_(movement_us),
            _ledger.kind == "inspection",
        )
    )  # fmt: skip
    # Sorted here: asked to sort them, SQLite reads the whole epoch in its order.
    ascending = sorted(rows, key=lambda row: int(row.u))
    # A correction stands in the place of what it corrects.
    latest = {(row.source_system, row.source_record_id): row for row in ascending}
    told = []
    for row in latest.values():
        body = orjson.loads(row.body)
        told.append(Outcome(row.u, body["result"], body["control_level"], body["selection_reason"]))
    return told
