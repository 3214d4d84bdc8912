"""What may never become a feature, by whatever way it comes."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from features import banned, finish
from features.banned import (
    BANNED_FIELDS,
    BannedFeature,
    key_sources,
    measure_sources,
    refuse_banned,
    stored_fields,
)
from features.keys import ENTITY_KEYS, POPULATION_KEYS
from features.measures import MEASURES
from features.record_columns import record_column
from features.registry import SUBJECTS, FeatureSet
from features.sources import INTEGER_SOURCES, KEY_SOURCES, MEASURE_SOURCES, reads, sources_of
from features.spec import Column, Feature
from tests.recording import EXTENSION, EXTRA_KEYS, a_body

#: Each attribute that the law names, as somebody might name a feature of it.
PROTECTED = (
    "plate_country", "nationality", "citizenship", "language", "religion", "ethnicity", "sex",
    "age", "driver_name", "vehicle_make", "vehicle_model", "vehicle_colour", "vehicle_age",
    "is_rental", "driver_id", "home_address",
)  # fmt: skip
#: Names that are protected when they stand alone, whatever is put before them.
ALONE = ("make", "colour", "ime")

#: Fields whose value may be a free text instead of the code it should be.
PLACES = ("place_loading", "place_unloading")


def a_column(*inputs: Feature | str, name: str = "gross_mass") -> Column:
    return Column(name, "It is {value}", "kg", "mass", inputs, finish.unchanged)


def a_row_function(*fields: str) -> tuple[str, Callable[..., object]]:
    return "gross_mass", reads(*fields)(lambda _body: None)


@pytest.mark.parametrize("subject", SUBJECTS)
def test_the_catalogue_holds_nothing_that_is_banned(subject: str) -> None:
    features = FeatureSet(EXTRA_KEYS, EXTENSION)  # type: ignore[arg-type] # literal texts

    columns = features.columns(subject, ("arms",))

    refuse_banned(columns, features.row_functions[subject], features.key_kinds)
    assert columns


@pytest.mark.parametrize("name", PROTECTED)
def test_nothing_is_named_after_a_protected_attribute(name: str) -> None:
    with pytest.raises(BannedFeature, match=name):
        refuse_banned([a_column(name=name)], [], [])
    with pytest.raises(BannedFeature, match=name):
        refuse_banned([], [(name, a_row_function("gross_mass_kg")[1])], [])
    with pytest.raises(BannedFeature, match=name):
        refuse_banned([], [], [name])


@pytest.mark.parametrize("subject", SUBJECTS)
@pytest.mark.parametrize("name", [*PROTECTED, *ALONE, "lane_type"])
def test_no_mapping_adds_a_banned_attribute_or_key(subject: str, name: str) -> None:
    with pytest.raises(BannedFeature, match=name):
        FeatureSet((), ((name, "categorical"),)).columns(subject, ("arms",))
    with pytest.raises(BannedFeature, match=name):
        FeatureSet((name,), ()).columns(subject, ("arms",))


@pytest.mark.parametrize(
    ("field", "why"),
    [
        *((field, reason) for field, reason in BANNED_FIELDS.items()),
        pytest.param("driver_sex", "protected attribute sex", id="of a person"),
        pytest.param("items.nationality", "protected attribute", id="of an item"),
        pytest.param("extension.religion", "protected attribute", id="of the extension"),
        pytest.param("extension.plate_country", "nationality", id="under the extension"),
        pytest.param("vehicle_id", "no stored record", id="an identifier as submitted"),
        pytest.param("gross_weight", "no stored record", id="no field at all"),
        pytest.param("*", "no stored record", id="everything"),
    ],
)
def test_no_row_function_is_made_of_a_banned_field(field: str, why: str) -> None:
    with pytest.raises(BannedFeature, match=why):
        refuse_banned([], [a_row_function("gross_mass_kg", field)], [])


def test_a_row_function_says_what_it_is_made_of() -> None:
    with pytest.raises(BannedFeature, match="does not say which fields"):
        refuse_banned([], [("gross_mass", lambda _body: None)], [])


@pytest.mark.parametrize(
    "made_of",
    [
        pytest.param(Feature("driver_licence", "declarations", "sum", 30), id="a banned key"),
        pytest.param(Feature("somebody", "declarations", "sum", 30), id="an unknown key"),
        pytest.param(Feature("vehicle", "sex", "sum", 30), id="an unknown measure"),
        pytest.param("somewhat", id="an unknown integer"),
    ],
)
def test_a_column_is_made_of_what_says_its_fields(made_of: Feature | str) -> None:
    with pytest.raises(BannedFeature):
        refuse_banned([a_column(made_of)], [], [])


@pytest.mark.parametrize(
    ("table", "planted"),
    [
        pytest.param("KEY_SOURCES", {"crossing": {"vehicle": ("plate_country",)}}, id="key"),
        pytest.param("MEASURE_SOURCES", {"crossing": {"crossings": ("lane_type",)}}, id="measure"),
    ],
)
def test_history_is_not_counted_by_a_banned_field(
    monkeypatch: pytest.MonkeyPatch, table: str, planted: dict[str, Any]
) -> None:
    monkeypatch.setattr(banned, table, planted)

    with pytest.raises(BannedFeature, match="which no feature may"):
        refuse_banned([a_column(Feature("vehicle", "crossings", "sum", 30))], [], [])


def test_every_key_and_measure_says_what_it_is_made_of() -> None:
    keys = {key for of_kind in KEY_SOURCES.values() for key in of_kind}
    measures = {measure for of_kind in MEASURE_SOURCES.values() for measure in of_kind}

    assert keys == {*ENTITY_KEYS, *POPULATION_KEYS}
    assert measures == set(MEASURES)
    assert all(key_sources(key) for key in keys)
    assert all(measure_sources(measure) for measure in measures)
    for fields in INTEGER_SOURCES.values():
        assert set(fields) <= stored_fields()


@pytest.mark.parametrize("field", PLACES)
def test_an_address_in_place_of_a_code_says_nothing(field: str) -> None:
    rng = random.Random(7)
    address = "MK, Partizanska 12, Skopje"
    for name, function in FeatureSet().row_functions["consignment"]:
        if field not in sources_of(function):
            continue
        for _ in range(50):
            body = a_body("consignment", rng)
            without = {f: value for f, value in body.items() if f != field}

            assert function(without | {field: address}) == function(without), name


def test_a_harmless_name_does_not_hide_a_banned_field() -> None:
    column = record_column("quiet", "It is quiet", reason="queue", inputs=("quiet",))

    with pytest.raises(BannedFeature, match="lane_type"):
        refuse_banned([column], [("quiet", a_row_function("lane_type")[1])], [])
