"""How one line becomes the payload of one record."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from pydantic import BaseModel

from features.records import KINDS, ConsignmentItem
from features.records.mapping_checks import item_rules
from features.records.mapping_file import RecordMapping, Rule
from features.records.mapping_rules import CellProblem, Cells, Reader, Target, reader
from features.records.problems import FieldProblem, pointer

Payload = dict[str, Any]
ExtensionType = Literal["numeric", "categorical"]


@dataclass(frozen=True)
class RecordMaker:
    """Makes payloads of one kind.

    Attributes:
        kind: The kind of record.
        when: Columns and the values they need to have for a line to become such a record.
        make: Takes a line's cells; puts what does not read into the list of problems.
    """

    kind: str
    when: tuple[tuple[str, frozenset[str]], ...]
    make: Callable[[Cells, list[FieldProblem]], Payload]


def record_maker(source_system: str, record: RecordMapping) -> RecordMaker:
    """The mapping of one record, its rules made functions once."""
    when = tuple(
        (column, frozenset(map(str, wanted if isinstance(wanted, list) else [wanted])))
        for column, wanted in record.when.items()
    )
    model = KINDS[record.kind]
    fields = _readers(record.fields, model, ())
    if isinstance(record.items, Rule):
        fields.append(("items", "/items", reader(record.items, "any")))
    items = [
        _readers(rules, ConsignmentItem, ("items", position))
        for position, rules in enumerate(item_rules(record))
    ]
    keys = [(n, f"/extra_keys/{n}", reader(rule, "text")) for n, rule in record.keys.items()]
    extension = [
        (n, f"/extension/{n}", reader(Rule(column=a.column, decimal=a.decimal), _EXTRA[a.type]))
        for n, a in record.extra.items()
    ]

    def make(cells: Cells, problems: list[FieldProblem]) -> Payload:
        payload = _read({"source_system": source_system}, fields, cells, problems)
        if items:
            payload["items"] = [_read({}, item, cells, problems) for item in items]
        if keys:
            payload["extra_keys"] = _read({}, keys, cells, problems)
        if extension:
            payload["extension"] = _read({}, extension, cells, problems)
        return payload

    return RecordMaker(record.kind, when, make)


_EXTRA: dict[ExtensionType, Target] = {"numeric": "number", "categorical": "text"}


def _read(
    payload: Payload,
    readers: list[tuple[str, str, Reader]],
    cells: Cells,
    problems: list[FieldProblem],
) -> Payload:
    for name, where, read in readers:
        try:
            value = read(cells)
        except CellProblem as problem:
            problems.append(FieldProblem(where, problem.rule, problem.message))
            continue
        if value is not None:
            payload[name] = value
    return payload


def _readers(
    rules: Mapping[str, Rule], model: type[BaseModel], path: tuple[object, ...]
) -> list[tuple[str, str, Reader]]:
    return [
        (name, pointer((*path, name)), reader(rule, _target(model, name)))
        for name, rule in rules.items()
    ]


def _target(model: type[BaseModel], name: str) -> Target:
    field = model.model_fields.get(name)
    return "text" if field is None else _target_of(field.annotation)


def _target_of(annotation: Any) -> Target:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _target_of(get_args(annotation)[0])
    if origin in (Union, UnionType):
        return _target_of(next(a for a in get_args(annotation) if a is not type(None)))
    if origin is Literal:
        return _target_of(type(get_args(annotation)[0]))
    if origin is list:
        return "list"
    return _TARGETS.get(annotation, "text")


_TARGETS: dict[Any, Target] = {
    float: "number",
    int: "integer",
    bool: "yes_no",
    datetime: "time",
}
