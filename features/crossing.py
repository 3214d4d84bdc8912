"""The catalogue of a crossing: what a model reads, and the sentence an officer reads about it."""

from __future__ import annotations

from features import finish
from features.convoy import convoy_excess
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
    volume,
)
from features.record_columns import record_column
from features.spec import Column, Feature


def columns(results: Results) -> list[Column]:
    """Columns of a crossing for the risk whose hits are these inspection results."""
    return [
        *_RECORD_COLUMNS,
        *party("vehicle", "This vehicle", results, measure="crossings"),
        volume("vehicle", "This vehicle", days=7, measure="crossings"),
        volume("vehicle", "This vehicle", days=QUARTER, measure="crossings"),
        volume("vehicle_post", "This vehicle at this post", days=QUARTER, measure="crossings"),
        *_VEHICLE_COLUMNS,
        ledger_age("crossings"),
        incidents("vehicle", "This vehicle"),
        incidents("carrier", "This carrier"),
        incidents("area", "This area", days=QUARTER),
        *party("trailer", "This trailer", results, measure="crossings"),
        never_seen("vehicle_trailer", "This vehicle with this trailer", measure="crossings"),
        *party("carrier", "This carrier", results, measure="crossings"),
        volume("carrier", "This carrier's declarations", days=YEAR),
        volume("post", "This post", days=JOURNEY, measure="crossings"),
        inspected("post", "This post"),
        find_share("post", "This post", results),
        random_find_share("corridor", "This corridor", results, days=QUARTER),
        *_TIME_COLUMNS,
        *_LINKED_COLUMNS,
        *_CONVOY_COLUMNS,
    ]


_NO_PAST = "this vehicle did not cross in the window"
_NOT_WEIGHED = "not weighed, or tare not known"

_RECORD_COLUMNS = (
    record_column(
        "vehicle_class", "Class of vehicle {value}", reason="vehicle_class", categorical=True
    ),
    record_column("leaving", "Leaving the country", reason="direction"),
    record_column("is_commercial", "Commercial journey", reason="vehicle_class"),
    record_column("hour", "Crossing at {value} h UTC", reason="time"),
    record_column("is_night", "Crossing at night", reason="time"),
    record_column("weekday", "Crossing on weekday {value} (Monday is 0)", reason="time"),
    record_column("weighbridge_kg", "Weighed {value}", unit="kg", reason="weight"),
    record_column("declared_load_kg", "Declared load {value}", unit="kg", reason="weight"),
    record_column(
        "weight_residual_kg",
        "Weighed {value} more than tare and declared load",
        unit="kg",
        reason="weight",
    ),
    record_column(
        "uncounted_passengers", "{value} more than declared", unit="passengers", reason="passengers"
    ),
    record_column("queue_minutes", "{value} in the queue", unit="minutes", reason="queue"),
    record_column(
        "document_check_s", "Document check took {value}", unit="seconds", reason="queue"
    ),
    record_column(
        "linked_declarations", "Linked to {value}", unit="declarations", reason="documents"
    ),
    record_column(
        "turnaround_minutes",
        "Previous crossing {value} before",
        unit="minutes",
        reason="turnaround",
    ),
    record_column(
        "other_post_than_before", "Crossed at another post before", reason="vehicle_posts"
    ),
    record_column(
        "leg_km",
        "Previous crossing {value} away",
        unit="km",
        reason="vehicle_posts",
        family="graph",
        missing="no previous crossing known",
    ),
    record_column(
        "quietness",
        "This post is quieter by {value} than the main one on this border",
        unit="share",
        reason="vehicle_posts",
        inputs=("quietness_permille",),
        made=finish.thousandth,
        family="graph",
        missing="post not in the reference table",
    ),
    record_column(
        "quality_flags",
        "{value} about the record's quality",
        unit="doubts",
        reason="record_quality",
    ),
)

_VEHICLE_COLUMNS = (
    Column(
        name="vehicle_share_at_post_90d",
        sentence="{value} of this vehicle's crossings in the last 90 days were at this post",
        unit="share",
        reason="vehicle_posts",
        inputs=(
            Feature("vehicle_post", "crossings", "sum", QUARTER),
            Feature("vehicle", "crossings", "sum", QUARTER),
        ),
        finish=finish.share,
        family="history",
        missing=_NO_PAST,
    ),
    Column(
        name="vehicle_share_changed_post_90d",
        sentence="{value} of this vehicle's crossings in the last 90 days followed one elsewhere",
        unit="share",
        reason="vehicle_posts",
        inputs=(
            Feature("vehicle", "changed_post", "sum", QUARTER),
            Feature("vehicle", "crossings", "sum", QUARTER),
        ),
        finish=finish.share,
        family="history",
        missing=_NO_PAST,
    ),
    Column(
        name="vehicle_share_leaving_90d",
        sentence="{value} of this vehicle's crossings in the last 90 days left the country",
        unit="share",
        reason="direction",
        inputs=(
            Feature("vehicle", "leaving", "sum", QUARTER),
            Feature("vehicle", "crossings", "sum", QUARTER),
        ),
        finish=finish.share,
        family="history",
        missing=_NO_PAST,
    ),
    Column(
        name="carrier_share_laden_90d",
        sentence="{value} of this carrier's crossings in the last 90 days were laden",
        unit="share",
        reason="weight",
        inputs=(
            Feature("carrier", "laden", "sum", QUARTER),
            Feature("carrier", "crossings", "sum", QUARTER),
        ),
        finish=finish.share,
        family="history",
        missing="this carrier did not cross in the window",
    ),
    Column(
        name="weight_residual_z_vehicle",
        sentence="The weight beyond tare and load lies {value} from this vehicle's usual",
        unit="standard deviations",
        reason="weight",
        inputs=(
            "weight_residual_kg",
            *(
                Feature("vehicle", m, "sum", YEAR)
                for m in ("weighed", "weight_residual_kg", "weight_residual_kg_squared")
            ),
        ),
        finish=finish.weight_z_score,
        family="history",
        missing=_NOT_WEIGHED,
    ),
    Column(
        name="weight_residual_z_carrier",
        sentence="The weight beyond tare and load lies {value} from this carrier's usual",
        unit="standard deviations",
        reason="weight",
        inputs=(
            "weight_residual_kg",
            *(
                Feature("carrier", m, "sum", YEAR)
                for m in ("weighed", "weight_residual_kg", "weight_residual_kg_squared")
            ),
        ),
        finish=finish.weight_z_score,
        family="history",
        missing=_NOT_WEIGHED,
    ),
)

_TIME_COLUMNS = (
    Column(
        name="traffic_at_this_hour",
        sentence="Traffic at this hour of the week is {value} the average at this post",
        unit="times",
        reason="time",
        inputs=(
            Feature("post_hour", "crossings", "sum", QUARTER),
            Feature("post", "crossings", "sum", QUARTER),
        ),
        finish=finish.hourly_traffic,
        family="history",
        missing="nothing was recorded at this post",
    ),
    Column(
        name="leg_time_z",
        sentence="Since its previous crossing it took {value} beyond what is usual between these posts",
        unit="standard deviations",
        reason="turnaround",
        inputs=(
            "log_leg_minutes",
            *(
                Feature("leg", m, "sum", YEAR)
                for m in ("timed", "log_minutes", "log_minutes_squared")
            ),
        ),
        finish=finish.peer_z_score,
        family="history",
        missing="no previous crossing known",
    ),
    Column(
        name="queue_beyond_usual",
        sentence="Waited {value} longer than is usual at this post",
        unit="minutes",
        reason="queue",
        inputs=(
            "queue_minutes",
            Feature("post", "queued", "sum", JOURNEY),
            Feature("post", "queue_minutes", "sum", JOURNEY),
        ),
        finish=finish.beyond_usual,
        family="history",
        missing="queue not measured",
    ),
)

_LINKED_COLUMNS = (
    Column(
        name="undeclared_mass_kg",
        sentence="Weighed {value} more than tare and the linked declaration",
        unit="kg",
        reason="weight",
        inputs=(
            "load_on_weighbridge_kg",
            "linked_declarations",
            Feature("declaration", "declarations", "sum", JOURNEY),
            Feature("declaration", "mass_g", "sum", JOURNEY),
        ),
        finish=finish.undeclared_mass,
        family="graph",
        missing="not weighed, or not exactly one declaration known",
    ),
    Column(
        name="linked_detour_ratio",
        sentence="The linked declaration's way over its post is {value} the straight one",
        unit="times",
        reason="route",
        inputs=(
            Feature("declaration", "located", "sum", JOURNEY),
            Feature("declaration", "detour_permille", "sum", JOURNEY),
        ),
        finish=finish.mean_thousandth,
        family="graph",
        missing="no linked declaration known",
    ),
)

_CONVOY_COLUMNS = (
    Column(
        name="convoy_excess",
        sentence="Follows the same vehicle more often than chance explains, by {value}",
        unit="standard deviations",
        reason="convoy",
        inputs=(
            "convoy_meetings",
            "convoy_leader_crossings",
            Feature("vehicle_post", "crossings", "sum", QUARTER),
            Feature("post_hour", "crossings", "sum", QUARTER),
            Feature("post", "crossings", "sum", QUARTER),
        ),
        finish=convoy_excess,
        family="convoy",
        missing="vehicle not known, or not its first report",
    ),
    Column(
        name="convoy_meetings",
        sentence="Followed a vehicle ahead of it {value} before in 90 days",
        unit="times",
        reason="convoy",
        inputs=("convoy_meetings",),
        finish=finish.unchanged,
        family="convoy",
        missing="vehicle not known, or not its first report",
    ),
    Column(
        name="convoy_leaders",
        sentence="{value} ahead of it were followed twice before or more",
        unit="vehicles",
        reason="convoy",
        inputs=("convoy_leaders",),
        finish=finish.unchanged,
        family="convoy",
        missing="vehicle not known, or not its first report",
    ),
)
