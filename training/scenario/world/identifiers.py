"""What plates, traders' numbers and containers look like. None belongs to anybody."""

from __future__ import annotations

import numpy as np

from features.records.identifiers import is_broken_trader_id
from training.scenario.streams import Flags
from training.scenario.world.reference import Names

#: Shapes of plates: @ a letter, # a digit, anything else stands for itself.
_PLATES = {
    "MK": "@@####@@", "RS": "@@####@@", "AL": "@@###@@", "XK": "#####@@", "ME": "@@@@###",
    "BA": "@##@###", "HR": "@@####@@", "GR": "@@@####", "BG": "@@####@@", "RO": "@@##@@@",
    "HU": "@@@@###", "TR": "##@@@###", "SI": "@@@@###", "AT": "@@####@@", "IT": "@@###@@",
    "DE": "@@@@####",
}  # fmt: skip

#: Shapes of legal entities' numbers: EDB, PIB, NIPT, OIB, VAT and their like.
_TRADERS = {
    "MK": "40###########", "RS": "1########", "AL": "@########@", "XK": "81#######",
    "ME": "0#######", "BA": "4############", "HR": "HR###########", "GR": "EL09#######",
    "BG": "BG#########", "RO": "RO########", "HU": "HU########", "TR": "##########",
}  # fmt: skip

_LETTERS = np.array([ord(letter) for letter in "ABCDEHIKMNOPRSTVXZ"], dtype=np.uint32)
_LONGEST = 16
_LAST_DIGITS, _LAST_LETTERS = "0123456789", "ABCDEFGHIJKLMNOPQRSTUVW"

_OWNERS = ("MSCU", "CMAU", "HLBU", "CSQU", "TRLU", "MAEU")
#: Letters count 10, 12, 13 ... 38 in ISO 6346: multiples of 11 are left out.
_VALUES = {chr(65 + i): v for i, v in enumerate(v for v in range(10, 39) if v % 11)}


def local_reference(number: str) -> str:
    """The reference a declaration goes by among carriers, from its number in the customs system."""
    return f"L{number[1:]}"


def plates(rng: np.random.Generator, countries: Names) -> Names:
    """Plates (n,) of each country's shape, no two alike."""
    return _distinct(rng, countries, _PLATES)


def trader_numbers(rng: np.random.Generator, countries: Names) -> Names:
    """Legal entities' numbers (n,), no two alike, of each country's shape and with its check digit.

    Countries without a shape here get an EORI-like number.
    """
    return _distinct(rng, countries, _TRADERS, check=True)


def train_numbers(rng: np.random.Generator, n: int) -> Names:
    """Numbers (n,) of freight trains, no two alike."""
    return _distinct(rng, np.full(n, "train"), {"train": "4#####"})


def drop_point_numbers(rng: np.random.Generator, n: int) -> Names:
    """Numbers (n,) of parcel shops and lockers, no two alike."""
    return _distinct(rng, np.full(n, "point"), {"point": "PS#######"})


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


def _distinct(
    rng: np.random.Generator, countries: Names, shapes: dict[str, str], *, check: bool = False
) -> Names:
    """Draws again whatever was drawn before, or has no check digit, until all differ."""
    found = np.full(len(countries), "", dtype=f"U{_LONGEST}")
    again = np.ones(len(found), dtype=bool)
    while again.any():
        drawn = _drawn(rng, countries[again], shapes)
        found[again] = _checked(drawn, countries[again]) if check else drawn
        _, first = np.unique(found, return_index=True)
        again = found == ""
        repeated = np.ones(len(found), dtype=bool)
        repeated[first] = False
        again |= repeated
    return found


def _checked(numbers: Names, countries: Names) -> Names:
    """The numbers (n,) with the last sign that passes their country's check; empty if none does."""
    found = []
    for number, country in zip(numbers.tolist(), countries.tolist(), strict=True):
        ends = _LAST_LETTERS if number[-1:].isalpha() else _LAST_DIGITS
        fitting = (
            number[:-1] + end
            for end in (number[-1:], *ends)
            if not is_broken_trader_id(number[:-1] + end, country)
        )
        found.append(next(fitting, ""))
    return np.array(found, dtype=f"U{_LONGEST}")


def _drawn(rng: np.random.Generator, countries: Names, shapes: dict[str, str]) -> Names:
    signs = np.zeros((len(countries), _LONGEST), dtype=np.uint32)  # a text as its code points
    for country in np.unique(countries).tolist():
        mine = np.flatnonzero(countries == country)
        for column, sign in enumerate(shapes.get(country, country + "#########")):
            if sign == "@":
                signs[mine, column] = _LETTERS[rng.integers(0, len(_LETTERS), len(mine))]
            elif sign == "#":
                signs[mine, column] = ord("0") + rng.integers(0, 10, len(mine))
            else:
                signs[mine, column] = ord(sign)
    return np.asarray(signs.view(f"U{_LONGEST}")[:, 0])
