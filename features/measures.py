"""What an event adds to the history of its keys: integer measures."""

from __future__ import annotations

from features.fixed_point import log2_fixed
from features.keys import Body

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
    "inspected",
    "clean",
    *(f"found_{result}" for result in FINDS),
    "incidents",
)

# Bounds that keep window sums of 10**9 events within int64 (9.2 * 10**18), and so exact.
_LARGEST_MASS_G = 10**9  # 1,000 t: no movement by road, rail wagon or container weighs more
_LARGEST_VALUE_MINOR = 9 * 10**9  # 90 million in a currency with two minor digits


def measures_of(kind: str, body: Body) -> dict[str, int]:
    """Measures an event contributes, by name; those absent are zero.

    Units: grams, minor units of the statistical value's currency, logarithms to the base 2
    in units of 2**-10.
    """
    match kind:
        case "consignment":
            return _consignment(body)
        case "crossing":
            return {"crossings": 1}
        case "inspection":
            return _inspection(body)
        case _:
            return {"incidents": min(int(body.get("count", 1)), 10**6)}


def gross_mass_g(body: Body) -> int | None:
    """Gross mass in grams: the declaration's, or else the sum of its items'."""
    mass = body.get("gross_mass_kg")
    if mass is None:
        masses = [i.get("gross_mass_kg") or i.get("net_mass_kg") for i in body["items"]]
        if any(m is None for m in masses):
            return None
        mass = sum(masses)
    return min(round(float(mass) * 1000), _LARGEST_MASS_G)


def value_minor(body: Body) -> int | None:
    """Statistical value of all items in minor units, or else the invoice amount."""
    values = [item.get("statistical_value_minor") for item in body["items"]]
    total: int | None = body.get("invoice_amount_minor") if None in values else sum(values)
    return None if total is None else min(total, _LARGEST_VALUE_MINOR)


def log_unit_value(body: Body) -> int | None:
    """log2 of the value for each gram, in units of 2**-10; None where either is not positive."""
    value, mass = value_minor(body), gross_mass_g(body)
    if not value or not mass:
        return None
    return log2_fixed(value) - log2_fixed(mass)


def log_package_mass(body: Body) -> int | None:
    """log2 of the grams for each package, in units of 2**-10; None where either is unknown."""
    mass, packages = gross_mass_g(body), body.get("package_count")
    if not mass or not packages:
        return None
    return log2_fixed(mass) - log2_fixed(packages)


def _consignment(body: Body) -> dict[str, int]:
    measures = {
        "declarations": 1,
        "mass_g": gross_mass_g(body) or 0,
        "value_minor": value_minor(body) or 0,
    }
    unit_value = log_unit_value(body)
    if unit_value is not None:
        measures |= {
            "priced": 1,
            "log_unit_value": unit_value,
            "log_unit_value_squared": unit_value * unit_value,
        }
    package_mass = log_package_mass(body)
    if package_mass is not None:
        measures |= {
            "packed": 1,
            "log_package_mass": package_mass,
            "log_package_mass_squared": package_mass * package_mass,
        }
    return measures


def _inspection(body: Body) -> dict[str, int]:
    result = body["result"]
    if result in SILENT_RESULTS:
        return {}
    if result == "nothing_found":
        return {"inspected": 1, "clean": 1}
    return {"inspected": 1, f"found_{result}": 1}
