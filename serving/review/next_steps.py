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
            return _after_the_outcome(seen, spoken)
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
    if may(seen, Step.RECORD_OUTCOME):
        return spoken.words("Record the outcome")
    if seen.standing.owes:
        return spoken.words("Waits for the outcome")
    return _close(seen, spoken)


def _after_the_outcome(seen: Seen, spoken: Language) -> str:
    if may(seen, Step.CONFIRM_OUTCOME):
        return spoken.words("Confirm the find")
    if seen.standing.unconfirmed:
        return spoken.words("Waits for a second person")
    return _close(seen, spoken)


def _close(seen: Seen, spoken: Language) -> str:
    return spoken.words("Close") if may(seen, Step.CLOSE) else spoken.words("Waits to be closed")


def _proposed(seen: Seen) -> bool:
    return seen.proposal is not None and seen.proposal.actor == seen.by.id


def _may_ever(seen: Seen, act: str) -> bool:
    return act in seen.by.scopes
