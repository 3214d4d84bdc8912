"""Who may sign: keys of persons, and what they signed besides pointers.

In the deployment's home:

    signing.key, signing.key.pub    of who proposes heads (`vardar register`)
    signers/<name>.key.pub          public keys of everybody else who may sign
    signers/<name>.key              their private halves, where they were made here; each person
                                    takes theirs away and keeps it apart
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import orjson
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from models.errors import KeyRefusedError
from models.files import canonical_json, write_whole
from models.signature import (
    create_signing_key,
    key_id,
    load_public_key,
    load_signing_key,
    public_path,
    sign,
    signers,
)
from training.errors import GateRefused

PROPOSER = "signing"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,40}")


@dataclass(frozen=True)
class Signer:
    """Somebody whose signature counts."""

    name: str
    key_id: str
    public: Ed25519PublicKey


def create_signer(home: Path, name: str) -> Signer:
    """Make a key for a person, and trust it.

    Raises:
        GateRefused: when the name is none a file can have.
        KeyRefusedError: when there is such a key; a key is never overwritten.
    """
    if not _NAME.fullmatch(name):
        raise GateRefused(
            f"{name!r} cannot name a key; use lower-case letters, digits and hyphens."
        )
    key = create_signing_key(home / "signers" / f"{name}.key")
    return Signer(name, key_id(key.public_key()), key.public_key())


def trusted(home: Path) -> list[Signer]:
    """Everybody whose signature counts here, the proposer first.

    Raises:
        KeyRefusedError: when a public key cannot be read.
    """
    beside = sorted((home / "signers").glob("*.key.pub"))
    files = [
        (PROPOSER, public_path(home / "signing.key")),
        *((path.name.removesuffix(".key.pub"), path) for path in beside),
    ]
    found = [(name, load_public_key(path)) for name, path in files if path.exists()]
    return [Signer(name, key_id(public), public) for name, public in found]


def trusted_keys(home: Path) -> list[Ed25519PublicKey]:
    """Their public keys."""
    return [signer.public for signer in trusted(home)]


def trusted_signer(home: Path, path: Path) -> tuple[Ed25519PrivateKey, Signer]:
    """A private key and whose it is.

    Raises:
        KeyRefusedError: when the file is no key.
        GateRefused: when nobody we trust has this key.
    """
    key = load_signing_key(path)
    mine = key_id(key.public_key())
    for signer in trusted(home):
        if signer.key_id == mine:
            return key, signer
    raise GateRefused(
        f"The key {mine} in {path} belongs to nobody we trust; put its public half into "
        f"{home / 'signers'}, or make a key with: vardar signers create NAME"
    )


def sign_file(path: Path, key: Ed25519PrivateKey) -> Path:
    """Sign a file's bytes; what others signed stays beside.

    Returns:
        The file of signatures: `<file>.sig`, {key id: signature}.
    """
    beside = path.with_name(path.name + ".sig")
    there = _claimed(beside) if beside.exists() else {}
    mine = {key_id(key.public_key()): sign(key, path.read_bytes()).hex()}
    write_whole(beside, canonical_json(there | mine))
    return beside


def signers_of(path: Path, *, home: Path) -> list[Signer]:
    """Everybody we trust who signed a file as it is now."""
    beside = path.with_name(path.name + ".sig")
    if not beside.exists():
        return []
    everybody = trusted(home)
    held = signers(
        _claimed(beside),
        content=path.read_bytes(),
        trusted=[signer.public for signer in everybody],
    )
    return [signer for signer in everybody if signer.key_id in held]


def _claimed(path: Path) -> dict[str, str]:
    try:
        read = orjson.loads(path.read_bytes())
        return {str(who): str(signature) for who, signature in read.items()}
    except (OSError, orjson.JSONDecodeError, AttributeError) as error:
        raise KeyRefusedError(f"{path} does not hold signatures.") from error
