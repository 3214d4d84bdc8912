"""What was done with a case, in words: who, when, and why."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from features.ledger import tables_access as tables
from models.languages import Language
from serving.review.cases import Done
from serving.review.local_time import both_times, moment_of
from serving.review.wording import CONTROL_LEVELS, RESULTS, STEPS, VIEWS, said

_PERSON = "account:"

#: Members of a step's detail that are codes, with their words; others that are told stand as written.
_CODES: Mapping[str, Mapping[str, str]] = {
    "view": VIEWS,
    "control_level": CONTROL_LEVELS,
    "result": RESULTS,
}
_TEXTS = ("decision", "reason_code", "reason", "text", "note", "authority")


@dataclass(frozen=True)
class Entry:
    """One step.

    Attributes:
        said: What was chosen or written.
    """

    when: str
    who: str
    what: str
    said: Sequence[str]


def trail(
    steps: Iterable[Done], names: Mapping[str, str], *, country: str, spoken: Language
) -> list[Entry]:
    """The steps in their order.

    Args:
        steps: Of one case.
        names: Of whoever took them, as `names_of` finds them.
        country: By whose clock.
        spoken: The reader's language.
    """
    return [
        Entry(
            both_times(moment_of(done.at), country=country, spoken=spoken),
            names.get(done.actor, done.actor),
            said(spoken, STEPS, done.step),
            _said(done.detail, spoken),
        )
        for done in steps
    ]


def names_of(connection: Connection, actors: Iterable[str | None]) -> dict[str, str]:
    """Names of people by what audit events call them; who has no account is left out."""
    ids = {actor.removeprefix(_PERSON) for actor in actors if actor and actor.startswith(_PERSON)}
    if not ids:
        return {}
    accounts = tables.accounts.c
    rows = connection.execute(
        select(accounts.account_id, accounts.name).where(accounts.account_id.in_(sorted(ids)))
    )
    return {f"{_PERSON}{row.account_id}": row.name for row in rows}


def _said(detail: Mapping[str, Any], spoken: Language) -> list[str]:
    told = [said(spoken, table, detail[name]) for name, table in _CODES.items() if detail.get(name)]
    return told + [str(detail[name]) for name in _TEXTS if detail.get(name)]
