"""A model refuses columns that are not its own, by name, and abstains outside what it has seen."""

import numpy as np
import pytest

from features.spec import Floats
from models.errors import ColumnsDifferError, HeadRefusedError
from models.risk_model import RiskModel
from models.support import support_of
from models.trees import Trees
from tests.heads import (
    CHAPTER,
    NAMES,
    a_calibration,
    a_card,
    a_head,
    a_linear,
    booster_text,
    rows,
)


def an_ordinary_row(**changes: float) -> Floats:
    x = np.array([1000.0, 3.0, 4.0, 100.0, 0.0, 3.0])
    for name, value in changes.items():
        x[NAMES.index(name)] = value
    return x


@pytest.mark.parametrize(
    ("names", "said"),
    [
        pytest.param(NAMES[1:], "missing: gross_mass_kg", id="one is missing"),
        pytest.param((*NAMES, "plate"), "unexpected: plate", id="one too many"),
        pytest.param(
            (NAMES[1], NAMES[0], *NAMES[2:]),
            "column 1 is value_per_kg and should be gross_mass_kg",
            id="two are swapped",
        ),
        pytest.param((*NAMES, NAMES[0]), "7 columns instead of 6", id="one comes twice"),
        pytest.param((), "missing: gross_mass_kg", id="none at all"),
    ],
)
def test_other_columns_are_refused_by_name(names: tuple[str, ...], said: str) -> None:
    with pytest.raises(ColumnsDifferError, match=said):
        a_head().check_columns(names)


def test_its_own_columns_are_accepted() -> None:
    a_head().check_columns(list(NAMES))


def test_a_matrix_of_another_width_is_refused() -> None:
    with pytest.raises(ColumnsDifferError, match="6 columns"):
        a_head().margins(rows()[:, :5])


def test_a_scorer_trained_on_other_columns_is_refused() -> None:
    text = booster_text().replace("value_per_kg", "value_per_lb")

    with pytest.raises(ColumnsDifferError, match="value_per_lb"):
        RiskModel(a_card(), a_calibration(), Trees(text))


def test_a_scorer_of_another_kind_than_the_card_says_is_refused() -> None:
    with pytest.raises(HeadRefusedError, match="logistic"):
        RiskModel(a_card(), a_calibration(), a_linear())


def test_text_that_is_no_booster_is_refused() -> None:
    with pytest.raises(HeadRefusedError, match=r"booster\.txt"):
        Trees("not a model")


def test_no_rows_give_no_answers() -> None:
    empty = np.empty((0, len(NAMES)))

    assert a_head().margins(empty).shape == (0,)
    assert a_head().contributions(empty).shape == (0, len(NAMES) + 1)
    assert a_head().support_problems(empty) == []


def test_the_higher_margin_has_the_higher_probability_and_band() -> None:
    model = a_head()
    margins = np.sort(model.margins(rows()))

    probabilities = model.probabilities(margins)

    assert (np.diff(probabilities) >= 0).all()
    assert model.band(float(probabilities[0])) == "low"
    assert model.band(float(probabilities[-1])) in ("high", "very_high")


def test_an_ordinary_movement_is_scored() -> None:
    assert a_head().support_problem(an_ordinary_row()) is None


@pytest.mark.parametrize(
    ("x", "said"),
    [
        pytest.param(
            an_ordinary_row(consignee_declarations_365d=np.nan, days_since_consignee_seen=np.nan),
            "No trader",
            id="nobody with a past is named",
        ),
        pytest.param(an_ordinary_row(chapter=93), "Chapter: 93", id="an unseen category"),
        pytest.param(an_ordinary_row(gross_mass_kg=1e9), "Gross mass kg", id="far too heavy"),
        pytest.param(an_ordinary_row(days_since_consignee_seen=-9e3), "Days since", id="far below"),
        pytest.param(an_ordinary_row(value_per_kg=np.inf), "Value per kg", id="without bound"),
    ],
)
def test_a_movement_unlike_any_seen_is_not_scored(x: Floats, said: str) -> None:
    problem = a_head().support_problem(x)

    assert problem is not None
    assert problem.startswith(said)


def test_lacking_what_is_always_known_is_not_scored_if_it_happens_thrice() -> None:
    X = rows()[~np.isnan(rows()).any(axis=1)]
    card = a_card()
    from_complete = a_card(
        support=card.support.model_copy(
            update={
                "columns": {
                    name: column.model_copy(update={"share_missing": 0.0})
                    for name, column in card.support.columns.items()
                }
            }
        )
    )
    model = RiskModel(from_complete, a_calibration(), Trees(booster_text()))
    two, three = X[0].copy(), X[0].copy()
    two[[0, 1]] = np.nan
    three[[0, 1, 4]] = np.nan

    assert model.support_problem(two) is None
    assert model.support_problem(three) == (
        "Too little is known, which is rare: no gross mass kg, no value per kg, no is night."
    )


def test_where_movements_without_a_past_are_usual_they_are_scored() -> None:
    support = a_card().support.model_copy(update={"share_without_keys": 0.3})
    x = an_ordinary_row(consignee_declarations_365d=np.nan, days_since_consignee_seen=np.nan)

    assert a_head(support=support).support_problem(x) is None


def test_hardly_any_of_the_training_movements_are_outside_their_own_support() -> None:
    problems = a_head().support_problems(rows())

    assert np.mean([problem is not None for problem in problems]) < 0.01


def test_a_category_not_known_is_not_an_unseen_category() -> None:
    x = an_ordinary_row()
    x[CHAPTER] = np.nan

    assert a_head().support_problem(x) is None


def test_a_new_category_is_no_surprise_where_new_ones_keep_coming() -> None:
    headings = rows().copy()
    headings[:40, CHAPTER] = np.arange(9000, 9040)
    support = support_of(headings, names=NAMES, categorical={"chapter"})

    assert a_head(support=support).support_problem(an_ordinary_row(chapter=9999)) is None


def test_a_past_larger_than_any_seen_is_scored_and_not_passed_by() -> None:
    past = "consignee_declarations_365d"
    support = support_of(rows(), names=NAMES, categorical={"chapter"}, unbounded={past})
    busiest = an_ordinary_row(**{past: 1e9})

    assert a_head(support=support).support_problem(busiest) is None
    assert a_head().support_problem(busiest) is not None
