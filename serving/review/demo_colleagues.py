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
from serving.review import drills, stepping
from serving.review.cases import Case, case_of
from serving.review.forms import Form
from serving.review.known import Known, known_of
from serving.review.post_time import typed
from serving.review.states import State, Step
from serving.review.steps_door import READERS

_MINUTE = 60_000_000

#: How often somebody decides otherwise than was recommended, and how often something is found.
_OTHERWISE, _FOUND = 0.25, 0.2

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


def at_work(here: Deployment, colleague: Colleague, *, begin: int, rng: Random) -> Iterator[int]:
    """Work through the plan; yields the moment of the next step, and takes it when resumed.

    Args:
        here: The deployment.
        colleague: Who works.
        begin: When the first case is opened, microseconds since 1970 UTC.
        rng: Decides how long each step takes, and what a view of one's own says.
    """
    at = begin
    for steps in colleague.plan:
        yield at
        while (case := _next_case(here.access, colleague.by)) is None:
            at += 5 * _MINUTE
            yield at
        spent = yield from _worked(here, colleague.by, case.case_id, steps, at=at, rng=rng)
        at = max(at + colleague.pace * _MINUTE, spent + 2 * _MINUTE)


def against_a_rule(here: Deployment, by: Principal, *, begin: int, rng: Random) -> Iterator[int]:
    """Propose to release the first movement that a mandatory rule sends to inspection, if any."""
    yield begin
    with reading(here.ledger.engine) as connection:
        found = [
            case for case in _waiting(connection, here.access, by) if _mandatory(connection, case)
        ]
    if found:
        yield from _worked(here, by, found[0].case_id, AGAINST_A_RULE, at=begin, rng=rng)


def _worked(
    here: Deployment, by: Principal, case_id: str, steps: Sequence[Step], *, at: int, rng: Random
) -> Generator[int, None, int]:
    """Take these steps with a case, some minutes apart; returns when the last one was taken.

    What cannot be done is passed over: nothing is found where nobody looked, and nothing closed that
    still waits for a second person.
    """
    for number, step in enumerate(steps):
        if number:
            at += rng.randint(1, 14 if step is Step.RECORD_OUTCOME else 3) * _MINUTE
            yield at
        if _taken(here, by, case_id, step, at=at, rng=rng) is Step.DRILL:
            # Told at once that it was one, and decided again.
            _taken(here, by, case_id, step, at=at, rng=rng)
    return at


def _taken(
    here: Deployment, by: Principal, case_id: str, step: Step, *, at: int, rng: Random
) -> Step | None:
    """Fill in the form of a step and send it; returns the step that was taken, if any was."""
    seen = stepping.seen_now(here.access, by, case_id)
    if not stepping.may(seen, step):
        return None
    known = known_of(here, seen)
    wanted = READERS[step](Form(_filled(step, known, at, rng), ENGLISH), known)
    stepping.take(here.access, by, case_id, wanted)
    return wanted.step


def _filled(step: Step, known: Known, at: int, rng: Random) -> dict[str, str]:
    """What is filled in: codes as their forms offer them, and a sentence."""
    case = known.seen.case
    match step:
        case Step.VIEW:
            reason = rng.choice(("documents", "weights", "route", "goods"))
            return {"view": rng.choice(("search", "search", "no_search")), "reason": reason}
        case Step.DECIDE:
            recommended = drills.shown_recommendation(known.seen, known.score)["action"]
            otherwise = "inspect" if recommended != "inspect" else "check_documents"
            action = otherwise if rng.random() < _OTHERWISE and not known.mandatory else recommended
            return {
                "action": action,
                "reason": "own_view",
                "text": "As the papers and weights say.",
            }
        case Step.OVERRIDE:
            return {
                "reason": "own_view",
                "text": "The licence is there; it was seen at the window.",
            }
        case Step.REFER:
            abroad = "RS" if case.owner_country != "RS" else "MK"
            return {
                "to_country": abroad,
                "handling_code": "H1",
                "text": "Please look when it enters.",
            }
        case Step.RECORD_OUTCOME:
            found = {
                "result": "other_contraband",
                "find-1-category": "other",
                "find-1-quantity": "40",
            }
            what = found if rng.random() < _FOUND else {"result": "nothing_found"}
            return {**what, "control_level": "scanner", "ended": typed(at, case.owner_country)}
        case _:
            return {}


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
