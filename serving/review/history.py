"""What the steps taken with a case come to: the decision, proposal and outcome that stand."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from serving.review.cases import Case, Done
from serving.review.states import State, Step


@dataclass(frozen=True)
class Decision:
    """What was decided, and where that is written.

    Attributes:
        action: inspect, check_documents or release.
        step: The decision, or the proposal that a second person agreed to.
    """

    action: str
    step: Done

    @property
    def is_control(self) -> bool:
        """Whether somebody has to look at something, and say what came of it."""
        return self.action != "release"


@dataclass(frozen=True)
class Standing:
    """What stands of everything that was done.

    Attributes:
        decision: The last one, unless it was taken back.
        proposals: Those that were neither declined nor taken back, the last one last.
        outcome: What the control that was decided found.
        confirmed: Whether the outcome is in the ledger; a find is once a second person saw it too.
    """

    decision: Decision | None = None
    proposals: tuple[Done, ...] = ()
    outcome: Done | None = None
    confirmed: bool = False

    @property
    def proposal(self) -> Done | None:
        """What waits for a second person, or was agreed to last."""
        return self.proposals[-1] if self.proposals else None

    @property
    def unconfirmed(self) -> bool:
        """Whether a find waits for its second person."""
        return self.outcome is not None and not self.confirmed

    @property
    def owes(self) -> bool:
        """Whether a control was decided that has no outcome yet, or one that waits."""
        if self.unconfirmed:
            return True
        return self.decision is not None and self.decision.is_control and self.outcome is None


def standing(steps: Iterable[Done]) -> Standing:
    """What stands after these steps, which are in their order."""
    found = Standing()
    for done in steps:
        found = _with(found, done)
    return found


def _with(before: Standing, done: Done) -> Standing:
    match done.step:
        case Step.DECIDE:
            return Standing(Decision(done.detail["action"], done))
        case Step.OVERRIDE | Step.REFER:
            return replace(before, proposals=(*before.proposals, done))
        case Step.APPROVE if before.proposal and before.proposal.step is Step.OVERRIDE:
            # Whatever was decided before, it is released now, and no control is owed.
            decision = Decision("release", before.proposal)
            return replace(before, decision=decision, outcome=None, confirmed=False)
        case Step.DECLINE:
            return replace(before, proposals=before.proposals[:-1])
        case Step.WITHDRAW if done.state_before is State.DECIDED:
            return Standing()
        case Step.WITHDRAW:
            return _withdrawn(before, done)
        case Step.REOPEN:
            return Standing()
        case Step.RESCORE if done.state_after is State.NEW:
            return Standing()
        case Step.RECORD_OUTCOME:
            return replace(before, outcome=done, confirmed=not done.detail["waits_for_second"])
        case Step.CONFIRM_OUTCOME:
            return replace(before, confirmed=True)
        case _:
            return before


def _withdrawn(before: Standing, done: Done) -> Standing:
    """Without the last proposal; a release that it made is gone too."""
    left = replace(before, proposals=before.proposals[:-1])
    released = before.proposal is not None and before.proposal.step is Step.OVERRIDE
    if done.state_before is State.APPROVED and released:
        return replace(left, decision=None)
    return left


def told_abroad(steps: Iterable[Done]) -> list[str]:
    """Countries that a second person agreed to tell, in the order of that."""
    proposed: Done | None = None
    found: dict[str, None] = {}
    for done in steps:
        if done.step in (Step.OVERRIDE, Step.REFER):
            proposed = done
        elif done.step is Step.APPROVE and proposed and proposed.step is Step.REFER:
            found[proposed.detail["to_country"]] = None
    return list(found)


def replayed(opened: Case, steps: Iterable[Done]) -> Case:
    """A case's row made again from how it was opened and what was done with it.

    Args:
        opened: As the first score opened it.
        steps: Everything done since, in its order.
    """
    case = opened
    for done in steps:
        changes: dict[str, object] = {"state": done.state_after, "changed_at": done.at}
        match done.step:
            case Step.TAKE:
                changes |= {"held_by": done.actor, "held_at": done.at}
            case Step.HAND_OVER:
                to = done.detail["to"]
                changes |= {"held_by": to, "held_at": done.at if to else None}
            case Step.CLOSE:
                changes |= {"waits": False, "held_by": None, "held_at": None}
            case Step.REOPEN:
                changes |= {"waits": True}
            case Step.RESCORE:
                changes |= {"waits": done.detail["waits"], "score_id": done.detail["score_id"]}
        case = replace(case, **changes)  # type: ignore[arg-type]
    return case
