"""The catalogue of a crossing: what was observed, and what the vehicle's past says.

A row function takes the stored body and answers one integer, or None for "not known"; its
name is the integer's name, its docstring says what it is. The vehicle's class is used, never
its make, colour, age or the country of its plate.
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
    volume,
)
from features.keys import Body
from features.record_columns import hour, quality_flags, record_column, weekday
from features.spec import Column, Feature

_CLASSES = ("M1", "N1", "N2", "N3", "M2", "M3", "L", "train", "vessel")
_NIGHT_UTC = (22, 23, 0, 1, 2, 3)


def columns(results: Results) -> list[Column]:
    """Columns of a crossing for the risk whose hits are these inspection results."""
    return [
        *_RECORD_COLUMNS,
        *party("vehicle", "This vehicle", results, measure="crossings"),
        volume("vehicle", "This vehicle", days=7, measure="crossings"),
        volume("vehicle", "This vehicle", days=90, measure="crossings"),
        volume("vehicle_post", "This vehicle at this post", days=90, measure="crossings"),
        Column(
            name="vehicle_share_at_post_90d",
            sentence="{value} of this vehicle's crossings in the last 90 days were at this post",
            unit="share",
            reason="vehicle_posts",
            inputs=(
                Feature("vehicle_post", "crossings", "sum", 90),
                Feature("vehicle", "crossings", "sum", 90),
            ),
            finish=finish.share,
        ),
        incidents("vehicle", "This vehicle"),
        *party("trailer", "This trailer", results, measure="crossings"),
        *party("carrier", "This carrier", results, measure="crossings"),
        volume("carrier", "This carrier's declarations", days=YEAR),
        volume("post", "This post", days=30, measure="crossings"),
        inspected("post", "This post"),
        find_share("post", "This post", results),
    ]


def vehicle_class(body: Body) -> int:
    """Class of the vehicle, as its place in M1, N1, N2, N3, M2, M3, L, train, vessel."""
    return _CLASSES.index(body["vehicle_class"])


def leaving(body: Body) -> int:
    """1 if the crossing leaves the country that records it."""
    return int(body["direction"] == "exit")


def is_commercial(body: Body) -> int:
    """1 if the journey is commercial."""
    return int(body.get("is_commercial", False))


def is_night(body: Body) -> int:
    """1 from 22 to 4 h UTC."""
    return int(hour(body) in _NIGHT_UTC)


def weighbridge_kg(body: Body) -> int | None:
    """Mass on the weighbridge in kilograms."""
    return _rounded(body.get("weighbridge_kg"))


def declared_load_kg(body: Body) -> int | None:
    """Declared load in kilograms."""
    return _rounded(body.get("declared_load_kg"))


def weight_residual_kg(body: Body) -> int | None:
    """What the weighbridge shows beyond tare and declared load, in kilograms."""
    weighed, tare = body.get("weighbridge_kg"), body.get("tare_kg")
    if weighed is None or tare is None:
        return None
    return round(float(weighed) - float(tare) - float(body.get("declared_load_kg") or 0.0))


def uncounted_passengers(body: Body) -> int | None:
    """Passengers counted beyond those declared (buses)."""
    counted, declared = body.get("counted_passengers"), body.get("declared_passengers")
    if counted is None or declared is None:
        return None
    return int(counted) - int(declared)


def queue_minutes(body: Body) -> int | None:
    """Minutes in the queue."""
    return _rounded(body.get("queue_minutes"))


def document_check_s(body: Body) -> int | None:
    """Seconds the document check took."""
    return _rounded(body.get("document_check_s"))


def linked_declarations(body: Body) -> int:
    """Number of declarations the crossing is linked to."""
    return len(body.get("linked_declaration_refs", ()))


def turnaround_minutes(body: Body) -> int | None:
    """Minutes since the vehicle's previous crossing, as its own system reports it."""
    previous = body.get("previous_crossed_at")
    if previous is None:
        return None
    gap = datetime.fromisoformat(body["event_at"]) - datetime.fromisoformat(previous)
    return max(0, round(gap.total_seconds() / 60))


def other_post_than_before(body: Body) -> int | None:
    """1 if the vehicle's previous crossing was at another post."""
    previous = body.get("previous_bcp_id")
    return None if previous is None else int(previous != body["bcp_id"])


ROW_FUNCTIONS: tuple[Callable[[Body], int | None], ...] = (
    vehicle_class,
    leaving,
    is_commercial,
    hour,
    is_night,
    weekday,
    weighbridge_kg,
    declared_load_kg,
    weight_residual_kg,
    uncounted_passengers,
    queue_minutes,
    document_check_s,
    linked_declarations,
    turnaround_minutes,
    other_post_than_before,
    quality_flags,
)


def _rounded(value: float | None) -> int | None:
    return None if value is None else round(value)


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
        "quality_flags",
        "{value} about the record's quality",
        unit="doubts",
        reason="record_quality",
    ),
)
