"""What a kept result depends on: programs and tables by their bytes, and what was asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

_ROOT = Path(__file__).parents[2]


def fingerprint(
    patterns: Sequence[str], asked: Mapping[str, Any], *, but: Sequence[str] = ()
) -> str:
    """A SHA-256 that changes whenever one of these files or what was asked for does.

    Args:
        patterns: Globs of files, from the project's root.
        asked: What was asked for, as plain JSON.
        but: Beginnings of paths that decide nothing.
    """
    digest = sha256(orjson.dumps(asked, option=orjson.OPT_SORT_KEYS))
    for path in _files(patterns, but):
        digest.update(path.relative_to(_ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()


def _files(patterns: Sequence[str], but: Sequence[str]) -> Iterator[Path]:
    for pattern in patterns:
        for path in sorted(_ROOT.glob(pattern)):
            inside = path.relative_to(_ROOT).as_posix()
            # Bytes of the interpreter differ from machine to machine.
            if (
                path.is_file()
                and "__pycache__" not in path.parts
                and not inside.startswith(tuple(but))
            ):
                yield path
