"""Months that were measured, kept as files, so that an interrupted run goes on where it stopped."""

from __future__ import annotations

import math
from dataclasses import asdict
from hashlib import sha256
from pathlib import Path
from typing import Any

import orjson

from models.files import canonical_json, write_whole
from training.comparing.months import Month, Told
from training.intervals import Figure
from training.material import Material
from training.params import Params

_ROOT = Path(__file__).parents[2]
#: What decides a month's figures besides data and parameters.
_PROGRAMS = ("training/*.py", "training/policy_value/*.py", "training/comparing/months.py",
             "models/*.py")  # fmt: skip


def fingerprint(material: Material, params: Params) -> str:
    """A hash of all that decides the figures: parameters, programs, features, and how far data go."""
    digest = sha256(params.model_dump_json().encode())
    digest.update(material.features.sha256.encode())
    for subject, table in sorted(material.movements.items()):
        last = int(table["u"].to_numpy().max()) if len(table) else 0
        digest.update(f"{subject} {len(table)} {last}\n".encode())
    outcomes = material.outcomes
    last = int(outcomes["u"].max()) if len(outcomes) else 0
    digest.update(f"{len(outcomes)} {last}\n".encode())
    for pattern in _PROGRAMS:
        for path in sorted(_ROOT.glob(pattern)):
            digest.update(path.read_bytes())
    return digest.hexdigest()


def keep(month: Month, folder: Path, *, made_from: str) -> None:
    """Write a month to its file."""
    content = {"made_from": made_from, "month": asdict(month)}
    write_whole(_path(folder, month.head, month.month), canonical_json(content))


def kept(folder: Path, head: str, month: str, *, made_from: str) -> Month | None:
    """The month an earlier run has left, if it was made from the same; None otherwise."""
    path = _path(folder, head, month)
    if not path.exists():
        return None
    try:
        read = orjson.loads(path.read_bytes())
        return _month(read["month"]) if read["made_from"] == made_from else None
    except (orjson.JSONDecodeError, KeyError, TypeError):
        # A file of another form is made anew.
        return None


def _path(folder: Path, head: str, month: str) -> Path:
    return folder / f"{head}-{month}.json"


def _month(read: dict[str, Any]) -> Month:
    values = read | {
        "expected": _number(read["expected"]),
        "hit_rate": _told(read["hit_rate"]),
        "figures": {
            who: {name: _told(told) for name, told in of.items()}
            for who, of in read["figures"].items()
        },
        "truth": {who: Figure(**_numbers(of)) for who, of in read["truth"].items()},
    }
    return Month(**values)


def _told(read: dict[str, Any]) -> Told:
    if read["sufficient"] and read["high"] is None:
        # A ratio whose denominator may be 0 has no upper end.
        read = read | {"high": math.inf}
    return Told(**_numbers(read))


def _numbers(read: dict[str, Any]) -> dict[str, Any]:
    return {name: _number(value) for name, value in read.items()}


def _number(value: Any) -> Any:
    """JSON has no word for a figure that cannot be told."""
    return float("nan") if value is None else value
