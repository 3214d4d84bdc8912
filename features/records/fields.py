"""What each kind of field takes: pydantic types that refuse bad values and note doubtful ones."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BeforeValidator,
    Field,
    Strict,
    StringConstraints,
    ValidationInfo,
)
from pydantic_core import PydanticCustomError

from features.records import identifiers
from features.records.deny_list import protected_name, protected_values


@dataclass
class Checking:
    """What a check knows beyond the record; handed to the fields as pydantic's context.

    Attributes:
        latest: No event lies after it; None if that is not checked.
        earliest: No event lies before it, for it would be past its retention; None if not checked.
        flags: Collects the codes of what is doubtful about the record.
    """

    latest: datetime | None = None
    earliest: datetime | None = None
    flags: set[str] = field(default_factory=set)


def _note(info: ValidationInfo, flag: str) -> None:
    if info.context is not None:
        info.context.flags.add(flag)


_RFC_3339 = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_FIRST_INSTANT = datetime(1970, 1, 1, tzinfo=UTC)
_LAST_INSTANT = datetime(2200, 1, 1, tzinfo=UTC)


def _instant(value: object) -> object:
    if isinstance(value, str):
        try:
            value = datetime.fromisoformat(value.upper()) if _RFC_3339.fullmatch(value) else None
        except ValueError:
            value = None
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise PydanticCustomError(
            "not_a_time", "A time is RFC 3339 with its zone, such as 2026-11-02T08:30:00+01:00."
        )
    if not _FIRST_INSTANT <= value < _LAST_INSTANT:
        raise PydanticCustomError("time_out_of_range", "A time lies between 1970 and 2200.")
    return value


def _not_in_future(value: datetime, info: ValidationInfo) -> datetime:
    if info.context is not None and info.context.latest and value > info.context.latest:
        raise PydanticCustomError(
            "event_in_future", "This lies in the future; check the clock and the time's zone."
        )
    return value


def _not_past_retention(value: datetime, info: ValidationInfo) -> datetime:
    if info.context is not None and info.context.earliest and value < info.context.earliest:
        raise PydanticCustomError(
            "past_retention",
            "This is older than records of its kind are kept; import old records as history.",
        )
    return value


#: An instant, with the zone it was given in.
Instant = Annotated[AwareDatetime, BeforeValidator(_instant)]
#: An instant that has passed.
PastInstant = Annotated[Instant, AfterValidator(_not_in_future)]
#: The instant of the event itself: passed, and not past its retention.
EventInstant = Annotated[PastInstant, AfterValidator(_not_past_retention)]


def _no_nul(text: str) -> str:
    if "\x00" in text:
        raise PydanticCustomError("unseen_characters", "A text may hold no NUL; send it without.")
    return text


def _set_on_intake(flags: list[str], info: ValidationInfo) -> list[str]:
    if info.context is not None and flags:
        raise PydanticCustomError(
            "set_on_intake", "Quality flags are set on intake; leave the field out."
        )
    return flags


#: Codes of what is doubtful; a record that is checked comes without any.
QualityFlags = Annotated[list[str], AfterValidator(_set_on_intake)]


Text = Annotated[str, StringConstraints(max_length=4000), AfterValidator(_no_nul)]
#: An identifier or code in somebody's system, in Unicode form NFC.
Code = Annotated[
    str, StringConstraints(min_length=1, max_length=100), AfterValidator(identifiers.clean)
]


def _country(text: str, info: ValidationInfo) -> str | None:
    if text == "XS":
        _note(info, "country_code_xs")
    return identifiers.country(text)


def _known_country(text: str, info: ValidationInfo) -> str:
    found = _country(text, info)
    if found is None:
        raise PydanticCustomError("country_code", "This country has to be known: QU will not do.")
    return found


def _route(values: object, info: ValidationInfo) -> object:
    if isinstance(values, list) and identifiers.COUNTRY_UNKNOWN in values:
        _note(info, "routing_country_unknown")
        return [value for value in values if value != identifiers.COUNTRY_UNKNOWN]
    return values


_COUNTRY_SCHEMA = Field(json_schema_extra={"pattern": "^[A-Z]{2}$"})
#: ISO 3166-1 alpha-2 or XK; QU (not known) becomes null.
Country = Annotated[str, AfterValidator(_country), _COUNTRY_SCHEMA]
KnownCountry = Annotated[str, AfterValidator(_known_country), _COUNTRY_SCHEMA]
CountriesOfRouting = Annotated[
    list[Country], Field(max_length=99), BeforeValidator(_route, json_schema_input_type=list[str])
]
Currency = Annotated[
    str, AfterValidator(identifiers.currency), Field(json_schema_extra={"pattern": "^[A-Z]{3}$"})
]


def _commodity(text: str, info: ValidationInfo) -> str:
    code = identifiers.commodity_code(text)
    if not identifiers.is_known_commodity(code):
        _note(info, "unknown_commodity_code")
    return code


def _place(text: str, info: ValidationInfo) -> str:
    if not identifiers.is_place(text):
        _note(info, "place_shape")
    return text


def _office(text: str, info: ValidationInfo) -> str:
    if not identifiers.is_office(text):
        _note(info, "customs_office_shape")
    return text


def _declaration_ref(text: str, info: ValidationInfo) -> str:
    if identifiers.is_broken_mrn(text):
        _note(info, "mrn_shape")
    return text


def _container(text: str, info: ValidationInfo) -> str:
    number = identifiers.compact(text) or text
    if not identifiers.is_container(number):
        _note(info, "container_check_digit_failed")
    return number


def _plate(text: str, info: ValidationInfo) -> str | None:
    plate = identifiers.plate(text)
    if not plate:
        _note(info, "plate_unreadable")
        return None
    if identifiers.is_vin(plate):
        _note(info, "plate_looks_like_vin")
    return plate


CommodityCode = Annotated[
    str,
    AfterValidator(_commodity),
    Field(json_schema_extra={"pattern": "^([0-9]{6}|[0-9]{8}|[0-9]{10})$"}),
]
Place = Annotated[Code, AfterValidator(_place)]
Office = Annotated[Code, AfterValidator(_office)]
DeclarationRef = Annotated[Code, AfterValidator(_declaration_ref)]
Container = Annotated[Code, AfterValidator(_container)]
#: A plate as read; kept in capitals without separators, null if nothing is readable.
Plate = Annotated[str, StringConstraints(max_length=100), AfterValidator(_plate)]

Count = Annotated[int, Strict(), Field(ge=0, le=1_000_000_000)]
MinorAmount = Annotated[int, Strict(), Field(ge=0, le=10**15)]
Yes = Annotated[bool, Strict()]
#: Kilograms, seconds and the like: finite, not negative, at most 10**9.
Quantity = Annotated[float, Strict(), Field(ge=0, le=1e9, allow_inf_nan=False)]

_NAME = re.compile(r"[a-z][a-z0-9_]{0,39}")


def _declared_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise PydanticCustomError(
            "name_shape", "A declared name is up to 40 lower-case letters, digits and underscores."
        )
    attribute = protected_name(name)
    if attribute:
        raise PydanticCustomError(
            "protected_attribute",
            "This name stands for the protected attribute {attribute}; leave it out.",
            {"attribute": attribute},
        )
    return name


def _unprotected(value: str) -> str:
    attribute = protected_values((value,))
    if attribute:
        raise PydanticCustomError(
            "protected_attribute",
            "This value gives away the protected attribute {attribute}; leave it out.",
            {"attribute": attribute},
        )
    return value


_DeclaredName = Annotated[str, AfterValidator(_declared_name)]
_Category = Annotated[Code, AfterValidator(_unprotected)]
_Numeric = Annotated[float, Strict(), Field(ge=-1e15, le=1e15, allow_inf_nan=False)]
ExtraKeys = Annotated[dict[_DeclaredName, Code], Field(max_length=20)]
Extension = Annotated[
    dict[_DeclaredName, Annotated[_Numeric | _Category | None, Field(union_mode="left_to_right")]],
    Field(max_length=200),
]
