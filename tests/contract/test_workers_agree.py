"""Several workers, or one that was restarted, recommend what a single one would have."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest

from models.capacities import Capacities, ShiftCapacity
from models.configuration import Configuration
from serving.deployment import Deployment
from serving.in_force import InForce
from serving.settings import Settings
from serving.work import Scored, Submission
from tests.deployments import a_home, a_submission, deployed
from tests.factories import TestClock

START = datetime(2026, 6, 2, 5, tzinfo=UTC)
#: So little that what is left after each movement decides about the next.
SCARCE = Capacities(ShiftCapacity(1.5, document_checks=2.0, usual_movements=12.0))


def test_workers_that_take_turns_recommend_what_one_would(tmp_path: Path, store_url: str) -> None:
    alone = _Season(replace(a_home(tmp_path / "one"), store=f"sqlite:///{tmp_path}/one.db"), 1)
    shared = _Season(replace(a_home(tmp_path / "other"), store=store_url), 3)

    expected, found = alone.lived(60), shared.lived(60)

    assert found == expected
    assert {said["action"] for said, _ in found} == {"inspect", "check_documents", "release"}


def test_a_restart_goes_on_where_the_book_was(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("serving.recommending._KEEP_EVERY", 7)
    through = _Season(a_home(tmp_path / "one"), 1)
    restarted = _Season(a_home(tmp_path / "other"), 1)

    expected = through.lived(60)
    found = restarted.lived(25)
    restarted.restart()
    found += restarted.lived(35)

    assert found == expected


def test_what_was_dealt_in_a_transaction_that_failed_counts_for_nothing(
    tmp_path: Path, monkeypatch: Any
) -> None:
    calm = _Season(a_home(tmp_path / "one"), 1)
    failing = _Season(a_home(tmp_path / "other"), 1)

    expected = calm.lived(40)
    found = failing.lived(20)
    with monkeypatch.context() as broken:
        broken.setattr("serving.scores.append", _no_room)
        with pytest.raises(OSError, match="no room"):
            failing.lived(1)
    failing.sent = 20
    failing.clock.now = calm_clock(20)
    found += failing.lived(20)

    assert found == expected


def calm_clock(sent: int) -> int:
    """The moment after so many movements."""
    return int((START + sent * timedelta(minutes=9)).timestamp()) * 1_000_000


def _no_room(*_: object) -> None:
    raise OSError("no room")


class _Season:
    """Movements of three posts, some of them amended, sent to workers in turn.

    Every worker has the same clock, and every season the same secret, so only the number of
    workers and what happens to them tells seasons apart.
    """

    def __init__(self, settings: Settings, workers: int) -> None:
        self.settings, self.workers, self.sent = settings, workers, 0
        self.clock = TestClock(START)
        self.open: list[Deployment] = []
        self.restart()

    def restart(self) -> None:
        """Let other workers take over."""
        self.open = [self._worker() for _ in range(self.workers)]

    def lived(self, movements: int) -> list[tuple[dict[str, Any], dict[str, Any]]]:
        """What is recommended for each further movement, and what that rests on."""
        told = []
        for number in range(self.sent, self.sent + movements):
            self.clock.now = calm_clock(number + 1)
            here = self.open[number % len(self.open)]
            # Every fifth amends the one before, with another worker at the door.
            amends = number % 5 == 4
            kind = "crossing" if (number - amends) % 2 else "consignment"
            changes: dict[str, Any] = {
                "source_record_id": f"M-{number - amends}",
                "record_version": 1 + amends,
                "owner_post": ("MK-GR-01", "MK-RS-01", "MK-BG-01")[(number - amends) % 3],
            }
            if kind == "consignment":
                changes["gross_mass_kg"] = 800.0 + 37 * (number - amends) + 4_000 * amends
            payload = a_submission(here, kind, **changes)
            work = here.intake.one(kind, orjson.dumps(payload), door="test")
            assert isinstance(work, Submission), work
            (outcome,) = here.scoring.commit([work])
            assert isinstance(outcome, Scored)
            answer = outcome.score.answer
            told.append((answer["recommendation"], answer["basis"]["policy"]))
            self.sent += 1
        return told

    def _worker(self) -> Deployment:
        here = deployed(self.settings)
        here.ledger.clock = self.clock
        here = replace(here, intake=replace(here.intake, clock=self.clock))
        now = here.scoring.in_force
        here.scoring.put_in_force(InForce(now.champion, scarce(now.configuration)))
        return here


def scarce(configuration: Configuration) -> Configuration:
    """The same rules with little capacity."""
    return replace(configuration, capacities=SCARCE)
