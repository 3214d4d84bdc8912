"""What an office decides for itself, signed: its rules and what its posts can inspect.

One file, `configuration.json`, holds both texts as they were written, and `configuration.json.sig` who signed them:
{hash of the file: {key id: signature}}. Without the file, what is shipped with the program holds.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Literal

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from pydantic import BaseModel, ConfigDict, ValidationError

from models.capacities import Capacities, capacities_of
from models.errors import PointerRefusedError, first_fault
from models.files import canonical_json, write_whole
from models.rules import Rule, rules_of
from models.signature import key_id, sign, signers

#: The file's name in a deployment's home.
FILE = "configuration.json"

_SEEDS = Path(__file__).parent.parent / "seeds"


@dataclass(frozen=True)
class Configuration:
    """An office's own decisions.

    Attributes:
        sha256: Of the file; of both texts where what is shipped holds.
        signed_by: Ids of the trusted keys that signed; empty for what is shipped.
    """

    rules: tuple[Rule, ...]
    capacities: Capacities
    sha256: str
    signed_by: frozenset[str]


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal[1] = 1
    created_at: str | None
    rules: str
    capacities: str


def write_configuration(
    home: Path,
    *,
    rules: str,
    capacities: str,
    columns: Mapping[str, Collection[str]],
    key: Ed25519PrivateKey,
    created_at: str | None = None,
) -> str:
    """Check what an office wrote, sign it, and put it in force at one stroke.

    Args:
        home: The deployment's home.
        rules: YAML as in `seeds/rules.yaml`.
        capacities: YAML as in `seeds/capacities.yaml`.
        columns: Names of the columns there are, by subject.
        key: Who signs.
        created_at: ISO time.

    Returns:
        The SHA-256 of the file.

    Raises:
        InvalidRulesError, InvalidPolicyError: naming what is wrong; nothing is changed then.
    """
    rules_of(rules, where="The rules", columns=columns)
    capacities_of(capacities, where="The capacities")
    written = _File(created_at=created_at, rules=rules, capacities=capacities)
    content = canonical_json(written.model_dump(mode="json"))
    digest = sha256(content).hexdigest()
    path = home / FILE
    by_file = {digest: {key_id(key.public_key()): sign(key, content).hex()}}
    if path.exists():
        # The signatures go first and cover the old file too: whenever a reader comes, what is in
        # place is signed.
        old, held = _read(path)
        by_file = {sha256(old).hexdigest(): held} | by_file
    write_whole(_beside(path), canonical_json(by_file))
    write_whole(path, content)
    return digest


def load_configuration(
    home: Path, *, columns: Mapping[str, Collection[str]], trusted: Sequence[Ed25519PublicKey]
) -> Configuration:
    """What is in force: the office's own, or what is shipped.

    Raises:
        PointerRefusedError: when it was altered or nobody we trust signed it.
        InvalidRulesError, InvalidPolicyError: when it does not fit this program's columns.
    """
    path = home / FILE
    if not path.exists():
        return shipped_configuration(columns)
    content, signatures = _read(path)
    held = signers(signatures, content=content, trusted=trusted)
    if not held:
        raise PointerRefusedError(
            f"{path} is not signed by anybody we trust, or was altered after it was signed."
        )
    written = _parsed(content, path)
    return Configuration(
        rules=rules_of(written.rules, where=f"{path}, rules", columns=columns),
        capacities=capacities_of(written.capacities, where=f"{path}, capacities"),
        sha256=sha256(content).hexdigest(),
        signed_by=frozenset(held),
    )


def shipped_configuration(columns: Mapping[str, Collection[str]]) -> Configuration:
    """What holds where an office has decided nothing yet."""
    rules, capacities = shipped_texts()
    return Configuration(
        rules=rules_of(rules, where="seeds/rules.yaml", columns=columns),
        capacities=capacities_of(capacities, where="seeds/capacities.yaml"),
        sha256=sha256(f"{rules}\0{capacities}".encode()).hexdigest(),
        signed_by=frozenset(),
    )


def texts_in_force(home: Path) -> tuple[str, str]:
    """The rules and capacities in force as they were written, whoever signed them.

    Raises:
        PointerRefusedError: when the file cannot be read.
    """
    path = home / FILE
    if not path.exists():
        return shipped_texts()
    written = _parsed(_read(path)[0], path)
    return written.rules, written.capacities


def shipped_texts() -> tuple[str, str]:
    """The rules and capacities that come with the program, as written."""
    return (_SEEDS / "rules.yaml").read_text("utf-8"), (_SEEDS / "capacities.yaml").read_text(
        "utf-8"
    )


def _parsed(content: bytes, path: Path) -> _File:
    try:
        return _File.model_validate_json(content)
    except ValidationError as error:
        raise PointerRefusedError(f"{path} is invalid at {first_fault(error)}.") from error


def _read(path: Path) -> tuple[bytes, dict[str, str]]:
    try:
        # In the reverse order of writing: what is read second knows what is read first.
        content = path.read_bytes()
        claimed = _beside(path).read_bytes()
    except OSError as error:
        raise PointerRefusedError(f"{error.filename} cannot be read: {error.strerror}.") from error
    try:
        signatures = orjson.loads(claimed).get(sha256(content).hexdigest(), {})
        return content, {str(key): str(signature) for key, signature in signatures.items()}
    except (orjson.JSONDecodeError, AttributeError) as error:
        raise PointerRefusedError(f"{_beside(path)} does not hold signatures.") from error


def _beside(path: Path) -> Path:
    return path.with_name(path.name + ".sig")
