"""What stands in the ledger in place of an identifier."""

from datetime import UTC, datetime
from typing import Any

from features.records import KINDS, Record
from features.records.examples import example
from features.records.pseudonyms import Pseudonymiser

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
PSEUDONYMS = Pseudonymiser(b"a secret of the deployment, long")


def record(kind: str, **changes: Any) -> Record:
    return KINDS[kind].model_validate(example(kind, NOW) | changes)


def test_a_firm_has_one_key_in_every_role_and_spelling() -> None:
    body = PSEUDONYMS.stored_body(
        record("consignment", consignor_id="MK 4030000375897", consignee_id="mk-4030000375897")
    ).body

    assert body["consignor_key"] == body["consignee_key"]
    assert len(str(body["consignor_key"])) == 32


def test_a_vehicle_has_one_key_as_tractor_and_trailer_and_in_both_alphabets() -> None:
    body = PSEUDONYMS.stored_body(
        record("crossing", vehicle_id="KO 1 AB", trailer_id="КО-1-АВ")
    ).body

    assert body["vehicle_key"] == body["trailer_key"]


def test_domains_keep_the_same_text_apart() -> None:
    keys = {
        PSEUDONYMS.key(domain, "SK1AB") for domain in ("trader", "vehicle", "container", "depot")
    }

    assert len(keys) == 4


def test_another_secret_makes_other_pseudonyms() -> None:
    assert PSEUDONYMS.key("trader", "A1") != Pseudonymiser(b"another").key("trader", "A1")


def test_natural_persons_leave_no_key_and_nothing_to_seal() -> None:
    persons = {
        f"{r}_is_natural_person": True for r in ("consignor", "consignee", "declarant", "carrier")
    }

    stored = PSEUDONYMS.stored_body(record("consignment", carrier_id="PETROV-7", **persons))

    assert not {"consignor_key", "consignee_key", "declarant_key", "carrier_key"} & set(stored.body)
    assert stored.body["carrier_is_natural_person"] is True
    assert {identifier.domain for identifier in stored.identifiers} == {"vehicle", "container"}
    assert "PETROV-7" not in str(stored)


def test_the_stored_body_holds_no_identifier_in_plain_text() -> None:
    submitted = record("consignment", extra_keys={"depot": "DEPOT-9"})

    stored = PSEUDONYMS.stored_body(submitted)

    told = str(stored.body)
    for plain in ("DE8112345", "MK4030000375897", "SK1042AB", "SK771AA", "CSQU3054383", "DEPOT-9"):
        assert plain not in told
    assert not {name for name in stored.body if name.endswith("_id") and name != "source_record_id"}
    assert {i.plaintext for i in stored.identifiers} >= {"DE8112345", "SK1042AB", "CSQU3054383"}
    assert stored.body["extra_keys"] == {"depot": PSEUDONYMS.key("depot", "DEPOT-9")}


def test_what_an_incident_is_linked_to_is_found_under_the_movements_keys() -> None:
    incident = record(
        "incident", linked_vehicle_id="SK-1042-AB", source_grade="A", information_grade=1
    )

    body = PSEUDONYMS.stored_body(incident).body

    assert (
        body["linked_vehicle_key"] == PSEUDONYMS.stored_body(record("crossing")).body["vehicle_key"]
    )
    assert "linked_vehicle_id" not in body


def test_when_it_was_known_and_flags_are_no_content() -> None:
    first = record("crossing")
    again = record("crossing", known_at=NOW).model_copy(update={"quality_flags": ["place_shape"]})

    assert PSEUDONYMS.content_code("crossing", first) == PSEUDONYMS.content_code("crossing", again)
