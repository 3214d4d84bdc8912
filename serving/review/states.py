"""What a case can be, what can be done with it, and where that leads: all of it as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Literal


class State(StrEnum):
    """Where a case stands. The values are stored: renaming one needs a migration."""

    NEW = "new"
    VIEWED = "viewed"
    REVEALED = "revealed"
    REFERRED = "referred"
    APPROVED = "approved"
    DECLINED = "declined"
    DECIDED = "decided"
    INSPECTED = "inspected"
    CLOSED = "closed"


class Step(StrEnum):
    """What is done with a case. The values are stored, too."""

    VIEW = "view"
    REVEAL = "reveal"
    DRILL = "drill"
    DECIDE = "decide"
    OVERRIDE = "override"
    REFER = "refer"
    APPROVE = "approve"
    DECLINE = "decline"
    RECORD_OUTCOME = "record_outcome"
    CONFIRM_OUTCOME = "confirm_outcome"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    TAKE = "take"
    HAND_OVER = "hand_over"
    CORRECT = "correct"
    RESCORE = "rescore"


#: Leads to where the case stood before its last proposal.
BACK: Literal["back"] = "back"

#: What a step asks of the decision that stands: that there is one, or one for a control.
Needed = Literal["any", "control"]


@dataclass(frozen=True)
class Rule:
    """What one step asks for and does.

    Attributes:
        about: In words, for the documentation.
        act: The act of the access policy it takes; None for the service's own steps.
        leads: State after it, by the state before; it cannot be taken in any other.
        own_view: Whoever takes it has recorded a view of the latest score.
        before_reveal: Whoever takes it has not been shown the latest score.
        reveal: Whoever takes it has been shown the latest score.
        second_person: It cannot be taken by whoever put the case before a second person.
        decision: What decision has to stand.
        nothing_owed: A control that was decided has an outcome, and a find its second person.
        unconfirmed: A find waits for its second person.
    """

    about: str
    act: str | None
    leads: Mapping[State, State | Literal["back"]]
    own_view: bool = False
    before_reveal: bool = False
    reveal: bool = False
    second_person: bool = False
    decision: Needed | None = None
    nothing_owed: bool = False
    unconfirmed: bool = False


def _staying(*states: State) -> dict[State, State]:
    return {state: state for state in states}


def _to(target: State, *states: State) -> dict[State, State]:
    return dict.fromkeys(states, target)


_OPEN = tuple(state for state in State if state is not State.CLOSED)
_SEEN = tuple(state for state in State if state not in (State.NEW, State.VIEWED))
_UNDECIDED = (State.REVEALED, State.DECLINED)
_SETTLED = (State.DECIDED, State.INSPECTED, State.APPROVED, State.DECLINED)

#: Every step there is; what is not here cannot be done.
STEPS: Mapping[Step, Rule] = MappingProxyType({
    Step.VIEW: Rule(
        "Records one's own view, search or no search, before the score is shown",
        "review", {**_staying(*State), State.NEW: State.VIEWED}, before_reveal=True,
    ),
    Step.REVEAL: Rule(
        "Shows the score to whoever has recorded a view",
        "review", {State.VIEWED: State.REVEALED, **_staying(*_SEEN)}, own_view=True,
    ),
    Step.DRILL: Rule(
        "Decides under a drill: the drill is told at once, and the decision does not count",
        "decide", _staying(*_UNDECIDED), own_view=True, reveal=True,
    ),
    Step.DECIDE: Rule(
        "Decides what is done with the movement, and why",
        "decide", _to(State.DECIDED, *_UNDECIDED), own_view=True, reveal=True,
    ),
    Step.OVERRIDE: Rule(
        "Proposes to release against a mandatory rule",
        "decide", _to(State.REFERRED, *_UNDECIDED), own_view=True, reveal=True,
    ),
    Step.REFER: Rule(
        "Proposes to tell an authority abroad",
        "decide", _to(State.REFERRED, *_SETTLED), own_view=True, reveal=True, decision="any",
    ),
    Step.APPROVE: Rule(
        "A second person agrees to what was proposed",
        "approve", {State.REFERRED: State.APPROVED},
        own_view=True, reveal=True, second_person=True,
    ),
    Step.DECLINE: Rule(
        "A second person does not agree, and says why",
        "approve", {State.REFERRED: State.DECLINED},
        own_view=True, reveal=True, second_person=True,
    ),
    Step.RECORD_OUTCOME: Rule(
        "Records what the control found; a find then waits for a second person",
        "review", {**_to(State.INSPECTED, *_SETTLED), **_staying(State.REFERRED)},
        decision="control",
    ),
    Step.CONFIRM_OUTCOME: Rule(
        "A second person saw the find too; only then does it enter the ledger",
        "review", _staying(State.INSPECTED, State.REFERRED, State.APPROVED, State.DECLINED),
        second_person=True, unconfirmed=True,
    ),
    Step.CLOSE: Rule(
        "Takes the case out of the queue",
        "decide", _to(State.CLOSED, *_SETTLED), decision="any", nothing_owed=True,
    ),
    Step.WITHDRAW: Rule(
        "Takes back a decision or a proposal, as a new event",
        "decide",
        {State.DECIDED: State.REVEALED, State.REFERRED: BACK, State.APPROVED: BACK},
        own_view=True,
    ),
    Step.REOPEN: Rule(
        "Brings a closed case back", "decide", {State.CLOSED: State.REVEALED}, own_view=True,
    ),
    Step.TAKE: Rule("Takes the case in hand", "review", _staying(*_OPEN)),
    Step.HAND_OVER: Rule("Hands the case over to whoever comes next", "review", _staying(*_OPEN)),
    Step.CORRECT: Rule("Corrects the record: a new version", "correct", _staying(*State)),
    Step.RESCORE: Rule(
        "The service scored a new version: what was decided stands unless it asks for more",
        None, {**_to(State.NEW, *State), State.INSPECTED: State.INSPECTED},
    ),
})  # fmt: skip

#: Where `RESCORE` may leave a case that it does not bring back to the start.
KEPT_BY_RESCORE = frozenset({
    State.DECIDED, State.REFERRED, State.APPROVED, State.DECLINED, State.INSPECTED, State.CLOSED,
})  # fmt: skip


def after(state: State, step: Step, *, before_proposal: State | None = None) -> State | None:
    """The state that a step leads to; None where it cannot be taken.

    Args:
        state: Where the case stands.
        step: What is done.
        before_proposal: Where it stood before its last proposal, if there is one.
    """
    leads = STEPS[step].leads.get(state)
    return before_proposal if leads == BACK else leads
