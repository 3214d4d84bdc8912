"""Who let which heads serve, and when: a log in which each line holds the hash of the one before.

`gate/log.jsonl` is only ever appended to. A line that is changed, taken out or put in breaks the
chain from there on; what cannot be told from the file alone is that its end was cut off.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Mapping
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from training.errors import GateRefused

_FIRST = "0" * 64


def append_decision(home: Path, *, action: str, now: datetime, told: Mapping[str, Any]) -> None:
    """Add a decision, durably.

    Args:
        home: The deployment's home.
        action: register, shadow, pass or refuse (the gate's word), promote or roll back.
        now: When.
        told: What else is to be known of it.

    Raises:
        GateRefused: when the log was altered: nothing is built on a broken chain.
    """
    path = _path(home)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
    with os.fdopen(handle, "r+b") as file:
        # Two who decide at once must not both follow the same line.
        fcntl.flock(file, fcntl.LOCK_EX)
        lines = _checked(file.read(), path)
        line = {
            "number": len(lines) + 1,
            "before": sha256(lines[-1]).hexdigest() if lines else _FIRST,
            "at": now.isoformat(timespec="seconds"),
            "action": action,
            **told,
        }
        file.write(orjson.dumps(line, option=orjson.OPT_SORT_KEYS) + b"\n")
        file.flush()
        os.fsync(file.fileno())


def decisions(home: Path) -> list[dict[str, Any]]:
    """Every decision so far.

    Raises:
        GateRefused: naming the first line that does not follow from the one before.
    """
    path = _path(home)
    if not path.exists():
        return []
    return [orjson.loads(line) for line in _checked(path.read_bytes(), path)]


def _path(home: Path) -> Path:
    return home / "gate" / "log.jsonl"


def _checked(content: bytes, path: Path) -> list[bytes]:
    lines = content.splitlines()
    before = _FIRST
    for number, line in enumerate(lines, start=1):
        try:
            told = orjson.loads(line)
            follows = told["before"] == before and told["number"] == number
        except (orjson.JSONDecodeError, KeyError, TypeError):
            follows = False
        if not follows:
            raise GateRefused(
                f"Line {number} of {path} does not follow from the one before: it was altered. Keep "
                "the file, find out who, and start a new one."
            )
        before = sha256(line).hexdigest()
    return lines
