"""What nobody inspected is learnt from, beside the inspected, and never measured with."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.movements import DAY, FEATURES, crossings, outcomes, params
from training.background import (
    MOST_DRAWN,
    MOST_OF_A_FIND,
    MOST_POINTED_AT,
    Background,
    beside,
)
from training.choosing import Dated, choose, forward_folds
from training.fit import Rows, fit_trees
from training.heads import TrainedHead, train_head
from training.police_reports import Reported

COLUMNS = FEATURES.columns("crossing", ("persons_concealed",))
HOUR = DAY // 24


def rows(n: int = 200, hits: int = 20, *, f: int = 3, seed: int = 1) -> Rows:
    """Inspected movements: the first so many were hits."""
    draw = np.random.default_rng(seed)
    return Rows(draw.normal(size=(n, f)), np.arange(n) < hits, draw.uniform(0.3, 1.5, n))


def background(n: int = 500, *, f: int = 3, **changes: Any) -> Background:
    draw = np.random.default_rng(7)
    given: dict[str, Any] = {
        "Z": draw.normal(size=(n, f)),
        "places": np.arange(n),
        "event_at": np.arange(n) * DAY,
        "points": np.where(np.arange(n) % 5 == 0, 1.0 + np.arange(n) % 3, 0.0),
        "weight": 1.0,
        "finds": 15.0,
        "seed": 1,
        "reported": reported_movements(),
    }
    return Background(**given | changes)


def reported_movements(*places: int, worth: float = 0.5) -> Reported:
    """Movements that reports name, each known an hour after it was."""
    at = np.array(places, dtype=np.int64)
    return Reported(at, at * DAY, at * DAY + HOUR, np.full(len(at), worth))


@given(weight=st.floats(0.05, 2), finds=st.floats(0.5, 9), hits=st.integers(1, 150))
def test_the_background_weighs_as_asked_and_the_rules_word_is_worth_as_many_finds_as_asked(
    weight: float, finds: float, hits: int
) -> None:
    inspected = rows(hits=hits)

    made = beside(inspected, background(weight=weight, finds=finds))

    below = np.arange(len(made)) >= len(inspected)
    vain = made.weight[~made.hit & ~below].sum()
    assert made.weight[~made.hit & below].sum() == pytest.approx(weight * vain)
    a_find = made.weight[made.hit & ~below].mean()
    assert made.weight[made.hit & below].sum() == pytest.approx(finds * a_find)


@given(n=st.integers(1, 400), weight=st.floats(0.05, 20), finds=st.floats(0.5, 200))
def test_what_nobody_inspected_never_says_more_than_what_was(
    n: int, weight: float, finds: float
) -> None:
    inspected = rows()

    made = beside(inspected, background(n, weight=weight, finds=finds))

    usual = np.flatnonzero(~made.hit & (np.arange(len(made)) >= len(inspected)))
    vain, hits = inspected.weight[~inspected.hit], inspected.weight[inspected.hit]
    assert (made.weight[usual] <= vain.mean() * (1 + 1e-9)).all()
    pointed = len(made) - len(inspected) - len(usual)
    told = made.weight[len(inspected) + len(usual) :].sum()
    assert told <= MOST_OF_A_FIND * pointed * hits.mean() * (1 + 1e-9)


def test_inspected_movements_keep_their_weights() -> None:
    inspected = rows()

    made = beside(inspected, background())

    assert np.array_equal(made.weight[: len(inspected)], inspected.weight)


def test_what_rules_point_at_counts_by_its_points() -> None:
    of = background(weight=0)

    made = beside(rows(), of)

    pointed = of.points[of.points > 0]
    assert made.uninspected == len(pointed)
    told = made.weight[made.inspected :]
    assert told / told.sum() == pytest.approx(pointed / pointed.sum())


@pytest.mark.parametrize(
    "nothing", [None, background(0), background(weight=0, finds=0)], ids=["none", "empty", "off"]
)
def test_without_a_background_the_inspected_alone_are_learnt_from(
    nothing: Background | None,
) -> None:
    inspected = rows()

    made = beside(inspected, nothing)

    assert made.uninspected == 0
    assert np.array_equal(made.X, inspected.X)
    assert made.weight / made.weight.mean() == pytest.approx(
        inspected.weight / inspected.weight.mean()
    )


def test_without_a_find_nothing_is_assumed() -> None:
    inspected = rows(hits=0)

    assert beside(inspected, background()) is inspected


def test_of_more_movements_than_are_needed_the_same_are_drawn_again() -> None:
    many = background(MOST_DRAWN + 5_000, points=np.ones(MOST_DRAWN + 5_000))

    once, again = beside(rows(), many), beside(rows(), many)

    assert once.uninspected == MOST_DRAWN + MOST_POINTED_AT
    assert once.X.tobytes() == again.X.tobytes()


def test_what_a_report_names_is_part_of_a_find_and_no_background() -> None:
    of = background(weight=3.0, finds=0, reported=reported_movements(4, 9, worth=0.75))

    made = beside(rows(), of)

    assert made.reported == 2
    assert made.hit[-2:].all()
    assert np.array_equal(made.X[-2:], of.Z[[4, 9]])
    a_find = rows().weight[rows().hit].mean()
    assert made.weight[-2:] == pytest.approx([0.75 * a_find] * 2)
    usual = made.X[len(rows()) : -2]
    assert len(usual) == len(of) - 2
    assert not (usual == of.Z[4]).all(axis=1).any()


def test_before_a_moment_only_reports_known_by_then_name_anything() -> None:
    late = background(reported=reported_movements(4, 9)).before(9 * DAY + HOUR)
    assert late.reported.places.tolist() == [4]


def test_before_a_moment_nothing_later_is_background() -> None:
    assert background().before(100 * DAY).event_at.max() == 99 * DAY


def test_what_is_assumed_is_no_find_and_does_not_decide_the_settings() -> None:
    made = beside(rows(hits=20), background(finds=5_000))

    assert made.hit.sum() > 100
    assert made.finds == 20


def test_trees_are_as_careful_as_the_finds_alone_would_have_them() -> None:
    careful = params().fit.trees[0].model_copy(update={"rounds": 3})
    bold = careful.model_copy(update={"from_hits": 60, "rounds": 9})
    fit = params(fit={"trees": [careful.model_dump(), bold.model_dump()]}).fit
    f = len(COLUMNS)
    made = beside(rows(hits=50, f=f), background(f=f))
    assert made.hit.sum() > 60

    assert fit_trees(made, None, columns=COLUMNS, params=fit, seed=1).rounds == 3


def past(n: int = 1500) -> Dated:
    draw = np.random.default_rng(3)
    X = draw.normal(size=(n, len(COLUMNS)))
    at = np.arange(n) * DAY // 10
    return Dated(Rows(X, draw.random(n) < 0.1, np.ones(n)), at, at + DAY)


def test_folds_learn_the_background_before_them_and_judge_by_the_inspected_alone() -> None:
    dated, fit = past(), params().fit
    usual = background(
        1500, f=len(COLUMNS), event_at=dated.event_at, points=np.zeros(1500), weight=5.0
    )
    asked = {"columns": COLUMNS, "params": fit, "embargo": 2 * DAY, "seed": 1}

    with_it = forward_folds(dated, background=usual, **asked)  # type: ignore[arg-type]
    without = forward_folds(dated, **asked)  # type: ignore[arg-type]

    assert [f.judged.tolist() for f in with_it] == [f.judged.tolist() for f in without]
    assert with_it[0].trees.text != without[0].trees.text
    earlier = usual.before(with_it[0].start - 2 * DAY)
    cut = forward_folds(dated, background=earlier, **asked)  # type: ignore[arg-type]
    assert cut[0].trees.text == with_it[0].trees.text
    assert cut[-1].trees.text != with_it[-1].trees.text
    told = choose(dated, folds=with_it, **asked)  # type: ignore[arg-type]
    assert f"over {sum(int(dated.rows.hit[f.judged].sum()) for f in with_it)} hits" in told.sentence


def trained(movements: pa.Table, **fit: Any) -> TrainedHead:
    """A head from outcomes of the first half of every ten movements; the rest nobody inspected."""
    told = outcomes(movements)
    seen = np.isin(told["movement_u"].astype(np.int64) % 10, np.arange(5))
    made = train_head(
        movements, told[seen],
        features=FEATURES, subject="crossing", risk="smuggling", params=params(fit=fit), texts={},
    )  # fmt: skip
    assert isinstance(made, TrainedHead)
    return made


def test_a_head_says_how_many_movements_nobody_inspected_it_learnt_from() -> None:
    movements = crossings(2000)

    with_it, without = trained(movements), trained(movements, background=0, rules_worth=0)

    assert "movements nobody inspected" in with_it.head.card.notes
    assert "movements nobody inspected" not in without.head.card.notes
    assert with_it.head.card.trained_rows == without.head.card.trained_rows
    assert with_it.head.card.trained_hits == without.head.card.trained_hits
