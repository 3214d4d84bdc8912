"""An alarm is raised, acknowledged and raised again; what it asks for stays within its bounds."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import get_args

import orjson
import pytest

from training.errors import WatchRefused
from training.watching.alarm_states import (
    ACKNOWLEDGED,
    PROPOSAL,
    TRANSITIONS,
    Acknowledgement,
    Event,
    State,
    acknowledge,
    proposed,
    read_acknowledgements,
    state_after,
    state_of,
    write_proposal,
)

MAY, JUNE, JULY = date(2026, 5, 3), date(2026, 6, 3), date(2026, 7, 3)


def an_acknowledgement(up_to: date = JUNE, risk: str = "smuggling") -> Acknowledgement:
    return Acknowledgement(
        risk=risk, heads=("crossing-smuggling 1",), up_to=up_to, by="j.doe", note="Route moved"
    )


def test_every_state_and_event_has_its_transitions() -> None:
    events = {event for of in TRANSITIONS.values() for event in of}

    assert set(TRANSITIONS) == set(get_args(State))
    assert events == set(get_args(Event))


@pytest.mark.parametrize(
    ("events", "state"),
    [
        pytest.param([], "quiet", id="nothing happened"),
        pytest.param(["acknowledge"], "quiet", id="there was nothing to acknowledge"),
        pytest.param(["alarm"], "raised"),
        pytest.param(["alarm", "alarm"], "raised"),
        pytest.param(["alarm", "acknowledge"], "acknowledged"),
        pytest.param(["alarm", "acknowledge", "alarm"], "raised", id="it is raised again"),
        pytest.param(["alarm", "new_head"], "quiet", id="a new head begins anew"),
    ],
)
def test_an_alarm_goes_from_state_to_state(events: list[Event], state: State) -> None:
    assert state_after(events) == state


def test_an_alarm_after_the_acknowledged_day_stands() -> None:
    assert state_of([MAY], None) == "raised"
    assert state_of([MAY, JUNE], an_acknowledgement(JUNE)) == "acknowledged"
    assert state_of([MAY, JULY], an_acknowledgement(JUNE)) == "raised"


@pytest.mark.parametrize(
    ("now", "share"),
    [
        pytest.param(0.12, 0.17, id="a step more"),
        pytest.param(0.28, 0.3, id="never above the most"),
        pytest.param(0.02, 0.1, id="never below the least"),
        pytest.param(0.5, 0.3, id="nor where there is more already"),
    ],
)
def test_the_share_of_chance_is_raised_within_its_bounds(now: float, share: float) -> None:
    asked = proposed(now, because=["x"], retrain=["crossing-arms"], step=0.05, bounds=(0.1, 0.3))

    assert asked.random_share == share


def test_a_proposal_is_taken_away_once_all_is_quiet(tmp_path: Path) -> None:
    asked = proposed(0.12, because=["x"], retrain=["a"], step=0.05, bounds=(0.1, 0.3))

    write_proposal(tmp_path, asked)
    written = orjson.loads((tmp_path / PROPOSAL).read_bytes())
    write_proposal(tmp_path, None)

    assert written["random_share"] == 0.17
    assert written["retrain"] == ["a"]
    assert not (tmp_path / PROPOSAL).exists()


def test_the_latest_acknowledgement_of_each_risk_counts(tmp_path: Path) -> None:
    acknowledge(tmp_path, an_acknowledgement(MAY))
    acknowledge(tmp_path, an_acknowledgement(JUNE))
    acknowledge(tmp_path, an_acknowledgement(MAY, risk="arms"))

    kept = {of.risk: of.up_to for of in read_acknowledgements(tmp_path)}

    assert kept == {"smuggling": JUNE, "arms": MAY}


@pytest.mark.parametrize("content", [b"[{", b'[{"risk": "arms"}]', b"7"])
def test_acknowledgements_that_cannot_be_read_are_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / ACKNOWLEDGED).write_bytes(content)

    with pytest.raises(WatchRefused):
        read_acknowledgements(tmp_path)
