"""What colleagues of the demonstration do with cases in the course of a night: real steps, in words."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from sqlalchemy import Connection, select

from features.ledger import tables_review as tables
from features.ledger.connection import reading
from serving import scores
from serving.access.desk import Access
from serving.access.principal import Principal
from serving.review import stepping
from serving.review.cases import Case, case_of
from serving.review.states import State, Step
from serving.review.stepping import Wanted

_MINUTE = 60_000_000

_CLOSED = (Step.VIEW, Step.REVEAL, Step.DECIDE, Step.RECORD_OUTCOME, Step.CLOSE)

#: What the supervisor does with the oldest case that nobody has looked at, one after the other.
SUPERVISOR: Sequence[Sequence[Step]] = (
    _CLOSED,
    (Step.VIEW, Step.REVEAL, Step.DECIDE),
    _CLOSED,
    (Step.VIEW, Step.REVEAL, Step.DECIDE, Step.RECORD_OUTCOME),
    (Step.VIEW, Step.REVEAL, Step.DECIDE, Step.REFER),
    (Step.VIEW, Step.REVEAL, Step.DECIDE),
    _CLOSED,
    (Step.VIEW, Step.REVEAL),
    (Step.TAKE, Step.VIEW),
)
OFFICER: Sequence[Sequence[Step]] = (
    (Step.VIEW, Step.REVEAL),
    (Step.VIEW,),
    (Step.TAKE, Step.VIEW, Step.REVEAL),
    (Step.TAKE, Step.VIEW),
)
#: And with the first one that a mandatory rule sends to inspection, which is left to this.
AGAINST_A_RULE: Sequence[Step] = (Step.VIEW, Step.REVEAL, Step.OVERRIDE)


@dataclass(frozen=True)
class Colleague:
    """Somebody at work.

    Attributes:
        plan: What is done with each case.
        pace: Minutes from one case to the next.
    """

    by: Principal
    plan: Sequence[Sequence[Step]]
    pace: int


def at_work(access: Access, colleague: Colleague, *, begin: int, rng: Random) -> Iterator[int]:
    """Work through the plan; yields the moment of the next step, and takes it when resumed.

    Args:
        access: Of the deployment.
        colleague: Who works.
        begin: When the first case is opened, microseconds since 1970 UTC.
        rng: Decides how long each step takes, and what a view of one's own says.
    """
    at = begin
    for steps in colleague.plan:
        yield at
        while (case := _next_case(access, colleague.by)) is None:
            at += 5 * _MINUTE
            yield at
        spent = yield from _worked(access, colleague.by, case.case_id, steps, at=at, rng=rng)
        at = max(at + colleague.pace * _MINUTE, spent + 2 * _MINUTE)


def against_a_rule(access: Access, by: Principal, *, begin: int, rng: Random) -> Iterator[int]:
    """Propose to release the first movement that a mandatory rule sends to inspection, if any."""
    yield begin
    with reading(access.ledger.engine) as connection:
        found = [case for case in _waiting(connection, access, by) if _mandatory(connection, case)]
    if found:
        yield from _worked(access, by, found[0].case_id, AGAINST_A_RULE, at=begin, rng=rng)


def _worked(
    access: Access, by: Principal, case_id: str, steps: Sequence[Step], *, at: int, rng: Random
) -> Generator[int, None, int]:
    """Take these steps with a case, some minutes apart; returns when the last one was taken."""
    for number, step in enumerate(steps):
        if number:
            at += rng.randint(1, 14 if step is Step.RECORD_OUTCOME else 3) * _MINUTE
            yield at
        stepping.take(access, by, case_id, _wanted(step, by, at, rng))
    return at


def _wanted(step: Step, by: Principal, at: int, rng: Random) -> Wanted:
    detail: dict[Step, Mapping[str, Any]] = {
        Step.VIEW: {"view": rng.choice(("search", "search", "no_search"))},
    }
    changes = {"held_by": by.id, "held_at": at} if step is Step.TAKE else {}
    return Wanted(step, detail=detail.get(step, {}), changes=changes)


def _next_case(access: Access, by: Principal) -> Case | None:
    with reading(access.ledger.engine) as connection:
        others = (c for c in _waiting(connection, access, by) if not _mandatory(connection, c))
        return next(others, None)


def _waiting(connection: Connection, access: Access, by: Principal) -> list[Case]:
    """Cases that nobody has looked at yet, the oldest first."""
    columns = tables.cases.c
    rows = connection.execute(
        select(tables.cases)
        .where(columns.waits, columns.state == State.NEW.value, columns.held_by.is_(None))
        .order_by(columns.since)
    ).mappings()
    return [case for case in map(case_of, rows) if access.sees(by, case.row)]


def _mandatory(connection: Connection, case: Case) -> bool:
    score = scores.by_id(connection, case.score_id)
    return score is not None and bool(score.answer["basis"]["policy"]["mandatory"])
