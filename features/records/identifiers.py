"""What a well-formed identifier is, and how one is written so that two spellings meet.

The rules raise a `PydanticCustomError` (a ValueError that carries a rule's code) where a bad value
is refused, and answer yes or no where it only earns a flag.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from importlib import import_module

from pydantic_core import PydanticCustomError

from features.records.reference import countries, currencies, headings

#: Spellings of a country that are accepted and stored as its ISO code; XS also earns a flag.
COUNTRY_ALIASES = {"XS": "RS", "EL": "GR", "UK": "GB"}

#: The code for a country nobody could tell.
COUNTRY_UNKNOWN = "QU"

#: Shape of a national tax number, and the python-stdnum module that knows its check digit.
#: BA and XK are not covered there.
_TAX_NUMBERS = {
    "AL": (re.compile(r"[A-Z]\d{8}[A-Z]"), "stdnum.al.nipt"),
    "BG": (re.compile(r"\d{9,10}"), "stdnum.bg.vat"),
    "GR": (re.compile(r"\d{9}"), "stdnum.gr.vat"),
    "HR": (re.compile(r"\d{11}"), "stdnum.hr.oib"),
    "HU": (re.compile(r"\d{8}"), "stdnum.hu.anum"),
    "ME": (re.compile(r"\d{8}"), "stdnum.me.pib"),
    "MK": (re.compile(r"\d{13}"), "stdnum.mk.edb"),
    "RO": (re.compile(r"\d{6,10}"), "stdnum.ro.cui"),
    "RS": (re.compile(r"\d{9}"), "stdnum.rs.pib"),
    "SI": (re.compile(r"\d{8}"), "stdnum.si.ddv"),
    "TR": (re.compile(r"\d{10}"), "stdnum.tr.vkn"),
}

_COMMODITY = re.compile(r"[0-9]{6}(?:[0-9]{2}){0,2}")
_PLACE = re.compile(r"[A-Z]{2}[A-Z2-9]{3}")
_OFFICE = re.compile(r"[A-Z]{2}[A-Z0-9]{6}")
_MRN = re.compile(r"[0-9]{2}[A-Z]{2}[A-Z0-9]{14}")
_MRN_START = re.compile(r"[0-9]{2}[A-Z]{2}")
_EORI = re.compile(r"[A-Z]{2}[A-Z0-9]{1,15}")
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
_SEPARATORS = re.compile(r"[\s\-‐‑–—._·•/]+")

# Control characters, zero-width ones and those that turn the direction of writing.
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]")

# Cyrillic and Greek capitals that look like a Latin one: cameras and clerks mix them up.
_LOOK_ALIKES = str.maketrans(
    "АВЕЅЈКМНОРСТУХІΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "ABESJKMHOPCTYXIABEZHIKMNOPTYX",
)


def clean(text: str) -> str:
    """The identifier in Unicode form NFC; refused if blank or if it holds unseen characters."""
    if text.isascii():
        if text.isprintable() and not text.isspace():
            return text
    elif not _UNSEEN.search(text) and not text.isspace():
        return unicodedata.normalize("NFC", text)
    if not text.strip():
        raise PydanticCustomError(
            "blank_identifier", "An identifier may not be blank; leave the field out instead."
        )
    raise PydanticCustomError(
        "unseen_characters",
        "An identifier may hold no control or direction characters; send it without them.",
    )


def commodity_code(text: str) -> str:
    """The HS, CN or TARIC code; refused unless 6, 8 or 10 digits in chapters 01-76 or 78-99.

    Chapter 77 is reserved; 98 and 99 are national.
    """
    if not _COMMODITY.fullmatch(text):
        raise PydanticCustomError(
            "commodity_code_shape", "A commodity code is 6, 8 or 10 digits without dots or spaces."
        )
    if text[:2] in {"00", "77"}:
        raise PydanticCustomError(
            "commodity_chapter", "A commodity code begins with a chapter from 01 to 99, save 77."
        )
    return text


def is_known_commodity(code: str) -> bool:
    """Whether the code's first six digits are in the tariff; national chapters are not judged."""
    return code[:6] in headings() or code[:2] in {"98", "99"}


def country(text: str) -> str | None:
    """ISO 3166-1 alpha-2 of the country; None for QU, unknown; refused if there is no such code."""
    if text in countries():
        return text
    if text == COUNTRY_UNKNOWN:
        return None
    if text in COUNTRY_ALIASES:
        return COUNTRY_ALIASES[text]
    raise PydanticCustomError(
        "country_code",
        "A country is an ISO 3166-1 alpha-2 code in capitals (or XK), and QU if not known.",
    )


def currency(text: str) -> str:
    """The ISO 4217 code; refused if there is no such code."""
    if text in currencies():
        return text
    raise PydanticCustomError("currency_code", "A currency is an ISO 4217 code such as EUR.")


def plate(text: str) -> str:
    """The registration plate in capitals without separators, look-alike letters made Latin.

    "" if nothing readable is left: a crossing is never refused for its plate.

    >>> plate("ск-1234 АВ")
    'CK1234AB'
    """
    seen = _UNSEEN.sub("", unicodedata.normalize("NFC", text)).upper().translate(_LOOK_ALIKES)
    return _SEPARATORS.sub("", seen)


def compact(text: str) -> str:
    """An identifier in capitals without spaces, dashes, dots and slashes.

    >>> compact("csqu 305438-3")
    'CSQU3054383'
    """
    return _SEPARATORS.sub("", text).upper()


def is_place(text: str) -> bool:
    """Whether it has the shape of a UN/LOCODE in a country that exists."""
    return _PLACE.fullmatch(text) is not None and text[:2] in countries()


def is_office(text: str) -> bool:
    """Whether it has the shape of a customs office code: a country and six letters or digits."""
    return _OFFICE.fullmatch(text) is not None and _known_country(text[:2])


def is_container(text: str) -> bool:
    """Whether it is a container number whose ISO 6346 check digit is right."""
    return _passes("stdnum.iso6346", text)


def is_vin(text: str) -> bool:
    """Whether it has the shape of a vehicle identification number; the check digit is American."""
    return _VIN.fullmatch(text) is not None


def is_broken_mrn(text: str) -> bool:
    """Whether it begins like an MRN of 18 characters and does not go on like one."""
    return len(text) == 18 and bool(_MRN_START.match(text)) and not _MRN.fullmatch(text)


@lru_cache(maxsize=65_536)
def is_broken_trader_id(text: str, country_of_trader: str | None) -> bool:
    """Whether a trader's id is recognisably a tax number or EORI, and a wrong one.

    A number without a country's letters is read as one of `country_of_trader`. Ids of a shape that
    is not recognised are not broken: traders from elsewhere hold national ids of many shapes.
    """
    number = compact(text)
    prefix, rest = COUNTRY_ALIASES.get(number[:2], number[:2]), number[2:]
    for country_of_number, digits in ((prefix, rest), (country_of_trader, number)):
        shape, module = _TAX_NUMBERS.get(country_of_number or "", (None, ""))
        if shape and shape.fullmatch(digits):
            return not _passes(module, digits)
    return _known_country(number[:2]) and not _EORI.fullmatch(number)


def _known_country(code: str) -> bool:
    return code in countries() or code in COUNTRY_ALIASES


@lru_cache(maxsize=65_536)
def _passes(module: str, number: str) -> bool:
    valid: bool = import_module(module).is_valid(number)
    return valid
