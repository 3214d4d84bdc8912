"""Which shocks somebody switches on, and from which date."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, timedelta
from typing import get_type_hints

from features.errors import VardarError
from training.scenario.profile import Profile, Shocks

#: Typologies that nobody need follow until a date: vehicles are what they are from the start.
HELD_BACK = ("A2", "A3", "A4", "A5", "A6")


def with_shocks(profile: Profile, switches: Iterable[str]) -> Profile:
    """The profile with these shocks switched on, each written NAME=YYYY-MM-DD.

    Raises:
        VardarError: There is no such shock, or its date cannot be read or lies outside the period.
    """
    dates = dict(_read(profile, switch) for switch in switches)
    if "new_typology" in dates and profile.shocks.held_back not in HELD_BACK:
        raise VardarError(
            f"{profile.shocks.held_back} cannot be held back; shocks.held_back takes one of "
            f"{', '.join(HELD_BACK)}, whose behaviour shows in declarations alone."
        )
    return replace(profile, shocks=replace(profile.shocks, **dates))  # type: ignore[arg-type]


def shock_names() -> tuple[str, ...]:
    """Names of the shocks that a date switches on."""
    return tuple(name for name, hint in get_type_hints(Shocks).items() if hint == date | None)


def _read(profile: Profile, switch: str) -> tuple[str, date]:
    name, _, text = switch.partition("=")
    if name not in shock_names():
        raise VardarError(f"There is no shock {name!r}; there are: {', '.join(shock_names())}.")
    try:
        day = date.fromisoformat(text)
    except ValueError:
        raise VardarError(f"The date of {name} is {text!r}; write {name}=YYYY-MM-DD.") from None
    last = profile.first_day + timedelta(days=profile.days - 1)
    if not profile.first_day <= day <= last:
        raise VardarError(
            f"{name}={day} lies outside the period {profile.name}, which runs from "
            f"{profile.first_day} to {last}; choose a day within it."
        )
    return name, day
