"""Whether a mapping names fields that exist and nothing that is protected."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Iterator, Mapping

from pydantic import BaseModel

from features.records import KINDS, ConsignmentItem
from features.records.deny_list import protected_name
from features.records.mapping_file import MappingRefused, RecordMapping, Rule


def check_mapping(where: str, record: RecordMapping) -> None:
    """Refuses a mapping of one record; `where` is its place in the YAML.

    Raises:
        MappingRefused: A field does not exist, a required one has no rule, or a name is protected.
    """
    model = KINDS[record.kind]
    aside = {"plate_country"} if record.kind == "crossing" else set()
    _check_fields(f"{where}.fields", model, record.fields, also=aside | {"source_system", "items"})
    for number_of_item, item in enumerate(item_rules(record)):
        _check_fields(f"{where}.items.{number_of_item}", ConsignmentItem, item)
    if record.items and record.kind != "consignment":
        raise MappingRefused(f"{where}.items: only consignments have items.")
    if record.kind == "consignment" and not record.items and "items" not in record.fields:
        raise MappingRefused(f"{where}.items: a consignment needs at least one item.")
    if (record.keys or record.extra) and record.kind not in {"consignment", "crossing"}:
        raise MappingRefused(f"{where}: only consignments and crossings take keys and extra.")
    for place, name in _names(record):
        attribute = protected_name(name)
        if attribute and not (attribute in aside and place == "fields.plate_country"):
            raise MappingRefused(
                f"{where}.{place}: {name!r} stands for the protected attribute {attribute}; "
                "take it out of the mapping."
            )


def _check_fields(
    where: str, model: type[BaseModel], rules: Mapping[str, Rule], *, also: Iterable[str] = ()
) -> None:
    known = {*model.model_fields, *also}
    for name in rules:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            raise MappingRefused(f"{where}.{name}: there is no such field{hint}")
    required = (name for name, field in model.model_fields.items() if field.is_required())
    missing = [name for name in required if name not in rules and name not in set(also)]
    if missing:
        raise MappingRefused(f"{where}: required fields have no rule: {', '.join(missing)}.")


def _names(record: RecordMapping) -> Iterator[tuple[str, str]]:
    """Place and name of everything that must not be on the deny-list."""
    for place, rules in rule_groups(record):
        for field, rule in rules.items():
            for column in rule.read_columns:
                yield f"{place}.{field}", column
    for name in record.keys:
        yield f"keys.{name}", name
    for name, attribute in record.extra.items():
        yield f"extra.{name}", name
        yield f"extra.{name}", attribute.column
    for column in record.when:
        yield f"when.{column}", column


def rule_groups(record: RecordMapping) -> Iterator[tuple[str, Mapping[str, Rule]]]:
    """Place and rules of each group of rules of the record."""
    yield "fields", record.fields
    yield "keys", record.keys
    for number_of_item, item in enumerate(item_rules(record)):
        yield f"items.{number_of_item}", item
    if isinstance(record.items, Rule):
        yield "items", {"items": record.items}


def item_rules(record: RecordMapping) -> tuple[Mapping[str, Rule], ...]:
    """Rules of each item, where the mapping spells the items out."""
    return () if isinstance(record.items, Rule) else record.items
