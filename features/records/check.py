"""Whether a submitted record is accepted, and which fields and rules stand against it."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from types import MappingProxyType

from pydantic import ValidationError
from pydantic_core import ErrorDetails, PydanticCustomError

from features.errors import VardarError
from features.records import KINDS, Record, identifiers
from features.records.decode import decode_json
from features.records.deny_list import protected_name
from features.records.fields import Checking
from features.records.problems import FieldProblem, RecordRefused, pointer
from features.records.quality import doubts

__all__ = [
    "RETENTION_DAYS",
    "CheckSettings",
    "Checked",
    "FieldProblem",
    "RecordRefused",
    "check_record",
    "decode_json",
]

#: Days a record of each kind is kept after its event.
RETENTION_DAYS: Mapping[str, int] = MappingProxyType(
    {"consignment": 3 * 366, "crossing": 366, "inspection": 3660, "incident": 3660}
)

#: Names of unknown fields beyond this many get no near miss, which is slow to find.
_HINTS = 20


@dataclass(frozen=True)
class CheckSettings:
    """How strict the checks of time are.

    Attributes:
        future_minutes: How far clocks may run ahead; None lets any future time pass.
        retention_days: Days after which a record of each kind is too old to take; None takes
            records of any age, as history imports need.
    """

    future_minutes: int | None = 15
    retention_days: Mapping[str, int] | None = field(default_factory=lambda: RETENTION_DAYS)


@dataclass(frozen=True)
class Checked:
    """An accepted record, and what was set aside from it for the fairness audit alone."""

    record: Record
    plate_country: str | None


def check_record(
    kind: str, payload: Mapping[str, object], *, now: datetime, settings: CheckSettings
) -> Checked:
    """The record that the payload stands for, with its quality flags.

    Raises:
        RecordRefused: With every field that breaks a hard rule.
        VardarError: There is no such kind of record.
    """
    model = KINDS.get(kind)
    if model is None:
        raise VardarError(f"There is no kind of record {kind!r}; use one of {', '.join(KINDS)}.")
    if not isinstance(payload, Mapping):
        message = "A record is an object of named fields; send one."
        raise RecordRefused([FieldProblem("", "not_an_object", message)])
    plate_country = None
    if kind == "crossing" and "plate_country" in payload:
        payload = dict(payload)
        plate_country = _plate_country(payload.pop("plate_country"))
    checking = _checking(kind, now, settings)
    try:
        record = model.__pydantic_validator__.validate_python(payload, context=checking)
    except ValidationError as error:
        found = error.errors(include_url=False, include_input=False)
        raise RecordRefused(_problems(model, found)) from None
    flags = checking.flags
    flags.update(doubts(record))
    if flags:
        record = record.model_copy(update={"quality_flags": sorted(flags)})
    return Checked(record, plate_country)


def _checking(kind: str, now: datetime, settings: CheckSettings) -> Checking:
    ahead, kept = settings.future_minutes, settings.retention_days
    return Checking(
        latest=None if ahead is None else now + timedelta(minutes=ahead),
        earliest=None if kept is None else now - timedelta(days=kept[kind]),
    )


def _plate_country(value: object) -> str | None:
    # A crossing is never refused for its plate, so what is no country is not known.
    if not isinstance(value, str):
        return None
    try:
        return identifiers.country(value)
    except PydanticCustomError:
        return None


def _problems(model: type[Record], errors: list[ErrorDetails]) -> list[FieldProblem]:
    problems: dict[tuple[str, str], FieldProblem] = {}
    for number, error in enumerate(errors):
        for problem in _problem(model, error, hint=number < _HINTS):
            problems.setdefault((problem.field, problem.rule), problem)
    # A value of several admissible types is told once, not once for each type.
    told = {problem.field for problem in problems.values() if problem.rule != "not_admissible"}
    return [p for p in problems.values() if p.rule != "not_admissible" or p.field not in told]


def _problem(model: type[Record], error: ErrorDetails, *, hint: bool) -> Iterator[FieldProblem]:
    path = tuple(error["loc"])
    rule, said = error["type"], error["msg"].rstrip(".")
    if path[:1] == ("extension",) and len(path) > 2:
        # The third step names the type tried, or the key that is refused.
        path = path[:2]
        if rule in {"float_type", "string_type"}:
            rule, said = "not_admissible", "An attribute is a number, a text or null"
    elif path[:1] == ("extra_keys",):
        # The third step says that the key itself is refused.
        path = path[:2]
    where = pointer(path)
    if rule == "extra_forbidden":
        yield _unknown_field(model, path, hint=hint)
    elif rule == "missing":
        yield FieldProblem(where, "missing_field", "This field is required; send it.")
    elif rule == "finite_number":
        yield FieldProblem(where, "not_a_number", "A number has to be finite; leave the field out.")
    elif rule == "greater_than_equal" and (error.get("ctx") or {}).get("ge") == 0:
        yield FieldProblem(where, "negative", "This cannot be negative; send it without the sign.")
    else:
        yield FieldProblem(where, rule, f"{said}.")


def _unknown_field(model: type[Record], path: tuple[object, ...], *, hint: bool) -> FieldProblem:
    name = str(path[-1])[:200]
    attribute = protected_name(name)
    if attribute:
        message = f"{name!r} stands for the protected attribute {attribute}; leave it out."
        return FieldProblem(pointer(path), "protected_attribute", message)
    message = f"There is no field {name!r} here; leave it out or map it to an extension attribute."
    near = difflib.get_close_matches(name, _names(model), n=1) if hint else []
    if near:
        message = f"There is no field {name!r} here; did you mean {near[0]!r}?"
    return FieldProblem(pointer(path), "unknown_field", message)


@lru_cache(maxsize=16)
def _names(model: type[Record]) -> list[str]:
    """Names of the record's fields and of the fields of its parts."""
    schema = model.model_json_schema()
    parts = [schema, *schema.get("$defs", {}).values()]
    return [name for part in parts for name in part.get("properties", {})]
