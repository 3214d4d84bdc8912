"""Laws of checking records, over arbitrary payloads."""

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.records import KINDS
from features.records.check import CheckSettings, RecordRefused, check_record, decode_json
from features.records.deny_list import protected_name
from features.records.examples import example
from features.records.identifiers import plate
from features.records.pseudonyms import Pseudonymiser

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SETTINGS = CheckSettings()
PSEUDONYMS = Pseudonymiser(b"k" * 32)

FIELDS = sorted({name for kind in KINDS.values() for name in kind.model_fields} | {"plate_country"})
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["XS", "QU", "2026-11-02T08:00:00Z", "0001-01-01T00:00:00+14:00", "930200"])
)
JSON_LIKE = st.recursive(
    LEAVES,
    lambda child: (
        st.lists(child, max_size=3)
        | st.dictionaries(st.text(max_size=5) | st.sampled_from(FIELDS), child, max_size=3)
    ),
    max_leaves=8,
)
CHANGES = st.dictionaries(st.sampled_from(FIELDS) | st.text(max_size=5), JSON_LIKE, max_size=4)


@given(kind=st.sampled_from(sorted(KINDS)), changes=CHANGES, bare=st.booleans())
def test_a_check_accepts_or_refuses_and_nothing_else(
    kind: str, changes: dict[str, Any], bare: bool
) -> None:
    payload = changes if bare else example(kind, NOW) | changes

    try:
        checked = check_record(kind, payload, now=NOW, settings=SETTINGS)
    except RecordRefused as error:
        refused = error.problems
    else:
        stored = PSEUDONYMS.stored_body(checked.record).body
        assert "plate_country" not in json.dumps(stored, allow_nan=False)
        return

    assert refused
    assert all(problem.rule and problem.message for problem in refused)


@given(st.binary(max_size=40) | JSON_LIKE.map(lambda value: json.dumps(value).encode()))
def test_json_decodes_or_is_refused(raw: bytes) -> None:
    try:
        decoded = decode_json(raw)
    except RecordRefused as error:
        refused = error.problems
    else:
        assert decoded == json.loads(raw)
        return

    assert refused


SMALL = {
    "record_version": st.integers(1, 2),
    "trailer_id": st.sampled_from(["A 1", "A1", "B2"]),
    "tare_kg": st.sampled_from([1, 1.0, 2.0]),
    "linked_declaration_refs": st.lists(st.sampled_from("ab"), max_size=2),
    "extension": st.dictionaries(st.sampled_from("xy"), st.sampled_from([1, 2.0, "p"])),
    "extra_keys": st.dictionaries(st.just("depot"), st.sampled_from("ab")),
    "known_at": st.sampled_from(["2026-11-02T08:00:00Z", "2026-11-02T08:30:00Z"]),
}


@pytest.mark.parametrize("field", SMALL)
@given(data=st.data())
def test_codes_are_equal_if_and_only_if_contents_are(field: str, data: st.DataObject) -> None:
    # Two records that differ in one field at most: draws that differ in several prove little.
    one = example("crossing", NOW) | data.draw(st.fixed_dictionaries({}, optional=SMALL))
    other = one | {field: data.draw(SMALL[field])}
    records = [KINDS["crossing"].model_validate(payload) for payload in (one, other)]
    contents = [record.model_dump(exclude={"known_at", "quality_flags"}) for record in records]

    codes = [PSEUDONYMS.content_code("crossing", record) for record in records]

    assert (codes[0] == codes[1]) == (contents[0] == contents[1])


@given(st.text(max_size=12))
def test_a_plate_that_is_folded_stays_as_it_is(text: str) -> None:
    assert plate(plate(text)) == plate(text)


@given(
    st.sampled_from(["sex", "nationality", "surname", "пол", "ιθαγένεια", "cinsiyet", "religion"]),
    st.sampled_from(["", "x", "col", "zzz_9"]),
    st.sampled_from(["_", " ", "-", ".", "1"]),
    st.booleans(),
)
def test_a_protected_word_is_found_whatever_stands_around_it(
    word: str, around: str, between: str, upper: bool
) -> None:
    name = f"{around}{between}{word}{between}{around}"

    assert protected_name(name.upper() if upper else name) is not None


@pytest.mark.parametrize("kind", sorted(KINDS))
@given(data=st.data())
def test_leaving_out_a_required_field_is_always_named(kind: str, data: st.DataObject) -> None:
    required = [name for name, field in KINDS[kind].model_fields.items() if field.is_required()]
    name = data.draw(st.sampled_from(required))
    payload = example(kind, NOW)
    del payload[name]

    with pytest.raises(RecordRefused) as refused:
        check_record(kind, payload, now=NOW, settings=SETTINGS)

    assert (f"/{name}", "missing_field") in {(p.field, p.rule) for p in refused.value.problems}
