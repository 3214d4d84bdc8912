"""One realistic record of each kind, as it would be submitted."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any


def example(kind: str, now: datetime) -> dict[str, Any]:
    """A record of the kind that is accepted at `now` without flags; times as RFC 3339 texts."""
    body: dict[str, Any] = {
        "consignment": _consignment,
        "crossing": _crossing,
        "inspection": _inspection,
        "incident": _incident,
    }[kind](now)
    return body


def _before(now: datetime, **ago: float) -> str:
    return (now - timedelta(**ago)).replace(microsecond=0).isoformat()


def _consignment(now: datetime) -> dict[str, Any]:
    return {
        "source_system": "mk-cdeps",
        "source_record_id": "IM-2026-104417",
        "event_at": _before(now, minutes=40),
        "owner_country": "MK",
        "owner_post": "MK-RS-01",
        "declaration_ref": "26MK104417A2C3D4E5",
        "procedure_code": "4000",
        "declaration_type": "IM",
        "mode_of_transport_border": 3,
        "customs_office_lodgement": "MK001041",
        "consignor_id": "DE8112345",
        "consignee_id": "MK4030000375897",
        "declarant_id": "MK4020990116747",
        "carrier_id": "RS101642006",
        "aeo_status": False,
        "priority_lane": False,
        "country_dispatch": "DE",
        "country_destination": "MK",
        "countries_of_routing": ["DE", "AT", "HU", "RS", "MK"],
        "place_loading": "DEMUC",
        "place_unloading": "MKSKP",
        "departed_at": _before(now, days=2),
        "eta_at": _before(now, minutes=25),
        "presented_at": _before(now, minutes=20),
        "gross_mass_kg": 8420.0,
        "package_count": 320,
        "invoice_amount_minor": 4_812_500,
        "invoice_currency": "EUR",
        "incoterm": "DAP",
        "vehicle_id": "SK 1042 AB",
        "trailer_id": "SK 771 AA",
        "container_ids": ["CSQU3054383"],
        "seal_count": 1,
        "transport_document_type": "733",
        "items": [
            {
                "item_no": 1,
                "commodity_code": "87089900",
                "description": "Motor vehicle parts and accessories",
                "country_origin": "DE",
                "net_mass_kg": 7900.0,
                "gross_mass_kg": 8420.0,
                "package_type": "CT",
                "statistical_value_minor": 4_812_500,
                "document_codes": ["380", "733"],
            }
        ],
    }


def _crossing(now: datetime) -> dict[str, Any]:
    return {
        "source_system": "mk-border",
        "source_record_id": "BOG-88213",
        "event_at": _before(now, minutes=3),
        "owner_country": "MK",
        "owner_post": "MK-GR-01",
        "bcp_id": "MK-GR-01",
        "direction": "entry",
        "lane_type": "lorry",
        "vehicle_class": "N3",
        "vehicle_id": "SK 1042 AB",
        "trailer_id": "SK 771 AA",
        "is_commercial": True,
        "axle_count": 5,
        "weighbridge_kg": 38_140.0,
        "tare_kg": 14_900.0,
        "declared_load_kg": 23_000.0,
        "linked_declaration_refs": ["26MK104417A2C3D4E5"],
        "queue_minutes": 55.0,
        "document_check_s": 140.0,
    }


def _inspection(now: datetime) -> dict[str, Any]:
    return {
        "source_system": "mk-border",
        "source_record_id": "CTRL-5521",
        "event_at": _before(now, minutes=5),
        "owner_country": "MK",
        "owner_post": "MK-GR-01",
        "movement_source_record_id": "BOG-88213",
        "selection_reason": "random",
        "selection_propensity": 0.1,
        "officer_prior_view": "no_search",
        "score_hidden_until_view": True,
        "control_level": "scanner",
        "started_at": _before(now, minutes=30),
        "ended_at": _before(now, minutes=6),
        "result": "nothing_found",
    }


def _incident(now: datetime) -> dict[str, Any]:
    month_before = now.replace(day=1) - timedelta(days=1)
    return {
        "source_system": "mk-police",
        "source_record_id": "AGG-MK008",
        "event_at": _before(now, hours=12),
        "owner_country": "MK",
        "owner_post": "MK-HQ",
        "area_code": "MK008",
        "month": f"{month_before:%Y-%m}",
        "incident_type": "firearm_found",
        "weapon_category": "pistol",
        "count": 7,
    }
