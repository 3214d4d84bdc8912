"""What colleagues of the demonstration do with cases in the course of a night: real steps, in words."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from random import Random

from sqlalchemy import Connection, select

from features.ledger import tables_review as tables
from features.ledger.connection import reading
from models.languages import ENGLISH
from serving import scores
from serving.access.desk import Access
from serving.access.principal import Principal
from serving.deployment import Deployment
from serving.review import stepping
from serving.review.cases import Case, case_of
from serving.review.demo_forms import filled
from serving.review.forms import Form
from serving.review.known import known_of
from serving.review.states import State, Step
from serving.review.steps_door import READERS

_MINUTE = 60_000_000


@dataclass(frozen=True)
class Task:
    """What is done with one case.

    Attributes:
        steps: In their order; a find is confirmed by the second person.
        finds: Whether the control finds something.
    """

    steps: Sequence[Step]
    finds: bool = False


_SHOWN = (Step.VIEW, Step.REVEAL)
_DECIDED = (*_SHOWN, Step.DECIDE)
_CLOSED = Task((*_DECIDED, Step.RECORD_OUTCOME, Step.CLOSE))

#: What the supervisor does with the oldest case that nobody has looked at, one after the other.
SUPERVISOR: Sequence[Task] = (
    _CLOSED,
    Task(_DECIDED),
    Task(
        (*_DECIDED, Step.RECORD_OUTCOME, Step.CONFIRM_OUTCOME, Step.CLOSE),
        finds=True,
    ),
    _CLOSED,
    Task((*_DECIDED, Step.REFER)),
    Task((Step.CORRECT, *_SHOWN)),
    Task((*_DECIDED, Step.RECORD_OUTCOME), finds=True),
    Task((*_DECIDED, Step.RECORD_OUTCOME)),
    Task((Step.TAKE, Step.VIEW, Step.HAND_OVER)),
    _CLOSED,
    Task((Step.TAKE, *_SHOWN)),
    Task(_DECIDED),
)
OFFICER: Sequence[Task] = (
    Task(_SHOWN),
    Task((Step.VIEW,)),
    Task((Step.TAKE, *_SHOWN)),
    Task((Step.TAKE, Step.VIEW)),
)
#: And with the first one that a mandatory rule sends to inspection, which is left to this.
AGAINST_A_RULE = Task((*_SHOWN, Step.OVERRIDE))


@dataclass(frozen=True)
class Colleague:
    """Somebody at work.

    Attributes:
        plan: What is done with each case.
        pace: Minutes from one case to the next.
        second: Who sees finds, too.
    """

    by: Principal
    plan: Sequence[Task]
    pace: int
    second: Principal | None = None


def at_work(here: Deployment, colleague: Colleague, *, begin: int, rng: Random) -> Iterator[int]:
    """Work through the plan; yields the moment of the next step, and takes it when resumed.

    Args:
        here: The deployment.
        colleague: Who works.
        begin: When the first case is opened, microseconds since 1970 UTC.
        rng: Decides how long each step takes, and what a view of one's own says.
    """
    at = begin
    for task in colleague.plan:
        yield at
        while (case := _next_case(here.access, colleague, task)) is None:
            at += 5 * _MINUTE
            yield at
        spent = yield from _worked(here, colleague, case.case_id, task, at=at, rng=rng)
        at = max(at + colleague.pace * _MINUTE, spent + 2 * _MINUTE)


def against_a_rule(
    here: Deployment, colleague: Colleague, *, begin: int, rng: Random
) -> Iterator[int]:
    """Propose to release the first movement that a mandatory rule sends to inspection, if any."""
    yield begin
    with reading(here.ledger.engine) as connection:
        found = [
            case
            for case in _waiting(connection, here.access, colleague.by)
            if _mandatory(connection, case)
        ]
    if found:
        yield from _worked(here, colleague, found[0].case_id, AGAINST_A_RULE, at=begin, rng=rng)


def _worked(
    here: Deployment, colleague: Colleague, case_id: str, task: Task, *, at: int, rng: Random
) -> Generator[int, None, int]:
    """Take a task's steps with a case, some minutes apart; returns when the last one was taken.

    What cannot be done is passed over: nothing is found where nobody looked, and nothing closed that
    still waits for a second person.
    """
    for number, step in enumerate(task.steps):
        if number:
            at += (
                rng.randint(16, 40) if step is Step.RECORD_OUTCOME else rng.randint(1, 3)
            ) * _MINUTE
            yield at
        by = colleague.second if step is Step.CONFIRM_OUTCOME else colleague.by
        if by and _taken(here, by, case_id, step, task, at=at, rng=rng) is Step.DRILL:
            # Told at once that it was one, and decided again.
            _taken(here, by, case_id, step, task, at=at, rng=rng)
    return at


def _taken(
    here: Deployment, by: Principal, case_id: str, step: Step, task: Task, *, at: int, rng: Random
) -> Step | None:
    """Fill in the form of a step and send it; returns the step that was taken, if any was."""
    seen = stepping.seen_now(here.access, by, case_id)
    if not stepping.may(seen, step):
        return None
    known = known_of(here, seen)
    form = Form(filled(step, known, at=at, rng=rng, finds=task.finds), ENGLISH)
    wanted = READERS[step](form, known)
    stepping.take(here.access, by, case_id, wanted)
    return wanted.step


def _next_case(access: Access, colleague: Colleague, task: Task) -> Case | None:
    """The oldest that nobody has looked at; for a find, one that the second person sees, too."""
    second = colleague.second if task.finds else None
    with reading(access.ledger.engine) as connection:
        found = (
            case
            for case in _waiting(connection, access, colleague.by)
            if not _mandatory(connection, case)
            and (second is None or access.sees(second, case.row))
        )
        return next(found, None)


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
