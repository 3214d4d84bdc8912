"""What an event adds to the history of its keys: integer measures."""

from __future__ import annotations

from datetime import datetime

from features.fixed_point import log2_fixed
from features.geography import detour_permille
from features.keys import Body
from features.sources import reads

#: Results of an inspection that found something; a risk is a set of these.
FINDS = ("arms", "persons_concealed", "other_contraband", "documentary")

#: Results that say nothing about the movement: never a negative, never in a denominator.
SILENT_RESULTS = ("inconclusive", "not_searched")

MEASURES = (
    "declarations",
    "crossings",
    "mass_g",
    "value_minor",
    "priced",
    "log_unit_value",
    "log_unit_value_squared",
    "packed",
    "log_package_mass",
    "log_package_mass_squared",
    "located",
    "detour_permille",
    "timed",
    "log_minutes",
    "log_minutes_squared",
    "changed_post",
    "leaving",
    "laden",
    "weighed",
    "weight_residual_kg",
    "weight_residual_kg_squared",
    "queued",
    "queue_minutes",
    "inspected",
    "clean",
    *(f"found_{result}" for result in FINDS),
    "drawn_at_random",
    *(f"random_found_{result}" for result in FINDS),
    "incidents",
)

# Bounds that keep window sums of 10**9 events within int64 (9.2 * 10**18), and so exact.
_LARGEST_MASS_G = 10**9  # 1,000 t: no movement by road, rail wagon or container weighs more
_LARGEST_VALUE_MINOR = 9 * 10**9  # 90 million in a currency with two minor digits
_LARGEST_RESIDUAL_KG = 60_000  # more than any lorry weighs; its square is below 2**32
_LONGEST_QUEUE_MINUTES = 30 * 24 * 60
_LARGEST_DETOUR_PERMILLE = 10**6


def measures_of(kind: str, body: Body) -> dict[str, int]:
    """Measures an event contributes, by name; those absent are zero.

    Units: grams, minor units of the statistical value's currency, logarithms to the base 2
    in units of 2**-10.
    """
    match kind:
        case "consignment":
            return _consignment(body)
        case "crossing":
            return _crossing(body)
        case "inspection":
            return _inspection(body)
        case _:
            return {"incidents": min(int(body.get("count", 1)), 10**6)}


@reads("gross_mass_kg", "items.gross_mass_kg", "items.net_mass_kg")
def gross_mass_g(body: Body) -> int | None:
    """Gross mass in grams: the declaration's, or else the sum of its items'."""
    mass = body.get("gross_mass_kg")
    if mass is None:
        masses = [i.get("gross_mass_kg") or i.get("net_mass_kg") for i in body["items"]]
        if any(m is None for m in masses):
            return None
        mass = sum(masses)
    return min(round(float(mass) * 1000), _LARGEST_MASS_G)


@reads("items.statistical_value_minor", "invoice_amount_minor")
def value_minor(body: Body) -> int | None:
    """Statistical value of all items in minor units, or else the invoice amount."""
    values = [item.get("statistical_value_minor") for item in body["items"]]
    total: int | None = body.get("invoice_amount_minor") if None in values else sum(values)
    return None if total is None else min(total, _LARGEST_VALUE_MINOR)


@reads(
    "items.statistical_value_minor",
    "invoice_amount_minor",
    "gross_mass_kg",
    "items.gross_mass_kg",
    "items.net_mass_kg",
)
def log_unit_value(body: Body) -> int | None:
    """log2 of the value for each gram, in units of 2**-10; None where either is not positive."""
    value, mass = value_minor(body), gross_mass_g(body)
    if not value or not mass:
        return None
    return log2_fixed(value) - log2_fixed(mass)


@reads("gross_mass_kg", "items.gross_mass_kg", "items.net_mass_kg", "package_count")
def log_package_mass(body: Body) -> int | None:
    """log2 of the grams for each package, in units of 2**-10; None where either is unknown."""
    mass, packages = gross_mass_g(body), body.get("package_count")
    if not mass or not packages:
        return None
    return log2_fixed(mass) - log2_fixed(packages)


@reads("weighbridge_kg", "tare_kg", "declared_load_kg")
def weight_residual_kg(body: Body) -> int | None:
    """What the weighbridge shows beyond tare and declared load, in kilograms."""
    weighed, tare = body.get("weighbridge_kg"), body.get("tare_kg")
    if weighed is None or tare is None:
        return None
    return round(float(weighed) - float(tare) - float(body.get("declared_load_kg") or 0.0))


@reads("departed_at", "presented_at")
def log_journey_minutes(body: Body) -> int | None:
    """log2 of the minutes from departure to presentation, in units of 2**-10; None if unknown."""
    return _log_minutes(body.get("departed_at"), body.get("presented_at"))


@reads("previous_crossed_at", "event_at")
def log_leg_minutes(body: Body) -> int | None:
    """log2 of the minutes since the vehicle's previous crossing, in units of 2**-10."""
    return _log_minutes(body.get("previous_crossed_at"), body["event_at"])


@reads("country_dispatch", "country_destination", "owner_post")
def declared_detour_permille(body: Body) -> int | None:
    """The way over the post beside the straight one, in per mille."""
    dispatch, destination = body.get("country_dispatch"), body.get("country_destination")
    if dispatch is None or destination is None:
        return None
    return detour_permille(dispatch, body["owner_post"], destination)


def _log_minutes(start: str | None, end: str | None) -> int | None:
    if start is None or end is None:
        return None
    gap = datetime.fromisoformat(end) - datetime.fromisoformat(start)
    minutes = round(gap.total_seconds() / 60)
    return log2_fixed(minutes) if minutes > 0 else None


def _with_square(count: str, measure: str, value: int | None) -> dict[str, int]:
    """What peer z-scores sum: how many there are, their values and the squares."""
    if value is None:
        return {}
    return {count: 1, measure: value, f"{measure}_squared": value * value}


def _crossing(body: Body) -> dict[str, int]:
    residual = weight_residual_kg(body)
    if residual is not None:
        residual = max(-_LARGEST_RESIDUAL_KG, min(_LARGEST_RESIDUAL_KG, residual))
    measures = {
        "crossings": 1,
        "changed_post": int(body.get("previous_bcp_id", body["bcp_id"]) != body["bcp_id"]),
        "leaving": int(body["direction"] == "exit"),
        "laden": int(bool(body.get("declared_load_kg"))),
        **_with_square("weighed", "weight_residual_kg", residual),
        **_with_square("timed", "log_minutes", log_leg_minutes(body)),
    }
    queue = body.get("queue_minutes")
    if queue is not None:
        measures |= {"queued": 1, "queue_minutes": min(round(queue), _LONGEST_QUEUE_MINUTES)}
    return measures


def _consignment(body: Body) -> dict[str, int]:
    measures = {
        "declarations": 1,
        "mass_g": gross_mass_g(body) or 0,
        "value_minor": value_minor(body) or 0,
    }
    detour = declared_detour_permille(body)
    if detour is not None:
        measures |= {"located": 1, "detour_permille": min(detour, _LARGEST_DETOUR_PERMILLE)}
    return (
        measures
        | _with_square("priced", "log_unit_value", log_unit_value(body))
        | _with_square("packed", "log_package_mass", log_package_mass(body))
        | _with_square("timed", "log_minutes", log_journey_minutes(body))
    )


def _inspection(body: Body) -> dict[str, int]:
    result = body["result"]
    if result in SILENT_RESULTS:
        return {}
    found = "clean" if result == "nothing_found" else f"found_{result}"
    measures = {"inspected": 1, found: 1}
    if body.get("selection_reason") == "random":
        # What chance chose says how common finds are; what was suspected does not.
        measures["drawn_at_random"] = 1
        if found != "clean":
            measures[f"random_{found}"] = 1
    return measures
