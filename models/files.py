"""How a file is written so that a reader sees all of it or none of it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import orjson


def canonical_json(value: Any) -> bytes:
    """The one way we write JSON: keys sorted, two spaces, a newline at the end."""
    options = orjson.OPT_SORT_KEYS | orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE
    return orjson.dumps(value, option=options)


def write_whole(path: Path, content: bytes) -> None:
    """Write beside the target, flush to the disk, then take the target's name."""
    path.parent.mkdir(parents=True, exist_ok=True)
    # The process id keeps two writers from sharing one unfinished file.
    unfinished = path.with_name(f".{path.name}.{os.getpid()}")
    with unfinished.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    unfinished.replace(path)
    flush_folder(path.parent)


def flush_folder(folder: Path) -> None:
    """Make names written into a folder survive a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
