"""What a case can be, what can be done with it, and where that leads: all of it as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


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
    DECIDE = "decide"
    OVERRIDE = "override"
    REFER = "refer"
    APPROVE = "approve"
    DECLINE = "decline"
    RECORD_OUTCOME = "record_outcome"
    CLOSE = "close"
    WITHDRAW = "withdraw"
    REOPEN = "reopen"
    TAKE = "take"
    HAND_OVER = "hand_over"
    CORRECT = "correct"
    RESCORE = "rescore"


@dataclass(frozen=True)
class Rule:
    """What one step asks for and does.

    Attributes:
        about: In words, for the documentation.
        act: The act of the access policy it takes; None for the service's own steps.
        leads: State after it, by the state before; it cannot be taken in any other.
        needs_own_view: Whoever takes it has recorded a view of the latest score first.
        needs_second_person: It cannot be taken by whoever put the case before a second person.
    """

    about: str
    act: str | None
    leads: Mapping[State, State]
    needs_own_view: bool = False
    needs_second_person: bool = False


def _staying(*states: State) -> dict[State, State]:
    return {state: state for state in states}


_OPEN = tuple(state for state in State if state is not State.CLOSED)
_SEEN = tuple(state for state in State if state not in (State.NEW, State.VIEWED))

#: Every step there is; what is not here cannot be done.
STEPS: Mapping[Step, Rule] = MappingProxyType({
    Step.VIEW: Rule(
        "Records one's own view, search or no search, before the score is shown",
        "review", {**_staying(*State), State.NEW: State.VIEWED},
    ),
    Step.REVEAL: Rule(
        "Shows the score to whoever has recorded a view",
        "review", {State.VIEWED: State.REVEALED, **_staying(*_SEEN)}, needs_own_view=True,
    ),
    Step.DECIDE: Rule(
        "Decides what is done with the movement, and why",
        "decide", {State.REVEALED: State.DECIDED, State.DECLINED: State.DECIDED},
        needs_own_view=True,
    ),
    Step.OVERRIDE: Rule(
        "Proposes to release against a mandatory rule",
        "decide", {State.REVEALED: State.REFERRED, State.DECLINED: State.REFERRED},
        needs_own_view=True,
    ),
    Step.REFER: Rule(
        "Proposes to tell an authority abroad",
        "decide", {State.DECIDED: State.REFERRED, State.INSPECTED: State.REFERRED},
        needs_own_view=True,
    ),
    Step.APPROVE: Rule(
        "A second person agrees to what was proposed",
        "approve", {State.REFERRED: State.APPROVED},
        needs_own_view=True, needs_second_person=True,
    ),
    Step.DECLINE: Rule(
        "A second person does not agree, and says why",
        "approve", {State.REFERRED: State.DECLINED},
        needs_own_view=True, needs_second_person=True,
    ),
    Step.RECORD_OUTCOME: Rule(
        "Records what the control found",
        "review", {State.DECIDED: State.INSPECTED, State.APPROVED: State.INSPECTED},
    ),
    Step.CLOSE: Rule(
        "Takes the case out of the queue",
        "decide",
        {
            State.DECIDED: State.CLOSED, State.INSPECTED: State.CLOSED,
            State.APPROVED: State.CLOSED,
        },
    ),
    Step.WITHDRAW: Rule(
        "Takes back a decision or a proposal, as a new event",
        "decide", {State.DECIDED: State.REVEALED, State.REFERRED: State.REVEALED},
        needs_own_view=True,
    ),
    Step.REOPEN: Rule(
        "Brings a closed case back", "decide", {State.CLOSED: State.REVEALED}, needs_own_view=True,
    ),
    Step.TAKE: Rule("Takes the case in hand", "review", _staying(*_OPEN)),
    Step.HAND_OVER: Rule("Hands the case over to whoever comes next", "review", _staying(*_OPEN)),
    Step.CORRECT: Rule("Corrects the record: a new version", "correct", _staying(*State)),
    Step.RESCORE: Rule(
        "The service scored a new version of the movement", None, _staying(*State)
    ),
})  # fmt: skip


def after(state: State, step: Step) -> State | None:
    """The state that a step leads to; None where it cannot be taken."""
    return STEPS[step].leads.get(state)
