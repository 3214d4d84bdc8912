"""A head on disk: four files, and a manifest that leaves no bit of them unaccounted for.

`card.json`, `calibration.json`, and one of `booster.txt`, `linear.json`, `blend.json`; `manifest.json` holds size and
SHA-256 of each. All are text; nothing that is loaded can run code.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from models.blend import Blend
from models.calibration import Calibration
from models.card import Card
from models.errors import HeadRefusedError
from models.files import canonical_json, write_whole
from models.linear import Linear
from models.risk_model import RiskModel, Scorer
from models.trees import Trees

MANIFEST = "manifest.json"
CARD = "card.json"
CALIBRATION = "calibration.json"

_SCORERS: Mapping[str, Callable[[bytes], Scorer]] = {
    Trees.file: Trees.from_bytes,
    Linear.file: Linear.from_bytes,
    Blend.file: Blend.from_bytes,
}


def save_head(model: RiskModel, folder: Path) -> str:
    """Write a head into its folder; returns the SHA-256 of its manifest."""
    return write_head_files(
        folder,
        {
            CARD: model.card.to_json(),
            CALIBRATION: model.calibration.to_json(),
            model.scorer.file: model.scorer.to_bytes(),
        },
    )


def load_head(folder: Path, *, manifest_sha256: str | None) -> RiskModel:
    """Read a head; every byte is checked before any of it is parsed.

    Args:
        folder: The head's folder.
        manifest_sha256: What the manifest must hash to, from a signed pointer; None to accept
            any head that is whole.

    Raises:
        HeadRefusedError: naming the file that is missing, altered, or does not fit.
        ModelError: when a whole file does not hold what it should.
    """
    files, found = read_head_files(folder, manifest_sha256=manifest_sha256)
    (scorer_file,) = files.keys() & _SCORERS.keys()
    return RiskModel(
        card=Card.from_json(files[CARD]),
        calibration=Calibration.from_json(files[CALIBRATION]),
        scorer=_SCORERS[scorer_file](files[scorer_file]),
        manifest_sha256=found,
    )


def write_head_files(folder: Path, files: Mapping[str, bytes]) -> str:
    """Write a head's files, the manifest last; returns the manifest's SHA-256."""
    entries = {name: _entry(content) for name, content in files.items()}
    manifest = canonical_json({"format": 1, "files": entries})
    for name, content in files.items():
        write_whole(folder / name, content)
    write_whole(folder / MANIFEST, manifest)
    for stale in _SCORERS.keys() - files.keys():
        (folder / stale).unlink(missing_ok=True)
    return sha256(manifest).hexdigest()


def read_head_files(folder: Path, *, manifest_sha256: str | None) -> tuple[dict[str, bytes], str]:
    """A head's verified files, and the manifest's SHA-256; raises as `load_head`."""
    content = _read(folder / MANIFEST)
    found = sha256(content).hexdigest()
    if manifest_sha256 not in (None, found):
        raise HeadRefusedError(
            f"{folder / MANIFEST} hashes to {found}, not to {manifest_sha256}: it is another "
            f"head than the one that was signed, or was altered."
        )
    files = {}
    for name, entry in _manifest_entries(content, folder / MANIFEST).items():
        files[name] = _read(folder / name)
        if _entry(files[name]) != entry:
            raise HeadRefusedError(
                f"{folder / name} is not what {MANIFEST} says: one of the two was altered."
            )
    return files, found


def _manifest_entries(content: bytes, path: Path) -> dict[str, Any]:
    refused = HeadRefusedError(f"{path} is not a manifest of a head: it was truncated or altered.")
    try:
        manifest = orjson.loads(content)
        # What we would not have written ourselves was altered, though it may parse.
        whole = canonical_json(manifest) == content and manifest["format"] == 1
        names = set(manifest["files"])
    except (orjson.JSONDecodeError, KeyError, TypeError) as error:
        raise refused from error
    if not whole or not any(names == {CARD, CALIBRATION, scorer} for scorer in _SCORERS):
        raise refused
    entries: dict[str, Any] = manifest["files"]
    return entries


def _entry(content: bytes) -> dict[str, str | int]:
    return {"sha256": sha256(content).hexdigest(), "size": len(content)}


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise HeadRefusedError(f"{path} cannot be read: {error.strerror}.") from error
