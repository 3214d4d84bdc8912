"""How numbers, units and rates read."""

from math import inf, nan

import pytest

from models.card import CardColumn
from models.words import base_rate, number, sentence, value_in_words


def a_column(**changes: object) -> CardColumn:
    given = {"name": "trips_30d", "sentence": "{value}.", "unit": "trips", "reason": "past"}
    return CardColumn.model_validate(given | changes)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (0.0, "0"),
        (1240.0, "1,240"),
        (1240.6, "1,241"),
        (45.24, "45.2"),
        (3.067, "3.07"),
        (0.5, "0.5"),
        (0.00123456, "0.00123"),
        (-12.34, "-12.3"),
        (3e-9, "3.00e-09"),
        (-0.04, "-0.04"),
        (1e15, "1,000,000,000,000,000"),
        (inf, "∞"),
    ],
)
def test_a_number_has_as_many_digits_as_help(value: float, read: str) -> None:
    assert number(value) == read


@pytest.mark.parametrize(
    ("column", "value", "read"),
    [
        pytest.param(a_column(), 12.0, "12 trips", id="a unit"),
        pytest.param(a_column(), 1.0, "1 trip", id="one of them"),
        pytest.param(a_column(unit="entries"), 1.0, "1 entry", id="one entry"),
        pytest.param(a_column(unit="goods items"), 1.0, "1 goods item", id="of two words"),
        pytest.param(a_column(unit="trips per day"), 1.0, "1 trip per day", id="a rate"),
        pytest.param(a_column(unit=""), 3.5, "3.5", id="a bare number"),
        pytest.param(a_column(unit="share"), 0.125, "12.5 %", id="a part of a whole"),
        pytest.param(a_column(unit="share"), 0.00351, "1 in 280", id="a small part of a whole"),
        pytest.param(a_column(unit="yes/no"), 1.0, "yes", id="a claim that holds"),
        pytest.param(a_column(unit="yes/no"), 0.0, "no", id="a claim that does not"),
        pytest.param(a_column(categorical=True), 84.0, "84", id="a code that speaks for itself"),
        pytest.param(a_column(categorical=True, levels={"reefer": 2}), 2.0, "reefer", id="a level"),
        pytest.param(
            a_column(categorical=True, levels={"reefer": 2}), 5.0, "code 5", id="no such level"
        ),
    ],
)
def test_a_value_reads_with_its_unit(column: CardColumn, value: float, read: str) -> None:
    assert value_in_words(column, value) == read


def test_a_missing_value_is_said_to_be_not_known() -> None:
    assert sentence(a_column(), nan) == "Not known: trips in 30 days"


@pytest.mark.parametrize(
    ("probability", "read"),
    [
        (1 / 140, "about 1 in 140 like this"),
        (1 / 1437, "about 1 in 1,400 like this"),
        (0.31, "about 3 in 10 like this"),
        (0.15, "about 1 in 7 like this"),
        (0.7, "about 7 in 10 like this"),
        (0.99, "nearly all like this"),
        (0.0, "fewer than 1 in 1,000,000 like this"),
    ],
)
def test_a_rate_reads_as_one_in_so_many(probability: float, read: str) -> None:
    assert base_rate(probability) == read
