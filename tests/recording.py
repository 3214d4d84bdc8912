"""Bodies that log what is read of them, and values to fill them with: every field a record has."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from typing import Any

from features.records import KINDS, ConsignmentItem
from features.records.pseudonyms import Pseudonymiser, stored_name

#: Attributes and identifiers that the mapping of these bodies declares.
EXTENSION = (("fill_level", "numeric"), ("form", "categorical"))
EXTRA_KEYS = ("depot",)

_COMMON: dict[str, list[Any]] = {
    "source_system": ["mk-cdeps", "rs-border"],
    "source_record_id": ["A-1", "A-2"],
    "record_version": [1, 2],
    "event_at": ["2026-03-02T08:30:00+01:00", "2026-03-06T22:10:00Z"],
    "known_at": ["2026-03-03T09:00:00Z", "2026-03-09T09:00:00Z"],
    "time_precision": ["instant", "day"],
    "owner_country": ["MK", "RS", "GR"],
    "owner_post": ["MK-GR-01", "RS-HU-01", "nowhere"],
    "extra_keys": [{"depot": "D-1"}, {"depot": "D-2"}],
    "extension": [{"fill_level": 3.5, "form": "loose"}, {"fill_level": 2.0, "form": "bagged"}],
}

#: Values of each field by kind of record; an optional field may also be absent.
VALUES: dict[str, dict[str, list[Any]]] = {
    "consignment": {
        **_COMMON,
        "declaration_ref": ["26MK104417A2C3D4E5", "26MK104417A2C3D4E6"],
        "procedure_code": ["4000", "1000"],
        "declaration_type": ["IM", "T1"],
        "mode_of_transport_border": [3, 2],
        "customs_office_lodgement": ["MK001041", "MK001042"],
        "customs_office_first_entry": ["MK001041", "MK001042"],
        "customs_office_exit": ["MK001041", "MK001042"],
        "consignor_id": ["DE8112345", "DE8112346"],
        "consignee_id": ["MK4030000375897", "MK4020990116747"],
        "declarant_id": ["MK4020990116747", "MK4030000375897"],
        "carrier_id": ["RS100000001", "RS100000002"],
        "consignor_is_natural_person": [False, True],
        "consignee_is_natural_person": [False, True],
        "declarant_is_natural_person": [False, True],
        "carrier_is_natural_person": [False, True],
        "aeo_status": [True, False],
        "country_dispatch": ["DE", "TR", "CN"],
        "country_destination": ["MK", "AL", "HU"],
        "countries_of_routing": [["DE", "AT", "HU", "RS", "MK"], ["TR", "BG"], []],
        "place_loading": ["DEMUC", "TRIST"],
        "place_unloading": ["MKSKP", "ALTIA", "Partizanska 12"],
        "departed_at": ["2026-03-01T00:00:00Z", "2026-02-20T00:00:00Z"],
        "eta_at": ["2026-03-02T06:00:00Z", "2026-03-02T18:00:00Z"],
        "presented_at": ["2026-03-02T08:00:00Z", "2026-03-02T12:00:00Z"],
        "gross_mass_kg": [8420.0, 90.0],
        "package_count": [24, 3],
        "invoice_amount_minor": [4_812_500, 14_000],
        "invoice_currency": ["EUR", "USD"],
        "incoterm": ["DAP", "FOB"],
        "vehicle_id": ["SK 1042 AB", "BG 1042 AB"],
        "trailer_id": ["SK 771 AA", "BG 771 AA"],
        "container_ids": [["CSQU3054383"], ["TGHU7654321", "CSQU3054383"]],
        "seal_count": [1, 0],
        "transport_document_type": ["733", "740"],
        "amendment_count": [2, 1],
        "guarantee_type": ["1", "2"],
        "priority_lane": [True, False],
    },
    "crossing": {
        **_COMMON,
        "bcp_id": ["MK-GR-01", "RS-HU-01", "nowhere"],
        "direction": ["entry", "exit"],
        "lane_type": ["lorry", "EU"],
        "vehicle_class": ["M3", "N3", "M1"],
        "vehicle_id": ["SK 1042 AB", "BG 1042 AB"],
        "trailer_id": ["SK 771 AA", "BG 771 AA"],
        "carrier_id": ["RS100000001", "RS100000002"],
        "carrier_is_natural_person": [False, True],
        "is_commercial": [True, False],
        "axle_count": [5, 2],
        "weighbridge_kg": [38_140.0, 21_000.0],
        "tare_kg": [14_900.0, 12_000.0],
        "declared_load_kg": [23_000.0, 5_000.0],
        "declared_passengers": [40, 10],
        "counted_passengers": [43, 10],
        "linked_declaration_refs": [["26MK1"], ["26MK2", "26MK1"], []],
        "queue_minutes": [55.0, 5.0],
        "document_check_s": [140.0, 20.0],
        "previous_bcp_id": ["RS-HU-01", "MK-GR-01"],
        "previous_crossed_at": ["2026-03-01T08:00:00Z", "2026-03-05T08:00:00Z"],
    },
    "inspection": {
        **{name: _COMMON[name] for name in ("source_system", "source_record_id", "event_at")},
        **{name: _COMMON[name] for name in ("record_version", "known_at", "time_precision")},
        **{name: _COMMON[name] for name in ("owner_country", "owner_post")},
        "movement_source_system": ["mk-cdeps", "rs-border"],
        "movement_source_record_id": ["A-1", "A-2"],
        "selection_reason": ["random", "model"],
        "selection_propensity": [0.1, 0.5],
        "score_id_shown": ["s-1", "s-2"],
        "score_hidden_until_view": [True, False],
        "officer_prior_view": ["search", "no_search"],
        "control_level": ["scanner", "full_unload"],
        "started_at": ["2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z"],
        "ended_at": ["2026-03-02T11:00:00Z", "2026-03-02T12:00:00Z"],
        "result": ["nothing_found", "arms", "persons_concealed", "other_contraband",
                   "documentary", "inconclusive"],
        "result_confirmed_at": ["2026-03-02T13:00:00Z", "2026-03-02T14:00:00Z"],
        "four_eyes_by": ["role-1", "role-2"],
        "reason_text": ["The driver was nervous.", "Routine."],
        "finds": [[{"category": "pistol", "quantity": 1}], []],
    },
    "incident": {
        **{name: _COMMON[name] for name in ("source_system", "source_record_id", "event_at")},
        **{name: _COMMON[name] for name in ("record_version", "known_at", "time_precision")},
        **{name: _COMMON[name] for name in ("owner_country", "owner_post")},
        "area_code": ["MK008", "RS123"],
        "month": ["2026-01", "2026-02"],
        "incident_type": ["firearm_found", "shots_fired"],
        "weapon_category": ["pistol", "rifle"],
        "count": [7, 1],
        "linked_vehicle_id": ["SK 1042 AB", "BG 1042 AB"],
        "linked_trader_id": ["RS100000001", "RS100000002"],
        "linked_container_id": ["CSQU3054383", "TGHU7654321"],
        "linked_route": ["RS-HU", "TR-MK"],
        "source_grade": ["A", "B"],
        "information_grade": [1, 2],
    },
}  # fmt: skip

ITEM_VALUES: dict[str, list[Any]] = {
    "item_no": [1, 2],
    "commodity_code": ["84314980", "93020000", "97050000", "87089900"],
    "hs_edition": ["HS2022", "HS2017"],
    "description": ["Parts of excavators", "parts", "Fresh apples"],
    "country_origin": ["DE", "TR"],
    "net_mass_kg": [7900.0, 12.5],
    "gross_mass_kg": [8420.0, 14.0],
    "supplementary_quantity": [3.0, 4.0],
    "supplementary_unit": ["NAR", "LTR"],
    "package_type": ["PX", "CT"],
    "statistical_value_minor": [296_450_000, 100_000],
    "document_codes": [["380", "733"], ["E020"], ["5001"], []],
}

#: Flags that intake may set; they cannot be submitted.
_FLAGS: tuple[list[str], ...] = ([], ["container_check_digit_failed"], ["plate_unreadable"])
_PSEUDONYMISER = Pseudonymiser(b"a secret of the tests, 32 bytes.")


def a_body(kind: str, rng: random.Random) -> dict[str, Any]:
    """A stored body with some of the fields its kind has, made of a record that is valid."""
    payload = _some(KINDS[kind], VALUES[kind], rng)
    if kind == "consignment":
        payload["items"] = [
            _some(ConsignmentItem, ITEM_VALUES, rng) for _ in range(rng.randint(1, 2))
        ]
    if payload.get("vehicle_class") != "M3":
        for name in ("declared_passengers", "counted_passengers"):
            payload.pop(name, None)
    if kind == "incident":
        # Without grades nothing may be linked, and without links the count is needed.
        for name in ("area_code", "month", "source_grade", "information_grade", "linked_route"):
            payload.setdefault(name, rng.choice(VALUES[kind][name]))
    body: dict[str, Any] = _PSEUDONYMISER.stored_body(KINDS[kind].model_validate(payload)).body
    return body | {"quality_flags": rng.choice(_FLAGS)}


def with_field(body: Mapping[str, Any], field: str, other: Mapping[str, Any]) -> dict[str, Any]:
    """The body with one field, such as "items.net_mass_kg", as it is in another body."""
    whole, _, part = field.partition(".")
    changed = dict(body)
    if not part:
        _take(changed, whole, other)
    elif whole == "items":
        changed["items"] = [dict(item) for item in body["items"]]
        for place, item in enumerate(changed["items"]):
            _take(item, part, other["items"][place % len(other["items"])])
    else:
        changed[whole] = dict(body.get(whole, {}))
        _take(changed[whole], part, other.get(whole, {}))
    return changed


def fields_of(kind: str) -> list[str]:
    """Every field of a stored body of the kind that can change by itself."""
    fields = {stored_name(name) for name in KINDS[kind].model_fields}
    fields -= {"items", "extension", "extra_keys"}
    if kind == "consignment":
        fields |= {f"items.{name}" for name in ConsignmentItem.model_fields}
    if kind in ("consignment", "crossing"):
        fields |= {f"extension.{name}" for name, _ in EXTENSION}
        fields |= {f"extra_keys.{name}" for name in EXTRA_KEYS}
    return sorted(fields)


class RecordingBody(Mapping[str, Any]):
    """A stored body that logs which of its fields are asked for, there or not.

    Going over all fields, or counting them, is logged as "*".
    """

    def __init__(
        self, body: Mapping[str, Any], log: set[str] | None = None, within: str = ""
    ) -> None:
        self._body, self._within = body, within
        self.log: set[str] = set() if log is None else log

    @property
    def read(self) -> set[str]:
        """What was read; of a part, the fields of it rather than the part."""
        wholes = {field.partition(".")[0] for field in self.log if "." in field}
        return self.log - wholes

    def __getitem__(self, name: str) -> Any:
        field = f"{self._within}{name}"
        self.log.add(field)
        return self._logged(self._body[name], f"{field}.")

    def __iter__(self) -> Iterator[str]:
        self.log.add(f"{self._within}*")
        return iter(self._body)

    def __len__(self) -> int:
        self.log.add(f"{self._within}*")
        return len(self._body)

    def _logged(self, value: Any, within: str) -> Any:
        if isinstance(value, dict):
            return RecordingBody(value, self.log, within)
        if isinstance(value, list):
            return [self._logged(one, within) for one in value]
        return value


def _some(model: Any, values: dict[str, list[Any]], rng: random.Random) -> dict[str, Any]:
    return {
        name: rng.choice(options)
        for name, options in values.items()
        if model.model_fields[name].is_required() or rng.random() < 0.7
    }


def _take(body: dict[str, Any], name: str, other: Mapping[str, Any]) -> None:
    if name in other:
        body[name] = other[name]
    else:
        body.pop(name, None)
