"""What has to be known to read a form about a case, or to offer one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from features.ledger.connection import reading
from serving import scores
from serving.answers import Score
from serving.deployment import Deployment
from serving.review import people
from serving.review.stepping import Seen


@dataclass(frozen=True)
class Known:
    """A case as its reader sees it, and what lies around it.

    Attributes:
        score: The case's latest.
        mandatory: Whether a mandatory rule applied to any version of the movement: to amend a
            record does not free it of one.
        names: Of everybody who took a step or has the case in hand.
        colleagues: Those who could take it over, by id.
        at: The moment, by the service's clock.
    """

    here: Deployment
    seen: Seen
    score: Score
    mandatory: bool
    names: Mapping[str, str]
    colleagues: Mapping[str, str]
    at: int


def known_of(here: Deployment, seen: Seen) -> Known:
    """Read it."""
    case = seen.case
    actors = {done.actor for done in seen.steps}
    actors |= {done.detail["to"] for done in seen.steps if done.detail.get("to")}
    if case.held_by:
        actors.add(case.held_by)
    with reading(here.ledger.engine) as connection:
        versions = scores.of_movement(
            connection,
            kind=case.kind,
            source_system=case.source_system,
            source_record_id=case.source_record_id,
        )
        score = scores.by_id(connection, case.score_id)
        names = people.names_of(connection, actors)
        colleagues = people.colleagues(connection, case, besides=seen.by.id)
    if score is None:
        raise LookupError(f"The score {case.score_id} of a case is not there.")
    every = [found for _, _, found in versions if found]
    mandatory = any(one.answer["basis"]["policy"]["mandatory"] for one in (*every, score))
    return Known(here, seen, score, mandatory, names, colleagues, here.ledger.clock())
