"""The clock on the wall of a post."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

#: Zones of the region and its neighbours; elsewhere the clock shows UTC, and says so.
_ZONES: Mapping[str, str] = MappingProxyType({
    "AL": "Europe/Tirane", "AT": "Europe/Vienna", "BA": "Europe/Sarajevo", "BG": "Europe/Sofia",
    "GR": "Europe/Athens", "HR": "Europe/Zagreb", "HU": "Europe/Budapest", "IT": "Europe/Rome",
    "MD": "Europe/Chisinau", "ME": "Europe/Podgorica", "MK": "Europe/Skopje",
    "RO": "Europe/Bucharest", "RS": "Europe/Belgrade", "SI": "Europe/Ljubljana",
    "TR": "Europe/Istanbul", "UA": "Europe/Kyiv", "XK": "Europe/Belgrade",
})  # fmt: skip


@cache
def zone_of(country: str) -> ZoneInfo:
    """The zone of a country's posts."""
    return ZoneInfo(_ZONES.get(country, "UTC"))


def local(u: int, country: str) -> datetime:
    """A moment in microseconds since 1970 on the clock of a post."""
    return datetime.fromtimestamp(u / 1_000_000, UTC).astimezone(zone_of(country))


def typed(u: int, country: str) -> str:
    """The same as a form's field for local times holds it, to the minute."""
    return f"{local(u, country):%Y-%m-%dT%H:%M}"
