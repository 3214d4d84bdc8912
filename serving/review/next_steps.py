"""What comes next with a case, for one reader."""

from __future__ import annotations

from models.languages import Language
from serving.review.states import State, Step
from serving.review.stepping import Seen, may


def next_step(seen: Seen, spoken: Language) -> str:
    """The step that is up, or whom the case waits for."""
    match seen.case.state:
        case State.CLOSED:
            return spoken.words("Nothing more")
        case State.DECIDED | State.APPROVED:
            return _outcome(seen, spoken)
        case State.INSPECTED:
            if may(seen, Step.CLOSE):
                return spoken.words("Close")
            return spoken.words("Waits to be closed")
        case State.REFERRED if _proposed(seen) or not _may_ever(seen, "approve"):
            return spoken.words("Waits for a second person")
    if not seen.own_view:
        return spoken.words("Record your view")
    if not seen.revealed:
        return spoken.words("See the score")
    if seen.case.state is State.REFERRED:
        return spoken.words("Approve or decline")
    if _may_ever(seen, "decide"):
        return spoken.words("Decide")
    return spoken.words("Waits for a decision")


def _outcome(seen: Seen, spoken: Language) -> str:
    records, closes = may(seen, Step.RECORD_OUTCOME), may(seen, Step.CLOSE)
    if records and closes:
        return spoken.words("Record the outcome, or close")
    if records:
        return spoken.words("Record the outcome")
    return spoken.words("Waits for the outcome")


def _proposed(seen: Seen) -> bool:
    return seen.proposal is not None and seen.proposal.actor == seen.by.id


def _may_ever(seen: Seen, act: str) -> bool:
    return act in seen.by.scopes
