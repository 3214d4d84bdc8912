"""Which fields of a record become features: declared here and beside each row function.

A test runs everything that makes a feature on bodies that log what is read, and compares.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import TypeVar

_Function = TypeVar("_Function", bound=Callable[..., object])


def reads(*fields: str) -> Callable[[_Function], _Function]:
    """Declares the fields of the stored body that a row function reads.

    Args:
        fields: Such as "gross_mass_kg", or "items.net_mass_kg" for a field of the items.
    """

    def declared(function: _Function) -> _Function:
        function.sources = fields  # type: ignore[attr-defined]
        return function

    return declared


def sources_of(function: Callable[..., object]) -> tuple[str, ...]:
    """The fields a row function declares to read; empty if it declares none."""
    declared: tuple[str, ...] = getattr(function, "sources", ())
    return declared


#: Fields of each kind of record that its keys are made of, by kind of key. A key of the same kind
#: means the same in every kind of record, save those of `SEPARATE_KEYS`.
KEY_SOURCES: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "consignment": {
        "consignor": ("consignor_key",),
        "consignee": ("consignee_key",),
        "declarant": ("declarant_key",),
        "carrier": ("carrier_key",),
        "vehicle": ("vehicle_key",),
        "trailer": ("trailer_key",),
        "container": ("container_keys",),
        "declaration": ("declaration_ref",),
        "consignee_goods": ("consignee_key", "items.commodity_code"),
        "consignor_consignee": ("consignor_key", "consignee_key"),
        "consignee_declarant": ("consignee_key", "declarant_key"),
        "hs6": ("items.commodity_code",),
        "hs4": ("items.commodity_code",),
        "goods_origin": ("items.commodity_code", "items.country_origin"),
        "goods_package": ("items.commodity_code", "items.package_type"),
        "route": ("country_dispatch", "country_destination"),
        "route_currency": ("country_dispatch", "country_destination", "invoice_currency"),
        "leg": ("country_dispatch", "country_destination", "mode_of_transport_border"),
        "post": ("owner_post",),
        "corridor": ("owner_post",),
        "area": ("owner_post", "owner_country"),
        "everything": (),
    },
    "crossing": {
        "carrier": ("carrier_key",),
        "vehicle": ("vehicle_key",),
        "trailer": ("trailer_key",),
        "declaration": ("linked_declaration_refs",),
        "vehicle_post": ("vehicle_key", "bcp_id"),
        "vehicle_trailer": ("vehicle_key", "trailer_key"),
        "post": ("bcp_id",),
        "post_hour": ("bcp_id", "event_at"),
        "leg": ("previous_bcp_id", "bcp_id", "vehicle_class"),
        "corridor": ("bcp_id",),
        "area": ("bcp_id", "owner_country"),
        "everything": (),
    },
    "incident": {
        "consignor": ("linked_trader_key",),
        "consignee": ("linked_trader_key",),
        "declarant": ("linked_trader_key",),
        "carrier": ("linked_trader_key",),
        "vehicle": ("linked_vehicle_key",),
        "trailer": ("linked_vehicle_key",),
        "container": ("linked_container_key",),
        "route": ("linked_route",),
        "area": ("area_code",),
    },
})  # fmt: skip

#: Keys whose texts differ from one kind of record to the next, so that their pasts never meet.
SEPARATE_KEYS = ("leg",)

_UNIT_VALUE = (
    "gross_mass_kg",
    "items.gross_mass_kg",
    "items.net_mass_kg",
    "items.statistical_value_minor",
    "invoice_amount_minor",
)
_PACKAGE_MASS = ("gross_mass_kg", "items.gross_mass_kg", "items.net_mass_kg", "package_count")
_WEIGHT = ("weighbridge_kg", "tare_kg", "declared_load_kg")
_FINDS = ("arms", "persons_concealed", "other_contraband", "documentary")

#: Fields of each kind of record that its measures are made of. An inspection counts for the keys
#: of the movement it names.
MEASURE_SOURCES: Mapping[str, Mapping[str, tuple[str, ...]]] = MappingProxyType({
    "consignment": {
        "declarations": (),
        "mass_g": ("gross_mass_kg", "items.gross_mass_kg", "items.net_mass_kg"),
        "value_minor": ("items.statistical_value_minor", "invoice_amount_minor"),
        **dict.fromkeys(("priced", "log_unit_value", "log_unit_value_squared"), _UNIT_VALUE),
        **dict.fromkeys(("packed", "log_package_mass", "log_package_mass_squared"), _PACKAGE_MASS),
        **dict.fromkeys(
            ("located", "detour_permille"), ("country_dispatch", "country_destination", "owner_post")
        ),
        **dict.fromkeys(
            ("timed", "log_minutes", "log_minutes_squared"), ("departed_at", "presented_at")
        ),
    },
    "crossing": {
        "crossings": (),
        "changed_post": ("previous_bcp_id", "bcp_id"),
        "leaving": ("direction",),
        "laden": ("declared_load_kg",),
        "weighed": ("weighbridge_kg", "tare_kg"),
        **dict.fromkeys(("weight_residual_kg", "weight_residual_kg_squared"), _WEIGHT),
        **dict.fromkeys(
            ("timed", "log_minutes", "log_minutes_squared"), ("previous_crossed_at", "event_at")
        ),
        **dict.fromkeys(("queued", "queue_minutes"), ("queue_minutes",)),
    },
    "inspection": {
        "inspected": ("result",),
        "clean": ("result",),
        **{f"found_{result}": ("result",) for result in _FINDS},
        "drawn_at_random": ("result", "selection_reason"),
        **{f"random_found_{result}": ("result", "selection_reason") for result in _FINDS},
    },
    "incident": {"incidents": ("count",)},
})  # fmt: skip

#: Fields behind integers that are neither a window's nor a row function's.
INTEGER_SOURCES: Mapping[str, tuple[str, ...]] = MappingProxyType({
    "today": ("known_at",),
    **dict.fromkeys(
        ("convoy_candidates", "convoy_leader_crossings", "convoy_leaders", "convoy_meetings"),
        # A later version of a crossing, and one whose moment is not known, meets nobody.
        ("vehicle_key", "bcp_id", "direction", "known_at", "source_system", "source_record_id",
         "time_precision"),
    ),
})  # fmt: skip
