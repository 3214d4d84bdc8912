"""What may never become a feature: refused by name, and by the fields that a value is made of.

Features are about movements, never about persons: no country of a plate, no nationality,
citizenship, language, religion, ethnicity, sex, age or name, no make, model, colour or age of a
vehicle, no rental flag, no driver, no personal history, no free text that may speak of people, no
address below a region. The deny list knows their names; this module adds the fields that a record
does have and that no feature reads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import cache
from types import MappingProxyType

from features.errors import VardarError
from features.keys import EXTRA_PREFIX
from features.records import KINDS, ConsignmentItem, Find
from features.records.deny_list import protected_name
from features.records.pseudonyms import stored_name
from features.sources import INTEGER_SOURCES, KEY_SOURCES, MEASURE_SOURCES, sources_of
from features.spec import Column, Feature

#: Fields of a record that no feature reads, and why.
BANNED_FIELDS: Mapping[str, str] = MappingProxyType({
    "plate_country": "the country of the plate stands for nationality",
    # "EU citizens", "all passports": posts sort travellers by their papers.
    "lane_type": "lanes are sorted by passport",
    "reason_text": "free text may speak of people",
    "officer_prior_view": "it is about the officer",
    "score_id_shown": "it is about the officer",
    "score_hidden_until_view": "it is about the officer",
    "four_eyes_by": "it is about the officer",
})  # fmt: skip


class BannedFeature(VardarError):
    """A feature would stand for a protected attribute, or does not say what it is made of."""


def refuse_banned(
    columns: Iterable[Column],
    row_functions: Iterable[tuple[str, Callable[..., object]]],
    keys: Iterable[str],
) -> None:
    """Refuse what may never become a feature.

    Args:
        columns: Columns of a subject.
        row_functions: Name and function of the integers its records give themselves.
        keys: Kinds of keys there are.

    Raises:
        BannedFeature: if a column, key or row function is named after a protected attribute, is
            made of a banned field or of one that no stored record has, or does not declare what it
            is made of.
    """
    rows = dict(row_functions)
    for key in keys:
        _refuse_key(key)
    for name, function in rows.items():
        _refuse_name(name)
        _refuse_fields(name, sources_of(function))
    for column in columns:
        _refuse_name(column.name)
        for made_of in column.inputs:
            if isinstance(made_of, Feature):
                _refuse_key(made_of.key)
                _refuse_measure(made_of.measure)
            elif made_of not in rows:
                _refuse_fields(made_of, INTEGER_SOURCES.get(made_of, ()))


@cache
def stored_fields() -> frozenset[str]:
    """Every field that stored bodies have, of whichever kind; parts as "items.commodity_code"."""
    fields = {stored_name(field) for kind in KINDS.values() for field in kind.model_fields}
    fields |= {f"items.{field}" for field in ConsignmentItem.model_fields}
    return frozenset(fields | {f"finds.{field}" for field in Find.model_fields})


def key_sources(key: str) -> dict[str, tuple[str, ...]]:
    """The fields that a kind of key is made of, by kind of record; empty if that is not declared."""
    if key.startswith(EXTRA_PREFIX):
        field = f"extra_keys.{key.removeprefix(EXTRA_PREFIX)}"
        return {"consignment": (field,), "crossing": (field,)}
    return {kind: keys[key] for kind, keys in KEY_SOURCES.items() if key in keys}


def measure_sources(measure: str) -> dict[str, tuple[str, ...]]:
    """The fields that a measure is made of, by kind of record; empty if that is not declared."""
    return {kind: made[measure] for kind, made in MEASURE_SOURCES.items() if measure in made}


def _refuse_key(key: str) -> None:
    _refuse_name(key)
    sources = key_sources(key)
    if not sources:
        raise BannedFeature(
            f"The key {key} does not say which fields it is made of; declare them in KEY_SOURCES."
        )
    for fields in sources.values():
        _refuse_each(f"The key {key}", fields)


def _refuse_measure(measure: str) -> None:
    sources = measure_sources(measure)
    if not sources:
        raise BannedFeature(
            f"The measure {measure} does not say which fields it is made of; declare them in "
            "MEASURE_SOURCES."
        )
    for fields in sources.values():
        _refuse_each(f"The measure {measure}", fields)


def _refuse_fields(name: str, fields: tuple[str, ...]) -> None:
    if not fields:
        raise BannedFeature(
            f"The feature {name} does not say which fields it is made of; declare them with "
            "@reads(...) at its function."
        )
    _refuse_each(f"The feature {name}", fields)


def _refuse_each(what: str, fields: tuple[str, ...]) -> None:
    for field in fields:
        whole, _, part = field.partition(".")
        declared_by_a_mapping = whole in {"extension", "extra_keys"} and part
        reason = BANNED_FIELDS.get(part or whole) or BANNED_FIELDS.get(whole)
        attribute = protected_name(part or whole) or protected_name(whole)
        if reason or attribute:
            why = reason or f"it stands for the protected attribute {attribute}"
            raise BannedFeature(f"{what} reads {field}, which no feature may: {why}.")
        if not declared_by_a_mapping and field not in stored_fields():
            raise BannedFeature(f"{what} reads {field}, but no stored record has such a field.")


def _refuse_name(name: str) -> None:
    attribute = protected_name(name)
    if attribute:
        raise BannedFeature(
            f"The feature {name} is named after a protected attribute ({attribute}); "
            "leave it out of the mapping or the catalogue."
        )
