"""How figures, shares, counts and days read in a document."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from models import words

#: A count smaller than this is not told: it could point at somebody.
LEAST_TOLD = 5


def figure(value: float | None) -> str:
    """A number with four significant digits."""
    if value is None or math.isnan(value):
        return "not known"
    return "unbounded" if math.isinf(value) else f"{value:.4g}"


def count(value: float) -> str:
    """A whole number with thousands."""
    return f"{value:,.0f}"


def small_count(value: int) -> str:
    """A count that may be about few: below five it is only said that it is."""
    return f"fewer than {LEAST_TOLD}" if 0 < value < LEAST_TOLD else count(value)


def percent(share: float | None) -> str:
    """A share with three significant digits."""
    return "not known" if share is None else f"{100 * share:.3g} %"


def one_in(probability: float) -> str:
    """A probability as "about 1 in 140 like this"."""
    return words.base_rate(probability)


def day(moment: str) -> str:
    """The day of an ISO time."""
    return moment[:10]


def minute(moment: datetime) -> str:
    """A time in UTC, to the minute."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def spoken(name: str) -> str:
    """A name of the program as words."""
    return name.replace("_", " ").replace("-", ", ")


def sentence(text: str) -> str:
    """With a full stop, so that another sentence can follow."""
    return text if text.endswith((".", "!", "?", ":")) else f"{text}."


def capital(text: str) -> str:
    """With a capital letter first."""
    return text[:1].upper() + text[1:]


def told(value: object) -> str:
    """A value of JSON, shortly."""
    match value:
        case None:
            return "not known"
        case bool():
            return "yes" if value else "no"
        case int():
            return count(value)
        case float():
            return figure(value)
        case list():
            return ", ".join(map(told, value)) or "none"
        case _:
            return str(value)


#: By the names templates call them.
FILTERS: Mapping[str, Callable[..., Any]] = {
    "figure": figure,
    "count": count,
    "small_count": small_count,
    "percent": percent,
    "one_in": one_in,
    "day": day,
    "minute": minute,
    "spoken": spoken,
    "sentence": sentence,
    "capital": capital,
}
