"""The catalogue of a consignment: what its record says, and what its parties' past says.

A row function takes the stored body and answers one integer, or None for "not known"; its
name is the integer's name, its docstring says what it is.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from features import finish
from features.history_columns import (
    YEAR,
    Results,
    find_share,
    incidents,
    inspected,
    party,
    since_seen,
    volume,
)
from features.keys import Body
from features.measures import gross_mass_g, log_package_mass, log_unit_value, value_minor
from features.record_columns import hour, quality_flags, record_column, weekday
from features.spec import Column, Feature

# Documents that license arms, and the chapter that needs one (EU TARIC document codes:
# E020 export authorisation of firearms, L100 import licence, X018 and C676 authorisations).
_ARMS_CHAPTER = "93"
_LICENCE_DOCUMENTS = {"E020", "L100", "X018", "C676"}


def columns(results: Results) -> list[Column]:
    """Columns of a consignment for the risk whose hits are these inspection results."""
    return [
        *_RECORD_COLUMNS,
        *_PEER_COLUMNS,
        *party("consignee", "This consignee", results),
        *party("consignor", "This consignor", results),
        *party("declarant", "This declarant", results),
        *party("carrier", "This carrier", results),
        *party("vehicle", "This vehicle", results),
        incidents("consignee", "This consignee"),
        incidents("vehicle", "This vehicle"),
        volume("consignee_goods", "This consignee with these goods", days=YEAR),
        since_seen("consignee_goods", "This consignee with these goods"),
        find_share("consignee_goods", "This consignee with these goods", results),
        volume("consignor_consignee", "This consignor with this consignee", days=YEAR),
        find_share("consignor_consignee", "This consignor with this consignee", results),
        volume("goods_origin", "These goods from this origin", days=YEAR),
        find_share("goods_origin", "These goods from this origin", results),
        find_share("hs6", "Goods of this HS subheading", results),
        find_share("route", "This route", results),
        inspected("post", "This post"),
        find_share("post", "This post", results),
    ]


def item_count(body: Body) -> int:
    """Number of goods items."""
    return len(body["items"])


def package_count(body: Body) -> int | None:
    """Number of packages."""
    return body.get("package_count")


def net_mass_g(body: Body) -> int | None:
    """Net mass of all items in grams."""
    masses = [item.get("net_mass_kg") for item in body["items"]]
    return None if None in masses else round(sum(masses) * 1000)


def chapter(body: Body) -> int:
    """HS chapter of the first item."""
    return int(body["items"][0]["commodity_code"][:2])


def heading(body: Body) -> int:
    """HS heading of the first item."""
    return int(body["items"][0]["commodity_code"][:4])


def mode_of_transport(body: Body) -> int | None:
    """Mode of transport at the border (EUCDM 19 03)."""
    return body.get("mode_of_transport_border")


def dispatch_differs_from_origin(body: Body) -> int | None:
    """1 if the goods come from another country than the one they are from."""
    dispatch, origin = body.get("country_dispatch"), body["items"][0].get("country_origin")
    return int(dispatch != origin) if dispatch and origin else None


def routing_countries(body: Body) -> int:
    """Number of countries of routing."""
    return len(body.get("countries_of_routing", ()))


def seal_count(body: Body) -> int | None:
    """Number of seals."""
    return body.get("seal_count")


def amendment_count(body: Body) -> int:
    """How often the declaration was amended."""
    return int(body.get("amendment_count", 0))


def container_check_digit_failed(body: Body) -> int:
    """1 if a container number fails its ISO 6346 check digit."""
    return int("container_check_digit_failed" in body.get("quality_flags", ()))


def licence_document_missing(body: Body) -> int:
    """1 if goods of chapter 93 are declared without a licence document."""
    return int(
        any(
            item["commodity_code"].startswith(_ARMS_CHAPTER)
            and not _LICENCE_DOCUMENTS.intersection(item.get("document_codes", ()))
            for item in body["items"]
        )
    )


def round_value(body: Body) -> int | None:
    """1 if the value is a whole number of hundreds."""
    value = value_minor(body)
    return None if value is None else int(value > 0 and value % 10_000 == 0)


def description_words(body: Body) -> int | None:
    """Number of words in the first item's description."""
    description = body["items"][0].get("description")
    return len(description.split()) if description else None


def natural_person_trader(body: Body) -> int:
    """1 if a trader is a natural person, whose history is not kept."""
    roles = ("consignor", "consignee", "declarant", "carrier")
    return int(any(body.get(f"{role}_is_natural_person") for role in roles))


def aeo_status(body: Body) -> int | None:
    """1 if an authorised economic operator is party to it."""
    status = body.get("aeo_status")
    return None if status is None else int(status)


def minutes_late(body: Body) -> int | None:
    """Minutes from the estimated to the actual time of presentation; negative if early."""
    return _minutes(body.get("eta_at"), body.get("presented_at"))


def transit_minutes(body: Body) -> int | None:
    """Minutes from departure to presentation."""
    return _minutes(body.get("departed_at"), body.get("presented_at"))


ROW_FUNCTIONS: tuple[Callable[[Body], int | None], ...] = (
    gross_mass_g,
    net_mass_g,
    value_minor,
    log_unit_value,
    log_package_mass,
    item_count,
    package_count,
    chapter,
    heading,
    mode_of_transport,
    dispatch_differs_from_origin,
    routing_countries,
    seal_count,
    amendment_count,
    quality_flags,
    container_check_digit_failed,
    licence_document_missing,
    round_value,
    description_words,
    natural_person_trader,
    aeo_status,
    hour,
    weekday,
    minutes_late,
    transit_minutes,
)


def _minutes(start: str | None, end: str | None) -> int | None:
    if start is None or end is None:
        return None
    gap = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    return round(gap.total_seconds() / 60)


_RECORD_COLUMNS = (
    record_column(
        "gross_mass_kg",
        "Gross mass {value}",
        unit="kg",
        reason="mass",
        inputs=("gross_mass_g",),
        made=finish.thousandth,
    ),
    record_column(
        "net_mass_kg",
        "Net mass {value}",
        unit="kg",
        reason="mass",
        inputs=("net_mass_g",),
        made=finish.thousandth,
    ),
    record_column(
        "declared_value",
        "Declared value {value}",
        unit="minor currency units",
        reason="value",
        inputs=("value_minor",),
    ),
    record_column(
        "value_per_kg",
        "Declared value {value} for each kilogram",
        unit="minor currency units",
        reason="value",
        inputs=("value_minor", "gross_mass_g"),
        made=finish.each_thousand,
    ),
    record_column(
        "kg_per_package",
        "{value} in each package",
        unit="kg",
        reason="packing",
        inputs=("gross_mass_g", "package_count"),
        made=finish.thousandth_each,
    ),
    record_column("package_count", "{value}", unit="packages", reason="packing"),
    record_column("item_count", "{value}", unit="goods items", reason="goods"),
    record_column("chapter", "Goods of HS chapter {value}", reason="goods", categorical=True),
    record_column("heading", "Goods of HS heading {value}", reason="goods", categorical=True),
    record_column(
        "description_words", "Goods described in {value}", unit="words", reason="description"
    ),
    record_column(
        "licence_document_missing", "Licence document missing for chapter 93", reason="documents"
    ),
    record_column(
        "mode_of_transport", "Mode of transport {value}", reason="transport", categorical=True
    ),
    record_column(
        "dispatch_differs_from_origin",
        "Dispatched from another country than its origin",
        reason="route",
    ),
    record_column("routing_countries", "{value} of routing", unit="countries", reason="route"),
    record_column("seal_count", "{value}", unit="seals", reason="seals"),
    record_column(
        "container_check_digit_failed", "Container number fails its check digit", reason="container"
    ),
    record_column("amendment_count", "Amended {value}", unit="times", reason="amendments"),
    record_column(
        "quality_flags",
        "{value} about the record's quality",
        unit="doubts",
        reason="record_quality",
    ),
    record_column("round_value", "The value is a round number", reason="value"),
    record_column(
        "natural_person_trader",
        "A trader is a natural person; no history is kept",
        reason="traders",
    ),
    record_column("aeo_status", "Authorised economic operator", reason="traders"),
    record_column(
        "minutes_late", "Presented {value} later than estimated", unit="minutes", reason="journey"
    ),
    record_column(
        "transit_minutes", "Presented {value} after departure", unit="minutes", reason="journey"
    ),
    record_column("hour", "Presented at {value} h UTC", reason="time"),
    record_column("weekday", "Presented on weekday {value} (Monday is 0)", reason="time"),
)


def _z_score(name: str, key: str, count: str, measure: str, sentence: str) -> Column:
    return Column(
        name=name,
        sentence=sentence,
        unit="standard deviations",
        reason="peers",
        inputs=(
            measure,
            Feature(key, count, "sum", YEAR),
            Feature(key, measure, "sum", YEAR),
            Feature(key, f"{measure}_squared", "sum", YEAR),
        ),
        finish=finish.peer_z_score,
    )


_PEER_COLUMNS = (
    _z_score(
        "unit_value_z_hs6",
        "hs6",
        "priced",
        "log_unit_value",
        "Value for each kilogram lies {value} from goods of this HS subheading",
    ),
    _z_score(
        "unit_value_z_goods_origin",
        "goods_origin",
        "priced",
        "log_unit_value",
        "Value for each kilogram lies {value} from these goods of this origin",
    ),
    _z_score(
        "package_mass_z_hs6",
        "hs6",
        "packed",
        "log_package_mass",
        "Mass of a package lies {value} from goods of this HS subheading",
    ),
    _z_score(
        "unit_value_z_consignee_goods",
        "consignee_goods",
        "priced",
        "log_unit_value",
        "Value for each kilogram lies {value} from this consignee's own goods",
    ),
)
