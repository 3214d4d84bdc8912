"""What a service refuses to start with, and what it starts without."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest

from models.champion import write_pointer
from models.errors import HeadRefusedError, PointerRefusedError
from models.heads import save_head
from serving.answers import new_score_id
from serving.assessing import highest_band
from serving.deployment import SecondService, ServiceLock, open_deployment
from serving.recommending import identity_of
from tests.deployments import a_home, a_real_head, deployed, signing_key

DAY_US = 86_400_000_000


def test_a_head_trained_on_other_features_is_refused_with_the_way_out(tmp_path: Path) -> None:
    settings = a_home(tmp_path, heads=())
    stale = a_real_head("consignment", "arms", spec_sha256="ab" * 32)
    manifest = save_head(stale, settings.models / "consignment-arms")
    key = signing_key(settings)
    write_pointer(settings.models, heads={"consignment-arms": manifest}, key=key, version="1")

    with pytest.raises(HeadRefusedError, match="train and promote it anew"):
        open_deployment(settings)


def test_an_altered_head_is_refused_by_its_file(tmp_path: Path) -> None:
    settings = a_home(tmp_path)
    (card, *_) = sorted(settings.models.glob("promoted/*/card.json"))
    card.write_text(card.read_text().replace('"base_rate": 0.01', '"base_rate": 0.02'))

    with pytest.raises(HeadRefusedError, match=r"card\.json"):
        open_deployment(settings)


def test_a_champion_nobody_we_trust_signed_is_refused(tmp_path: Path) -> None:
    settings = a_home(tmp_path / "ours")
    theirs = a_home(tmp_path / "theirs")

    with pytest.raises(PointerRefusedError, match="trust"):
        open_deployment(replace(settings, models=theirs.models))


def test_without_a_champion_rules_and_chance_serve(tmp_path: Path) -> None:
    assessor = deployed(a_home(tmp_path, heads=())).scoring.assessor

    assert not assessor.heads
    assert {risk for _, risk in assessor.risks} == {"arms", "smuggling"}


def test_an_embedded_store_has_one_service(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/ledger.db"
    first = ServiceLock(url)

    with pytest.raises(SecondService, match="PostgreSQL"):
        ServiceLock(url)

    first.release()
    ServiceLock(url).release()


def test_a_score_id_is_a_uuid_that_sorts_by_its_moment() -> None:
    early, late = new_score_id(20_000 * DAY_US), new_score_id(20_001 * DAY_US)

    assert UUID(early).version == 7
    assert UUID(early).variant == "specified in RFC 4122"
    assert early < late
    assert new_score_id(0) != new_score_id(0)


def test_all_versions_of_a_movement_draw_by_one_identity_and_nothing_else_does() -> None:
    first = {"source_system": "s", "source_record_id": "1", "record_version": 1}

    assert identity_of("crossing", first | {"record_version": 2}) == identity_of("crossing", first)
    assert identity_of("consignment", first) != identity_of("crossing", first)
    assert identity_of("crossing", first | {"source_record_id": "2"}) != identity_of(
        "crossing", first
    )


def test_the_highest_band_is_the_movements() -> None:
    assert highest_band(["low", "very_high", None, "high"]) == "very_high"
    assert highest_band([None]) is None
