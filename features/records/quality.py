"""What is doubtful about a record when its fields are held against each other."""

from __future__ import annotations

from collections.abc import Iterator

from features.records.base import Record
from features.records.consignment import Consignment
from features.records.crossing import Crossing
from features.records.identifiers import is_broken_trader_id
from features.records.reference import crossing_points

#: Heaviest road vehicle allowed anywhere on these roads, kg.
ROAD_GROSS_LIMIT_KG = 60_000.0

#: Heaviest loaded container, kg.
CONTAINER_GROSS_LIMIT_KG = 35_000.0

_ROAD = 3


def doubts(record: Record) -> Iterator[str]:
    """Codes of what does not fit together; none of them refuses the record."""
    if record.known_at is not None and record.known_at < record.event_at:
        yield "known_before_event"
    if isinstance(record, Consignment):
        yield from _masses(record)
        yield from _journey(record)
        yield from _traders(record)
    elif isinstance(record, Crossing):
        yield from _passage(record)


def _masses(record: Consignment) -> Iterator[str]:
    gross = record.gross_mass_kg
    net_of_all = 0.0
    for item in record.items:
        net, of_item = item.net_mass_kg, item.gross_mass_kg
        if net is not None:
            net_of_all += net
            if net == 0:
                yield "net_mass_zero"
            if of_item is not None and net > of_item:
                yield "net_mass_exceeds_gross"
    if gross is None:
        return
    # Sums of decimals written as binary fractions may differ in the last places.
    if net_of_all > gross * (1 + 1e-9):
        yield "net_mass_exceeds_gross"
    if gross > ROAD_GROSS_LIMIT_KG and record.mode_of_transport_border == _ROAD:
        yield "gross_mass_above_road_limit"
    boxes = len(record.container_ids)
    if boxes and gross > boxes * CONTAINER_GROSS_LIMIT_KG:
        yield "gross_mass_above_container_limit"


def _journey(record: Consignment) -> Iterator[str]:
    if record.eta_at and record.departed_at and record.eta_at < record.departed_at:
        yield "eta_before_departure"
    if record.invoice_amount_minor is not None and record.invoice_currency is None:
        yield "invoice_currency_missing"


def _traders(record: Consignment) -> Iterator[str]:
    for role, trader, country in (
        ("consignor", record.consignor_id, record.country_dispatch),
        ("consignee", record.consignee_id, record.country_destination),
        ("declarant", record.declarant_id, record.owner_country),
        ("carrier", record.carrier_id, None),
    ):
        if trader is not None and is_broken_trader_id(trader, country):
            yield f"{role}_id_check_failed"


def _passage(record: Crossing) -> Iterator[str]:
    points = crossing_points()
    if record.bcp_id not in points:
        yield "unknown_crossing_point"
    if record.previous_bcp_id is not None and record.previous_bcp_id not in points:
        yield "unknown_previous_crossing_point"
    if record.previous_crossed_at is not None and record.previous_crossed_at > record.event_at:
        yield "previous_crossing_after_this"
    if record.carrier_id is not None and is_broken_trader_id(record.carrier_id, None):
        yield "carrier_id_check_failed"
    mass, tare = record.weighbridge_kg, record.tare_kg
    if mass is not None and mass > ROAD_GROSS_LIMIT_KG:
        yield "gross_mass_above_road_limit"
    if mass is not None and tare is not None and tare > mass:
        yield "tare_exceeds_gross"
