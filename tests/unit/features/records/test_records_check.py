"""What is refused, what is flagged, and how it is said."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from features.errors import VardarError
from features.records import KINDS
from features.records.check import CheckSettings, RecordRefused, check_record
from features.records.examples import example

NOW = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
SETTINGS = CheckSettings()


def flags(kind: str, **changes: Any) -> list[str]:
    checked = check_record(kind, example(kind, NOW) | changes, now=NOW, settings=SETTINGS)
    return checked.record.quality_flags


def rules(kind: str, payload: Mapping[str, Any]) -> set[tuple[str, str]]:
    with pytest.raises(RecordRefused) as refused:
        check_record(kind, payload, now=NOW, settings=SETTINGS)
    return {(problem.field, problem.rule) for problem in refused.value.problems}


def item(**changes: Any) -> list[dict[str, Any]]:
    return [{"item_no": 1, "commodity_code": "930200"} | changes]


@pytest.mark.parametrize("kind", KINDS)
def test_the_example_of_each_kind_is_accepted_without_flags(kind: str) -> None:
    assert flags(kind) == []


@pytest.mark.parametrize("kind", KINDS)
def test_the_schema_describes_every_field_and_shows_an_example(kind: str) -> None:
    schema = KINDS[kind].model_json_schema()

    parts = [schema, *schema.get("$defs", {}).values()]
    for part in parts:
        assert all("description" in field for field in part["properties"].values())
    assert schema["examples"] == [example(kind, NOW)]


def test_every_failing_field_is_named() -> None:
    payload = example("consignment", NOW) | {
        "owner_country": "ZZ",
        "gross_mass_kg": -1.0,
        "invoice_currency": "EURO",
        "event_at": (NOW + timedelta(hours=1)).isoformat(),
        "items": item(commodity_code="77", net_mass_kg=float("nan")),
        "consignee": "X",
    }
    del payload["owner_post"]

    assert rules("consignment", payload) == {
        ("/owner_country", "country_code"),
        ("/owner_post", "missing_field"),
        ("/gross_mass_kg", "negative"),
        ("/invoice_currency", "currency_code"),
        ("/event_at", "event_in_future"),
        ("/items/0/commodity_code", "commodity_code_shape"),
        ("/items/0/net_mass_kg", "not_a_number"),
        ("/consignee", "unknown_field"),
    }


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        pytest.param({"gross_mass_kg": "12,5"}, "float_type", id="a mass is no text"),
        pytest.param({"gross_mass_kg": float("inf")}, "not_a_number", id="infinite mass"),
        pytest.param({"package_count": True}, "int_type", id="yes is no count"),
        pytest.param({"event_at": "2026-11-02T08:00:00"}, "not_a_time", id="no zone"),
        pytest.param({"event_at": 1793606400}, "not_a_time", id="seconds are no time"),
        pytest.param({"event_at": "2020-11-02T08:00:00Z"}, "past_retention", id="too old"),
        pytest.param({"quality_flags": ["fine"]}, "set_on_intake", id="flags are ours to set"),
        pytest.param({"consignor_id": "A\x00"}, "unseen_characters", id="NUL in an identifier"),
        pytest.param({"consignor_id": "\u202eA"}, "unseen_characters", id="turned direction"),
        pytest.param({"driver_name": "A"}, "protected_attribute", id="a person's name"),
        pytest.param({"extension": {"gender": "x"}}, "protected_attribute", id="protected name"),
        pytest.param({"extension": {"kind": "Muslim"}}, "protected_attribute", id="its value"),
        pytest.param({"extra_keys": {"driver": "x"}}, "protected_attribute", id="protected key"),
        pytest.param({"plate_country": "MK"}, "protected_attribute", id="crossings only"),
        pytest.param({"items": []}, "too_short", id="no items"),
    ],
)
def test_hard_rules_refuse(change: dict[str, Any], rule: str) -> None:
    assert {found for _, found in rules("consignment", example("consignment", NOW) | change)} == {
        rule
    }


def test_a_misspelt_field_is_answered_with_the_near_miss() -> None:
    payload = example("crossing", NOW) | {"vehicle_clas": "N3"}

    with pytest.raises(RecordRefused, match="did you mean 'vehicle_class'"):
        check_record("crossing", payload, now=NOW, settings=SETTINGS)


@pytest.mark.parametrize(
    ("change", "flag"),
    [
        pytest.param({"country_dispatch": "XS"}, "country_code_xs", id="statistical code"),
        pytest.param(
            {"container_ids": ["CSQU3054384"]}, "container_check_digit_failed", id="digit"
        ),
        pytest.param({"items": item(commodity_code="930999")}, "unknown_commodity_code", id="code"),
        pytest.param(
            {"items": item(net_mass_kg=2.0, gross_mass_kg=1.0)}, "net_mass_exceeds_gross", id="item"
        ),
        pytest.param({"items": item(net_mass_kg=9e3)}, "net_mass_exceeds_gross", id="sum of items"),
        pytest.param(
            {"gross_mass_kg": 60_001.0, "container_ids": []},
            "gross_mass_above_road_limit",
            id="road",
        ),
        pytest.param({"gross_mass_kg": 35_001.0}, "gross_mass_above_container_limit", id="a box"),
        pytest.param({"vehicle_id": "--"}, "plate_unreadable", id="plate"),
        pytest.param({"place_loading": "München"}, "place_shape", id="place"),
        pytest.param({"consignee_id": "MK4030000375898"}, "consignee_id_check_failed", id="tax id"),
        pytest.param({"countries_of_routing": ["DE", "QU"]}, "routing_country_unknown", id="route"),
    ],
)
def test_soft_rules_flag(change: dict[str, Any], flag: str) -> None:
    assert flags("consignment", **change) == [flag]


def test_fifteen_minutes_ahead_pass_and_a_second_more_does_not() -> None:
    ahead = NOW + timedelta(minutes=15)

    assert flags("crossing", event_at=ahead.isoformat()) == []
    late = (ahead + timedelta(seconds=1)).isoformat()
    assert rules("crossing", example("crossing", NOW) | {"event_at": late}) == {
        ("/event_at", "event_in_future")
    }


def test_history_is_of_any_age() -> None:
    payload = example("crossing", NOW) | {"event_at": "1999-01-01T00:00:00Z"}

    history = CheckSettings(retention_days=None)

    assert check_record("crossing", payload, now=NOW, settings=history).record.record_version == 1


@pytest.mark.parametrize(("given", "kept"), [("MK", "MK"), ("XS", "RS"), ("?", None), (7, None)])
def test_the_plates_country_is_set_aside(given: object, kept: str | None) -> None:
    payload = example("crossing", NOW) | {"plate_country": given}

    checked = check_record("crossing", payload, now=NOW, settings=SETTINGS)

    assert checked.plate_country == kept
    assert "plate_country" not in checked.record.model_dump()


def test_passengers_are_counted_on_buses_only() -> None:
    car = example("crossing", NOW) | {"vehicle_class": "M1", "counted_passengers": 3}

    assert rules("crossing", car) == {("/counted_passengers", "passengers_of_buses_only")}
    assert flags("crossing", vehicle_class="M3", counted_passengers=41) == []


def test_an_incident_is_a_count_or_a_graded_link() -> None:
    bare = example("incident", NOW)
    del bare["count"]

    assert rules("incident", bare) == {("", "neither_count_nor_link")}
    assert rules("incident", bare | {"linked_route": "RS-HU"}) == {("", "grades_missing")}
    graded = {"linked_route": "RS-HU", "source_grade": "B", "information_grade": 3}
    assert flags("incident", **graded) == []


def test_a_kind_that_does_not_exist_is_told_so() -> None:
    with pytest.raises(VardarError, match="use one of consignment, crossing"):
        check_record("parcel", {}, now=NOW, settings=SETTINGS)
