"""What a crossing's record says itself, as integers.

A row function takes the stored body and answers one integer, or None for "not known"; its
name is the integer's name, its docstring says what it is, `reads` which fields it looks at. The
vehicle's class is used, never its make, colour, age or the country of its plate.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from features import geography
from features.keys import Body
from features.measures import log_leg_minutes, weight_residual_kg
from features.record_columns import hour, quality_flags, weekday
from features.sources import reads

CLASSES = ("M1", "N1", "N2", "N3", "M2", "M3", "L", "train", "vessel")
_LORRIES = ("N2", "N3")
_NIGHT_UTC = (22, 23, 0, 1, 2, 3)


@reads("vehicle_class")
def vehicle_class(body: Body) -> int:
    """Class of the vehicle, as its place in M1, N1, N2, N3, M2, M3, L, train, vessel."""
    return CLASSES.index(body["vehicle_class"])


@reads("direction")
def leaving(body: Body) -> int:
    """1 if the crossing leaves the country that records it."""
    return int(body["direction"] == "exit")


@reads("is_commercial")
def is_commercial(body: Body) -> int:
    """1 if the journey is commercial."""
    return int(body.get("is_commercial", False))


@reads("event_at")
def is_night(body: Body) -> int:
    """1 from 22 to 4 h UTC."""
    return int(hour(body) in _NIGHT_UTC)


@reads("weighbridge_kg")
def weighbridge_kg(body: Body) -> int | None:
    """Mass on the weighbridge in kilograms."""
    return _rounded(body.get("weighbridge_kg"))


@reads("declared_load_kg")
def declared_load_kg(body: Body) -> int | None:
    """Declared load in kilograms."""
    return _rounded(body.get("declared_load_kg"))


@reads("weighbridge_kg", "tare_kg")
def load_on_weighbridge_kg(body: Body) -> int | None:
    """What the weighbridge shows beyond the tare, in kilograms."""
    weighed, tare = body.get("weighbridge_kg"), body.get("tare_kg")
    return None if weighed is None or tare is None else round(float(weighed) - float(tare))


@reads("counted_passengers", "declared_passengers")
def uncounted_passengers(body: Body) -> int | None:
    """Passengers counted beyond those declared (buses)."""
    counted, declared = body.get("counted_passengers"), body.get("declared_passengers")
    if counted is None or declared is None:
        return None
    return int(counted) - int(declared)


@reads("queue_minutes")
def queue_minutes(body: Body) -> int | None:
    """Minutes in the queue."""
    return _rounded(body.get("queue_minutes"))


@reads("document_check_s")
def document_check_s(body: Body) -> int | None:
    """Seconds the document check took."""
    return _rounded(body.get("document_check_s"))


@reads("linked_declaration_refs")
def linked_declarations(body: Body) -> int:
    """Number of declarations the crossing is linked to."""
    return len(body.get("linked_declaration_refs", ()))


@reads("previous_crossed_at", "event_at")
def turnaround_minutes(body: Body) -> int | None:
    """Minutes since the vehicle's previous crossing, as its own system reports it."""
    previous = body.get("previous_crossed_at")
    if previous is None:
        return None
    gap = datetime.fromisoformat(body["event_at"]) - datetime.fromisoformat(previous)
    return max(0, round(gap.total_seconds() / 60))


@reads("previous_bcp_id", "bcp_id")
def other_post_than_before(body: Body) -> int | None:
    """1 if the vehicle's previous crossing was at another post."""
    previous = body.get("previous_bcp_id")
    return None if previous is None else int(previous != body["bcp_id"])


@reads("previous_bcp_id", "bcp_id")
def leg_km(body: Body) -> int | None:
    """Straight distance from the previous crossing's post, in kilometres."""
    previous = body.get("previous_bcp_id")
    return None if previous is None else geography.leg_km(previous, body["bcp_id"])


@reads("bcp_id", "vehicle_class")
def quietness_permille(body: Body) -> int | None:
    """How quiet the post is beside the busiest between the same two countries, in per mille."""
    return geography.quietness_permille(body["bcp_id"], lorry=body["vehicle_class"] in _LORRIES)


ROW_FUNCTIONS: tuple[Callable[[Body], int | None], ...] = (
    vehicle_class,
    leaving,
    is_commercial,
    hour,
    is_night,
    weekday,
    weighbridge_kg,
    declared_load_kg,
    load_on_weighbridge_kg,
    weight_residual_kg,
    uncounted_passengers,
    queue_minutes,
    document_check_s,
    linked_declarations,
    turnaround_minutes,
    log_leg_minutes,
    other_post_than_before,
    leg_km,
    quietness_permille,
    quality_flags,
)


def _rounded(value: float | None) -> int | None:
    return None if value is None else round(value)
