"""Cases as the store keeps them: one a movement, opened where it is scored, moved by steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, RowMapping, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from features.ledger import tables_review as tables
from features.ledger.prepared import Prepared
from models.card import BANDS
from serving import scores
from serving.access.rows import Row
from serving.answers import Score
from serving.review.states import KEPT_BY_RESCORE, State, Step

_cases, _steps = tables.cases.c, tables.case_steps.c


@dataclass(frozen=True)
class Case:
    """Where a movement stands.

    Attributes:
        case_id: The id of the movement's first score; not to be guessed.
        since: When its first version became known, microseconds since 1970 UTC.
        u: Place in the ledger of its latest version; of `score_id` too.
        declaration_ref: What a consignment's papers bear, such as an MRN.
        waits: Whether it stands in the queue, see `features.ledger.tables_review`.
        held_by: Account that has it open; None for nobody.
        version: Counts changes.
    """

    case_id: str
    kind: str
    source_system: str
    source_record_id: str
    owner_country: str
    owner_post: str
    since: int
    epoch: int
    u: int
    score_id: str
    declaration_ref: str | None
    state: State
    waits: bool
    held_by: str | None
    held_at: int | None
    changed_at: int
    version: int

    @property
    def row(self) -> Row:
        """What decides who may see it."""
        return Row(self.source_system, self.owner_country, self.owner_post, self.u)


@dataclass(frozen=True)
class Done:
    """A step that somebody took.

    Attributes:
        actor: As audit events name it.
        score_id: The case's latest score then.
    """

    number: int
    case_id: str
    at: int
    actor: str
    step: Step
    state_before: State
    state_after: State
    score_id: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class Opened:
    """A movement that has just been scored."""

    score: Score
    owner_country: str
    declaration_ref: str | None = None


def _opening(dialect: Any) -> Prepared:
    made = dialect.insert(tables.cases)
    new = made.excluded
    changed = {
        "owner_country": new.owner_country,
        "owner_post": new.owner_post,
        "epoch": new.epoch,
        "u": new.u,
        "score_id": new.score_id,
        "declaration_ref": new.declaration_ref,
        "waits": tables.cases.c.waits | new.waits,
        "changed_at": new.u,
        "version": tables.cases.c.version + 1,
    }
    columns = [name for name in _cases.keys() if name not in ("held_by", "held_at")]  # noqa: SIM118
    return Prepared(
        made.on_conflict_do_update(
            index_elements=["kind", "source_system", "source_record_id"], set_=changed
        ),
        columns=columns,
    )


_OPEN = {"sqlite": _opening(sqlite), "postgresql": _opening(postgresql)}


def note_scored(connection: Connection, opened: Sequence[Opened]) -> None:
    """Open a case for each movement, or bring it up to its new version, in the same transaction.

    What was decided stands unless the new version asks for more: then the case is new again.
    """
    again = [one for one in opened if one.score.answer["supersedes"] is not None]
    before = {one.score.score_id: _of_movement(connection, one.score) for one in again}
    _OPEN[connection.dialect.name].run_many(connection, [_row(one) for one in opened])
    for one in again:
        found = before[one.score.score_id]
        if found is not None:
            _rescore(connection, found, one.score)


def by_id(connection: Connection, case_id: str) -> Case | None:
    """The case of this id, if any."""
    row = (
        connection.execute(select(tables.cases).where(_cases.case_id == case_id)).mappings().first()
    )
    return case_of(row) if row else None


def of_movement(
    connection: Connection, *, kind: str, source_system: str, source_record_id: str
) -> Case | None:
    """The case of a movement, if it was ever scored."""
    row = connection.execute(
        select(tables.cases).where(
            _cases.kind == kind,
            _cases.source_system == source_system,
            _cases.source_record_id == source_record_id,
        )
    ).mappings().first()  # fmt: skip
    return case_of(row) if row else None


def steps_of(connection: Connection, case_id: str) -> list[Done]:
    """What was done with a case, in its order."""
    rows = connection.execute(
        select(tables.case_steps).where(_steps.case_id == case_id).order_by(_steps.number)
    ).mappings()
    return [done_of(row) for row in rows]


def append_step(
    connection: Connection,
    case: Case,
    step: Step,
    *,
    to: State,
    actor: str,
    at: int,
    detail: dict[str, Any],
    **changes: Any,
) -> None:
    """Store a step and where it leads, in the caller's transaction.

    Args:
        connection: A transaction that may write.
        case: As it stands in that transaction.
        step: What is done.
        to: The state it leads to.
        actor: By whom.
        at: When, by the service's clock.
        detail: Codes, texts, what was shown.
        changes: Further columns of the case that it changes.
    """
    connection.execute(
        insert(tables.case_steps).values(
            case_id=case.case_id,
            at=at,
            actor=actor,
            step=step.value,
            state_before=case.state.value,
            state_after=to.value,
            score_id=case.score_id,
            detail=orjson.dumps(detail, option=orjson.OPT_SORT_KEYS).decode(),
        )
    )
    connection.execute(
        update(tables.cases)
        .where(_cases.case_id == case.case_id)
        .values(state=to.value, changed_at=at, version=_cases.version + 1, **changes)
    )


def case_of(row: RowMapping) -> Case:
    """A case from its row."""
    return Case(**{**row, "state": State(row["state"]), "waits": bool(row["waits"])})


def done_of(row: RowMapping) -> Done:
    """A step from its row."""
    told = {
        "step": Step(row["step"]),
        "state_before": State(row["state_before"]),
        "state_after": State(row["state_after"]),
        "detail": orjson.loads(row["detail"]),
    }
    return Done(**{**row, **told})


def _row(one: Opened) -> dict[str, Any]:
    score = one.score
    movement = score.answer["movement"]
    return {
        "case_id": score.score_id,
        "kind": score.subject,
        "source_system": movement["source_system"],
        "source_record_id": movement["source_record_id"],
        "owner_country": one.owner_country,
        "owner_post": score.owner_post,
        "since": score.u,
        "epoch": score.epoch,
        "u": score.u,
        "score_id": score.score_id,
        "declaration_ref": one.declaration_ref,
        "state": State.NEW.value,
        "waits": score.answer["recommendation"]["action"] != "release",
        "changed_at": score.u,
        "version": 1,
    }


def _of_movement(connection: Connection, score: Score) -> Case | None:
    movement = score.answer["movement"]
    return of_movement(
        connection,
        kind=score.subject,
        source_system=movement["source_system"],
        source_record_id=movement["source_record_id"],
    )


def _rescore(connection: Connection, case: Case, score: Score) -> None:
    """Note that a case has another score, and whether that puts it back at the start."""
    before = scores.by_id(connection, case.score_id)
    asks_more = before is None or _scrutiny(score) > _scrutiny(before)
    stands = case.state in KEPT_BY_RESCORE and not (asks_more and case.state is not State.INSPECTED)
    to = case.state if stands else State.NEW
    waits = (case.waits or score.answer["recommendation"]["action"] != "release") and not (
        stands and case.state is State.CLOSED
    )
    append_step(
        connection,
        case,
        Step.RESCORE,
        to=to,
        actor="vardar",
        at=score.u,
        detail={"score_id": score.score_id, "asks_more": asks_more, "waits": waits},
        waits=waits,
    )


def _scrutiny(score: Score) -> tuple[int, int]:
    """What a score asks for: the action, then the highest band."""
    action = ("release", "check_documents", "inspect").index(
        score.answer["recommendation"]["action"]
    )
    bands = [said["movement_band"] for said in score.answer["risks"].values()]
    return action, max((BANDS.index(band) for band in bands if band), default=-1)
