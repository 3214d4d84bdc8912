"""An office's rules mean what they say, and a rule that cannot be evaluated is refused by name."""

from math import nan
from pathlib import Path

import numpy as np
import pytest

from features.measures import FINDS
from features.registry import SUBJECTS, FeatureSet
from models.errors import InvalidRulesError
from models.rules import Rule, evaluate, load_rules

SEEDS = Path(__file__).parents[3] / "seeds" / "rules.yaml"


def a_rule(**changes: object) -> Rule:
    given = {
        "code": "R1",
        "subject": "consignment",
        "risk": "arms",
        "sentence": "Heavy.",
        "all": [{"column": "kg", "at_least": 10}],
        "points": 3,
    }
    return Rule.model_validate(given | changes)


KG = {"kg": np.array([9.0, 10.0, 11.0, nan])}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        pytest.param({"at_least": 10}, [False, True, True, False], id="at least"),
        pytest.param({"at_most": 10}, [True, True, False, False], id="at most"),
        pytest.param({"equals": 10}, [False, True, False, False], id="equals"),
        pytest.param({"missing": True}, [False, False, False, True], id="not known"),
        pytest.param({"missing": False}, [True, True, True, False], id="known"),
    ],
)
def test_a_condition_holds_where_it_says(condition: dict[str, float], expected: list[bool]) -> None:
    rule = a_rule(all=[{"column": "kg", **condition}])

    scores = evaluate([rule], "consignment", "arms", KG)

    assert scores.hits["R1"].tolist() == expected


def test_a_rule_applies_only_where_all_its_conditions_hold() -> None:
    rule = a_rule(all=[{"column": "kg", "at_least": 10}, {"column": "kg", "at_most": 10}])

    assert evaluate([rule], "consignment", "arms", KG).points.tolist() == [0, 3, 0, 0]


def test_points_of_rules_add_up() -> None:
    rules = [a_rule(), a_rule(code="R2", points=4, all=[{"column": "kg", "at_least": 11}])]

    assert evaluate(rules, "consignment", "arms", KG).points.tolist() == [0, 3, 7, 0]


def test_only_rules_of_this_subject_and_risk_that_are_switched_on_count() -> None:
    rules = [
        a_rule(code="A", subject="crossing"),
        a_rule(code="B", risk="smuggling"),
        a_rule(code="C", enabled=False),
    ]

    scores = evaluate(rules, "consignment", "arms", KG)

    assert scores.points.tolist() == [0, 0, 0, 0]
    assert scores.hits == {}


def test_a_mandatory_rule_is_marked_where_it_applies() -> None:
    rules = [a_rule(mandatory=True), a_rule(code="R2", all=[{"column": "kg", "at_most": 99}])]

    assert evaluate(rules, "consignment", "arms", KG).mandatory.tolist() == [
        False,
        True,
        True,
        False,
    ]


def test_a_column_that_is_not_given_is_refused_by_name() -> None:
    with pytest.raises(InvalidRulesError, match="R1 reads kg"):
        evaluate([a_rule()], "consignment", "arms", {"lb": np.zeros(2)})


ENTRY = "{code: R1, subject: crossing, risk: arms, sentence: S, points: 1, all: [%s]%s}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        pytest.param(
            ENTRY % ("{column: plate, equals: 1}", ""),
            "R1 .* no crossing has: plate",
            id="an unknown column",
        ),
        pytest.param(
            ENTRY % ("{column: kg, equals: 1}", "")
            + ", "
            + ENTRY % ("{column: kg, equals: 1}", ""),
            "twice: R1",
            id="one code for two rules",
        ),
        pytest.param(ENTRY % ("{column: kg}", ""), "R1.*exactly one", id="a condition of nothing"),
        pytest.param(
            ENTRY % ("{column: kg, at_least: 1, at_most: 2}", ""), "exactly one", id="of two things"
        ),
        pytest.param(ENTRY % ("", ""), "R1.*all", id="no condition"),
        pytest.param(
            ENTRY % ("{column: kg, equals: .nan}", ""), "R1.*equals", id="a figure that is none"
        ),
        pytest.param(
            ENTRY % ("{column: kg, equals: 1}", ", colour: red"), "colour", id="an unknown word"
        ),
        pytest.param("7", "unreadable", id="a number for a rule"),
    ],
)
def test_a_rule_list_that_cannot_be_evaluated_is_refused(
    tmp_path: Path, text: str, said: str
) -> None:
    (tmp_path / "rules.yaml").write_text(f"rules: [{text}]")

    with pytest.raises(InvalidRulesError, match=said):
        load_rules(tmp_path / "rules.yaml", columns={"crossing": ["kg"]})


@pytest.mark.parametrize(
    "text", ["", "[]", "rules: 3", "rules: []\nmore: 1", "rules: [", "a: \x00"]
)
def test_a_file_that_is_no_rule_list_is_refused_by_its_name(tmp_path: Path, text: str) -> None:
    (tmp_path / "rules.yaml").write_text(text)

    with pytest.raises(InvalidRulesError, match=r"rules\.yaml"):
        load_rules(tmp_path / "rules.yaml", columns={})


def test_the_rule_list_we_ship_reads_the_catalogue_for_every_subject_and_risk() -> None:
    catalogue = {
        subject: {column.name for column in FeatureSet().columns(subject, FINDS)}
        for subject in SUBJECTS
    }

    rules = load_rules(SEEDS, columns=catalogue)

    assert 10 <= len(rules) <= 15
    assert {(rule.subject, rule.risk) for rule in rules} == {
        (subject, risk) for subject in ("consignment", "crossing") for risk in ("arms", "smuggling")
    }
