"""What is handed in at the ledger's door, and what becomes of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from features.ledger.arrivals import Arrival
from features.records.problems import FieldProblem
from features.spec import Floats
from serving.answers import Score


@dataclass(frozen=True)
class Submission:
    """A checked record at the door.

    Attributes:
        raw: As it came in, to be quarantined if its identity stands with other content.
        door: The endpoint or command it came through.
        actor: Who sent it.
    """

    arrival: Arrival
    raw: bytes
    door: str
    actor: str


@dataclass(frozen=True)
class Refusal:
    """A body that is refused, to be quarantined with its reasons."""

    kind: str
    raw: bytes
    problems: tuple[FieldProblem, ...]
    door: str
    actor: str


Work = Submission | Refusal


@dataclass(frozen=True)
class Scored:
    """A movement's answer.

    Attributes:
        repeated: It was answered before; nothing was stored.
        rows: What each head read (f,), by risk; empty for a repeated one.
    """

    score: Score
    repeated: bool
    rows: Mapping[str, Floats] = field(default_factory=dict)


@dataclass(frozen=True)
class Recorded:
    """An inspection or incident that stands in the ledger at u.

    Attributes:
        movement_known: For an inspection, whether the movement inspected is known.
    """

    u: int
    repeated: bool
    movement_known: bool = True


@dataclass(frozen=True)
class NotScored:
    """A movement that came in with the history, before the service answered for it."""

    u: int


@dataclass(frozen=True)
class Quarantined:
    """A body that was not taken, and the reasons; `conflict` if its identity stands already."""

    problems: tuple[FieldProblem, ...]
    conflict: bool


Outcome = Scored | Recorded | NotScored | Quarantined
