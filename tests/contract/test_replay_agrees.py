"""Any score is made again from the ledger, bit for bit, and what was tampered with is found out."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from features.ledger.connection import reading, writing
from features.ledger.sealing import seal
from serving import scores
from serving.deployment import Deployment
from serving.replaying import Replayed, UnknownScore, replay
from serving.work import Scored
from tests.deployments import a_home, deployed, submitted
from tests.factories import another_ledger

_TRADERS = ["MK4030000375897", "DE8112345", "RS100000024"]
_VEHICLES = ["SK 1042 AB", "NS 200 XY"]
_RESULTS = ["nothing_found", "arms", "persons_concealed", "inconclusive", "not_searched"]
_REFERENCES = {"consignment": "mk-cdeps", "crossing": "mk-border"}


@pytest.fixture
def here(tmp_path: Path, store_url: str) -> Deployment:
    return deployed(replace(a_home(tmp_path), store=store_url))


@pytest.mark.slow
def test_every_score_of_a_random_history_is_made_again(here: Deployment) -> None:
    ids = [scored.score.score_id for scored in a_random_history(here, records=60, seed=3)]

    results = replayed(here, ids)

    assert [result.score_id for result in results] == ids
    assert len(ids) > 25
    assert all(result.cells > 100 for result in results)
    assert [result.differences for result in results if result.differences] == []


@pytest.mark.slow
def test_scores_of_an_earlier_epoch_are_made_again_and_answered_again(here: Deployment) -> None:
    before = submitted(here, "consignment", source_record_id="E-1")
    another = another_ledger(here.settings.store, here.ledger.keyring)
    another.clock = here.ledger.clock
    seal(another, backfill=True)
    event_at = here.intake.now().isoformat()

    after = submitted(here, "consignment", source_record_id="E-2", event_at=event_at)

    assert isinstance(before, Scored)
    assert isinstance(after, Scored)
    assert (before.score.epoch, after.score.epoch) == (1, 2)
    results = replayed(here, [before.score.score_id, after.score.score_id])
    assert [result.differences for result in results] == [(), ()]
    with reading(here.ledger.engine) as connection:
        ((_, _, found),) = scores.of_movement(
            connection, kind="consignment", source_system="mk-cdeps", source_record_id="E-1"
        )
    assert found == before.score


@pytest.mark.slow
@pytest.mark.parametrize(
    ("tampered", "told"),
    [
        pytest.param(
            'UPDATE scores SET answer = replace(answer, \'"action":"release"\', '
            '\'"action":"inspect"\')',
            "recommendation action",
            id="the recommendation",
        ),
        pytest.param(
            "UPDATE scores SET answer = replace(answer, '\"propensity\":0', '\"propensity\":1')",
            "recommendation propensity",
            id="the propensity",
        ),
        pytest.param(
            "UPDATE scores SET integers = zeroblob(length(integers))",
            "integer",
            id="the stored integers",
        ),
        pytest.param(
            "DELETE FROM ledger WHERE u = (SELECT min(u) FROM ledger)",
            "integer consignee_declarations",
            id="an earlier event",
        ),
        pytest.param(
            "UPDATE ledger SET body = replace(body, '\"package_count\":24', '\"package_count\":25')",
            "own integers",
            id="the record itself",
        ),
    ],
)
def test_what_was_tampered_with_is_named(tmp_path: Path, tampered: str, told: str) -> None:
    here = deployed(a_home(tmp_path))
    for number in range(2):
        scored = submitted(here, "consignment", source_record_id=f"T-{number}")
    assert isinstance(scored, Scored)
    with writing(here.ledger.engine) as connection:
        for trigger in connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).scalars():
            connection.exec_driver_sql(f"DROP TRIGGER {trigger}")
        assert connection.exec_driver_sql(tampered).rowcount

    (result,) = replayed(here, [scored.score.score_id])

    assert any(difference.startswith(told) for difference in result.differences)


def test_a_score_that_does_not_exist_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnknownScore, match="no-such-score"):
        replayed(deployed(a_home(tmp_path)), ["no-such-score"])


def replayed(here: Deployment, ids: list[str]) -> list[Replayed]:
    return replay(here.ledger, here.explainer, here.scoring.assessor.rules, ids)


def a_random_history(here: Deployment, *, records: int, seed: int) -> Iterator[Scored]:
    """Movements of few parties, their amendments, inspections and reports; yields what is scored."""
    rng = random.Random(seed)
    sent: list[tuple[str, dict[str, Any]]] = []
    for number in range(records):
        kind, changes = _next_record(rng, sent, number, here.intake.now())
        outcome = submitted(here, kind, **changes)
        if isinstance(outcome, Scored):
            sent.append((kind, changes))
            yield outcome


def _next_record(
    rng: random.Random, sent: list[tuple[str, dict[str, Any]]], number: int, now: datetime
) -> tuple[str, dict[str, Any]]:
    chance = rng.random()
    if sent and chance < 0.2:
        kind, movement = rng.choice(sent)
        return "inspection", {
            "movement_source_system": _REFERENCES[kind],
            "movement_source_record_id": movement["source_record_id"],
            "result": rng.choice(_RESULTS),
        }
    if sent and chance < 0.35:
        kind, before = rng.choice(sent)
        same = [c for k, c in sent if c["source_record_id"] == before["source_record_id"]]
        return kind, before | {"record_version": 1 + len(same), "quality_flags": None}
    changes: dict[str, Any] = {
        "source_record_id": f"R-{number}",
        "event_at": now.astimezone(UTC).isoformat(),
        "vehicle_id": rng.choice(_VEHICLES),
    }
    if chance < 0.65:
        changes["carrier_id"] = rng.choice(_TRADERS)
        return "crossing", changes
    changes |= {
        "consignee_id": rng.choice(_TRADERS),
        "time_precision": rng.choice(["instant", "instant", "day"]),
        "gross_mass_kg": float(rng.randint(7900, 20_000)),
    }
    return "consignment", changes
