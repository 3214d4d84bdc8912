"""The secrets of a deployment: the pseudonyms' key and the key that wraps the months' keys."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from features.errors import VardarError

_LENGTH = 32


class KeyringUnusable(VardarError):
    """The deployment's secret is missing, readable by others, or not a secret."""


@dataclass(frozen=True, repr=False)
class Keyring:
    """Keys derived from one secret, so that one file has to be kept safe."""

    secret: bytes

    @property
    def pseudonyms(self) -> bytes:
        """Key of the pseudonyms."""
        return self._derived("pseudonyms")

    @property
    def wrapping(self) -> bytes:
        """Key under which the months' keys are kept."""
        return self._derived("wrapping")

    @property
    def draws(self) -> bytes:
        """Key of the random draws."""
        return self._derived("draws")

    def _derived(self, purpose: str) -> bytes:
        return sha256(b"vardar " + purpose.encode() + b"\0" + self.secret).digest()


def load_keyring(path: Path, *, create: bool = False) -> Keyring:
    """The keyring whose secret, 64 hexadecimal digits, lies in a file.

    Raises:
        KeyringUnusable: if there is none and `create` is false, or it is no such secret.
    """
    if not path.exists():
        if not create:
            msg = f"There is no secret at {path}; create one with: vardar keys create"
            raise KeyringUnusable(msg)
        write_secret(path, secrets.token_hex(_LENGTH))
    try:
        secret = bytes.fromhex(path.read_text("ascii").strip())
    except (ValueError, OSError) as error:
        msg = f"The secret at {path} cannot be read as hexadecimal digits."
        raise KeyringUnusable(msg) from error
    if len(secret) < _LENGTH:
        msg = f"The secret at {path} is shorter than {_LENGTH} bytes."
        raise KeyringUnusable(msg)
    return Keyring(secret)


def write_secret(path: Path, text: str) -> None:
    """Write a secret that only its owner can read; an existing one is never overwritten."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w") as file:
        file.write(text + "\n")
