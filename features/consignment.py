"""The catalogue of a consignment: what a model reads, and the sentence an officer reads about it."""

from __future__ import annotations

from features import finish
from features.history_columns import (
    JOURNEY,
    QUARTER,
    YEAR,
    Results,
    find_share,
    incidents,
    inspected,
    ledger_age,
    never_seen,
    party,
    random_find_share,
    rarity,
    since_seen,
    volume,
)
from features.record_columns import record_column
from features.spec import Column, Feature


def columns(results: Results) -> list[Column]:
    """Columns of a consignment for the risk whose hits are these inspection results."""
    return [
        *_RECORD_COLUMNS,
        *_TEXT_COLUMNS,
        *_PEER_COLUMNS,
        *_PAIR_COLUMNS,
        *party("consignee", "This consignee", results),
        *party("consignor", "This consignor", results),
        *party("declarant", "This declarant", results),
        *party("carrier", "This carrier", results),
        *party("vehicle", "This vehicle", results),
        ledger_age("declarations"),
        incidents("consignee", "This consignee"),
        incidents("consignor", "This consignor"),
        incidents("vehicle", "This vehicle"),
        incidents("route", "This route"),
        incidents("area", "This area", days=QUARTER),
        volume("consignee_goods", "This consignee with these goods", days=YEAR),
        since_seen("consignee_goods", "This consignee with these goods"),
        find_share("consignee_goods", "This consignee with these goods", results),
        volume("consignor_consignee", "This consignor with this consignee", days=JOURNEY),
        volume("consignor_consignee", "This consignor with this consignee", days=YEAR),
        find_share("consignor_consignee", "This consignor with this consignee", results),
        volume("goods_origin", "These goods from this origin", days=YEAR),
        find_share("goods_origin", "These goods from this origin", results),
        find_share("hs6", "Goods of this HS subheading", results),
        random_find_share("hs4", "Goods of this HS heading", results, days=YEAR),
        find_share("route", "This route", results),
        random_find_share("corridor", "This corridor", results, days=QUARTER),
        inspected("post", "This post"),
        find_share("post", "This post", results),
    ]


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
    record_column("procedure", "Customs procedure {value}", reason="procedure", categorical=True),
    record_column(
        "licence_document_missing", "Licence document missing for chapter 93", reason="documents"
    ),
    record_column("certificate_missing", "Certificate missing for antiques", reason="documents"),
    record_column(
        "documents_missing",
        "{value} of invoice and transport document missing",
        unit="documents",
        reason="documents",
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
    record_column(
        "routing_ratio",
        "The way through the countries of routing is {value} the straight one",
        unit="times",
        reason="route",
        inputs=("routing_permille",),
        made=finish.thousandth,
        family="graph",
    ),
    record_column(
        "detour_ratio",
        "The way over this post is {value} the straight one",
        unit="times",
        reason="route",
        inputs=("declared_detour_permille",),
        made=finish.thousandth,
        family="graph",
    ),
    record_column(
        "unloaded_elsewhere",
        "Unloaded in another country than the destination",
        reason="route",
    ),
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
        "just_duty_free",
        "The invoice stays just below the duty-free limit",
        reason="value",
        missing="no amount in euro declared",
    ),
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
    record_column(
        "minutes_lodged_before",
        "Lodged {value} before it was presented",
        unit="minutes",
        reason="journey",
    ),
    record_column("priority_lane", "Used a lane for priority traffic", reason="transport"),
    record_column("hour", "Lodged at {value} h UTC", reason="time"),
    record_column("weekday", "Lodged on weekday {value} (Monday is 0)", reason="time"),
)


_TEXT_COLUMNS = (
    record_column(
        "description_words",
        "Goods described in {value}",
        unit="words",
        reason="description",
        family="text",
    ),
    record_column(
        "description_is_generic",
        "The description names no goods",
        reason="description",
        family="text",
    ),
    record_column(
        "description_overlap",
        "{value} of the description is found in its heading's texts",
        unit="share",
        reason="description",
        made=finish.thousandth,
        family="text",
    ),
    record_column(
        "description_disagreement",
        "The description fits another chapter better by {value}",
        unit="share",
        reason="description",
        made=finish.thousandth,
        family="text",
    ),
)


def _z_score(name: str, key: str, count: str, measure: str, sentence: str) -> Column:
    return Column(
        name=name,
        sentence=sentence,
        unit="standard deviations",
        reason="peers",
        inputs=(measure, *_moments(key, count, measure)),
        finish=finish.peer_z_score,
        family="history",
        missing="no peers, or not declared",
    )


def _backed_off(name: str, count: str, measure: str, sentence: str) -> Column:
    return Column(
        name=name,
        sentence=sentence,
        unit="standard deviations",
        reason="peers",
        inputs=(
            measure,
            *_moments("hs6", count, measure),
            *_moments("hs4", count, measure),
        ),
        finish=finish.backed_off_z_score,
        family="history",
        missing="no peers, or not declared",
    )


def _moments(key: str, count: str, measure: str) -> tuple[Feature, ...]:
    return tuple(Feature(key, m, "sum", YEAR) for m in (count, measure, f"{measure}_squared"))


_PEER_COLUMNS = (
    _backed_off(
        "unit_value_z",
        "priced",
        "log_unit_value",
        "Value for each kilogram lies {value} from goods of this HS subheading",
    ),
    _backed_off(
        "package_mass_z",
        "packed",
        "log_package_mass",
        "Mass of a package lies {value} from goods of this HS subheading",
    ),
    _z_score(
        "unit_value_z_goods_origin",
        "goods_origin",
        "priced",
        "log_unit_value",
        "Value for each kilogram lies {value} from these goods of this origin",
    ),
    _z_score(
        "unit_value_z_consignee_goods",
        "consignee_goods",
        "priced",
        "log_unit_value",
        "Value for each kilogram lies {value} from this consignee's own goods",
    ),
    Column(
        name="mass_to_usual_consignee_goods",
        sentence="The mass is {value} this consignee's usual one for these goods",
        unit="times",
        reason="peers",
        inputs=(
            "gross_mass_g",
            Feature("consignee_goods", "declarations", "sum", YEAR),
            Feature("consignee_goods", "mass_g", "sum", YEAR),
        ),
        finish=finish.times_usual,
        family="history",
        missing="these goods are new for this consignee",
    ),
    Column(
        name="journey_time_z",
        sentence="The journey took {value} beyond what is usual on this route",
        unit="standard deviations",
        reason="journey",
        inputs=(
            "log_journey_minutes",
            *(
                Feature("leg", m, "sum", YEAR)
                for m in ("timed", "log_minutes", "log_minutes_squared")
            ),
        ),
        finish=finish.peer_z_score,
        family="history",
        missing="departure or presentation not declared",
    ),
    Column(
        name="linked_weight_residual_kg",
        sentence="The lorry that carried it weighed {value} more than tare and declared load",
        unit="kg",
        reason="weight",
        inputs=(
            Feature("declaration", "weighed", "sum", JOURNEY),
            Feature("declaration", "weight_residual_kg", "sum", JOURNEY),
        ),
        finish=finish.mean,
        family="graph",
        missing="no crossing that carried it was weighed yet",
    ),
)

_PAIR_COLUMNS = (
    rarity("consignee_goods", "consignee", "This kind of goods", "what this consignee declares"),
    rarity("goods_origin", "hs4", "This origin", "these goods"),
    rarity("goods_package", "hs4", "This type of package", "these goods"),
    rarity("route_currency", "route", "This currency", "this route"),
    never_seen("consignee_declarant", "This consignee with this declarant"),
    never_seen("consignor_consignee", "This consignor with this consignee"),
    never_seen("consignee_goods", "This consignee with these goods"),
)
