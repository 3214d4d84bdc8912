"""What the service stored is what the gate makes of the ledger and the heads again, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from features.registry import FeatureSet
from models.champion import Champion, load_champion
from models.errors import PointerRefusedError
from models.signature import load_public_key
from tests.deployments import a_home, a_real_head, deployed, submitted
from training.gate.served import Stored, parity_check, replay_check, stored_scores

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> tuple[Champion, list[Stored], Path]:
    settings = a_home(tmp_path_factory.mktemp("served"))
    deployment = deployed(settings)
    for number in range(6):
        submitted(deployment, "crossing", queue_minutes=float(number))
        submitted(deployment, "consignment", gross_mass_kg=8420.0 + number)
    stored = stored_scores(deployment.ledger, sample=100, seed=1)
    trusted = [load_public_key(path) for path in settings.trusted]
    return load_champion(settings.models, trusted=trusted), stored, settings.home


def test_the_champion_makes_its_stored_scores_again(
    served: tuple[Champion, list[Stored], Path],
) -> None:
    champion, stored, _ = served

    told = replay_check(champion, stored)

    assert told.verdict == "ok"
    # Three heads: two of consignments, one of crossings.
    assert told.figures["margins"] == 18


def test_a_margin_that_comes_out_otherwise_by_a_bit_is_refused(
    served: tuple[Champion, list[Stored], Path],
) -> None:
    champion, stored, _ = served
    risk, margin = next(iter(stored[0].margins.items()))
    assert margin is not None
    other = replace(stored[0], margins={**stored[0].margins, risk: margin + 1e-15})

    told = replay_check(champion, [other, *stored[1:]])

    assert told.verdict == "refused"
    assert told.figures["differing"] == 1
    assert stored[0].score_id in told.sentence


def test_a_sample_of_scores_is_drawn_by_seed(tmp_path: Path) -> None:
    deployment = deployed(a_home(tmp_path, heads=[("crossing", "arms")]))
    for _ in range(8):
        submitted(deployment, "crossing")

    one, again, other = (
        {score.score_id for score in stored_scores(deployment.ledger, sample=4, seed=seed)}
        for seed in (1, 1, 2)
    )

    assert len(one) == 4
    assert one == again != other


def test_served_integers_are_those_derived_offline_but_for_one_that_was_changed(
    tmp_path: Path,
) -> None:
    deployment = deployed(a_home(tmp_path, heads=[("crossing", "arms")]))
    for number in range(3):
        submitted(deployment, "crossing", queue_minutes=float(number))
    first, *others = stored_scores(deployment.ledger, sample=100, seed=1)
    name = "queue_minutes"
    changed = replace(first, integers={**first.integers, name: first.integers[name] + 1})
    assert deployment.champion is not None

    told = parity_check(deployment.champion, deployment.ledger, [changed, *others])

    assert told.verdict == "refused"
    assert told.figures["scores"] == 3
    assert int(told.figures["cells"] or 0) > 300
    assert told.figures["differing"] == 1
    assert name in told.sentence


def test_a_head_of_other_features_than_the_ledgers_is_refused(tmp_path: Path) -> None:
    deployment = deployed(a_home(tmp_path, heads=[("crossing", "arms")]))
    assert deployment.champion is not None
    stranger = a_real_head("crossing", "arms", spec_sha256="ab" * 32)
    other = replace(deployment.champion, heads={("crossing", "arms"): stranger})

    told = parity_check(other, deployment.ledger, [])

    assert told.verdict == "refused"
    assert "reads features abababababab" in told.sentence
    assert FeatureSet().sha256[:12] in told.sentence


def test_the_service_refuses_heads_that_nobody_signed(tmp_path: Path) -> None:
    settings = a_home(tmp_path, heads=[("crossing", "arms")])
    (settings.models / "champion.json.sig").write_bytes(b"{}")

    with pytest.raises(PointerRefusedError, match="is not signed"):
        deployed(settings)
    (settings.models / "champion.json.sig").unlink()
    with pytest.raises(PointerRefusedError, match=r"champion\.json\.sig"):
        deployed(settings)


def test_where_two_must_sign_the_service_refuses_one_signature(tmp_path: Path) -> None:
    settings = replace(a_home(tmp_path, heads=[("crossing", "arms")]), signatures_needed=2)

    with pytest.raises(PointerRefusedError, match="needs 2"):
        deployed(settings)
