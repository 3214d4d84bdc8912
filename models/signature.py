"""Who stands behind some bytes: Ed25519 keys and signatures (RFC 8032)."""

from __future__ import annotations

import os
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from models.errors import KeyRefusedError


def create_signing_key(path: Path) -> Ed25519PrivateKey:
    """Make a key, readable by its owner alone, and its public half beside it as `.pub`.

    Raises:
        KeyRefusedError: when either file exists; a key is never overwritten.
    """
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    beside = public_path(path)
    if beside.exists():
        raise KeyRefusedError(f"{beside} exists already; move it away to make a new key.")
    _write_new(path, private, mode=0o600)
    _write_new(beside, public, mode=0o644)
    return key


def public_path(path: Path) -> Path:
    """Where the public half of a key lies."""
    return path.with_name(path.name + ".pub")


def load_signing_key(path: Path) -> Ed25519PrivateKey:
    """Read a private key.

    Raises:
        KeyRefusedError: when the file is missing or is not an Ed25519 private key.
    """
    try:
        key = serialization.load_pem_private_key(_read(path), password=None)
    except (ValueError, TypeError) as error:
        raise KeyRefusedError(f"{path} is not a private key in PEM without a password.") from error
    if not isinstance(key, Ed25519PrivateKey):
        raise KeyRefusedError(f"{path} is not an Ed25519 key.")
    return key


def load_public_key(path: Path) -> Ed25519PublicKey:
    """Read a public key; raises as `load_signing_key`."""
    try:
        key = serialization.load_pem_public_key(_read(path))
    except ValueError as error:
        raise KeyRefusedError(f"{path} is not a public key in PEM.") from error
    if not isinstance(key, Ed25519PublicKey):
        raise KeyRefusedError(f"{path} is not an Ed25519 key.")
    return key


def key_id(key: Ed25519PublicKey) -> str:
    """A short name for a key: the first 16 hex digits of the SHA-256 of its raw bytes."""
    return sha256(key.public_bytes_raw()).hexdigest()[:16]


def sign(key: Ed25519PrivateKey, content: bytes) -> bytes:
    """The 64-byte signature of the content."""
    return key.sign(content)


def verify(key: Ed25519PublicKey, *, signature: bytes, content: bytes) -> bool:
    """Whether this key signed this content."""
    try:
        key.verify(signature, content)
    except InvalidSignature:
        return False
    return True


def signers(
    signatures: dict[str, str], *, content: bytes, trusted: Sequence[Ed25519PublicKey]
) -> set[str]:
    """Ids of the trusted keys whose signature (hex, by key id) of the content holds."""
    held = set()
    for key in trusted:
        claimed = signatures.get(key_id(key), "")
        try:
            signature = bytes.fromhex(claimed)
        except ValueError:
            continue
        if verify(key, signature=signature, content=content):
            held.add(key_id(key))
    return held


def _write_new(path: Path, content: bytes, *, mode: int) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        # Exclusive, and with its mode from the first moment: no reader can come between.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    except FileExistsError as error:
        raise KeyRefusedError(f"{path} exists already; move it away to make a new key.") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise KeyRefusedError(f"{path} cannot be read: {error.strerror}.") from error
