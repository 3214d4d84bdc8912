"""What a consignment's record says itself, as integers.

A row function takes the stored body and answers one integer, or None for "not known"; its
name is the integer's name, its docstring says what it is, `reads` which fields it looks at.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from features import geography, goods_text
from features.keys import Body
from features.measures import (
    declared_detour_permille,
    gross_mass_g,
    log_journey_minutes,
    log_package_mass,
    log_unit_value,
    value_minor,
)
from features.record_columns import hour, quality_flags, weekday
from features.records.identifiers import is_place
from features.sources import reads

# Documents that license arms, and the chapter that needs one (EU TARIC document codes:
# E020 export authorisation of firearms, L100 import licence, X018 and C676 authorisations).
_ARMS_CHAPTER = "93"
_LICENCE_DOCUMENTS = {"E020", "L100", "X018", "C676"}

# Goods that are exempt by their age (Combined Nomenclature, chapter 97), and the first sign of a
# national document code, which is what certificates of age or deactivation go by.
_ANTIQUES = ("9705", "9706")
_NATIONAL_DOCUMENT = "5"

# UN/EDIFACT 1001 codes as customs write them: invoices, and documents of transport by any mode.
_INVOICES = {"N380", "N325", "380", "325"}
_TRANSPORT_DOCUMENT = "7"

# Consignments up to this value are free of customs duty in the Union (Regulation (EC) 1186/2009,
# article 23); "just below" is its last fifth.
_DUTY_FREE_MINOR, _DUTY_FREE_CURRENCY = 15_000, "EUR"


@reads("items")
def item_count(body: Body) -> int:
    """Number of goods items."""
    return len(body["items"])


@reads("package_count")
def package_count(body: Body) -> int | None:
    """Number of packages."""
    return body.get("package_count")


@reads("items.net_mass_kg")
def net_mass_g(body: Body) -> int | None:
    """Net mass of all items in grams."""
    masses = [item.get("net_mass_kg") for item in body["items"]]
    return None if None in masses else round(sum(masses) * 1000)


@reads("items.commodity_code")
def chapter(body: Body) -> int:
    """HS chapter of the first item."""
    return int(body["items"][0]["commodity_code"][:2])


@reads("items.commodity_code")
def heading(body: Body) -> int:
    """HS heading of the first item."""
    return int(body["items"][0]["commodity_code"][:4])


@reads("procedure_code")
def procedure(body: Body) -> int | None:
    """Requested procedure: the first two digits of the procedure code."""
    code = str(body.get("procedure_code", ""))[:2]
    return int(code) if code.isdecimal() else None


@reads("mode_of_transport_border")
def mode_of_transport(body: Body) -> int | None:
    """Mode of transport at the border (EUCDM 19 03)."""
    return body.get("mode_of_transport_border")


@reads("country_dispatch", "items.country_origin")
def dispatch_differs_from_origin(body: Body) -> int | None:
    """1 if the goods come from another country than the one they are from."""
    dispatch, origin = body.get("country_dispatch"), body["items"][0].get("country_origin")
    return int(dispatch != origin) if dispatch and origin else None


@reads("countries_of_routing")
def routing_countries(body: Body) -> int:
    """Number of countries of routing."""
    return len(body.get("countries_of_routing", ()))


@reads("countries_of_routing")
def routing_permille(body: Body) -> int | None:
    """The way through the countries of routing beside the straight one, in per mille."""
    return geography.routing_permille(body.get("countries_of_routing", ()))


@reads("place_unloading", "country_destination")
def unloaded_elsewhere(body: Body) -> int | None:
    """1 if the place of unloading lies in another country than the destination."""
    place, destination = body.get("place_unloading"), body.get("country_destination")
    # What is not a UN/LOCODE may be an address, and says nothing.
    if not place or not destination or not is_place(place):
        return None
    return int(place[:2] != destination)


@reads("seal_count")
def seal_count(body: Body) -> int | None:
    """Number of seals."""
    return body.get("seal_count")


@reads("amendment_count")
def amendment_count(body: Body) -> int:
    """How often the declaration was amended."""
    return int(body.get("amendment_count", 0))


@reads("quality_flags")
def container_check_digit_failed(body: Body) -> int:
    """1 if a container number fails its ISO 6346 check digit."""
    return int("container_check_digit_failed" in body.get("quality_flags", ()))


@reads("items.commodity_code", "items.document_codes")
def licence_document_missing(body: Body) -> int:
    """1 if goods of chapter 93 are declared without a licence document."""
    return int(
        any(
            item["commodity_code"].startswith(_ARMS_CHAPTER)
            and not _LICENCE_DOCUMENTS.intersection(item.get("document_codes", ()))
            for item in body["items"]
        )
    )


@reads("items.commodity_code", "items.document_codes")
def certificate_missing(body: Body) -> int:
    """1 if antiques or collectors' pieces are declared without a national certificate."""
    return int(
        any(
            item["commodity_code"].startswith(_ANTIQUES)
            and not any(c.startswith(_NATIONAL_DOCUMENT) for c in item.get("document_codes", ()))
            for item in body["items"]
        )
    )


@reads("items.document_codes")
def documents_missing(body: Body) -> int:
    """How many of the two documents every consignment has are absent: invoice, transport document."""
    codes = {code for item in body["items"] for code in item.get("document_codes", ())}
    carried = any(code.removeprefix("N").startswith(_TRANSPORT_DOCUMENT) for code in codes)
    return int(not codes & _INVOICES) + int(not carried)


@reads("items.statistical_value_minor", "invoice_amount_minor")
def round_value(body: Body) -> int | None:
    """1 if the value is a whole number of hundreds."""
    value = value_minor(body)
    return None if value is None else int(value > 0 and value % 10_000 == 0)


@reads("invoice_amount_minor", "invoice_currency")
def just_duty_free(body: Body) -> int | None:
    """1 if the invoice stays just below the value up to which no customs duty is due."""
    amount, currency = body.get("invoice_amount_minor"), body.get("invoice_currency")
    if amount is None or currency != _DUTY_FREE_CURRENCY:
        return None
    return int(_DUTY_FREE_MINOR * 4 // 5 <= amount <= _DUTY_FREE_MINOR)


@reads("items.description")
def description_words(body: Body) -> int | None:
    """Number of words in the first item's description."""
    description = body["items"][0].get("description")
    return len(description.split()) if description else None


@reads("items.description")
def description_is_generic(body: Body) -> int | None:
    """1 if the first item's description names no goods: "parts", "samples"."""
    return goods_text.description_is_generic(body["items"][0].get("description"))


@reads("items.description", "items.commodity_code")
def description_overlap(body: Body) -> int | None:
    """How much of the description is found in its HS heading's texts, in per mille."""
    item = body["items"][0]
    return goods_text.description_overlap(item.get("description"), item["commodity_code"])


@reads("items.description", "items.commodity_code")
def description_disagreement(body: Body) -> int | None:
    """How much better the description fits another HS chapter than its own heading, in per mille."""
    item = body["items"][0]
    return goods_text.description_disagreement(item.get("description"), item["commodity_code"])


@reads(
    "consignor_is_natural_person",
    "consignee_is_natural_person",
    "declarant_is_natural_person",
    "carrier_is_natural_person",
)
def natural_person_trader(body: Body) -> int:
    """1 if a trader is a natural person, whose history is not kept."""
    roles = ("consignor", "consignee", "declarant", "carrier")
    return int(any(body.get(f"{role}_is_natural_person") for role in roles))


@reads("aeo_status")
def aeo_status(body: Body) -> int | None:
    """1 if an authorised economic operator is party to it."""
    status = body.get("aeo_status")
    return None if status is None else int(status)


@reads("priority_lane")
def priority_lane(body: Body) -> int | None:
    """1 if it used a lane for priority traffic."""
    used = body.get("priority_lane")
    return None if used is None else int(used)


@reads("eta_at", "presented_at")
def minutes_late(body: Body) -> int | None:
    """Minutes from the estimated to the actual time of presentation; negative if early."""
    return _minutes(body.get("eta_at"), body.get("presented_at"))


@reads("departed_at", "presented_at")
def transit_minutes(body: Body) -> int | None:
    """Minutes from departure to presentation."""
    return _minutes(body.get("departed_at"), body.get("presented_at"))


@reads("event_at", "eta_at", "presented_at")
def minutes_lodged_before(body: Body) -> int | None:
    """Minutes from lodgement to presentation, or else to the expected arrival; negative if after."""
    return _minutes(body["event_at"], body.get("presented_at") or body.get("eta_at"))


ROW_FUNCTIONS: tuple[Callable[[Body], int | None], ...] = (
    gross_mass_g,
    net_mass_g,
    value_minor,
    log_unit_value,
    log_package_mass,
    log_journey_minutes,
    declared_detour_permille,
    routing_permille,
    unloaded_elsewhere,
    item_count,
    package_count,
    chapter,
    heading,
    procedure,
    mode_of_transport,
    dispatch_differs_from_origin,
    routing_countries,
    seal_count,
    amendment_count,
    quality_flags,
    container_check_digit_failed,
    licence_document_missing,
    certificate_missing,
    documents_missing,
    round_value,
    just_duty_free,
    description_words,
    description_is_generic,
    description_overlap,
    description_disagreement,
    natural_person_trader,
    aeo_status,
    priority_lane,
    hour,
    weekday,
    minutes_late,
    transit_minutes,
    minutes_lodged_before,
)


def _minutes(start: str | None, end: str | None) -> int | None:
    if start is None or end is None:
        return None
    gap = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    return round(gap.total_seconds() / 60)
