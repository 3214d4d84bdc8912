"""A movement's own numbers must fit its category, and what is known of it must go together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from features.spec import Floats
from models.card import Card, CardColumn, ClassSupport, Support
from models.errors import InvalidCardError
from models.support import SupportCheck, support_of

CAR, LORRY, TRAIN, RARE = 0, 3, 7, 8
NAMES = ("vehicle_class", "weighed_kg", "queue_minutes", "is_commercial", "days_known", "axles")
CLASS, WEIGHED, QUEUE, COMMERCIAL, PAST, AXLES = range(6)


def seen(n: int = 1000) -> Floats:
    """Cars are never weighed, lorries always are, trains sometimes; the rare class has 20 rows."""
    rng = np.random.default_rng(5)
    X = np.empty((4 * n, len(NAMES)))
    X[:, CLASS] = np.repeat([CAR, LORRY, TRAIN, RARE], n)
    X[:, QUEUE] = rng.integers(1, 60, 4 * n) * np.repeat([1, 3, 10, 1], n)
    X[:, COMMERCIAL] = np.where(X[:, CLASS] == CAR, rng.random(4 * n) < 0.2, 1)
    X[:, PAST] = rng.integers(1, 100, 4 * n)
    X[:, WEIGHED] = np.where(X[:, CLASS] == LORRY, rng.uniform(12e3, 40e3, 4 * n), np.nan)
    weighed = (X[:, CLASS] == TRAIN) & (rng.random(4 * n) < 0.5)
    X[weighed, WEIGHED] = rng.uniform(100e3, 900e3, weighed.sum())
    X[:, AXLES] = np.where(np.isnan(X[:, WEIGHED]), np.nan, 4)
    return X[np.r_[0 : 3 * n, 3 * n : 3 * n + 20]]


def support(X: Floats | None = None) -> Support:
    return support_of(
        seen() if X is None else X, names=NAMES, categorical={"vehicle_class"},
        unbounded={"days_known"},
    )  # fmt: skip


def a_card(**changes: Any) -> Card:
    given: dict[str, Any] = {
        "name": "crossing-arms",
        "version": "1",
        "subject": "crossing",
        "risk": "arms",
        "target_results": ("arms",),
        "kind": "boosted_trees",
        "columns": tuple(
            CardColumn(name=name, sentence="{value}", unit="", reason="r", categorical=j == CLASS)
            for j, name in enumerate(NAMES)
        ),
        "base_rate": 0.01,
        "bands": (("low", 0.0), ("medium", 0.1), ("high", 0.2), ("very_high", 0.3)),
        "trained_from": "2025-01-01",
        "trained_to": "2025-12-31",
        "trained_rows": 100,
        "trained_hits": 10,
        "spec_sha256": "ab" * 32,
        "support": support(),
    }
    return Card(**given | changes)


CHECK = SupportCheck(a_card())


def a_row(of: int, **changes: float) -> Floats:
    """An ordinary movement of a class, with changes."""
    x = np.array(seen()[np.flatnonzero(seen()[:, CLASS] == of)[0]])
    for name, value in changes.items():
        x[NAMES.index(name)] = value
    return x


def problem(x: Floats, check: SupportCheck = CHECK) -> str | None:
    return check.problems(x[np.newaxis])[0]


@pytest.mark.parametrize("of", [CAR, LORRY, TRAIN, RARE])
def test_what_is_usual_in_its_category_is_scored(of: int) -> None:
    assert problem(a_row(of)) is None


def test_a_number_far_beyond_those_of_its_category_is_not_scored_though_others_have_it() -> None:
    assert problem(a_row(LORRY, weighed_kg=500e3)) == (
        "Weighed kg: 500,000 lies far outside the records of vehicle class 3 the model learnt from."
    )


def test_a_number_far_below_those_of_its_category_is_not_scored_though_others_have_it() -> None:
    assert str(problem(a_row(TRAIN, weighed_kg=20e3, axles=4))).startswith("Weighed kg: 20,000")


def test_a_number_known_where_it_never_was_is_not_scored() -> None:
    assert problem(a_row(CAR, weighed_kg=20e3, axles=4)) == (
        "Weighed kg: 20,000 is known, though it never was for vehicle class 0."
    )


def test_a_number_not_known_where_it_always_was_is_not_scored() -> None:
    assert problem(a_row(LORRY, weighed_kg=np.nan, axles=np.nan)) == (
        "Weighed kg is not known, though it always was for vehicle class 3."
    )


def test_a_claim_that_marks_a_category_must_hold_in_it() -> None:
    assert str(problem(a_row(LORRY, is_commercial=0))).startswith("Is commercial: 0 lies")
    assert problem(a_row(CAR, is_commercial=0)) is None


def test_a_claim_that_is_rare_everywhere_is_a_sign_and_no_mark_of_a_category() -> None:
    X = seen()
    X[:, COMMERCIAL] = 0
    X[:10, COMMERCIAL] = 1  # ten cars
    check = SupportCheck(a_card(support=support(X)))

    assert problem(a_row(LORRY, is_commercial=1), check) is None


def test_a_category_with_few_movements_says_nothing_of_what_it_can_be() -> None:
    x = a_row(RARE, queue_minutes=550)

    assert problem(x) is None
    assert problem(a_row(CAR, queue_minutes=550)) is not None


def test_a_past_unlike_that_of_its_category_is_scored() -> None:
    X = seen()
    X[X[:, CLASS] == CAR, PAST] = 1
    check = SupportCheck(a_card(support=support(X)))

    assert problem(a_row(CAR, days_known=99), check) is None


def test_what_was_never_known_together_is_not_scored_and_the_gap_is_named() -> None:
    assert problem(a_row(TRAIN, weighed_kg=500e3, axles=np.nan)) == (
        "Never known so before: no axles, beside what else is told."
    )


def test_new_gaps_are_no_surprise_where_new_ones_keep_coming() -> None:
    X = seen()
    X[0, QUEUE] = X[1, COMMERCIAL] = X[2, QUEUE] = X[2, COMMERCIAL] = np.nan
    X[3, [QUEUE, AXLES]] = np.nan, 2
    check = SupportCheck(a_card(support=support(X)))

    assert problem(a_row(TRAIN, weighed_kg=500e3, axles=np.nan), check) is None


def test_movements_are_judged_alike_one_by_one_and_in_batch() -> None:
    rng = np.random.default_rng(3)
    X = np.column_stack([rng.permutation(column) for column in seen().T])

    together = CHECK.problems(X)

    assert together == [problem(x) for x in X]
    assert 0.2 < np.mean([told is not None for told in together]) < 0.95


def test_hardly_any_training_movement_is_outside() -> None:
    assert not any(CHECK.problems(seen()))


def test_a_card_from_before_categories_were_kept_is_read_and_checked_by_columns_alone() -> None:
    columns = support().columns
    card = Card.from_json(a_card(support=Support(columns=columns)).to_json())

    assert problem(a_row(CAR, weighed_kg=20e3, axles=4), SupportCheck(card)) is None
    assert problem(a_row(CAR, queue_minutes=1e6), SupportCheck(card)) is not None


def test_a_card_is_the_same_after_reading() -> None:
    assert Card.from_json(a_card().to_json()) == a_card()


@pytest.mark.parametrize(
    "odd",
    [
        {"classes": (ClassSupport(column="colour", code=1),)},
        {"classes": (ClassSupport(column="vehicle_class", code=1, ranges={"colour": (0, 1)}),)},
        {"gap_columns": ("colour",)},
        {"gaps": (("colour",),)},
    ],
)
def test_a_card_whose_support_speaks_of_no_column_is_refused(odd: dict[str, Any]) -> None:
    whole = a_card()
    broken = whole.model_copy(update={"support": whole.support.model_copy(update=odd)})

    with pytest.raises(InvalidCardError, match="colour"):
        Card.from_json(broken.to_json())
