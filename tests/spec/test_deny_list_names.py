"""Which names stand for a protected attribute, in the region's languages."""

import pytest
from pydantic import BaseModel

from features.records import KINDS, ConsignmentItem, Find
from features.records.deny_list import protected_name, protected_values


@pytest.mark.parametrize(
    ("name", "attribute"),
    [
        ("driver_sex", "sex"),
        ("driverSex", "sex"),
        ("GENDER", "sex"),
        ("nationality2", "nationality"),
        ("DriverNationality", "nationality"),
        ("dateofbirth", "birth"),
        ("first-name", "personal_name"),
        ("driver name", "personal_name"),
        ("vehicle_make", "vehicle_description"),
        ("vehicle.colour", "vehicle_description"),
        ("is_rental", "rental"),
        ("plate_country", "plate_country"),
        ("passport_no", "person_document"),
        ("ethnic_group", "ethnicity"),
        ("race", "ethnicity"),
        ("preferred_language", "language"),
        ("age", "age"),
        pytest.param("Пол_на_возач", "sex", id="mk sex"),
        pytest.param("презиме", "personal_name", id="mk surname"),
        pytest.param("државјанство", "citizenship", id="mk citizenship"),
        pytest.param("земја_на_регистрација", "plate_country", id="mk plate"),
        pytest.param("gjinia", "sex", id="sq sex"),
        pytest.param("Shtetësia", "citizenship", id="sq citizenship"),
        pytest.param("datelindja", "birth", id="sq birth without diacritics"),
        pytest.param("pol_vozača", "sex", id="sr sex, Latin"),
        pytest.param("drzavljanstvo", "citizenship", id="hr citizenship without diacritics"),
        pytest.param("vjera", "religion", id="bs religion"),
        pytest.param("ДРЖАВЉАНСТВО", "citizenship", id="sr citizenship, Cyrillic"),
        pytest.param("име_возача", "personal_name", id="sr driver's name, Cyrillic"),
        pytest.param("гражданство", "citizenship", id="bg citizenship"),
        pytest.param("дата на раждане", "birth", id="bg birth"),
        pytest.param("ιθαγένεια", "citizenship", id="el citizenship"),
        pytest.param("ΦΥΛΟ", "sex", id="el sex, capitals have no accents"),
        pytest.param("cetățenie", "citizenship", id="ro citizenship"),
        pytest.param("data_nasterii", "birth", id="ro birth without diacritics"),
        pytest.param("állampolgárság", "citizenship", id="hu citizenship"),
        pytest.param("születési_idő", "birth", id="hu birth"),
        pytest.param("vatandaşlık", "citizenship", id="tr citizenship"),
        pytest.param("CİNSİYET", "sex", id="tr sex, dotted capitals"),
        pytest.param("yaşı", "age", id="tr age, dotless i"),
    ],
)
def test_protected_names_are_known_in_the_languages_of_the_region(
    name: str, attribute: str
) -> None:
    assert protected_name(name) == attribute


@pytest.mark.parametrize(
    "name",
    [
        "country_origin",
        "country_dispatch",
        "Country_of_Origin_Indicator",
        "package_count",
        "message",
        "manage",
        "average",
        "sexagesimal",
        "trace",
        "vintage",
        "company_name",
        "officer_prior_view",
        "vehicle_class",
        "vehicle_key",
        "seal_color",
        "description_language",
        "pol_code",
        "marketplace",
        "dilution",
        "dobavljac",
        "passengers",
        "lane_type",
        "consignee_is_natural_person",
        "declared_passengers",
        "Importer_ID",
        "process_type",
        "tax_rate",
        "cargo_type",
        "consignee_declarations_30d",
        "vehicle_post_crossings_7d",
        "storage_days",
        "voyage",
        "tonnage",
    ],
)
def test_names_that_only_look_protected_pass(name: str) -> None:
    assert protected_name(name) is None


@pytest.mark.parametrize(
    ("values", "attribute"),
    [
        pytest.param(["M", "F", "M", ""], "sex", id="sex codes"),
        pytest.param(["М", "Ж"], "sex", id="sex codes, Cyrillic"),
        pytest.param(["erkek", "kadın"], "sex", id="Turkish words"),
        pytest.param(["Albanian", "SERBIAN", "unknown"], "nationality", id="nationalities"),
        pytest.param(["македонец", "Албанец"], "nationality", id="Macedonian words"),
        pytest.param(["Muslim", "Orthodox"], "religion", id="religions"),
        pytest.param(["M"], None, id="M alone says nothing"),
        pytest.param(["B", "D", "A"], None, id="codes of something else"),
        pytest.param(["German", "reefer"], None, id="a word among others"),
        pytest.param([1.0, 2.0, None], None, id="numbers"),
        pytest.param([], None, id="nothing"),
    ],
)
def test_values_give_protected_attributes_away(values: list[object], attribute: str | None) -> None:
    assert protected_values(values) == attribute


@pytest.mark.parametrize("model", [*KINDS.values(), ConsignmentItem, Find])
def test_no_field_of_a_record_is_protected(model: type[BaseModel]) -> None:
    assert {name for name in model.model_fields if protected_name(name)} == set()
