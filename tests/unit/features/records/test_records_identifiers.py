"""Rules of identifiers."""

import pytest
from pydantic_core import PydanticCustomError

from features.records import identifiers


@pytest.mark.parametrize("code", ["930200", "93020000", "9302000010", "980000", "990100"])
def test_commodity_codes_of_6_8_and_10_digits_pass(code: str) -> None:
    assert identifiers.commodity_code(code) == code


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("9302", id="a heading is too short"),
        pytest.param("9302000", id="seven digits"),
        pytest.param("93.02.00", id="dots"),
        pytest.param("770100", id="chapter 77 is reserved"),
        pytest.param("000100", id="there is no chapter 00"),
        pytest.param("٩٣٠٢٠٠", id="digits of another script"),
    ],
)
def test_other_commodity_codes_are_refused(code: str) -> None:
    with pytest.raises(PydanticCustomError):
        identifiers.commodity_code(code)


def test_the_tariff_knows_revolvers_and_does_not_judge_national_chapters() -> None:
    assert identifiers.is_known_commodity("93020000")
    assert identifiers.is_known_commodity("980000")
    assert not identifiers.is_known_commodity("930999")


@pytest.mark.parametrize(
    ("given", "stored"),
    [("MK", "MK"), ("XK", "XK"), ("XS", "RS"), ("EL", "GR"), ("UK", "GB"), ("QU", None)],
)
def test_countries_are_stored_as_iso_codes(given: str, stored: str | None) -> None:
    assert identifiers.country(given) == stored


@pytest.mark.parametrize("code", ["ZZ", "mk", "MKD", ""])
def test_codes_of_no_country_are_refused(code: str) -> None:
    with pytest.raises(PydanticCustomError):
        identifiers.country(code)


def test_a_container_number_carries_its_check_digit() -> None:
    assert identifiers.is_container("CSQU3054383")
    assert not identifiers.is_container("CSQU3054384")


@pytest.mark.parametrize(
    ("text", "country", "broken"),
    [
        pytest.param("4030000375897", "MK", False, id="a Macedonian number"),
        pytest.param("4030000375898", "MK", True, id="its last digit changed"),
        pytest.param("MK 4030000375898", None, True, id="the letters say the country"),
        pytest.param("4030000375898", "DE", False, id="nobody knows German shapes here"),
        pytest.param("4030000375898", None, False, id="of no known country"),
        pytest.param("DE123456789012345", None, False, id="an EORI of 17 characters"),
        pytest.param("DE1234567890123456", None, True, id="an EORI of 18 characters"),
        pytest.param("EL094259216", None, False, id="Greece writes EL"),
    ],
)
def test_a_trader_id_is_judged_where_its_shape_is_known(
    text: str, country: str | None, broken: bool
) -> None:
    assert identifiers.is_broken_trader_id(text, country) is broken


@pytest.mark.parametrize(
    "written", ["KO 1042 AB", "ko-1042-ab", "КО1042АВ", "KΟ·1042·AВ", "KO1042AB"]
)
def test_spellings_of_a_plate_meet(written: str) -> None:
    assert identifiers.plate(written) == "KO1042AB"


def test_a_plate_of_separators_alone_is_not_readable() -> None:
    assert identifiers.plate(" - · ") == ""


@pytest.mark.parametrize("text", ["A\x00B", "A\u202eB", "A\u2066B", "A\nB", "\ufeffA", "  "])
def test_identifiers_refuse_unseen_characters_and_blanks(text: str) -> None:
    with pytest.raises(PydanticCustomError):
        identifiers.clean(text)


def test_identifiers_are_kept_in_form_nfc() -> None:
    assert identifiers.clean("S\u030c") == "Š"


def test_shapes_of_places_offices_vins_and_mrns() -> None:
    assert identifiers.is_place("MKSKP")
    assert not identifiers.is_place("MKSK1")
    assert identifiers.is_office("AL110000")
    assert not identifiers.is_office("AL11000")
    assert identifiers.is_vin("WVWZZZ1JZXW000001")
    assert not identifiers.is_vin("WVWZZZ1JZXW00000O")
    assert identifiers.is_broken_mrn("26MK10441-A2C3D4E5")
    assert not identifiers.is_broken_mrn("26MK104417A2C3D4E5")
    assert not identifiers.is_broken_mrn("LRN-1")
