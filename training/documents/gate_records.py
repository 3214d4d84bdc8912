"""What the gate said of a model before it served, and of those it refused."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, ValidationError

from models.errors import first_fault
from training.documents.evaluation_file import ReportRefused
from training.documents.wording import spoken, told

#: Checks of the gate that are about groups of people, by the names it gives them.
FAIRNESS = (
    "plate country",
    "swapped plates",
    "score tells country",
    "selection rates",
    "columns tell country",
)


class _Lenient(BaseModel):
    # The gate may say more than is told here.
    model_config = ConfigDict(frozen=True, extra="ignore")


class GateCheck(_Lenient):
    """One check (`training.gate.verdicts.Check`, as written)."""

    name: str
    about: str = ""
    verdict: str
    sentence: str
    rows: tuple[Mapping[str, Any], ...] = ()

    @property
    def head(self) -> tuple[str, ...]:
        """Names of the columns of its table."""
        return tuple(dict.fromkeys(spoken(name) for row in self.rows for name in row))

    @property
    def cells(self) -> list[tuple[str, ...]]:
        """Its table, in the order of `head`."""
        named = [{spoken(name): value for name, value in row.items()} for row in self.rows]
        return [tuple(told(row.get(name)) for name in self.head) for row in named]


class _Challenger(_Lenient):
    sha256: str
    version: str


class GateRecord(_Lenient):
    """What the gate said of one challenger (`training.gate.record`, as written)."""

    verdict: str
    asked_at: str
    window: str = ""
    reasons: tuple[str, ...] = ()
    accepted: tuple[str, ...] = ()
    accept_reason: str | None = None
    challenger: _Challenger
    checks: tuple[GateCheck, ...] = ()

    @property
    def fairness(self) -> list[GateCheck]:
        """Checks about groups of people."""
        return [check for check in self.checks if check.name in FAIRNESS]


@dataclass(frozen=True)
class Gate:
    """What the gate left.

    Attributes:
        own: What it said of the model that serves, the latest time; None if nothing was found.
        file: The name of that record and its SHA-256.
        refused: Version, moment and reasons of each time it refused, oldest first.
    """

    own: GateRecord | None = None
    file: tuple[str, str] = ("", "")
    refused: Sequence[tuple[str, str, str]] = ()


def read_gate(home: Path | None, pointer_sha256: str) -> Gate:
    """The records in `home/gate`.

    Args:
        home: The deployment's folder; None to read nothing.
        pointer_sha256: Of the pointer that serves.

    Raises:
        ReportRefused: if a record cannot be read.
    """
    if home is None:
        return Gate()
    paths = sorted((home / "gate").glob("*.json"))
    records = {path: _record(path) for path in paths}
    mine = home / "gate" / f"{pointer_sha256}.json"
    refused = sorted(
        (record.asked_at, record.challenger.version, "; ".join(record.reasons))
        for record in records.values()
        if record.verdict == "refused"
    )
    return Gate(
        own=records.get(mine),
        file=(mine.name, sha256(mine.read_bytes()).hexdigest()) if mine in records else ("", ""),
        refused=[(version, at, why) for at, version, why in refused],
    )


def _record(path: Path) -> GateRecord:
    try:
        return GateRecord.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise ReportRefused(f"{path} is invalid at {first_fault(error)}.") from error
