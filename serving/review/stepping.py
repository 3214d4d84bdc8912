"""Taking a step with a case: what may be done, checked and stored in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection

from features.ledger.audit import AuditEvent, record
from features.ledger.connection import writing
from serving.access.desk import Access
from serving.access.principal import Principal
from serving.problems import TYPES, ProblemError
from serving.review import cases
from serving.review.cases import Case, Done
from serving.review.states import STEPS, State, Step, after


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
    def revealed(self) -> bool:
        """Whether the latest score was shown to the reader."""
        return self._mine(Step.REVEAL) is not None

    @property
    def proposal(self) -> Done | None:
        """What waits for a second person, or was put before one last."""
        return next(
            (s for s in reversed(self.steps) if s.step in (Step.REFER, Step.OVERRIDE)), None
        )

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
    if rule.needs_own_view and seen.own_view is None:
        raise ProblemError("own-view-first", TYPES["own-view-first"][2])
    if after(seen.case.state, step) is None:
        raise ProblemError("wrong-state", TYPES["wrong-state"][2])
    if rule.needs_second_person and seen.proposal and seen.proposal.actor == seen.by.id:
        raise ProblemError("four-eyes", TYPES["four-eyes"][2])


def may(seen: Seen, step: Step) -> bool:
    """Whether `check_may` lets the reader take the step."""
    try:
        check_may(seen, step)
    except ProblemError:
        return False
    return True


def take(access: Access, by: Principal, case_id: str, wanted: Wanted) -> Case:
    """Take a step; when this returns, it and its audit event are durable.

    Raises:
        ProblemError: unknown-case, changed-meanwhile, or as `check_may`; every refusal is audited.
    """
    try:
        with writing(access.ledger.engine) as connection:
            return _taken(connection, access, by, case_id, wanted)
    except ProblemError as error:
        refused = {"because": error.kind, "step": wanted.step.value}
        event = AuditEvent(by.id, "refused", f"case {case_id}"[:400], refused)
        access.recorder.record(event).result()
        raise


def _taken(
    connection: Connection, access: Access, by: Principal, case_id: str, wanted: Wanted
) -> Case:
    case = cases.by_id(connection, case_id)
    if case is None or not access.sees(by, case.row):
        raise ProblemError("unknown-case", TYPES["unknown-case"][2])
    if wanted.version is not None and wanted.version != case.version:
        raise ProblemError("changed-meanwhile", TYPES["changed-meanwhile"][2])
    check_may(Seen(case, cases.steps_of(connection, case_id), by), wanted.step)
    to, at = STEPS[wanted.step].leads[case.state], access.ledger.clock()
    changes = dict(wanted.changes)
    if to is State.CLOSED:
        changes["waits"] = False
    elif case.state is State.CLOSED or to in (State.DECIDED, State.REFERRED):
        # Also where release was recommended: a second person, or whoever closes it, must find it.
        changes["waits"] = True
    cases.append_step(
        connection, case, wanted.step, to=to, actor=by.id, at=at,
        detail=dict(wanted.detail), **changes,
    )  # fmt: skip
    told = {"from": case.state.value, "to": to.value, "score_id": case.score_id}
    record(connection, AuditEvent(by.id, f"case {wanted.step}", case_id, told), at=at)
    return case
