"""What other programs of the run left as JSON or YAML, told as it stands: watch and pipeline."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import md5, sha256
from pathlib import Path

import orjson
import yaml

from training.documents.evaluation_file import ReportRefused
from training.documents.wording import spoken, told

#: Lines of one record that are told; the file holds the others.
_MOST = 60
_DEEPEST = 4


@dataclass(frozen=True)
class Record:
    """A file of facts: its name, its hash, and what it says as lines of name and value.

    Attributes:
        left_out: Lines there was no room for.
    """

    name: str
    sha256: str
    lines: tuple[tuple[str, str], ...]
    left_out: int = 0


def records(folder: Path | None, name: str) -> list[Record]:
    """The records `NAME.json`, `NAME/*.json` and `NAME/*.prom` in a folder; none is no fault.

    Raises:
        ReportRefused: if one is there and is not what its name says.
    """
    if folder is None:
        return []
    paths = [folder / f"{name}.json", *sorted((folder / name).glob("*.json"))]
    told_by = [_record(path) for path in paths if path.is_file()]
    try:
        return told_by + [_metrics(path) for path in sorted((folder / name).glob("*.prom"))]
    except ValueError as error:
        raise ReportRefused(f"The metrics in {folder / name} cannot be read: {error}.") from error


def pipeline_outputs(lock: Path | None) -> list[tuple[str, str, str, str]]:
    """Everything a run of the pipeline wrote, from `dvc.lock`.

    Returns:
        Stage, output, MD5, and whether the file beside the lock is still that one; of a folder
        that is not told.

    Raises:
        ReportRefused: if it is there and is not what DVC writes.
    """
    if lock is None or not lock.exists():
        return []
    try:
        read = yaml.safe_load(lock.read_text("utf-8"))
        return [
            (stage, out["path"], out["md5"], _still(lock.parent / out["path"], out["md5"]))
            for stage, of in read["stages"].items()
            for out in of.get("outs", ())
        ]
    except (yaml.YAMLError, KeyError, TypeError, AttributeError) as error:
        raise ReportRefused(f"{lock} is not what DVC writes: {error}") from error


def _still(path: Path, digest: str) -> str:
    if not path.is_file():
        return "a folder; not compared" if path.is_dir() else "not there"
    # DVC's own hash, which nobody relies on against anybody.
    same = md5(path.read_bytes(), usedforsecurity=False).hexdigest() == digest
    return "the same" if same else "another one"


def _record(path: Path) -> Record:
    content = path.read_bytes()
    try:
        read = orjson.loads(content)
    except orjson.JSONDecodeError as error:
        raise ReportRefused(f"{path} is not JSON: {error}.") from error
    if not isinstance(read, Mapping | list):
        raise ReportRefused(f"{path} holds neither an object nor a list.")
    return _limited(path.name, content, list(_lines(read, "")))


def _metrics(path: Path) -> Record:
    """Gauges in Prometheus' text format: a name, labels in braces, a number."""
    content = path.read_bytes()
    gauges = [line for line in content.decode().splitlines() if line and not line.startswith("#")]
    lines = [(name, told(float(value))) for name, _, value in (g.rpartition(" ") for g in gauges)]
    return _limited(path.name, content, lines)


def _limited(name: str, content: bytes, lines: list[tuple[str, str]]) -> Record:
    left_out = max(0, len(lines) - _MOST)
    return Record(name, sha256(content).hexdigest(), tuple(lines[:_MOST]), left_out)


def _lines(value: object, name: str, depth: int = 0) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping) and value and depth < _DEEPEST:
        for key, inside in value.items():
            words = spoken(str(key))
            yield from _lines(inside, f"{name}: {words}" if name else words, depth + 1)
    elif isinstance(value, list) and any(isinstance(inside, Mapping) for inside in value):
        for number, inside in enumerate(value, start=1):
            yield from _lines(inside, f"{name} {number}".strip(), depth + 1)
    else:
        yield name or "entries", told(value)
