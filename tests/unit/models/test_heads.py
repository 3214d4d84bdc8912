"""What is saved is what is loaded."""

from collections.abc import Callable
from pathlib import Path

import pytest

from models.errors import ModelError
from models.files import canonical_json
from models.heads import load_head, save_head, write_head_files
from models.risk_model import RiskModel
from tests.heads import a_calibration, a_card, a_head, a_linear, a_logistic_head, rows


@pytest.mark.parametrize("make", [a_head, a_logistic_head])
def test_a_loaded_head_answers_as_the_saved_one(
    tmp_path: Path, make: Callable[[], RiskModel]
) -> None:
    saved = make()
    manifest_sha256 = save_head(saved, tmp_path)

    loaded = load_head(tmp_path, manifest_sha256=manifest_sha256)

    assert loaded.manifest_sha256 == manifest_sha256
    assert loaded.card == saved.card
    assert loaded.margins(rows()).tobytes() == saved.margins(rows()).tobytes()


def test_the_same_head_is_the_same_bytes(tmp_path: Path) -> None:
    assert save_head(a_head(), tmp_path / "a") == save_head(a_head(), tmp_path / "b")


def test_saving_a_loaded_head_changes_nothing(tmp_path: Path) -> None:
    first = save_head(a_head(), tmp_path / "a")

    loaded = load_head(tmp_path / "a", manifest_sha256=first)

    assert save_head(loaded, tmp_path / "b") == first


def test_a_head_of_another_kind_leaves_nothing_of_the_old_one(tmp_path: Path) -> None:
    save_head(a_head(), tmp_path)
    save_head(a_logistic_head(), tmp_path)

    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "calibration.json",
        "card.json",
        "linear.json",
        "manifest.json",
    ]


def test_whole_files_that_do_not_fit_one_another_are_refused(tmp_path: Path) -> None:
    files = {
        "card.json": a_card().to_json(),
        "calibration.json": a_calibration().to_json(),
        "linear.json": a_linear().to_bytes(),
    }
    write_head_files(tmp_path, files)

    with pytest.raises(ModelError, match="boosted_trees"):
        load_head(tmp_path, manifest_sha256=None)


def test_a_manifest_cannot_reach_outside_its_folder(tmp_path: Path) -> None:
    outside = {"../card.json": {"sha256": "00", "size": 0}}
    (tmp_path / "manifest.json").write_bytes(canonical_json({"format": 1, "files": outside}))

    with pytest.raises(ModelError, match=r"manifest\.json"):
        load_head(tmp_path, manifest_sha256=None)
