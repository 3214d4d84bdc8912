"""Secrets that are shown once: how they are made, and how they are recognised afterwards."""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256
from time import time_ns

#: By this an API key is told from a token, and a leaked one is found by scanners.
KEY_PREFIX = "vardar_key_"

MINUTE, HOUR, DAY = 60_000_000, 3_600_000_000, 86_400_000_000


def new_secret() -> str:
    """256 random bits, in letters that need no quoting."""
    return secrets.token_urlsafe(32)


def new_id() -> str:
    """A short name without meaning."""
    return secrets.token_hex(8)


def recognised_by(secret: str) -> str:
    """SHA-256 of a random secret; 256 random bits cannot be found by trying."""
    return sha256(secret.encode("utf-8", "surrogateescape")).hexdigest()


def equal(one: str, other: str) -> bool:
    """Whether two texts are equal, in a time that does not depend on where they differ."""
    return hmac.compare_digest(one.encode("utf-8", "surrogateescape"), other.encode())


def real_now() -> int:
    """Microseconds since 1970 UTC by the machine's clock, in a rehearsal too."""
    return time_ns() // 1000
