"""Scores as the store keeps them: write one, find it by its id or by its movement."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, insert, select

from features.ledger import tables
from features.ledger.prepared import Prepared
from features.registry import SUBJECTS
from serving.answers import Score, stored_json

_scores, _ledger, _epochs = tables.scores.c, tables.ledger.c, tables.epochs.c

_INTO_SCORES = Prepared(insert(tables.scores), columns=_scores.keys())


def append(connection: Connection, scores: list[Score]) -> None:
    """Store scores, in the caller's transaction."""
    _INTO_SCORES.run_many(
        connection,
        [
            {
                "score_id": score.score_id,
                "epoch": score.epoch,
                "u": score.u,
                "subject": score.subject,
                "owner_post": score.owner_post,
                "model_sha256": score.model_sha256,
                "integers": score.integers,
                "answer": stored_json(score.answer),
            }
            for score in scores
        ],
    )


def by_id(connection: Connection, score_id: str) -> Score | None:
    """The score of this id, if any."""
    row = connection.execute(select(tables.scores).where(_scores.score_id == score_id)).first()
    return _score(row) if row else None


def at(connection: Connection, *, epoch: int, u: int) -> Score | None:
    """The score of the movement that became known at u, if it was scored."""
    found = connection.execute(
        select(tables.scores).where(_scores.epoch == epoch, _scores.u == u)
    ).first()
    return _score(found) if found else None


def of_movement(
    connection: Connection, *, kind: str, source_system: str, source_record_id: str
) -> list[tuple[int, int, Score | None]]:
    """Versions of a movement over all epochs: version, u, and the score if it was scored.

    Ascending by version; each with the score it was answered with, whichever epoch that was.
    """
    rows = connection.execute(
        _versions(kind, source_system, source_record_id).order_by(
            _ledger.record_version, _ledger.epoch
        )
    )
    latest: dict[int, tuple[int, int, Score | None]] = {}
    for row in rows:
        score = _score(row) if row.score_id else None
        before = latest.get(row.version)
        latest[row.version] = (
            row.version,
            row.known,
            score or (before[2] if before else None),
        )
    return [latest[version] for version in sorted(latest)]


def kinds_of(
    connection: Connection, *, source_system: str, source_record_id: str
) -> dict[str, list[tuple[int, int, Score | None]]]:
    """Versions of the movements that bear this reference, by kind of movement."""
    found = {
        kind: of_movement(
            connection, kind=kind, source_system=source_system, source_record_id=source_record_id
        )
        for kind in SUBJECTS
    }
    return {kind: versions for kind, versions in found.items() if versions}


def ids_of(connection: Connection, *, epoch: int) -> list[str]:
    """Ids of an epoch's scores, in the order of u."""
    rows = connection.execute(
        select(_scores.score_id).where(_scores.epoch == epoch).order_by(_scores.u)
    )
    return list(rows.scalars())


def _versions(kind: str, source_system: str, source_record_id: str) -> Select[Any]:
    joined = tables.ledger.outerjoin(
        tables.scores, (_scores.epoch == _ledger.epoch) & (_scores.u == _ledger.u)
    )
    return (
        select(_ledger.record_version.label("version"), _ledger.u.label("known"), *_scores)
        .select_from(joined)
        # Listing the epochs, of which there are few, lets the store use the index of identities.
        .where(
            _ledger.epoch.in_(select(_epochs.epoch)),
            _ledger.kind == kind,
            _ledger.source_system == source_system,
            _ledger.source_record_id == source_record_id,
            _ledger.takes_back.is_(None),
        )
    )


def _score(row: Row[Any]) -> Score:
    return Score(
        score_id=row.score_id,
        epoch=row.epoch,
        u=row.u,
        subject=row.subject,
        owner_post=row.owner_post,
        model_sha256=row.model_sha256,
        integers=row.integers,
        answer=orjson.loads(row.answer),
    )
