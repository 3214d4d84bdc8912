"""Heads are proposed; where none can serve they serve at once. MLflow keeps a mirror for people."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

import pytest

from features.registry import FeatureSet
from models.champion import RulesOnly, load_champion, promote_challenger, read_pointer, roll_back
from models.errors import PointerRefusedError
from models.risk_model import RiskModel
from models.signature import create_signing_key, load_public_key
from tests.deployments import a_real_head
from tests.heads import a_calibration, a_card, a_linear
from tests.movements import params as training_params
from training.errors import ChampionInTheWay
from training.gate.signers import create_signer, trusted_keys, trusted_signer
from training.heads import TrainedHead
from training.mirror import keep_aliases
from training.params import Params
from training.register import Registered, register, signing_key
from training.store import load_trained, save_trained

NONE = RulesOnly(subject="crossing", risk="arms", reason="Too few hits.")


def trained(folder: Path, *models: RiskModel) -> Path:
    """A folder of heads as training leaves it; the head is its own baseline."""
    made: dict[str, TrainedHead | RulesOnly] = {
        model.card.name: TrainedHead(head=model, logistic=model) for model in models
    }
    save_trained({**made, "crossing-arms": NONE}, folder)
    return folder


def one() -> RiskModel:
    return a_real_head("crossing", "smuggling")


def another() -> RiskModel:
    """The same head by another name of its version: other bytes, another hash."""
    model = one()
    return RiskModel(
        model.card.model_copy(update={"version": "8"}), model.calibration, model.scorer
    )


def linear() -> RiskModel:
    card = a_card(kind="logistic", spec_sha256=FeatureSet().sha256)
    return RiskModel(card, a_calibration(), a_linear())


def outdated() -> RiskModel:
    return a_real_head("crossing", "smuggling", spec_sha256="ab" * 32)


def params() -> Params:
    return training_params()


def signed(
    folder: Path, home: Path, *, mirrored: bool = False, features: FeatureSet | None = None
) -> Registered:
    heads: Mapping[str, TrainedHead | RulesOnly] = load_trained(folder)
    return register(
        heads, folder, home=home, params=params(), reports=home, features=features,
        mirrored=mirrored,
    )  # fmt: skip


def test_the_first_heads_serve_under_one_signature_and_say_so(tmp_path: Path) -> None:
    folder = trained(tmp_path / "models", one())

    made = signed(folder, tmp_path)

    champion = load_champion(folder, trusted=[load_public_key(tmp_path / "signing.key.pub")])
    assert (made.role, made.changed) == ("champion", True)
    assert "Cold start" in made.why
    assert champion.version == made.version
    assert champion.heads.keys() == {("crossing", "smuggling")}
    assert champion.rules_only == {("crossing", "arms"): "Too few hits."}


def test_what_served_already_is_not_signed_again(tmp_path: Path) -> None:
    folder = trained(tmp_path / "models", one())
    first = signed(folder, tmp_path)

    again = signed(folder, tmp_path)

    assert not again.changed
    assert (again.role, again.pointer_sha256) == ("champion", first.pointer_sha256)


def test_other_heads_become_the_challenger_and_the_champion_stays(tmp_path: Path) -> None:
    folder = trained(tmp_path / "models", one())
    first = signed(folder, tmp_path)
    trained(folder, another())

    proposed = signed(folder, tmp_path)
    again = signed(folder, tmp_path)

    served = read_pointer(folder, "champion")
    assert served is not None
    assert served.sha256 == first.pointer_sha256
    assert (proposed.role, proposed.changed) == ("challenger", True)
    assert (again.role, again.changed) == ("challenger", False)
    assert again.pointer_sha256 == proposed.pointer_sha256


def test_heads_of_features_that_are_no_longer_there_give_way(tmp_path: Path) -> None:
    folder = trained(tmp_path / "models", outdated())
    signed(folder, tmp_path)
    trained(folder, one())

    made = signed(folder, tmp_path)

    assert made.role == "champion"
    assert "reads features" in made.why


def test_heads_that_lack_what_the_ledger_has_since_got_give_way(tmp_path: Path) -> None:
    folder = trained(tmp_path / "models", one())
    signed(folder, tmp_path)
    trained(folder, another())
    since = FeatureSet(extension=(("officer_route", "categorical"),))

    made = signed(folder, tmp_path, features=since)

    assert made.role == "champion"


def test_a_champion_that_was_altered_lets_no_other_heads_serve(tmp_path: Path) -> None:
    folder = trained(tmp_path / "models", one())
    signed(folder, tmp_path)
    path = folder / "champion.json"
    path.write_bytes(path.read_bytes().replace(b"vardar", b"other!"))
    trained(folder, another())

    with pytest.raises(ChampionInTheWay, match=r"altered.*vardar rollback"):
        signed(folder, tmp_path)


def test_a_champion_of_a_stranger_lets_no_other_heads_serve(tmp_path: Path) -> None:
    folder = trained(tmp_path / "models", one())
    signed(folder, tmp_path / "elsewhere")

    with pytest.raises(ChampionInTheWay, match="whom we do not trust"):
        signed(folder, tmp_path)


def test_the_same_heads_get_the_same_version(tmp_path: Path) -> None:
    folder = trained(tmp_path / "models", one())
    shutil.copytree(folder, tmp_path / "copied")

    assert (
        signed(folder, tmp_path / "a").version
        == signed(tmp_path / "copied", tmp_path / "b").version
    )


def test_a_stranger_cannot_vouch_for_heads(tmp_path: Path) -> None:
    folder = trained(tmp_path / "models", one())
    signed(folder, tmp_path)
    stranger = create_signing_key(tmp_path / "stranger.key").public_key()

    with pytest.raises(PointerRefusedError, match="whom we do not trust"):
        load_champion(folder, trusted=[stranger])


def test_the_signing_key_is_made_once(tmp_path: Path) -> None:
    first, second = signing_key(tmp_path), signing_key(tmp_path)

    assert first.private_bytes_raw() == second.private_bytes_raw()


@pytest.mark.slow
# MLflow's own code warns of what it deprecates.
@pytest.mark.filterwarnings("ignore")
def test_mlflow_mirrors_the_run_and_its_aliases_follow_the_pointers(tmp_path: Path) -> None:
    (tmp_path / "metrics.json").write_text('{"auc": 0.75}')
    folder = trained(tmp_path / "models", one(), linear())
    create_signer(tmp_path, "second")
    second, _ = trusted_signer(tmp_path, tmp_path / "signers" / "second.key")

    first = signed(folder, tmp_path, mirrored=True)
    trained(folder, another(), linear())
    signed(folder, tmp_path, mirrored=True)

    from mlflow import MlflowClient

    def aliases(head: str = "crossing-smuggling") -> dict[str, str]:
        named = client.get_registered_model(f"vardar-{head}").aliases
        return {name: str(version) for name, version in named.items()}

    client = MlflowClient(f"sqlite:///{tmp_path}/mlflow.db")
    assert first.run_id
    run = client.get_run(first.run_id)
    assert run.data.metrics["auc"] == 0.75
    assert run.data.params["fit.minimum_hits"] == "20"
    assert {a.path for a in client.list_artifacts(first.run_id)} >= {"crossing-smuggling"}
    assert aliases() == {"champion": "1", "challenger": "2"}
    promote_challenger(folder, key=second)
    keep_aliases(tmp_path, folder)
    assert aliases() == {"champion": "2", "previous": "1"}
    roll_back(folder, key=second, trusted=trusted_keys(tmp_path))
    keep_aliases(tmp_path, folder)
    assert aliases() == {"champion": "1"}
    # A head that is no booster is mirrored too.
    assert aliases("consignment-arms").keys() == {"champion"}
