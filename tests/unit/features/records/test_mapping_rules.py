"""What one cell becomes by its rule."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from features.records.mapping_file import Rule
from features.records.mapping_rules import CellProblem, Target, reader


def value(rule: dict[str, Any], cells: dict[str, Any], target: Target = "text") -> Any:
    return reader(Rule.model_validate(rule), target)(cells)


@pytest.mark.parametrize(
    ("rule", "cell", "target", "read"),
    [
        pytest.param({}, "x", "text", "x", id="a text as it is"),
        pytest.param({}, "", "text", None, id="an empty cell is absent"),
        pytest.param({}, float("nan"), "number", None, id="Parquet's absent number"),
        pytest.param({}, 12, "text", "12", id="Parquet's number as a code"),
        pytest.param({"unit": "t"}, "1.5", "number", 1500.0, id="tonnes"),
        pytest.param({"unit": "g"}, "250", "number", 0.25, id="grams"),
        pytest.param({"decimal": ","}, "12,5", "number", 12.5, id="decimal comma"),
        pytest.param({"minor_units": 2}, "48.10", "integer", 4810, id="cents"),
        pytest.param({"minor_units": 2, "decimal": ","}, "0,07", "integer", 7, id="comma cents"),
        pytest.param({"minor_units": 0, "round": True}, "2.5", "integer", 2, id="half to even"),
        pytest.param({"minor_units": 2}, Decimal("1.10"), "integer", 110, id="exact decimals"),
        pytest.param({}, "7", "integer", 7, id="whole number"),
        pytest.param({}, "true", "yes_no", True, id="true"),
        pytest.param({"codes": {"J": True, "N": False}}, "N", "yes_no", False, id="false code"),
        pytest.param({"codes": {10: 1}}, "10", "integer", 1, id="codes YAML reads as numbers"),
        pytest.param({"codes": {"a": 1}, "otherwise": None}, "b", "integer", None, id="otherwise"),
        pytest.param({"codes": {"ZZ": "QU"}, "keep_others": True}, "MK", "text", "MK", id="kept"),
        pytest.param({"split": ";"}, "A; B;", "list", ["A", "B"], id="a list"),
        pytest.param({}, "A", "list", ["A"], id="a list of one"),
        pytest.param({"json": True}, '[{"a":1}]', "any", [{"a": 1}], id="JSON"),
    ],
)
def test_a_cell_is_read_as_its_rule_says(
    rule: dict[str, Any], cell: object, target: Target, read: object
) -> None:
    assert value(rule | {"column": "c"}, {"c": cell}, target) == read


@pytest.mark.parametrize(
    ("rule", "cell", "target", "problem"),
    [
        pytest.param({}, "12,5", "number", "not_a_number", id="comma where a point was declared"),
        pytest.param({"decimal": ","}, "12.5", "number", "not_a_number", id="and the other way"),
        pytest.param({}, "1_000", "number", "not_a_number", id="Python's underscores"),
        pytest.param({}, "nan", "number", "not_a_number", id="nan"),
        pytest.param({}, " 1", "number", "not_a_number", id="a blank"),
        pytest.param({"minor_units": 2}, "1.005", "integer", "too_many_decimals", id="mills"),
        pytest.param({}, "7.0", "integer", "not_an_integer", id="a point in a count"),
        pytest.param({}, "yes", "yes_no", "not_yes_or_no", id="yes is not translated"),
        pytest.param({"codes": {"a": 1}}, "b", "integer", "unknown_code", id="code not listed"),
        pytest.param({"date": "%Y-%m-%d"}, "02.11.2026", "time", "not_a_time", id="other form"),
        pytest.param({"json": True}, "[", "any", "malformed_json", id="broken JSON"),
    ],
)
def test_a_cell_that_reads_otherwise_is_a_problem(
    rule: dict[str, Any], cell: object, target: Target, problem: str
) -> None:
    with pytest.raises(CellProblem) as found:
        value(rule | {"column": "c"}, {"c": cell}, target)

    assert found.value.rule == problem


def test_a_local_day_gets_its_zone_and_its_delay() -> None:
    rule = {
        "column": "d",
        "date": "%d.%m.%Y",
        "zone": "Europe/Skopje",
        "plus_days": 1,
        "plus_hours": 2,
    }

    read = value(rule, {"d": "01.11.2026"}, "time")

    assert read == datetime(2026, 11, 2, 2, tzinfo=ZoneInfo("Europe/Skopje"))


def test_a_time_keeps_the_zone_it_names() -> None:
    read = value(
        {"column": "t", "date": "iso", "zone": "Asia/Seoul"}, {"t": "2026-11-02T08:00Z"}, "time"
    )

    assert read == datetime(2026, 11, 2, 8, tzinfo=UTC)


def test_columns_are_joined_and_absent_if_all_are_empty() -> None:
    rule = {"columns": ["a", "b"], "join": "/"}

    assert value(rule, {"a": "1", "b": ""}) == "1/"
    assert value(rule, {"a": "", "b": ""}) is None
