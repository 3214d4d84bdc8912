"""The clock on the wall of a post."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from types import MappingProxyType
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from models.languages import Language

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
    return moment_of(u).astimezone(zone_of(country))


def typed(u: int, country: str) -> str:
    """The same as a form's field for local times holds it, to the minute."""
    return f"{local(u, country):%Y-%m-%dT%H:%M}"


def both_times(at: datetime, *, country: str, spoken: Language) -> str:
    """A moment by the post's clock and by UTC; by UTC alone where the country's zone is not known.

    The day of the second is told only where it differs.
    """
    utc = at.astimezone(UTC)
    pattern = "d MMM y, HH:mm"
    told_utc = _written(utc, pattern, spoken)
    if country not in _ZONES:
        return spoken.say("{time} UTC", time=told_utc)
    here = at.astimezone(zone_of(country))
    short = _written(utc, "HH:mm", spoken) if here.date() == utc.date() else told_utc
    return spoken.say(
        "{time} local time ({utc} UTC)", time=_written(here, pattern, spoken), utc=short
    )


def moment_of(u: int) -> datetime:
    """Microseconds since 1970 UTC as a moment."""
    return datetime.fromtimestamp(u / 1_000_000, UTC)


def _written(at: datetime, pattern: str, spoken: Language) -> str:
    return str(format_datetime(at, pattern, locale=spoken.locale))
