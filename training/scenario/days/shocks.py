"""What changes on a date: rates, tactics and scanners, as the profile's `shocks` say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import numpy as np

from training.scenario.days.season import people_season
from training.scenario.profile import Profile
from training.scenario.world.vehicles import Vehicles


def level(profile: Profile, risk: str, typology: str, day: int) -> float:
    """Factor of the configured rate on that day: season, and what has changed by then."""
    shocks = profile.shocks
    if typology == shocks.held_back and held_back(profile, typology, day):
        return 0.0
    if risk != "smuggling":
        return 1.0
    return people_season(_date(profile, day)) * _fallen(profile, day)


def held_back(profile: Profile, typology: str, day: int) -> bool:
    """Whether nobody behaves like that yet on that day."""
    shocks = profile.shocks
    if shocks.new_typology is None or typology != shocks.held_back:
        return False
    return day < profile.day_number(shocks.new_typology)


def eased(profile: Profile, day: int) -> Mapping[str, float]:
    """Factors of the weights of signals that whoever carries avoids on that day."""
    shocks = profile.shocks
    if day < profile.day_number(shocks.tactics_change):
        return {}
    return dict.fromkeys(shocks.avoided_signals, shocks.avoided_weight)


def change_tactics(profile: Profile, vehicles: Vehicles, day: int) -> None:
    """On the day tactics change, planted vehicles start to pass as honest ones of their class do."""
    if day != profile.day_number(profile.shocks.tactics_change):
        return
    planted = vehicles.typology > 0
    for kind in np.unique(vehicles.kind[planted]).tolist():
        honest = (vehicles.kind == kind) & ~planted
        mine = (vehicles.kind == kind) & planted
        if "night" in profile.shocks.avoided_signals:
            vehicles.night[mine] = np.median(vehicles.night[honest])
        if "heavy" in profile.shocks.avoided_signals:
            vehicles.heavy_kg[mine] = np.median(vehicles.heavy_kg[honest])


def _fallen(profile: Profile, day: int) -> float:
    """1 before smuggling falls, then down in a straight line to what is left."""
    shocks = profile.shocks
    since = day - profile.day_number(shocks.smuggling_falls)
    gone = min(1.0, max(0.0, since / shocks.smuggling_fall_days))
    return 1.0 - gone * (1.0 - shocks.smuggling_left)


def _date(profile: Profile, day: int) -> date:
    return profile.first_day + timedelta(days=day)
