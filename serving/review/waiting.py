"""How long something took, as one says it."""

from __future__ import annotations

from babel.units import format_unit

from models.languages import Language

_MINUTE = 60_000_000
_UNITS = (("duration-day", 24 * 60), ("duration-hour", 60), ("duration-minute", 1))


def lasted(microseconds: int, spoken: Language) -> str:
    """The two largest units that matter, such as 2 hrs 10 mins; nobody needs the minutes of days."""
    left = max(0, microseconds) // _MINUTE
    if left == 0:
        return spoken.words("under a minute")
    said = []
    for unit, minutes in _UNITS:
        n, left = divmod(left, minutes)
        if n:
            said.append(format_unit(n, unit, length="short", locale=spoken.locale))
        elif said:
            break
    return " ".join(said[:2])
