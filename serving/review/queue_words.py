"""What queue and search call things: risks, vehicles, goods and ways."""

from __future__ import annotations

from collections.abc import Mapping
from textwrap import shorten
from typing import Any

from models.languages import Language
from serving.review.queue_filters import Sort

_LONGEST_DESCRIPTION = 60


def sort_in_words(sort: Sort, spoken: Language) -> str:
    """What comes first."""
    match sort:
        case Sort.LONGEST:
            return spoken.words("Longest waiting first")
        case Sort.NEWEST:
            return spoken.words("Newest first")
        case Sort.POST:
            return spoken.words("By post")


def risk_in_words(risk: str, spoken: Language) -> str:
    """A risk; one that an office added bears its own name."""
    known = {"arms": spoken.words("Arms"), "smuggling": spoken.words("Smuggling")}
    return known.get(risk, risk.replace("_", " ").capitalize())


def what_in_words(kind: str, body: Mapping[str, Any], spoken: Language) -> str:
    """The goods, or the vehicle and its lane."""
    if kind == "crossing":
        vehicle = vehicle_in_words(body["vehicle_class"], spoken)
        lane = body.get("lane_type")
        return spoken.say("{vehicle}, lane {lane}", vehicle=vehicle, lane=lane) if lane else vehicle
    first, *others = body["items"]
    said = first.get("description") or spoken.say("HS {code}", code=first["commodity_code"][:6])
    said = shorten(said, _LONGEST_DESCRIPTION, placeholder=" …")
    if not others:
        return said
    more = spoken.say_counted("{n} more item", "{n} more items", n=len(others))
    return spoken.say("{goods}, and {more}", goods=said, more=more)


def route_in_words(kind: str, body: Mapping[str, Any], spoken: Language) -> str:
    """From where to where, or which way."""
    if kind == "crossing":
        entry = body["direction"] == "entry"
        return spoken.words("Entry") if entry else spoken.words("Exit")
    ends = (body.get("country_dispatch"), body.get("country_destination"))
    start, end = (country_in_words(code, spoken) for code in ends)
    return f"{start} → {end}"


def country_in_words(code: str | None, spoken: Language) -> str:
    """A country by its name; by its code where it has none."""
    if code is None:
        return spoken.words("not known")
    return str(spoken.locale.territories.get(code, code))


def vehicle_in_words(vehicle_class: str, spoken: Language) -> str:
    """A class of vehicles of UNECE's, as one calls it."""
    match vehicle_class:
        case "M1":
            return spoken.words("Car")
        case "N1":
            return spoken.words("Van")
        case "N2" | "N3":
            return spoken.words("Lorry")
        case "M2" | "M3":
            return spoken.words("Bus")
        case "L":
            return spoken.words("Motorcycle")
        case "train":
            return spoken.words("Train")
        case "vessel":
            return spoken.words("Vessel")
        case other:
            return other
