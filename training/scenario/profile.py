"""What the scenario file asks for: one period's length, volumes, rates, controls and dirt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, get_type_hints

import yaml

from features.errors import VardarError

T = TypeVar("T")

SEEDS = Path(__file__).parents[2] / "seeds"
SCENARIO = SEEDS / "scenario.yaml"


@dataclass(frozen=True)
class Mix:
    """Shares of the movements; cars are what is left of the crossings."""

    consignments: float
    vans: float
    lorries: float
    buses: float


@dataclass(frozen=True)
class Population:
    """How many entities share the movements: expected movements of an entity in 120 days.

    Attributes:
        born_in_season: Share of consignees that first trade in any 120 days.
        natural_persons: Share of consignees who are natural persons.
    """

    declarations_per_consignee: float
    declarations_per_consignor: float
    declarations_per_declarant: float
    declarations_per_carrier: float
    crossings_per_car: float
    crossings_per_van: float
    crossings_per_lorry: float
    crossings_per_bus: float
    born_in_season: float
    natural_persons: float


@dataclass(frozen=True)
class Planted:
    """Shares of the entities of their kind that follow each typology."""

    ant_trade: float
    parts_in_consignments: float
    concealed_in_lorries: float
    vans_with_cavities: float


@dataclass(frozen=True)
class Controls:
    """An office's control rates before the profile's multiplier, and its floor of chance."""

    multiplier: float
    consignment: float
    car: float
    van: float
    lorry: float
    bus: float
    random_floor: float
    tip_carrying: float
    tip_clean: float


@dataclass(frozen=True)
class Outcomes:
    """How results are recorded: delays in days, and shares of what goes wrong."""

    delay_median_days: float
    delay_p95_days: float
    wrong_finds: float
    other_contraband: float
    documentary: float
    inconclusive: float
    not_searched: float


@dataclass(frozen=True)
class Dirt:
    """Shares of the lines that are repeated, broken, amended or corrected."""

    duplicates: float
    malformed: float
    amended: float
    corrected: float


@dataclass(frozen=True)
class Profile:
    """One made-up period; `dataclasses.replace` makes a smaller one."""

    name: str
    first_day: date
    days: int
    movements: int
    rate_multiplier: float
    mix: Mix
    population: Population
    planted: Planted
    controls: Controls
    outcomes: Outcomes
    dirt: Dirt
    behaviours: Mapping[str, Mapping[str, Mapping[str, float]]]

    @property
    def seasons(self) -> float:
        """Length of the period in seasons of 120 days, the unit of `Population`."""
        return self.days / 120


def load_profile(name: str, path: Path = SCENARIO) -> Profile:
    """The profile of that name: `common` of the scenario file, overlaid with the profile.

    Raises:
        VardarError: There is no such profile, or a knob is missing or unknown.
    """
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    profiles = document["profiles"]
    if name not in profiles:
        raise VardarError(f"No profile {name!r} in {path.name}; there are: {', '.join(profiles)}.")
    return _build(Profile, _overlaid(document["common"], profiles[name]) | {"name": name}, path)


def _overlaid(common: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(common)
    for key, value in own.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _overlaid(merged[key], value) if both else value
    return merged


def _build(kind: type[T], knobs: Mapping[str, Any], path: Path) -> T:
    names = {field.name for field in fields(kind)}  # type: ignore[arg-type]
    if odd := sorted(names ^ knobs.keys()):
        raise VardarError(f"{path.name}: missing or unknown knobs of {kind.__name__}: {odd}.")
    hints = get_type_hints(kind)
    return kind(
        **{
            key: _build(hints[key], value, path) if is_dataclass(hints[key]) else value
            for key, value in knobs.items()
        }
    )
