"""The fields of a record that people may correct, how each is typed, and how it reads.

Identifiers are not among them: nobody here knows what their pseudonyms stand for, and which party
or vehicle it was is not mended at a desk.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

from models.languages import Language
from serving.review.forms import Form

Shape = Literal[
    "text", "long_text", "number", "whole", "country", "countries", "moment", "claim", "choice"
]

#: Items of a consignment whose fields one form shows.
MOST_ITEMS = 30


@dataclass(frozen=True)
class Field:
    """One field.

    Attributes:
        place: Where it stands in the stored body: names, and numbers of items.
        label: With its unit.
        shape: How it is typed.
        options: What can be chosen, of a choice.
    """

    place: tuple[str | int, ...]
    label: str
    shape: Shape
    options: Sequence[str] = ()

    @property
    def name(self) -> str:
        """Of the form's field."""
        return "-".join(str(step) for step in self.place)

    def of(self, body: Mapping[str, Any]) -> Any:
        """Its value in a stored body; None where it is not known."""
        value: Any = body
        for step in self.place:
            value = value[step] if isinstance(step, int) else value.get(step)
            if value is None:
                return None
        return value


def fields(kind: str, body: Mapping[str, Any], spoken: Language) -> list[Field]:
    """What can be corrected of a record of this kind, as it stands."""
    if kind == "crossing":
        return _crossing(spoken)
    made = _consignment(spoken)
    for place in range(min(len(body["items"]), MOST_ITEMS)):
        made += _item(place, body["items"][place]["item_no"], spoken)
    return made


def typed(field: Field, value: Any, zone: ZoneInfo) -> str:
    """A stored value as the form's field holds it."""
    match field.shape:
        case _ if value is None:
            return ""
        case "moment":
            return f"{datetime.fromisoformat(value).astimezone(zone):%Y-%m-%dT%H:%M}"
        case "countries":
            return " ".join(value)
        case "claim":
            return "yes" if value else "no"
        case "number":
            return f"{value:.12g}"
        case _:
            return str(value)


def read(field: Field, form: Form, zone: ZoneInfo) -> Any:
    """What was typed as the record holds it; None where the field was emptied."""
    text = form.given.get(field.name, "").strip()
    if not text:
        return None
    spoken = form.spoken
    match field.shape:
        case "number":
            # A comma is a decimal sign in most of the languages spoken here.
            value = _number(text.replace(",", "."))
            if value is None:
                form.fault(
                    field.name,
                    spoken.say("{label}: write a number such as 8420.5.", label=field.label),
                )
            return value
        case "whole":
            if text.isascii() and text.isdigit():
                return int(text[:16])
            form.fault(field.name, spoken.say("{label}: write a whole number.", label=field.label))
            return None
        case "moment":
            found = form.moment(field.name, field.label, zone)
            return found and found.isoformat()
        case "countries":
            return text.upper().replace(",", " ").split()
        case "country":
            return text.upper()
        case "claim":
            return text == "yes"
        case _:
            return text


def put(body: dict[str, Any], field: Field, value: Any) -> None:
    """Put a value where the field stands; None takes it out."""
    inner: Any = body
    for step in field.place[:-1]:
        inner = inner[step]
    last = field.place[-1]
    if value is None:
        inner.pop(last, None)
    else:
        inner[last] = value


def same(field: Field, before: Any, after: Any, zone: ZoneInfo) -> bool:
    """Whether nothing was changed: a form shows no seconds, and need not change them."""
    if after is None or before is None:
        return before is after
    return typed(field, before, zone) == typed(field, after, zone)


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _consignment(spoken: Language) -> list[Field]:
    return [
        Field(("event_at",), spoken.words("Lodged"), "moment"),
        Field(("procedure_code",), spoken.words("Customs procedure"), "text"),
        Field(("declaration_type",), spoken.words("Type of declaration"), "text"),
        Field(("country_dispatch",), spoken.words("Country of dispatch"), "country"),
        Field(("country_destination",), spoken.words("Country of destination"), "country"),
        Field(("countries_of_routing",), spoken.words("Countries passed, in order"), "countries"),
        Field(("place_loading",), spoken.words("Place of loading"), "text"),
        Field(("place_unloading",), spoken.words("Place of unloading"), "text"),
        Field(("departed_at",), spoken.words("Departed"), "moment"),
        Field(("eta_at",), spoken.words("Expected"), "moment"),
        Field(("presented_at",), spoken.words("Presented"), "moment"),
        Field(("gross_mass_kg",), spoken.words("Gross mass, kg"), "number"),
        Field(("package_count",), spoken.words("Packages"), "whole"),
        Field(
            ("invoice_amount_minor",),
            spoken.words("Invoice total, in the smallest unit of its currency"),
            "whole",
        ),
        Field(("invoice_currency",), spoken.words("Currency"), "text"),
        Field(("incoterm",), spoken.words("Delivery terms"), "text"),
        Field(("seal_count",), spoken.words("Seals"), "whole"),
    ]


def _item(place: int, number: int, spoken: Language) -> list[Field]:
    def field(name: str, label: str, shape: Shape) -> Field:
        told = spoken.say("Item {number}: {label}", number=number, label=label)
        return Field(("items", place, name), told, shape)

    return [
        field("commodity_code", spoken.words("commodity code"), "text"),
        field("description", spoken.words("description"), "long_text"),
        field("country_origin", spoken.words("country of origin"), "country"),
        field("net_mass_kg", spoken.words("net mass, kg"), "number"),
        field("gross_mass_kg", spoken.words("gross mass, kg"), "number"),
        field("package_type", spoken.words("type of package"), "text"),
    ]


def _crossing(spoken: Language) -> list[Field]:
    classes = ("M1", "N1", "N2", "N3", "M2", "M3", "L", "train", "vessel")
    return [
        Field(("event_at",), spoken.words("Crossed"), "moment"),
        Field(("direction",), spoken.words("Direction"), "choice", ("entry", "exit")),
        Field(("lane_type",), spoken.words("Lane"), "text"),
        Field(("vehicle_class",), spoken.words("Class of vehicle"), "choice", classes),
        Field(("is_commercial",), spoken.words("Carries goods or people for pay"), "claim"),
        Field(("axle_count",), spoken.words("Axles"), "whole"),
        Field(("weighbridge_kg",), spoken.words("Mass on the weighbridge, kg"), "number"),
        Field(("tare_kg",), spoken.words("Mass of the empty vehicle, kg"), "number"),
        Field(("declared_load_kg",), spoken.words("Declared load, kg"), "number"),
        Field(("declared_passengers",), spoken.words("Declared passengers (buses)"), "whole"),
        Field(("counted_passengers",), spoken.words("Counted passengers (buses)"), "whole"),
        Field(("queue_minutes",), spoken.words("Time in the queue, minutes"), "number"),
        Field(("document_check_s",), spoken.words("Time at the window, seconds"), "number"),
    ]
