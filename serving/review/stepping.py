"""Taking a step with a case: what may be done, checked and stored in one transaction."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from sqlalchemy import Connection

from features.ledger.audit import AuditEvent, record
from features.ledger.connection import reading, writing
from serving.access.desk import Access
from serving.access.principal import Principal
from serving.problems import TYPES, ProblemError
from serving.review import cases
from serving.review.cases import Case, Done
from serving.review.history import Standing, standing
from serving.review.states import STEPS, State, Step, after

#: Codes in a step's detail that its audit event repeats; texts stay with the step.
_AUDITED = (
    "view", "reason", "action", "to", "to_country", "handling_code", "result", "record",
    "record_version",
)  # fmt: skip


@dataclass(frozen=True)
class Wanted:
    """A step that somebody wants to take.

    Attributes:
        version: Of the case as they saw it; None where it does not matter who changed what since.
        detail: Codes and texts, stored with the step.
        changes: Columns of the case that it changes besides its state.
    """

    step: Step
    version: int | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    changes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """A case and what was done with it, for one reader."""

    case: Case
    steps: Sequence[Done]
    by: Principal

    @property
    def own_view(self) -> Done | None:
        """The reader's own last view of the latest score."""
        return self._mine(Step.VIEW)

    @property
    def reveal(self) -> Done | None:
        """When the latest score was shown to the reader, and what was shown."""
        return self._mine(Step.REVEAL)

    @property
    def revealed(self) -> bool:
        """Whether the latest score was shown to the reader."""
        return self.reveal is not None

    @cached_property
    def standing(self) -> Standing:
        """The decision, proposal and outcome that stand."""
        return standing(self.steps)

    @property
    def proposal(self) -> Done | None:
        """What waits for a second person, or was agreed to last."""
        return self.standing.proposal

    def put_by(self, step: Step) -> str | None:
        """Who put before a second person what this step answers."""
        answered = self.standing.outcome if step is Step.CONFIRM_OUTCOME else self.proposal
        return answered.actor if answered else None

    def leads(self, step: Step) -> State | None:
        """Where a step would lead; None where it cannot be taken."""
        before = self.proposal.state_before if self.proposal else None
        return after(self.case.state, step, before_proposal=before)

    def _mine(self, step: Step) -> Done | None:
        mine = (
            done
            for done in reversed(self.steps)
            if done.step is step
            and done.actor == self.by.id
            and done.score_id == self.case.score_id
        )
        return next(mine, None)


def check_may(seen: Seen, step: Step) -> None:
    """Refuse a step that its rule does not allow this reader now.

    Raises:
        ProblemError: forbidden, own-view-first, four-eyes or wrong-state.
    """
    rule = STEPS[step]
    if rule.act is None or rule.act not in seen.by.scopes:
        raise ProblemError("forbidden", TYPES["forbidden"][2])
    if (rule.own_view and seen.own_view is None) or (rule.reveal and not seen.revealed):
        raise ProblemError("own-view-first", TYPES["own-view-first"][2])
    if seen.leads(step) is None or not _stands_for(seen, step):
        raise ProblemError("wrong-state", TYPES["wrong-state"][2])
    if rule.second_person and seen.put_by(step) == seen.by.id:
        raise ProblemError("four-eyes", TYPES["four-eyes"][2])


def _stands_for(seen: Seen, step: Step) -> bool:
    """Whether what stands of the case is what the step asks for."""
    rule, stands = STEPS[step], seen.standing
    decided = stands.decision
    return not (
        (rule.before_reveal and seen.revealed)
        or (rule.decision is not None and decided is None)
        or (rule.decision == "control" and decided is not None and not decided.is_control)
        or (rule.nothing_owed and stands.owes)
        or (rule.unconfirmed and not stands.unconfirmed)
    )


def may(seen: Seen, step: Step) -> bool:
    """Whether `check_may` lets the reader take the step."""
    try:
        check_may(seen, step)
    except ProblemError:
        return False
    return True


def moved(seen: Seen, wanted: Wanted, *, at: int) -> tuple[Done, dict[str, Any]]:
    """The step as it will be stored, and the columns of the case that it changes.

    Args:
        seen: The case as it stands.
        wanted: What its reader wants to do.
        at: When, by the service's clock.

    Raises:
        ProblemError: changed-meanwhile, or as `check_may`.
    """
    case = seen.case
    if wanted.version is not None and wanted.version != case.version:
        raise ProblemError("changed-meanwhile", TYPES["changed-meanwhile"][2])
    check_may(seen, wanted.step)
    to = seen.leads(wanted.step)
    assert to is not None  # noqa: S101 (check_may has seen to it)
    changes = dict(wanted.changes)
    if wanted.step is Step.TAKE:
        changes |= {"held_by": seen.by.id, "held_at": at}
    elif wanted.step is Step.HAND_OVER:
        next_one = wanted.detail["to"]
        changes |= {"held_by": next_one, "held_at": at if next_one else None}
    elif wanted.step is Step.CLOSE:
        changes |= {"waits": False, "held_by": None, "held_at": None}
    elif wanted.step is Step.REOPEN or to in (State.DECIDED, State.REFERRED):
        # Also where release was recommended: a second person, or whoever closes it, must find it.
        changes["waits"] = True
    done = Done(
        number=0,
        case_id=case.case_id,
        at=at,
        actor=seen.by.id,
        step=wanted.step,
        state_before=case.state,
        state_after=to,
        score_id=case.score_id,
        detail=dict(wanted.detail),
    )
    return done, changes


def take(access: Access, by: Principal, case_id: str, wanted: Wanted) -> Case:
    """Take a step; when this returns, it and its audit event are durable.

    Raises:
        ProblemError: unknown-case, changed-meanwhile, or as `check_may`; every refusal is audited.
    """
    with refusals(access, by, case_id, wanted.step), writing(access.ledger.engine) as connection:
        return _taken(connection, access, by, case_id, wanted)


@contextmanager
def refusals(access: Access, by: Principal, case_id: str, step: str) -> Iterator[None]:
    """Keep durably what is refused within, and to whom."""
    try:
        yield
    except ProblemError as error:
        refuse(access, by, case_id, step, because=error.kind)
        raise


def refuse(access: Access, by: Principal, case_id: str, step: str, *, because: str) -> None:
    """Keep durably that somebody was refused a step, and why; returns once it is."""
    refused = {"because": because, "step": str(step)[:40]}
    event = AuditEvent(by.id, "refused", f"case {case_id}"[:400], refused)
    access.recorder.record(event).result()


def seen_now(access: Access, by: Principal, case_id: str) -> Seen:
    """A case as it stands, for whoever wants to do something with it.

    Raises:
        ProblemError: unknown-case, also where the case may not be seen.
    """
    with reading(access.ledger.engine) as connection:
        return seen_within(connection, access, by, case_id)


def seen_within(connection: Connection, access: Access, by: Principal, case_id: str) -> Seen:
    """The same in the caller's transaction."""
    case = cases.by_id(connection, case_id)
    if case is None or not access.sees(by, case.row):
        raise ProblemError("unknown-case", TYPES["unknown-case"][2])
    return Seen(case, cases.steps_of(connection, case_id), by)


def _taken(
    connection: Connection, access: Access, by: Principal, case_id: str, wanted: Wanted
) -> Case:
    seen = seen_within(connection, access, by, case_id)
    done, changes = moved(seen, wanted, at=access.ledger.clock())
    case = seen.case
    cases.append_step(
        connection, case, done.step, to=done.state_after, actor=by.id, at=done.at,
        detail=done.detail, **changes,
    )  # fmt: skip
    told = {name: done.detail[name] for name in _AUDITED if name in done.detail}
    told |= {
        "from": done.state_before.value,
        "to_state": done.state_after.value,
        "score_id": case.score_id,
    }
    record(connection, AuditEvent(by.id, f"case {wanted.step}", case_id, told), at=done.at)
    return case
