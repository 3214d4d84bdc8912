"""The kernel's contributions are LightGBM's, and exact where LightGBM's are not."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.contributions import kernel_contributions, lightgbm_contributions
from models.flat_trees import flat_trees
from tests.drawn_trees import DrawnTree, drawn_rows, drawn_tree, model_text
from tests.exact_shapley import contributions_by_definition, contributions_by_size

seeds = st.integers(0, 2**32 - 1)


@settings(max_examples=100)
@given(seeds, st.integers(1, 14), st.integers(1, 5), st.integers(1, 60), st.booleans())
def test_contributions_equal_those_of_lightgbm(
    seed: int, columns: int, trees: int, leaves: int, even: bool
) -> None:
    rng = np.random.default_rng(seed)
    categorical = [j for j in range(columns) if j % 3 == 1]
    drawn = [
        drawn_tree(
            rng,
            leaves=leaves if even else int(rng.integers(1, leaves + 1)),
            columns=columns,
            categorical=categorical,
        )
        for _ in range(trees)
    ]
    text = model_text(drawn, columns=columns)
    booster = lightgbm.Booster(model_str=text)
    X = drawn_rows(rng, drawn, columns=columns, n=20)

    ours = kernel_contributions(flat_trees(text), X)

    theirs = lightgbm_contributions(booster, X)
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9)
    margins = booster.predict(X, raw_score=True)
    np.testing.assert_allclose(ours.sum(axis=1), margins, rtol=0, atol=1e-9)


@settings(max_examples=30)
@given(seeds, st.integers(1, 5), st.integers(1, 16))
def test_subsets_of_equal_size_may_be_counted_together(
    seed: int, columns: int, leaves: int
) -> None:
    """The reference below is the definition."""
    rng = np.random.default_rng(seed)
    tree = drawn_tree(rng, leaves=leaves, columns=columns, categorical=[0])
    x = drawn_rows(rng, [tree], columns=columns, n=1)[0]

    assert contributions_by_size(tree, x) == contributions_by_definition(tree, x)


@pytest.mark.parametrize("columns", [1, 8, 9, 16, 17, 32, 33, 48, 64])
def test_contributions_are_exact_however_many_columns_a_path_has(columns: int) -> None:
    rng = np.random.default_rng(columns)
    chain = drawn_tree(rng, leaves=columns + 4, columns=columns, chain=True)
    text = model_text([chain], columns=columns)
    X = drawn_rows(rng, [chain], columns=columns, n=3)

    ours = kernel_contributions(flat_trees(text), X)

    exact = [[float(v) for v in contributions_by_size(chain, x)] for x in X]
    np.testing.assert_allclose(ours, exact, rtol=0, atol=1e-12)


@settings(max_examples=30)
@given(seeds, st.integers(2, 70))
def test_a_batch_gives_each_row_what_it_gets_alone(seed: int, n: int) -> None:
    rng = np.random.default_rng(seed)
    drawn = [drawn_tree(rng, leaves=20, columns=12) for _ in range(3)]
    flat = flat_trees(model_text(drawn, columns=12))
    X = drawn_rows(rng, drawn, columns=12, n=n)

    together = kernel_contributions(flat, X)

    alone = np.vstack([kernel_contributions(flat, row[np.newaxis]) for row in X])
    assert together.tobytes() == alone.tobytes()


def test_rows_are_left_as_they_are() -> None:
    rng = np.random.default_rng(5)
    tree = drawn_tree(rng, leaves=5, columns=3)
    X = np.full((2, 3), 1e-36)
    X.flags.writeable = False

    kernel_contributions(flat_trees(model_text([tree], columns=3)), X)

    assert (X == 1e-36).all()


def test_trees_of_one_leaf_only_have_an_expected_value() -> None:
    single = DrawnTree(leaf_counts=[7], leaf_values=[0.25])
    text = model_text([single, single], columns=2)

    assert kernel_contributions(flat_trees(text), np.zeros((1, 2))).tolist() == [[0.0, 0.0, 0.5]]
