"""Default settings on tables nobody tuned them to: how heads are compared."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from tests.movements import params
from training.assurance.plain_tables import PlainTable, carried_tables
from training.assurance.transfer import (
    Compared,
    auc_with_error,
    compared,
    transfer_figures,
    transfer_table,
)
from training.intervals import Figure

FIT = params(fit={"head": "trees"}).fit


def table(name: str, seed: int = 1) -> PlainTable:
    (found,) = [of for of in carried_tables(seed) if of.name == name]
    return found


def test_auc_is_what_it_is_everywhere_ties_by_half() -> None:
    rng = np.random.default_rng(1)
    hit = rng.random(500) < 0.2
    score = np.round(rng.normal(0, 1, 500) + hit, 1)

    auc, _ = auc_with_error(hit, score)

    assert auc == pytest.approx(roc_auc_score(hit, score))


def test_the_error_of_an_auc_is_how_much_it_varies_from_sample_to_sample() -> None:
    rng = np.random.default_rng(2)
    drawn = []
    for _ in range(400):
        hit = rng.random(300) < 0.2
        drawn.append(auc_with_error(hit, rng.normal(0, 1, 300) + hit))
    values, errors = np.array(drawn).T

    assert errors.mean() == pytest.approx(values.std(), rel=0.1)


def test_two_rankings_of_the_same_rows_are_told_apart_more_surely_than_two_of_others() -> None:
    rng = np.random.default_rng(3)
    hit = rng.random(2000) < 0.2
    one = rng.normal(0, 1, 2000) + hit
    other = one + rng.normal(0, 0.1, 2000)

    difference, error = auc_with_error(hit, one, other)

    assert difference == pytest.approx(
        roc_auc_score(hit, one) - roc_auc_score(hit, other), abs=1e-12
    )
    assert error < auc_with_error(hit, one)[1] / 3
    assert auc_with_error(hit, one, one) == (0.0, 0.0)


def test_tables_are_shuffled_by_their_seed_and_learn_from_what_comes_first() -> None:
    one, same, other = table("wine"), table("wine"), table("wine", seed=2)

    assert np.array_equal(one.X, same.X)
    assert not np.array_equal(one.X, other.X)
    assert one.event_at[one.past].max() < one.event_at[~one.past].min()
    assert 0.59 < one.past.mean() < 0.61
    assert {of.name for of in carried_tables(1)} == {"breast_cancer", "digits", "wine", "diabetes"}


def test_with_few_hits_no_more_than_those_are_learnt_from() -> None:
    digits = table("digits")

    few = compared([digits], 20, params=FIT, seed=1)
    every = compared([digits], None, params=FIT, seed=1)

    assert few is not None
    assert every is not None
    assert (few.hits, few.every) == (20, False)
    assert (every.hits, every.every) == (int(digits.hit[digits.past].sum()), True)
    assert every.default.low < every.default.value < every.default.high
    assert every.loss.value == pytest.approx(every.logistic.value - every.default.value)
    assert every.default.value > 0.9


def test_a_table_with_no_more_hits_than_asked_for_is_not_compared_twice() -> None:
    assert compared([table("wine")], 150, params=FIT, seed=1) is None


def test_where_trees_are_asked_for_the_default_is_the_trees() -> None:
    found = compared([table("diabetes")], None, params=FIT, seed=1)

    assert found is not None
    assert found.default == found.trees
    assert found.tree_share == 1


def test_a_head_that_ranks_at_random_loses_what_the_regression_knows() -> None:
    cancer = table("breast_cancer")
    flat = FIT.model_copy(
        update={
            "trees": tuple(s.model_copy(update={"min_data_in_leaf": 10_000}) for s in FIT.trees)
        }
    )

    found = compared([cancer], None, params=flat, seed=1)

    assert found is not None
    assert found.default.value == 0.5
    assert found.loss.value > 0.4


def a_compared(loss: float, *, every: bool = True, name: str = "t") -> Compared:
    figure = Figure(0.9, 0.8, 1.0)
    return Compared(
        table=name, hits=20, every=every, draws=1, default=figure, trees=figure,
        logistic=figure, loss=Figure(loss, loss - 0.1, loss + 0.1),
        loss_trees=Figure(2 * loss, 0, 1), tree_share=0.5,
    )  # fmt: skip


def test_the_worst_loss_is_the_figure() -> None:
    found = [a_compared(-0.02), a_compared(0.01, every=False), a_compared(0.005, name="u")]

    figures = transfer_figures(found)

    assert figures["worst_loss"] == 0.01
    assert figures["worst_loss_trees_alone"] == 0.02
    assert figures["worst_loss_all_hits"] == 0.005
    assert figures["tables"] == 2
    assert figures["t_20_loss"] == 0.01
    assert transfer_table(found).row_count == 3
