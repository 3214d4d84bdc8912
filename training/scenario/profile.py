"""What the scenario file asks for: one period's length, volumes, rates, controls and dirt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from datetime import date
from pathlib import Path
from typing import Any, TypeVar, get_args, get_origin, get_type_hints

import yaml

from features.errors import VardarError

T = TypeVar("T")

SEEDS = Path(__file__).parents[2] / "seeds"
SCENARIO = SEEDS / "scenario.yaml"


@dataclass(frozen=True)
class Mix:
    """Shares of the movements; cars are what is left of the crossings.

    Attributes:
        consignments: Share of all movements that are declarations.
        parcels: Share of the declarations that are parcels.
        vans: Share of the crossings; `lorries`, `buses` and `trains` too.
    """

    consignments: float
    parcels: float
    vans: float
    lorries: float
    buses: float
    trains: float


@dataclass(frozen=True)
class Population:
    """How many entities share the movements, and how long they live.

    Attributes:
        declarations_per_consignee: Declarations of freight in 120 days for each consignee alive;
            the others likewise, crossings for vehicles.
        firm_life_days: Mean life of a consignee; the longer, the fewer new firms.
        vehicle_life_days: Mean time a vehicle keeps its plate.
        growth_days: Time in which a new firm reaches its usual trade.
        dormant: Share of the firms that pause once for two to six months.
        natural_persons: Share of consignees of freight who are natural persons.
        private_receivers: Share of receivers of parcels who are natural persons.
        companions: Share of cars and vans that often travel with another, by chance or by custom.
    """

    declarations_per_consignee: float
    declarations_per_consignor: float
    declarations_per_declarant: float
    declarations_per_carrier: float
    parcels_per_receiver: float
    parcels_per_drop_point: float
    crossings_per_car: float
    crossings_per_van: float
    crossings_per_lorry: float
    crossings_per_bus: float
    crossings_per_train: float
    firm_life_days: float
    vehicle_life_days: float
    growth_days: float
    dormant: float
    natural_persons: float
    private_receivers: float
    companions: float


@dataclass(frozen=True)
class Rates:
    """Movements that carry something, per 10,000 of each stratum, before the multiplier."""

    arms: Mapping[str, float]
    smuggling: Mapping[str, float]


@dataclass(frozen=True)
class Typology:
    """One risky behaviour.

    Attributes:
        planted: Share of the entities of its kind that follow it.
        share: Its share of what each stratum carries, of the risk the typology is about.
    """

    planted: float
    share: Mapping[str, float]


@dataclass(frozen=True)
class Controls:
    """An office's control rates before the profile's multiplier, and its floor of chance.

    Attributes:
        random_floor: Chance draws everywhere, on top of the rules.
        tip_carrying: Probability of a tip about a movement that carries; `tip_clean` of one that
            does not.
        joint_days: Days a joint operation lasts, twice a year; `joint_rate`: share of the movements
            of the posts concerned that it controls.
        model_from: Day from which the office ranks by a model of its own outcomes; null: never.
    """

    multiplier: float
    freight: float
    parcel: float
    car: float
    van: float
    lorry: float
    bus: float
    train: float
    random_floor: float
    tip_carrying: float
    tip_clean: float
    joint_days: int
    joint_rate: float
    model_from: date | None


@dataclass(frozen=True)
class Outcomes:
    """How results are recorded: delays in days, and shares of what goes wrong.

    Attributes:
        detection: Probability that a control of each level finds what is there.
    """

    delay_median_days: float
    delay_p95_days: float
    wrong_finds: float
    other_contraband: float
    documentary: float
    inconclusive: float
    not_searched: float
    detection: Mapping[str, float]


@dataclass(frozen=True)
class Dirt:
    """Shares of the lines that are repeated, broken, amended or corrected."""

    duplicates: float
    malformed: float
    amended: float
    corrected: float


@dataclass(frozen=True)
class Shocks:
    """What changes from a date on; null: never. Each stands on its own.

    Attributes:
        smuggling_falls: People smuggling falls to `smuggling_left` within `smuggling_fall_days`.
        post_closes: The post `closed_post` closes; its traffic goes to its neighbours.
        new_typology: The behaviour `held_back` appears, which was never seen before.
        tactics_change: Whoever carries avoids `avoided_signals`, which count only
            `avoided_weight` of their weight from then on.
        better_scanner: Scanners find `scanner_finds` of what is there.
    """

    smuggling_falls: date | None
    smuggling_left: float
    smuggling_fall_days: int
    post_closes: date | None
    closed_post: str
    new_typology: date | None
    held_back: str
    tactics_change: date | None
    avoided_signals: tuple[str, ...]
    avoided_weight: float
    better_scanner: date | None
    scanner_finds: float


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
    rates_per_10000: Rates
    typologies: Mapping[str, Typology]
    controls: Controls
    outcomes: Outcomes
    dirt: Dirt
    shocks: Shocks
    behaviours: Mapping[str, Mapping[str, Mapping[str, float]]]

    @property
    def seasons(self) -> float:
        """Length of the period in seasons of 120 days, the unit of `Population`."""
        return self.days / 120

    def day_number(self, moment: date | None) -> int:
        """Days from the first day to that one; beyond the period's end if there is none."""
        return self.days + 1 if moment is None else (moment - self.first_day).days


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
    return kind(**{key: _value(hints[key], value, path) for key, value in knobs.items()})


def _value(hint: Any, value: Any, path: Path) -> Any:
    if is_dataclass(hint):
        return _build(hint, value, path)  # type: ignore[arg-type]
    if isinstance(value, list):
        return tuple(value)
    of = get_args(hint)[-1] if get_origin(hint) is Mapping else None
    if is_dataclass(of):
        return {name: _build(of, knobs, path) for name, knobs in value.items()}  # type: ignore[arg-type]
    return value
