"""Style and script of the pages: kept in memory, sent compressed, named by their content."""

from __future__ import annotations

import gzip
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

from serving.problems import TYPES, ProblemError

FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}

router = APIRouter()


@dataclass(frozen=True)
class StaticFile:
    """One file.

    Attributes:
        mark: Of its content; part of its address, so that browsers may keep it for ever.
    """

    mark: str
    media_type: str
    content: bytes
    compressed: bytes


@cache
def files() -> Mapping[str, StaticFile]:
    """Every file by name."""
    return {path.name: _read(path) for path in FOLDER.iterdir() if path.suffix in _TYPES}


def address(name: str) -> str:
    """Where a file is."""
    return f"/review/static/{name}?{files()[name].mark}"


@router.get("/review/static/{name}", include_in_schema=False)
async def static_file(request: Request, name: str) -> Response:
    """The file, as the reader takes it."""
    file = files().get(name)
    if file is None:
        raise ProblemError("not-found", TYPES["not-found"][2])
    told = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}
    if "gzip" in request.headers.get("accept-encoding", ""):
        told["Content-Encoding"] = "gzip"
        return Response(file.compressed, headers=told, media_type=file.media_type)
    return Response(file.content, headers=told, media_type=file.media_type)


def _read(path: Path) -> StaticFile:
    content = path.read_bytes()
    mark = urlsafe_b64encode(sha256(content).digest()[:9]).decode()
    return StaticFile(mark, _TYPES[path.suffix], content, gzip.compress(content, 9, mtime=0))
