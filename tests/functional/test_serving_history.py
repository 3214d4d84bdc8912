"""What the service makes of history that changed beneath it: imports, backfills, other features."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest
from sqlalchemy import insert, update

from features.ledger import tables
from features.ledger.connection import writing
from features.ledger.sealing import seal
from features.ledger.staging import _row
from features.ledger.store import Ledger, StatesOutdated, set_features
from features.registry import FeatureSet
from models.card import BANDS
from models.errors import HeadRefusedError
from serving.deployment import Deployment
from serving.work import Scored, Submission, Work
from tests.deployments import (
    Client,
    a_home,
    a_submission,
    deployed,
    row_counts,
    submitted,
)
from tests.factories import another_ledger

#: Without its parties the example is in a higher band than with them.
ANONYMOUS: dict[str, Any] = dict.fromkeys(("consignor_id", "consignee_id", "declarant_id"))
OTHER_FEATURES = FeatureSet(extension=(("fill_level", "numeric"),))


@pytest.fixture
def here(tmp_path: Path) -> Deployment:
    return deployed(a_home(tmp_path))


def test_amending_never_lowers_the_movements_band_across_a_backfill(
    tmp_path: Path, store_url: str
) -> None:
    here = deployed(replace(a_home(tmp_path), store=store_url))
    payload = a_submission(here, "consignment")
    first = scored(here, payload | ANONYMOUS)
    seal(beside(here), backfill=True)

    second, third = scored_together(
        here, payload | {"record_version": 2}, payload | {"record_version": 3, "package_count": 9}
    )

    assert (first.score.epoch, second.score.epoch) == (1, 2)
    alone, whole = bands(first)[0], bands(second)[0]
    assert BANDS.index(alone) > BANDS.index(whole)
    assert bands(first) == (alone, alone)
    assert bands(second) == (whole, alone)
    assert bands(third)[1] == alone
    assert second.score.answer["supersedes"] == first.score.score_id
    assert third.score.answer["supersedes"] == second.score.score_id


def test_amending_never_lowers_the_movements_band_past_a_version_that_was_not_scored(
    here: Deployment,
) -> None:
    payload = a_submission(here, "consignment")
    first = scored(here, payload | ANONYMOUS)
    imported(here, "consignment", payload | {"record_version": 2})

    third = scored(here, payload | {"record_version": 3})

    alone, whole = bands(first)[0], bands(third)[0]
    assert BANDS.index(alone) > BANDS.index(whole)
    assert bands(third) == (whole, alone)
    assert third.score.answer["supersedes"] == first.score.score_id


def test_amending_a_movement_that_was_never_scored_supersedes_no_score(here: Deployment) -> None:
    payload = a_submission(here, "consignment")
    imported(here, "consignment", payload)

    assert scored(here, payload | {"record_version": 2}).score.answer["supersedes"] is None


def test_nothing_is_scored_until_the_heads_fit_the_ledgers_features_again(
    here: Deployment,
) -> None:
    set_epoch(here, OTHER_FEATURES)
    for _ in range(3):
        with pytest.raises(HeadRefusedError, match="train and promote it anew"):
            submitted(here, "consignment")
    assert row_counts(here)["scores"] == 0

    set_epoch(here, FeatureSet())

    assert isinstance(submitted(here, "consignment"), Scored)


def test_nothing_is_scored_from_states_that_other_features_made(here: Deployment) -> None:
    with writing(here.ledger.engine) as connection:
        connection.execute(update(tables.epochs).values(spec_sha256="ab" * 32))

    for _ in range(3):
        with pytest.raises(StatesOutdated, match="vardar rebuild"):
            submitted(here, "consignment")
    assert row_counts(here)["scores"] == 0


def test_in_a_batch_a_record_of_the_history_counts_as_a_duplicate(here: Deployment) -> None:
    payload = a_submission(here, "consignment")
    imported(here, "consignment", payload)
    conflicting = payload | {"package_count": 999}

    told = Client(here).post("/v1/consignments/batch", json=[payload, conflicting]).json()

    counts = {name: told[name] for name in ("accepted", "duplicate", "quarantined")}
    assert counts == dict(accepted=0, duplicate=1, quarantined=1)
    types = [item["problem"]["type"] for item in told["items"]]
    assert types == ["/problems/not-scored", "/problems/conflict"]
    assert row_counts(here)["quarantine"] == 1


@pytest.mark.parametrize("known", [True, False], ids=["a known movement", "an unknown movement"])
def test_an_inspection_sent_twice_gets_the_same_receipt(here: Deployment, known: bool) -> None:
    movement = a_submission(here, "consignment")
    if known:
        scored(here, movement)
    inspection = a_submission(
        here,
        "inspection",
        movement_source_system=movement["source_system"],
        movement_source_record_id=movement["source_record_id"],
    )

    receipt, again = (Client(here).post("/v1/inspections", json=inspection) for _ in range(2))

    assert (receipt.status_code, again.status_code) == (201, 200)
    assert again.json() == receipt.json()
    assert ("warning" in receipt.json()) is not known


def scored(here: Deployment, payload: dict[str, Any]) -> Scored:
    (outcome,) = scored_together(here, payload)
    return outcome


def scored_together(here: Deployment, *payloads: dict[str, Any]) -> list[Scored]:
    work: list[Work] = [checked(here, "consignment", payload) for payload in payloads]
    outcomes = here.scoring.commit(work)
    found = [outcome for outcome in outcomes if isinstance(outcome, Scored)]
    assert len(found) == len(outcomes)
    return found


def checked(here: Deployment, kind: str, payload: dict[str, Any]) -> Submission:
    present = {name: value for name, value in payload.items() if value is not None}
    work = here.intake.one(kind, orjson.dumps(present), door="test")
    assert isinstance(work, Submission)
    return work


def imported(here: Deployment, kind: str, payload: dict[str, Any]) -> None:
    """The record as the import of a file stages and seals it, beside the service."""
    with writing(here.ledger.engine) as connection:
        connection.execute(insert(tables.staged), [_row(checked(here, kind, payload).arrival)])
    seal(beside(here))


def beside(here: Deployment) -> Ledger:
    """The ledger as another process opens it."""
    ledger = another_ledger(here.settings.store, here.ledger.keyring)
    ledger.clock = here.ledger.clock
    return ledger


def set_epoch(here: Deployment, features: FeatureSet) -> None:
    with writing(here.ledger.engine) as connection:
        set_features(connection, 1, features)


def bands(scored: Scored) -> tuple[str, str]:
    """The band of the risk of arms, and the movement's."""
    said = scored.score.answer["risks"]["arms"]
    return said["band"], said["movement_band"]
