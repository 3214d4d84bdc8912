"""No altered, truncated or missing byte of a head is ever loaded."""

import random
import shutil
from pathlib import Path

import pytest

from models.errors import HeadRefusedError
from models.heads import load_head, save_head
from tests.heads import a_head, a_logistic_head

FILES = ("booster.txt", "calibration.json", "card.json", "manifest.json")


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("trained") / "consignment-arms"
    save_head(a_head(), folder)
    return folder


@pytest.mark.parametrize(
    "flips", [200, pytest.param(5000, marks=pytest.mark.nightly)], ids=["some", "many"]
)
def test_one_flipped_bit_is_refused_by_the_name_of_its_file(
    folder: Path, tmp_path: Path, flips: int
) -> None:
    altered = shutil.copytree(folder, tmp_path / "head")
    rng = random.Random(flips)
    for _ in range(flips):
        path = altered / rng.choice(FILES)
        whole = path.read_bytes()
        bit = rng.randrange(8 * len(whole))
        path.write_bytes(flipped(whole, bit))

        with pytest.raises(HeadRefusedError, match=path.name):
            load_head(altered, manifest_sha256=None)

        path.write_bytes(whole)
    load_head(altered, manifest_sha256=None)


@pytest.mark.parametrize(
    "step", [997, pytest.param(1, marks=pytest.mark.nightly)], ids=["some", "every"]
)
def test_a_truncated_file_is_refused_by_its_name(folder: Path, tmp_path: Path, step: int) -> None:
    altered = shutil.copytree(folder, tmp_path / "head")
    for name in FILES:
        whole = (altered / name).read_bytes()
        for length in {*range(0, len(whole), step), 1, len(whole) - 1}:
            (altered / name).write_bytes(whole[:length])

            with pytest.raises(HeadRefusedError, match=name):
                load_head(altered, manifest_sha256=None)

        (altered / name).write_bytes(whole)
    load_head(altered, manifest_sha256=None)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_refused_by_its_name(folder: Path, tmp_path: Path, name: str) -> None:
    altered = shutil.copytree(folder, tmp_path / "head")
    (altered / name).unlink()

    with pytest.raises(HeadRefusedError, match=name):
        load_head(altered, manifest_sha256=None)


def test_a_whole_head_that_is_not_the_one_signed_is_refused(tmp_path: Path) -> None:
    signed = save_head(a_head(), tmp_path / "signed")
    save_head(a_head(version="2026.2"), tmp_path / "other")

    with pytest.raises(HeadRefusedError, match=signed):
        load_head(tmp_path / "other", manifest_sha256=signed)


def test_no_file_of_a_head_can_run_code(tmp_path: Path) -> None:
    for make in (a_head, a_logistic_head):
        save_head(make(), tmp_path)
        for path in tmp_path.iterdir():
            assert path.read_bytes().isascii()


def flipped(content: bytes, bit: int) -> bytes:
    altered = bytearray(content)
    altered[bit // 8] ^= 1 << (bit % 8)
    return bytes(altered)
