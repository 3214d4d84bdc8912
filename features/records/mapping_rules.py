"""How one cell becomes one value: each rule of a mapping, made a function once."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from functools import lru_cache
from typing import Any, Literal
from zoneinfo import ZoneInfo

from features.records.decode import decode_json
from features.records.mapping_file import Rule
from features.records.problems import RecordRefused

Cells = Mapping[str, Any]
#: Takes a line's cells; None is an absent value. Raises `CellProblem`.
Reader = Callable[[Cells], Any]
#: What a field takes, as far as reading a cell goes.
Target = Literal["text", "number", "integer", "yes_no", "time", "list", "any"]

_KILOGRAMS = {"kg": 1.0, "t": 1000.0, "g": 0.001, "lb": 0.45359237}
_NUMBER = {
    mark: re.compile(rf"[+-]?[0-9]+(?:{re.escape(mark)}[0-9]+)?(?:[eE][+-]?[0-9]{{1,3}})?")
    for mark in ".,"
}
_WHOLE = re.compile(r"[+-]?[0-9]{1,18}")
_TRUTHS = {"true": True, "false": False, "1": True, "0": False}


class CellProblem(Exception):
    """A cell does not read as its rule says."""

    def __init__(self, rule: str, message: str) -> None:
        super().__init__(message)
        self.rule = rule
        self.message = message


def reader(rule: Rule, target: Target) -> Reader:
    """The function that reads the rule's value off a line."""
    if not rule.read_columns:
        constant = rule.value
        return lambda _: constant
    if rule.columns:
        return _joined(rule.columns, rule.join)
    column = rule.column or ""
    convert = _conversion(rule, target)
    if convert is _text:
        # The most frequent rule by far is spared the call.
        return lambda cells: _text(value) if (value := cells[column]) != "" else None

    def read(cells: Cells) -> Any:
        value = cells[column]
        # A number that is not itself is how Parquet files from pandas say "absent".
        if value is None or value == "" or value != value:
            return None
        return convert(value)

    return read


def _joined(columns: tuple[str, ...], between: str) -> Reader:
    def read(cells: Cells) -> str | None:
        texts = [_text(cells[column]) or "" for column in columns]
        return between.join(texts) if any(texts) else None

    return read


def _conversion(rule: Rule, target: Target) -> Callable[[Any], Any]:
    if rule.codes or rule.keep_others or "otherwise" in rule.model_fields_set:
        return _translation(rule)
    if rule.json_text:
        return _json
    if rule.split is not None:
        mark = rule.split
        return lambda value: [part.strip() for part in str(value).split(mark) if part.strip()]
    if rule.date is not None or target == "time":
        return _time(rule)
    if rule.minor_units is not None:
        return _minor(rule)
    if target == "number":
        return _mass(rule) if rule.unit != "kg" else number(rule.decimal)
    by_target: dict[Target, Callable[[Any], Any]] = {
        "integer": _integer,
        "yes_no": _yes_no,
        "list": lambda value: [_text(value)],
        "any": lambda value: value,
    }
    return by_target.get(target, _text)


def _text(value: Any) -> str | None:
    if type(value) is str:
        return value
    return None if value is None or value != value else str(value)


def _translation(rule: Rule) -> Callable[[Any], Any]:
    codes, keep, otherwise = dict(rule.codes), rule.keep_others, rule.otherwise
    lenient = "otherwise" in rule.model_fields_set

    def translate(value: Any) -> Any:
        code = str(value)
        if code in codes:
            return codes[code]
        if keep:
            return code
        if lenient:
            return otherwise
        raise CellProblem("unknown_code", "The mapping does not translate this code; add it.")

    return translate


def number(mark: str) -> Callable[[Any], float]:
    """The function that reads a finite number written with the decimal mark."""
    shape = _NUMBER[mark]

    def read(value: Any) -> float:
        if type(value) is str:
            if shape.fullmatch(value):
                return float(value) if mark == "." else float(value.replace(",", "."))
        elif isinstance(value, int | float | Decimal) and not isinstance(value, bool):
            return float(value)
        raise CellProblem(
            "not_a_number", f"This is no number with the decimal mark '{mark}' and no other marks."
        )

    return read


def _mass(rule: Rule) -> Callable[[Any], float]:
    read, kilograms = number(rule.decimal), _KILOGRAMS[rule.unit]
    return lambda value: read(value) * kilograms


def _minor(rule: Rule) -> Callable[[Any], int]:
    check, places, rounded = number(rule.decimal), rule.minor_units or 0, rule.round

    def read(value: Any) -> int:
        check(value)
        exact = Decimal(str(value).replace(",", ".")).scaleb(places)
        whole = exact.to_integral_value(ROUND_HALF_EVEN)
        if whole != exact and not rounded:
            raise CellProblem(
                "too_many_decimals",
                f"The amount has more than {places} decimals; let the mapping `round: true`.",
            )
        return int(whole)

    return read


def _integer(value: Any) -> int:
    if type(value) is str:
        if _WHOLE.fullmatch(value):
            return int(value)
    elif isinstance(value, int | float) and not isinstance(value, bool) and value == int(value):
        return int(value)
    raise CellProblem("not_an_integer", "This is no whole number.")


def _yes_no(value: Any) -> bool:
    if isinstance(value, bool):
        return value
    truth = _TRUTHS.get(str(value).lower())
    if truth is None:
        raise CellProblem("not_yes_or_no", "This is not true or false; translate it with `codes`.")
    return truth


def _json(value: Any) -> Any:
    if not isinstance(value, str | bytes):
        return value
    try:
        return decode_json(value.encode("utf-8", "replace") if isinstance(value, str) else value)
    except RecordRefused as error:
        raise CellProblem(error.problems[0].rule, error.problems[0].message) from error


def _time(rule: Rule) -> Callable[[Any], datetime]:
    form, zone = rule.date or "iso", UTC if rule.zone == "UTC" else ZoneInfo(rule.zone)
    later = timedelta(days=rule.plus_days, hours=rule.plus_hours)

    # Days repeat from line to line, and reading one is slow.
    @lru_cache(maxsize=4096)
    def read(value: Any) -> datetime:
        try:
            moment = _moment(value, form)
            at = moment if moment.tzinfo else moment.replace(tzinfo=zone)
            return at + later
        except (ValueError, OverflowError) as error:
            raise CellProblem("not_a_time", f"This is no time of the form {form!r}.") from error

    return read


def _moment(value: Any, form: str) -> datetime:
    if isinstance(value, datetime):
        return value
    if isinstance(value, date):
        return datetime(value.year, value.month, value.day)  # noqa: DTZ001 - the caller adds the zone
    if form == "iso":
        return datetime.fromisoformat(str(value))
    return datetime.strptime(str(value), form)  # noqa: DTZ007 - the caller adds the zone
