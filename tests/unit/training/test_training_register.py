"""Heads serve once they are signed; MLflow keeps a mirror for people."""

from __future__ import annotations

from pathlib import Path

import pytest

from models.champion import RulesOnly, load_champion
from models.errors import PointerRefusedError
from models.signature import create_signing_key, load_public_key
from tests.movements import FEATURES, crossings, outcomes, params
from training.heads import TrainedHead, train_head
from training.register import register, signing_key
from training.store import load_trained, save_trained

NONE = RulesOnly(subject="crossing", risk="arms", reason="Too few hits.")


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    movements = crossings()
    head = train_head(
        movements, outcomes(movements), features=FEATURES, subject="crossing", risk="smuggling",
        params=params(), texts={},
    )  # fmt: skip
    folder = tmp_path_factory.mktemp("trained")
    save_trained({"crossing-smuggling": head, "crossing-arms": NONE}, folder)
    return folder


def signed(trained: Path, home: Path) -> str:
    heads = load_trained(trained)
    made = register(heads, trained, home=home, params=params(), reports=home, mirror=False)
    return made.version


def test_registered_heads_are_what_the_service_loads(trained: Path, tmp_path: Path) -> None:
    version = signed(trained, tmp_path)

    champion = load_champion(trained, trusted=[load_public_key(tmp_path / "signing.key.pub")])

    kept = load_trained(trained)["crossing-smuggling"]
    assert isinstance(kept, TrainedHead)
    assert champion.version == version
    assert champion.heads.keys() == {("crossing", "smuggling")}
    loaded = champion.heads["crossing", "smuggling"]
    assert loaded.manifest_sha256 == kept.head.manifest_sha256
    assert champion.rules_only == {("crossing", "arms"): "Too few hits."}


def test_the_same_heads_get_the_same_version(trained: Path, tmp_path: Path) -> None:
    assert signed(trained, tmp_path / "a") == signed(trained, tmp_path / "b")


def test_a_stranger_cannot_vouch_for_heads(trained: Path, tmp_path: Path) -> None:
    signed(trained, tmp_path)
    stranger = create_signing_key(tmp_path / "stranger.key").public_key()

    with pytest.raises(PointerRefusedError, match="whom we do not trust"):
        load_champion(trained, trusted=[stranger])


def test_the_signing_key_is_made_once(tmp_path: Path) -> None:
    first, second = signing_key(tmp_path), signing_key(tmp_path)

    assert first.private_bytes_raw() == second.private_bytes_raw()


@pytest.mark.slow
# MLflow's own code warns of what it deprecates.
@pytest.mark.filterwarnings("ignore")
def test_mlflow_mirrors_the_run_and_marks_the_champion(trained: Path, tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text('{"auc": 0.75}')

    made = register(
        load_trained(trained), trained, home=tmp_path, params=params(), reports=tmp_path
    )

    from mlflow import MlflowClient

    assert made.run_id
    client = MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    champion = client.get_model_version_by_alias("vardar-crossing-smuggling", "champion")
    run = client.get_run(made.run_id)
    assert champion.run_id == made.run_id
    assert run.data.metrics["auc"] == 0.75
    assert run.data.params["fit.minimum_hits"] == "20"
    assert {a.path for a in client.list_artifacts(made.run_id)} >= {"crossing-smuggling"}
