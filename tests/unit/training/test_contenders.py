"""Who is champion and who challenger is read from pointers, folders, and what training wrote last."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from models.card import Card
from models.champion import RulesOnly, write_pointer
from models.errors import ModelError
from models.heads import MANIFEST
from models.risk_model import RiskModel
from tests.heads import a_calibration, a_card, a_linear
from training.comparing.contenders import contenders
from training.errors import HeadsMissing
from training.heads import TrainedHead
from training.store import load_trained, save_trained

NAME = "consignment-arms"
NAMES = (NAME, "crossing-arms")
KEY = Ed25519PrivateKey.generate()


def a_trained(version: str) -> TrainedHead:
    card: Card = a_card(kind="logistic", version=version)
    model = RiskModel(card, a_calibration(), a_linear())
    return TrainedHead(head=model, logistic=model)


def saved(folder: Path, version: str) -> str:
    """Heads of this version, as training writes them; the manifest's hash."""
    save_trained(
        {NAME: a_trained(version),
         "crossing-arms": RulesOnly(subject="crossing", risk="arms", reason="7 hits were known")},
        folder,
    )  # fmt: skip
    made = load_trained(folder, NAMES)[NAME]
    assert isinstance(made, TrainedHead)
    return made.head.manifest_sha256 or ""


def test_without_a_pointer_what_was_trained_last_stands_alone(tmp_path: Path) -> None:
    saved(tmp_path, "1")

    found = contenders(tmp_path, NAMES, challenger=None)

    champion = found.champions[NAME]
    assert isinstance(champion, TrainedHead)
    assert champion.head.card.version == "1"
    assert isinstance(found.champions["crossing-arms"], RulesOnly)
    assert found.challengers == {}
    assert found.about == ("Head: the one trained last.", "There is no challenger.")


def test_what_training_wrote_after_the_champion_challenges_it(tmp_path: Path) -> None:
    write_pointer(tmp_path, heads={NAME: saved(tmp_path, "1")}, key=KEY, version="first")
    saved(tmp_path, "2")

    found = contenders(tmp_path, NAMES, challenger=None)

    champion = found.champions[NAME]
    assert isinstance(champion, TrainedHead)
    assert champion.head.card.version == "1"
    assert found.challengers[NAME].card.version == "2"
    assert "version first" in found.about[0]
    assert "trained last" in found.about[1] or "wrote last" in found.about[1]


def test_the_head_in_shadow_goes_before_what_training_wrote_last(tmp_path: Path) -> None:
    write_pointer(tmp_path, heads={NAME: saved(tmp_path, "1")}, key=KEY, version="first")
    write_pointer(
        tmp_path, heads={NAME: saved(tmp_path, "2")}, key=KEY, version="second", role="challenger"
    )
    saved(tmp_path, "3")

    found = contenders(tmp_path, NAMES, challenger=None)

    assert found.challengers[NAME].card.version == "2"
    assert "version second, which runs in shadow" in found.about[1]


def test_a_folder_that_was_given_goes_before_all(tmp_path: Path) -> None:
    saved(tmp_path / "models", "1")
    saved(tmp_path / "candidate", "9")

    found = contenders(tmp_path / "models", NAMES, challenger=tmp_path / "candidate")

    assert found.challengers[NAME].card.version == "9"
    assert "candidate" in found.about[1]


def test_a_champion_that_was_altered_is_refused(tmp_path: Path) -> None:
    digest = saved(tmp_path, "1")
    write_pointer(tmp_path, heads={NAME: digest}, key=KEY, version="first")
    kept = next((tmp_path / "promoted").rglob("calibration.json"))
    kept.write_bytes(kept.read_bytes().replace(b"0.9", b"0.8"))

    with pytest.raises(ModelError, match=r"altered|not what"):
        contenders(tmp_path, NAMES, challenger=None)
    assert (kept.parent / MANIFEST).exists()


def test_an_empty_folder_of_challengers_is_refused(tmp_path: Path) -> None:
    saved(tmp_path / "models", "1")
    (tmp_path / "empty").mkdir()

    with pytest.raises(HeadsMissing, match="no trained heads"):
        contenders(tmp_path / "models", NAMES, challenger=tmp_path / "empty")
