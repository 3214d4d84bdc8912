"""The figures of an evaluation as `evaluation.json` holds them: what is told must be there, more may be."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from models.errors import first_fault
from training.errors import TrainingError


class ReportRefused(TrainingError):
    """A report of an evaluation cannot be read."""


class _Lenient(BaseModel):
    # Other figures may come; what is told here must be there.
    model_config = ConfigDict(frozen=True, extra="ignore")


class Interval(_Lenient):
    """A figure and its 95 % interval; None where it cannot be told."""

    value: float | None
    low: float | None
    high: float | None


class InGroup(_Lenient):
    """Figures of one group of movements (`training.policy_value.groups.Group`, as written)."""

    kind: str
    name: str
    movements: int
    inspected: int
    hits: int
    mean_probability: float | None
    selected: float | None
    hit_rate: Interval
    precision: Interval | None = None
    sufficient: bool


class OfTypology(_Lenient):
    """What was found of one typology (`training.typologies.TypologyFound`, as written)."""

    typology: str
    carrying: int
    recall: Interval
    sufficient: bool


class InOverlap(_Lenient):
    """What the log cannot tell (`training.policy_value.overlap.Overlap`, as written)."""

    supported: float | None = None
    alarms: tuple[str, ...] = ()


class Measured(_Lenient):
    """Figures of one way to rank (`training.evaluate.Result`, as written)."""

    head: str
    who: str
    part: str
    view: str
    rows: int
    hits: int
    effective_hits: float | None
    sufficient: bool
    figures: Mapping[str, Interval]
    nothing: str = ""
    groups: tuple[InGroup, ...] = ()
    typologies: tuple[OfTypology, ...] = ()
    overlap: InOverlap | None = None


class _Evaluation(_Lenient):
    results: tuple[Measured, ...]


def read_evaluation(path: Path) -> tuple[Measured, ...]:
    """The results in `evaluation.json`.

    Raises:
        ReportRefused: if it is there and cannot be read; a report that is not there has no results.
    """
    if not path.exists():
        return ()
    try:
        return _Evaluation.model_validate_json(path.read_bytes()).results
    except ValidationError as error:
        raise ReportRefused(f"{path} is invalid at {first_fault(error)}.") from error
