"""The clock on the wall of a post."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from babel.dates import format_datetime

from models.languages import Language

#: The zone of each country of the region, from the IANA database; each has one.
ZONES: Mapping[str, str] = MappingProxyType({
    "AL": "Europe/Tirane",
    "AT": "Europe/Vienna",
    "BA": "Europe/Sarajevo",
    "BG": "Europe/Sofia",
    "GR": "Europe/Athens",
    "HR": "Europe/Zagreb",
    "HU": "Europe/Budapest",
    "IT": "Europe/Rome",
    "MD": "Europe/Chisinau",
    "ME": "Europe/Podgorica",
    "MK": "Europe/Skopje",
    "RO": "Europe/Bucharest",
    "RS": "Europe/Belgrade",
    "SI": "Europe/Ljubljana",
    "TR": "Europe/Istanbul",
    "XK": "Europe/Belgrade",
})  # fmt: skip


def both_times(at: datetime, *, country: str, spoken: Language) -> str:
    """A moment by the post's clock and by UTC; by UTC alone where the country's zone is not known.

    The day of the second is told only where it differs.
    """
    here, utc = local(at, country), at.astimezone(UTC)
    pattern = "d MMM y, HH:mm"
    told_utc = _written(utc, pattern, spoken)
    if here is None:
        return spoken.say("{time} UTC", time=told_utc)
    short = _written(utc, "HH:mm", spoken) if here.date() == utc.date() else told_utc
    return spoken.say(
        "{time} local time ({utc} UTC)", time=_written(here, pattern, spoken), utc=short
    )


def local(at: datetime, country: str) -> datetime | None:
    """A moment by the clock of a country; None where its zone is not known."""
    zone = ZONES.get(country)
    return at.astimezone(ZoneInfo(zone)) if zone else None


def moment_of(u: int) -> datetime:
    """Microseconds since 1970 UTC as a moment."""
    return datetime.fromtimestamp(u / 1_000_000, UTC)


def _written(at: datetime, pattern: str, spoken: Language) -> str:
    return str(format_datetime(at, pattern, locale=spoken.locale))
