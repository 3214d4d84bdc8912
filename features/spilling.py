"""What a long run wrote so far: whole files only, each beside what it was made from.

A run that was interrupted goes on with the parts that are complete and were made from the same
events, by the same features and the same code.
"""

from __future__ import annotations

import ast
import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import orjson

_MANIFEST = "manifest.json"

# What decides how a part comes out. The text of a comment does not, so the syntax tree is hashed.
_MAKING_MODULES = (
    "assembly",
    "convoy",
    "convoy_offline",
    "engines",
    "offline",
    "offline_corrections",
    "offline_ends",
    "parts",
    "table",
)


def fingerprint(files: Sequence[Path]) -> list[dict[str, object]]:
    """Name, size and SHA-256 of files."""
    found: list[dict[str, object]] = []
    for path in files:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        found.append({"name": path.name, "bytes": path.stat().st_size, "sha256": digest})
    return found


@lru_cache(maxsize=1)
def code_sha256() -> str:
    """Pins the code that makes the parts and puts them together."""
    digest = hashlib.sha256()
    for module in _MAKING_MODULES:
        path = Path(__file__).parent / f"{module}.py"
        if path.exists():
            digest.update(ast.dump(ast.parse(path.read_text("utf-8"))).encode())
    return digest.hexdigest()


def is_made(folder: Path, origin: object) -> bool:
    """Whether `folder` was made whole from `origin`."""
    return bool(read_manifest(folder / _MANIFEST) == _plain(origin))


def make(folder: Path, origin: object, write: Callable[[Path], None]) -> None:
    """Let `write` fill a new folder, which appears under its name only once it is whole."""
    unfinished = folder.with_name(f"{folder.name}.unfinished")
    shutil.rmtree(unfinished, ignore_errors=True)
    write(unfinished)
    (unfinished / _MANIFEST).write_bytes(orjson.dumps(origin))
    shutil.rmtree(folder, ignore_errors=True)
    unfinished.rename(folder)


def read_manifest(path: Path) -> Any:
    """A manifest, or None if there is none."""
    return orjson.loads(path.read_bytes()) if path.exists() else None


def write_manifest(path: Path, content: object) -> None:
    """Write a manifest in one step."""
    write_file(path, lambda unfinished: unfinished.write_bytes(orjson.dumps(content)))


def write_file(path: Path, write: Callable[[Path], object]) -> None:
    """Let `write` fill a file, which appears under its name only once it is whole and on disk."""
    unfinished = path.with_name(f".{path.name}.unfinished")
    write(unfinished)
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.replace(path)


def _plain(content: object) -> Any:
    return orjson.loads(orjson.dumps(content))
