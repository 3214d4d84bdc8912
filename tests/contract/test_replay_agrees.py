"""Any score is made again from the ledger, bit for bit, and what was tampered with is found out."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

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
from tests.histories import a_random_history


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
            "UPDATE scores SET answer = replace(answer, "
            '\'"recommendation":{"action":"\', \'"recommendation":{"action":"never \')',
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
            "UPDATE ledger SET body = replace(body, '\"package_count\":320', '\"package_count\":321')",
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
