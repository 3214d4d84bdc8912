"""Laws: what makes a feature reads the fields it declares to be made of, those and no others."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.banned import key_sources, measure_sources
from features.derive import incident_keys
from features.keys import EXTRA_PREFIX, keys_of
from features.measures import measures_of
from features.records import KINDS, ConsignmentItem
from features.registry import SUBJECTS, FeatureSet
from features.sources import KEY_SOURCES, MEASURE_SOURCES, reads, sources_of
from tests.recording import (
    EXTENSION,
    EXTRA_KEYS,
    ITEM_VALUES,
    VALUES,
    RecordingBody,
    a_body,
    fields_of,
    with_field,
)

FEATURES = FeatureSet(EXTRA_KEYS, EXTENSION)  # type: ignore[arg-type] # kinds of literal texts
#: Not a field of any record; here to be seen when it is read.
TRAP = {"plate_country": "TR", "driver_sex": "F"}
#: So many bodies show every branch of what reads them.
ENOUGH = 400

Reader = Callable[[Mapping[str, Any]], object]

ROW_FUNCTIONS = [
    pytest.param(subject, function, id=f"{subject}-{name}")
    for subject in SUBJECTS
    for name, function in FEATURES.row_functions[subject]
]


def read_by(reader: Reader, kind: str, rng: random.Random) -> set[str]:
    """The fields that the reader looks at in a body drawn by chance."""
    body = RecordingBody(a_body(kind, rng) | TRAP)
    reader(body)
    return body.read


@pytest.mark.parametrize(("kind", "function"), ROW_FUNCTIONS)
def test_a_row_function_reads_all_that_it_declares_and_nothing_else(
    kind: str, function: Reader
) -> None:
    rng = random.Random(7)

    read = set().union(*(read_by(function, kind, rng) for _ in range(ENOUGH)))

    assert read == set(sources_of(function))


@given(seed=st.integers(0, 2**32))
@pytest.mark.parametrize("kind", SUBJECTS)
def test_no_row_function_reads_what_it_does_not_declare(kind: str, seed: int) -> None:
    for name, function in FEATURES.row_functions[kind]:
        undeclared = read_by(function, kind, random.Random(seed)) - set(sources_of(function))

        assert not undeclared, f"{name} reads {undeclared}"


@pytest.mark.parametrize(
    "planted",
    [
        pytest.param(lambda body: body["plate_country"], id="by name"),
        pytest.param(lambda body: body.get("driver_sex"), id="by get"),
        pytest.param(lambda body: "plate_country" in body, id="whether it is there"),
        pytest.param(lambda body: len(body), id="how many fields there are"),
        pytest.param(lambda body: [*body.values()], id="all fields"),
        pytest.param(lambda body: {**body}, id="a copy"),
        pytest.param(lambda body: body["items"][-1].get("description"), id="of an item"),
        pytest.param(lambda body: body.get("extension", {}).get("form"), id="of the extension"),
        pytest.param(
            lambda body: body.get("seal_count") == 0 and body.get("vehicle_key"), id="now and then"
        ),
    ],
)
def test_a_planted_read_is_caught(planted: Reader) -> None:
    planted = reads("seal_count", "items.net_mass_kg")(planted)
    rng = random.Random(7)

    read = set().union(*(read_by(planted, "consignment", rng) for _ in range(ENOUGH)))

    assert read - set(sources_of(planted))


def keys(kind: str, body: Mapping[str, Any]) -> dict[str, str]:
    return incident_keys(body) if kind == "incident" else keys_of(kind, body)


@pytest.mark.parametrize("kind", KEY_SOURCES)
def test_keys_read_all_that_they_declare_and_nothing_else(kind: str) -> None:
    rng = random.Random(7)
    declared = {field for fields in KEY_SOURCES[kind].values() for field in fields}
    if kind in SUBJECTS:
        # Which extra keys there are is seen by going over them.
        declared |= {"extra_keys.depot", "extra_keys.*"}

    read = set().union(*(read_by(lambda body: keys(kind, body), kind, rng) for _ in range(ENOUGH)))

    assert read == declared


@pytest.mark.parametrize("kind", MEASURE_SOURCES)
def test_measures_read_all_that_they_declare_and_nothing_else(kind: str) -> None:
    rng = random.Random(7)
    declared = {field for fields in MEASURE_SOURCES[kind].values() for field in fields}

    read = set().union(
        *(read_by(lambda body: measures_of(kind, body), kind, rng) for _ in range(ENOUGH))
    )

    assert read == declared


@pytest.mark.parametrize("kind", KEY_SOURCES)
def test_a_key_changes_with_the_fields_it_declares_and_with_no_others(kind: str) -> None:
    changed = changes(kind, lambda body: keys(kind, body))
    expected = {key: set(fields) for key, fields in KEY_SOURCES[kind].items() if fields}
    if kind in SUBJECTS:
        (extra,) = (EXTRA_PREFIX + name for name in EXTRA_KEYS)
        expected[extra] = set(key_sources(extra)[kind])

    assert changed == expected


@pytest.mark.parametrize("kind", MEASURE_SOURCES)
def test_a_measure_changes_with_the_fields_it_declares_and_with_no_others(kind: str) -> None:
    changed = changes(kind, lambda body: measures_of(kind, body))

    assert changed == {
        name: set(measure_sources(name)[kind])
        for name, fields in MEASURE_SOURCES[kind].items()
        if fields
    }


def changes(
    kind: str, made: Callable[[Mapping[str, Any]], Mapping[str, object]]
) -> dict[str, set[str]]:
    """For each thing made of bodies, the fields that change it when they alone change."""
    rng = random.Random(7)
    found: dict[str, set[str]] = {}
    for _ in range(ENOUGH):
        body, other = a_body(kind, rng), a_body(kind, rng)
        before = made(body)
        for field in fields_of(kind):
            after = made(with_field(body, field, other))
            for name in before.keys() | after.keys():
                # An absent measure is zero.
                if (before.get(name) or 0) != (after.get(name) or 0):
                    found.setdefault(name, set()).add(field)
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_the_bodies_of_these_tests_have_every_field_of_a_record(kind: str) -> None:
    parts = {"quality_flags", "items"}

    assert set(VALUES[kind]) == set(KINDS[kind].model_fields) - parts
    assert set(ITEM_VALUES) == set(ConsignmentItem.model_fields)
