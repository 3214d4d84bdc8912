"""What was declared and observed of a movement, in raw units, each doubt beside what it concerns."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType
from typing import Any

from models.doubts import doubts_in_words
from models.languages import Language
from models.words import number
from serving.review.amounts import CURRENCIES, country, heading_text, mass, money
from serving.review.post_time import both_times
from serving.review.wording import DIRECTIONS, KINDS, MODES, VEHICLE_CLASSES, said

Body = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """One line of the summary.

    Attributes:
        name: What it is.
        values: What was declared or observed; several where there are several.
        doubts: What is doubtful about it, in words.
    """

    name: str
    values: tuple[str, ...]
    doubts: tuple[str, ...] = ()


@dataclass(frozen=True)
class Item:
    """One item of goods.

    Attributes:
        heading: What the Harmonized System calls its code; English, None where it is not known.
        description: The declarant's words.
        facts: Origin, masses, value and papers, in words.
    """

    number: int
    code: str
    heading: str | None
    description: str | None
    facts: tuple[Entry, ...]


#: The line of the summary that each quality flag stands beside; others stand above all lines.
_BESIDE: Mapping[str, str] = MappingProxyType({
    "carrier_id_check_failed": "carrier",
    "consignee_id_check_failed": "consignee",
    "consignor_id_check_failed": "consignor",
    "declarant_id_check_failed": "declarant",
    "container_check_digit_failed": "containers",
    "customs_office_shape": "office",
    "eta_before_departure": "expected",
    "gross_mass_above_container_limit": "mass",
    "gross_mass_above_road_limit": "mass",
    "net_mass_exceeds_gross": "mass",
    "net_mass_zero": "mass",
    "invoice_currency_missing": "invoice",
    "known_before_event": "time",
    "mrn_shape": "declaration",
    "place_shape": "places",
    "plate_looks_like_vin": "vehicle",
    "plate_unreadable": "vehicle",
    "previous_crossing_after_this": "previous",
    "unknown_previous_crossing_point": "previous",
    "routing_country_unknown": "route",
    "tare_exceeds_gross": "weighed",
    "unknown_crossing_point": "point",
})  # fmt: skip


def in_a_line(kind: str, body: Body, spoken: Language) -> str:
    """What moves, in one line: goods and way, or vehicle and direction."""
    if kind == "consignment":
        item = body["items"][0]
        what = item.get("description") or heading_text(item["commodity_code"])
        way = _way(body, spoken)
        return " · ".join(
            part for part in (said(spoken, KINDS, kind), _shortened(what), way) if part
        )
    vehicle = said(spoken, VEHICLE_CLASSES, body["vehicle_class"])
    direction = said(spoken, DIRECTIONS, body["direction"])
    return f"{said(spoken, KINDS, kind)} · {vehicle}, {direction}"


def entries(kind: str, body: Body, flags: Sequence[str], spoken: Language) -> list[Entry]:
    """The summary's lines in their order; what was not said has no line."""
    found = _consignment(body, spoken) if kind == "consignment" else _crossing(body, spoken)
    lines = [(key, name, values) for key, name, values in found if values]
    there = {key for key, _, _ in lines}
    return [
        Entry(
            name,
            tuple(values),
            tuple(doubts_in_words((f for f in flags if _BESIDE.get(f) == key), language=spoken)),
        )
        for key, name, values in lines
    ] + [
        Entry(spoken.words("Doubt about the record"), (doubt,))
        for doubt in doubts_in_words(
            (flag for flag in flags if _BESIDE.get(flag) not in there), language=spoken
        )
    ]


def items(body: Body, spoken: Language) -> list[Item]:
    """The goods of a consignment, item by item."""
    currency = CURRENCIES.get(body["owner_country"])
    return [
        Item(
            item["item_no"],
            item["commodity_code"],
            heading_text(item["commodity_code"]),
            item.get("description"),
            tuple(Entry(name, values) for name, values in _item(item, currency, spoken) if values),
        )
        for item in body.get("items", ())
    ]


_Line = tuple[str, str, Sequence[str]]


def _consignment(body: Body, spoken: Language) -> Iterator[_Line]:
    owner = body["owner_country"]
    yield "time", spoken.words("Declared"), [_time(body["event_at"], owner, spoken)]
    yield "presented", spoken.words("Presented to customs"), _times(body, "presented_at", spoken)
    yield "declaration", spoken.words("Declaration"), _known(body, "declaration_ref")
    yield "procedure", spoken.words("Procedure and type"), [
        " · ".join(_known(body, "procedure_code", "declaration_type"))
    ] if _known(body, "procedure_code", "declaration_type") else []  # fmt: skip
    if "mode_of_transport_border" in body:
        mode = said(spoken, MODES, body["mode_of_transport_border"])
        yield "mode", spoken.words("At the border"), [mode]
    yield "office", spoken.words("Office of lodgement"), _known(body, "customs_office_lodgement")
    for role, name in (
        ("consignor", spoken.words("Consignor")),
        ("consignee", spoken.words("Consignee")),
        ("declarant", spoken.words("Declarant")),
        ("carrier", spoken.words("Carrier")),
    ):
        yield role, name, _party(body, role, spoken)
    if body.get("aeo_status"):
        yield "aeo", spoken.words("Trust"), [spoken.words("An authorised economic operator")]
    way = _way(body, spoken)
    yield "way", spoken.words("From and to"), [way] if way else []
    through = [country(code, spoken) for code in body.get("countries_of_routing", ())]
    yield "route", spoken.words("By way of"), [" → ".join(through)] if through else []
    places = " → ".join(_known(body, "place_loading", "place_unloading"))
    yield "places", spoken.words("Loading and unloading"), [places] if places else []
    yield "departed", spoken.words("Departed"), _times(body, "departed_at", spoken)
    yield "expected", spoken.words("Expected"), _times(body, "eta_at", spoken)
    yield "mass", spoken.words("Gross mass"), _masses(body, "gross_mass_kg", spoken)
    yield "packages", spoken.words("Packages"), _numbers(body, "package_count", spoken)
    if "invoice_amount_minor" in body:
        amount = money(body["invoice_amount_minor"], body.get("invoice_currency"), spoken)
        terms = [amount, *_known(body, "incoterm")]
        yield "invoice", spoken.words("Invoice"), [" · ".join(terms)]
    yield from _vehicles(body, spoken)
    boxes = body.get("container_keys", ())
    if boxes:
        counted = spoken.say_counted("{n} container", "{n} containers", n=len(boxes))
        yield "containers", spoken.words("Containers"), [counted]
    yield "seals", spoken.words("Seals"), _numbers(body, "seal_count", spoken)
    if body.get("amendment_count"):
        yield "amended", spoken.words("Amended so far"), _numbers(body, "amendment_count", spoken)
    yield from _own(body, spoken)


def _crossing(body: Body, spoken: Language) -> Iterator[_Line]:
    yield "time", spoken.words("Crossed"), [_time(body["event_at"], body["owner_country"], spoken)]
    yield "point", spoken.words("Crossing point"), [body["bcp_id"]]
    yield "direction", spoken.words("Direction"), [said(spoken, DIRECTIONS, body["direction"])]
    vehicle = said(spoken, VEHICLE_CLASSES, body["vehicle_class"])
    if body.get("is_commercial"):
        vehicle = spoken.say("{vehicle}, for pay", vehicle=vehicle)
    yield "class", spoken.words("Class of vehicle"), [vehicle]
    yield from _vehicles(body, spoken)
    yield "carrier", spoken.words("Carrier"), _party(body, "carrier", spoken)
    yield "lane", spoken.words("Lane"), _known(body, "lane_type")
    yield "axles", spoken.words("Axles"), _numbers(body, "axle_count", spoken)
    yield "weighed", spoken.words("On the weighbridge"), _masses(body, "weighbridge_kg", spoken)
    yield "tare", spoken.words("Empty vehicle"), _masses(body, "tare_kg", spoken)
    yield "load", spoken.words("Declared load"), _masses(body, "declared_load_kg", spoken)
    for field, name in (
        ("declared_passengers", spoken.words("Passengers declared")),
        ("counted_passengers", spoken.words("Passengers counted")),
    ):
        yield field, name, _numbers(body, field, spoken)
    yield (
        "goods",
        spoken.words("Declarations of the goods"),
        body.get("linked_declaration_refs", ()),
    )
    if "queue_minutes" in body:
        minutes = number(body["queue_minutes"], language=spoken)
        yield "queue", spoken.words("In the queue"), [spoken.say("{n} min", n=minutes)]
    if "document_check_s" in body:
        seconds = number(body["document_check_s"], language=spoken)
        yield "window", spoken.words("At the window"), [spoken.say("{n} s", n=seconds)]
    before = [*_known(body, "previous_bcp_id"), *_times(body, "previous_crossed_at", spoken)]
    yield "previous", spoken.words("Crossed before"), [" · ".join(before)] if before else []
    yield from _own(body, spoken)


def _item(
    item: Body, currency: str | None, spoken: Language
) -> Iterator[tuple[str, tuple[str, ...]]]:
    if "country_origin" in item:
        yield spoken.words("Origin"), (country(item["country_origin"], spoken),)
    yield spoken.words("Net mass"), tuple(_masses(item, "net_mass_kg", spoken))
    yield spoken.words("Gross mass"), tuple(_masses(item, "gross_mass_kg", spoken))
    if "supplementary_quantity" in item:
        quantity = number(item["supplementary_quantity"], language=spoken)
        unit = item.get("supplementary_unit", "")
        yield spoken.words("Quantity"), (f"{quantity} {unit}".strip(),)
    yield spoken.words("Package type"), tuple(_known(item, "package_type"))
    if "statistical_value_minor" in item:
        worth = money(item["statistical_value_minor"], currency, spoken)
        yield spoken.words("Statistical value"), (worth,)
    papers = item.get("document_codes", ())
    yield spoken.words("Documents"), (", ".join(papers),) if papers else ()


def _vehicles(body: Body, spoken: Language) -> Iterator[_Line]:
    # Plates are pseudonyms here; one sees them at the lane.
    seen = [
        word
        for field, word in (
            ("vehicle_key", spoken.words("plate known")),
            ("trailer_key", spoken.words("trailer's plate known")),
        )
        if field in body
    ]
    yield "vehicle", spoken.words("Vehicle"), [", ".join(seen) or spoken.words("no plate known")]


def _party(body: Body, role: str, spoken: Language) -> list[str]:
    if body.get(f"{role}_is_natural_person"):
        return [spoken.words("A natural person: no history is kept")]
    if f"{role}_key" in body:
        return [spoken.words("A firm, known by its number")]
    return [spoken.words("Not named")]


def _way(body: Body, spoken: Language) -> str:
    ends = [
        country(body[name], spoken)
        for name in ("country_dispatch", "country_destination")
        if name in body
    ]
    return " → ".join(ends)


def _own(body: Body, spoken: Language) -> Iterator[_Line]:
    """Attributes of a country's own, as its mapping names them."""
    for name, value in body.get("extension", {}).items():
        told = number(value, language=spoken) if isinstance(value, int | float) else str(value)
        yield name, name.replace("_", " "), [told]


def _time(text: str, owner: str, spoken: Language) -> str:
    return both_times(datetime.fromisoformat(text), country=owner, spoken=spoken)


def _times(body: Body, field: str, spoken: Language) -> list[str]:
    return [_time(body[field], body["owner_country"], spoken)] if field in body else []


def _known(body: Body, *fields: str) -> list[str]:
    return [str(body[field]) for field in fields if field in body]


def _numbers(body: Body, field: str, spoken: Language) -> list[str]:
    return [number(body[field], language=spoken)] if field in body else []


def _masses(body: Body, field: str, spoken: Language) -> list[str]:
    return [mass(body[field], spoken)] if field in body else []


def _shortened(text: str | None, most: int = 80) -> str | None:
    if text is None or len(text) <= most:
        return text
    return text[:most].rsplit(" ", 1)[0] + " …"
