"""What an alarm is until somebody has seen to it, and what it asks for. It never retrains anything."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal

import orjson
from pydantic import BaseModel, ConfigDict, ValidationError

from models.errors import first_fault
from models.files import canonical_json, write_whole
from training.errors import WatchRefused

State = Literal["quiet", "raised", "acknowledged"]
Event = Literal["alarm", "acknowledge", "new_head"]

#: What follows an event in each state; an event that is not named changes nothing.
TRANSITIONS: Mapping[State, Mapping[Event, State]] = {
    "quiet": {"alarm": "raised"},
    "raised": {"acknowledge": "acknowledged", "new_head": "quiet"},
    "acknowledged": {"alarm": "raised", "new_head": "quiet"},
}

ACKNOWLEDGED = "acknowledged.json"
PROPOSAL = "random_share.json"


class Acknowledgement(BaseModel):
    """Somebody has seen to the alarms of a risk that were raised up to a day.

    Attributes:
        heads: Names and versions of the heads it was raised about.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    risk: str
    heads: tuple[str, ...]
    up_to: date
    by: str
    note: str


@dataclass(frozen=True)
class Proposal:
    """What alarms ask for; somebody else decides and signs.

    Attributes:
        random_share: Share of the inspections that chance should decide.
        now: The share it decided in the time that is watched.
        because: Why, a sentence each.
        retrain: Heads that should be trained anew.
    """

    random_share: float
    now: float
    because: tuple[str, ...]
    retrain: tuple[str, ...]


def state_after(events: Iterable[Event]) -> State:
    """The state after these events, in order."""
    state: State = "quiet"
    for event in events:
        state = TRANSITIONS[state].get(event, state)
    return state


def state_of(alarms: Iterable[date], acknowledgement: Acknowledgement | None) -> State:
    """The state of a risk's alarm, from the days on which its heads raised one."""
    days: list[tuple[date, int, Event]] = [(day, 0, "alarm") for day in alarms]
    if acknowledgement is not None:
        # Alarms of that very day have been seen to.
        days.append((acknowledgement.up_to, 1, "acknowledge"))
    return state_after(event for _, _, event in sorted(days))


def proposed(
    now: float, *, because: Iterable[str], retrain: Iterable[str], step: float,
    bounds: tuple[float, float],
) -> Proposal:  # fmt: skip
    """Raise the share that chance decides by a step, never beyond its bounds.

    Args:
        now: The share it decides now.
        because: Why, a sentence each.
        retrain: Heads that should be trained anew.
        step: By how much to raise.
        bounds: The least and the most it may be.
    """
    least, most = bounds
    share = round(min(most, max(least, now + step)), 4)
    return Proposal(share, round(now, 4), tuple(because), tuple(retrain))


def write_proposal(folder: Path, proposal: Proposal | None) -> None:
    """Put a proposal where whoever decides finds it; None takes the last one away."""
    path = folder / PROPOSAL
    if proposal is None:
        path.unlink(missing_ok=True)
        return
    write_whole(path, canonical_json({"format": 1, **vars(proposal)}))


def acknowledge(folder: Path, made: Acknowledgement) -> None:
    """Keep that somebody has seen to a risk's alarms; the latest for each risk counts."""
    kept = {of.risk: of for of in read_acknowledgements(folder)} | {made.risk: made}
    write_whole(
        folder / ACKNOWLEDGED,
        canonical_json([of.model_dump(mode="json") for _, of in sorted(kept.items())]),
    )


def read_acknowledgements(folder: Path) -> list[Acknowledgement]:
    """What was acknowledged.

    Raises:
        WatchRefused: if the file is none that this program wrote.
    """
    path = folder / ACKNOWLEDGED
    if not path.exists():
        return []
    try:
        return [Acknowledgement.model_validate(each) for each in orjson.loads(path.read_bytes())]
    except (orjson.JSONDecodeError, TypeError) as error:
        raise WatchRefused(f"{path} is no list of acknowledgements: {error}.") from error
    except ValidationError as error:
        raise WatchRefused(f"{path} is invalid at {first_fault(error)}.") from error
