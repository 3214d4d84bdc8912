"""Related columns are one reason, ranked by how far they moved the margin."""

import numpy as np
import pytest

from features.spec import Floats
from models.reasons import reasons
from tests.heads import NAMES, a_card

X = np.array([12000.0, 2.5, 1.0, 200.0, 0.0, 84.0])


def contributions(**moved: float) -> Floats:
    return np.array([*(moved.get(name, 0.0) for name in NAMES), -4.0])


def test_columns_with_one_code_are_one_reason() -> None:
    found = reasons(
        a_card(),
        X,
        contributions(consignee_declarations_365d=0.5, days_since_consignee_seen=0.25),
    )

    assert [(r.code, r.contribution, r.share) for r in found] == [("consignee_past", 0.75, 1.0)]


def test_the_strongest_reason_comes_first_whichever_way_it_points() -> None:
    found = reasons(a_card(), X, contributions(gross_mass_kg=0.5, chapter=-1.5))

    assert [(r.code, r.direction, r.share) for r in found] == [
        ("goods", "lowers", 0.75),
        ("weight", "raises", 0.25),
    ]


def test_equal_reasons_are_ranked_by_code() -> None:
    found = reasons(a_card(), X, contributions(gross_mass_kg=0.5, chapter=0.5 + 1e-13))

    assert [r.code for r in found] == ["goods", "weight"]


def test_the_sentence_is_of_a_column_that_points_the_groups_way() -> None:
    moved = contributions(consignee_declarations_365d=-0.9, days_since_consignee_seen=1.0)

    (found,) = reasons(a_card(), X, moved)

    assert found.column == "days_since_consignee_seen"
    assert found.sentence == "The consignee was last seen 200 days ago."
    assert (found.value, found.unit) == (200.0, "days")


def test_shares_are_of_all_reasons_though_few_are_given() -> None:
    moved = contributions(gross_mass_kg=2.0, value_per_kg=1.0, chapter=-1.0)

    found = reasons(a_card(), X, moved, limit=1)

    assert [r.share for r in found] == [0.5]


def test_what_did_not_move_the_margin_is_no_reason() -> None:
    assert reasons(a_card(), X, contributions(is_night=4e-10)) == []


def test_a_reason_whose_value_is_missing_says_so() -> None:
    x = X.copy()
    x[NAMES.index("value_per_kg")] = np.nan

    (found,) = reasons(a_card(), x, contributions(value_per_kg=1.0))

    assert found.value is None
    assert found.sentence == "Not known: value per kg"


def test_a_reason_carries_the_usual_range_of_its_column() -> None:
    (found,) = reasons(a_card(), X, contributions(gross_mass_kg=1.0))

    assert found.usual_low == a_card().columns[0].usual_low
    assert found.usual_high == a_card().columns[0].usual_high


@pytest.mark.parametrize(("value", "said"), [(1.0, "It was"), (0.0, "Not the case: it was")])
def test_a_claim_is_only_made_where_it_holds(value: float, said: str) -> None:
    x = X.copy()
    x[NAMES.index("is_night")] = value

    (found,) = reasons(a_card(), x, contributions(is_night=-1.0))

    assert found.sentence.startswith(said)
