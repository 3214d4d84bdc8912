"""What plates, traders' numbers and containers look like. None belongs to anybody."""

from __future__ import annotations

import numpy as np

from training.scenario.reference import Names
from training.scenario.streams import Flags

_LETTERS = np.array(list("ABCDEHIKMNOPRSTVXZ"))
_DIGITS = np.array(list("0123456789"))

#: Shapes of plates: L a letter, D a digit, anything else stands for itself.
_PLATES = {
    "MK": "LLDDDDLL", "RS": "LLDDDDLL", "AL": "LLDDDLL", "XK": "DDDDDLL", "ME": "LLLLDDD",
    "BA": "LDDLDDD", "HR": "LLDDDDLL", "GR": "LLLDDDD", "BG": "LLDDDDLL", "RO": "LLDDLLL",
    "HU": "LLLLDDD", "TR": "DDLLLDDD", "SI": "LLLLDDD", "AT": "LLDDDDLL", "IT": "LLDDDLL",
    "DE": "LLLLDDDD",
}  # fmt: skip

#: Shapes of legal entities' numbers: EDB, PIB, NIPT, OIB, VAT and their like.
_TRADERS = {
    "MK": "40DDDDDDDDDDD", "RS": "1DDDDDDDD", "AL": "LDDDDDDDDL", "XK": "81DDDDDDD",
    "ME": "0DDDDDDD", "BA": "4DDDDDDDDDDDD", "HR": "HRDDDDDDDDDDD", "GR": "EL09DDDDDDD",
    "BG": "BGDDDDDDDDD", "RO": "RODDDDDDDD", "HU": "HUDDDDDDDD", "TR": "DDDDDDDDDD",
}  # fmt: skip

_OWNERS = ("MSCU", "CMAU", "HLBU", "CSQU", "TRLU", "MAEU")
#: Letters count 10, 12, 13 ... 38 in ISO 6346: multiples of 11 are left out.
_VALUES = {chr(65 + i): v for i, v in enumerate(v for v in range(10, 39) if v % 11)}


def plates(rng: np.random.Generator, countries: Names) -> Names:
    """A plate of each country's shape."""
    return _drawn(rng, countries, _PLATES)


def trader_numbers(rng: np.random.Generator, countries: Names) -> Names:
    """A legal entity's number of each country's shape; others get an EORI-like one."""
    return _drawn(rng, countries, _TRADERS)


def container_numbers(rng: np.random.Generator, valid: Flags) -> list[str]:
    """ISO 6346 container numbers; where not `valid`, the check digit is off by one."""
    owners = rng.integers(0, len(_OWNERS), len(valid))
    serials = rng.integers(0, 1_000_000, len(valid))
    found = []
    for owner, serial, right in zip(owners, serials, valid, strict=True):
        body = f"{_OWNERS[owner]}{serial:06d}"
        digit = (container_check_digit(body) + (not right)) % 10
        found.append(f"{body}{digit}")
    return found


def container_check_digit(body: str) -> int:
    """The check digit of the first ten characters of a container number (ISO 6346)."""
    total: int = sum((_VALUES[c] if c in _VALUES else int(c)) << i for i, c in enumerate(body))
    return total % 11 % 10


def _drawn(rng: np.random.Generator, countries: Names, shapes: dict[str, str]) -> Names:
    found = np.empty(len(countries), dtype="U16")
    for country in sorted(set(countries.tolist())):
        mine = np.flatnonzero(countries == country)
        text = np.full(len(mine), "", dtype="U16")
        for sign in shapes.get(country, country + "DDDDDDDDD"):
            if sign == "L":
                text = np.char.add(text, rng.choice(_LETTERS, len(mine)))
            elif sign == "D":
                text = np.char.add(text, rng.choice(_DIGITS, len(mine)))
            else:
                text = np.char.add(text, sign)
        found[mine] = text
    return found
