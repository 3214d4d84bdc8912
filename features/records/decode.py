"""Strict JSON: one meaning or none."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Iterator

import orjson

from features.records.problems import FieldProblem, RecordRefused, pointer

MAX_DEPTH = 20

_KEY = re.compile(rb'"\s*:')
_HOLDS_OTHERS = (dict, list)
_NOT_A_NUMBER = re.compile(r"[+-]?(?:nan|inf|infinity)\b|-?[0-9.]+[eE][+-]?[0-9]+", re.IGNORECASE)


def decode_json(raw: bytes) -> object:
    """The value the JSON text stands for.

    Raises:
        RecordRefused: With rule "malformed_json" (line and column in the message), "not_a_number"
            (NaN or Infinity, at its field if that can be told), "too_deep" (more than 20 levels)
            or "repeated_name" (an object names a field twice).
    """
    try:
        value: object = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise RecordRefused(_reasons(raw, error)) from error
    # Two cheap upper bounds spare nearly every text the closer look.
    deep = raw.count(b"{") + raw.count(b"[") > MAX_DEPTH
    if deep and _depth(value) > MAX_DEPTH:
        message = f"JSON may be nested {MAX_DEPTH} levels deep; send a flatter text."
        raise RecordRefused([FieldProblem("", "too_deep", message)])
    if len(_KEY.findall(raw)) != _count_names(value):
        _check_names_once(raw)
    return value


def _depth(value: object) -> int:
    deepest, waiting = 0, [(value, 1)]
    while waiting:
        part, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in _children(part))
    return deepest


def _children(value: object) -> list[object]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _count_names(value: object) -> int:
    names, waiting = 0, [value]
    while waiting:
        part = waiting.pop()
        if isinstance(part, dict):
            names += len(part)
            waiting.extend(v for v in part.values() if isinstance(v, _HOLDS_OTHERS))
        elif isinstance(part, list):
            waiting.extend(v for v in part if isinstance(v, _HOLDS_OTHERS))
    return names


def _check_names_once(raw: bytes) -> None:
    repeated: dict[str, None] = {}

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        seen: dict[str, object] = {}
        for name, value in pairs:
            if name in seen:
                repeated[name] = None
            seen[name] = value
        return seen

    json.loads(raw, object_pairs_hook=once)
    if repeated:
        names = ", ".join(repr(name[:100]) for name in repeated)
        message = f"An object names a field twice: {names}; send it once."
        raise RecordRefused([FieldProblem("", "repeated_name", message)])


def _reasons(raw: bytes, error: orjson.JSONDecodeError) -> list[FieldProblem]:
    at = error.pos - 1 if error.pos and error.doc[error.pos - 1 : error.pos] == "-" else error.pos
    if _NOT_A_NUMBER.match(error.doc, at):
        message = "A number has to be finite: NaN and Infinity are none; leave the field out."
        fields = _fields_not_finite(raw) or [""]
        return [FieldProblem(field, "not_a_number", message) for field in fields]
    message = f"This is not JSON at line {error.lineno}, column {error.colno}: {error.msg}."
    return [FieldProblem("", "malformed_json", message)]


def _fields_not_finite(raw: bytes) -> list[str]:
    # Python's own parser takes NaN and Infinity, and so finds where they stand.
    try:
        return [pointer(path) for path in _not_finite(json.loads(raw), ())]
    except (ValueError, RecursionError):
        return []


def _not_finite(value: object, path: tuple[object, ...]) -> Iterator[tuple[object, ...]]:
    if isinstance(value, float) and not math.isfinite(value):
        yield path
    elif isinstance(value, dict):
        for name, child in value.items():
            yield from _not_finite(child, (*path, name))
    elif isinstance(value, list):
        for position, child in enumerate(value):
            yield from _not_finite(child, (*path, position))
