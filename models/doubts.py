"""What the quality flags of a record say, in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from models.languages import ENGLISH, Language

#: By flag, as `features.records` sets them.
DOUBTS: Mapping[str, str] = MappingProxyType({
    "carrier_id_check_failed": "The carrier's number fails its check digit",
    "consignee_id_check_failed": "The consignee's number fails its check digit",
    "consignor_id_check_failed": "The consignor's number fails its check digit",
    "container_check_digit_failed": "Container number fails its check digit",
    "country_code_xs": "Serbia was written with its customs code XS",
    "customs_office_shape": "The customs office is not written as offices are",
    "declarant_id_check_failed": "The declarant's number fails its check digit",
    "eta_before_departure": "Arrival is expected before departure",
    "gross_mass_above_container_limit": "The gross mass is more than the containers may hold",
    "gross_mass_above_road_limit": "The gross mass is more than a road vehicle may weigh",
    "invoice_currency_missing": "The invoice has an amount, but no currency",
    "known_before_event": "It was known before it happened",
    "mrn_shape": "The MRN is not written as such numbers are",
    "net_mass_exceeds_gross": "The net mass is more than the gross mass",
    "net_mass_zero": "The net mass is zero",
    "place_shape": "A place is not written as places are",
    "plate_looks_like_vin": "The plate looks like a VIN",
    "plate_unreadable": "The plate was not readable",
    "previous_crossing_after_this": "The previous crossing is later than this one",
    "routing_country_unknown": "A country of routing is not known",
    "tare_exceeds_gross": "The vehicle weighs less than its tare",
    "unknown_commodity_code": "The commodity code is not in the tariff",
    "unknown_crossing_point": "The crossing point is not in the reference table",
    "unknown_previous_crossing_point": "The previous crossing point is not in the reference table",
})  # fmt: skip


def doubts_in_words(flags: Iterable[str], *, language: Language = ENGLISH) -> list[str]:
    """A sentence for each flag; a flag this program does not know stands for itself."""
    return [language.words(DOUBTS[flag]) if flag in DOUBTS else flag for flag in flags]
