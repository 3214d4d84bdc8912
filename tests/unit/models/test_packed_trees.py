"""Trees as the kernels read them: nothing is said twice, and what does not fit is refused."""

from __future__ import annotations

import numpy as np
import pytest

from models.contributions import kernel_contributions
from models.errors import TreesNotReadError
from models.flat_trees import flat_trees
from models.packed_trees import FIRST, NODE_ABOVE
from models.tree_answers import answers_of
from models.tree_margins import laid_out
from models.trees import Trees
from tests.drawn_trees import DrawnTree, drawn_rows, drawn_tree, model_text
from tests.exact_shapley import contributions_by_size
from tests.heads import booster_text


def drawn(*, leaves: int, columns: int, trees: int = 1, seed: int = 3) -> list[DrawnTree]:
    rng = np.random.default_rng(seed)
    return [drawn_tree(rng, leaves=leaves, columns=columns, categorical=[1]) for _ in range(trees)]


def test_twigs_come_last_and_children_after_their_parents() -> None:
    trees = flat_trees(model_text(drawn(leaves=30, columns=6, trees=5), columns=6)).packed

    for first, size, forks, _ in trees.trees.tolist():
        nodes = trees.nodes[first : first + size].astype(int)
        twigs = (nodes[:, :2] >= size).all(axis=1)
        assert twigs.tolist() == [False] * forks + [True] * (size - forks)
        assert (nodes[:, :2] > np.arange(size)[:, np.newaxis]).all()
        assert sorted(nodes[:, :2].ravel()) == list(range(1, 2 * size + 1))
        further = nodes[:, NODE_ABOVE] != FIRST
        assert further.any()
        assert (nodes[further, NODE_ABOVE] // 2 < np.flatnonzero(further)).all()


def test_what_many_nodes_ask_is_asked_once() -> None:
    tree = drawn(leaves=20, columns=3)
    once = flat_trees(model_text(tree, columns=3)).packed
    often = flat_trees(model_text(tree * 7, columns=3)).packed

    assert len(often.nodes) == 7 * len(once.nodes)
    assert len(often.questions.thresholds) == len(once.questions.thresholds)


def test_a_node_sends_a_row_where_its_question_says() -> None:
    tree = DrawnTree(
        columns=[0], thresholds=[1.5], decision_types=[2 << 2], left=[-1], right=[-2],
        counts=[10], leaf_counts=[4, 6], leaf_values=[-1.0, 1.0],
    )  # fmt: skip
    questions = flat_trees(model_text([tree], columns=1)).packed.questions
    rows = np.array([[1.5], [1.6], [np.nan], [0.0], [-9.0]])

    # What is missing goes right, because the node does not send it left.
    assert answers_of(questions, rows)[:, 0].tolist() == [0, 1, 1, 0, 0]


def test_margins_and_contributions_read_the_same_arrays() -> None:
    trees = Trees(booster_text())

    assert trees.explainer.flat is not None
    assert laid_out(booster_text()).trees is trees.explainer.flat.packed


@pytest.mark.slow
def test_the_longest_paths_that_are_laid_out_are_explained_exactly() -> None:
    rng = np.random.default_rng(80)
    chain = drawn_tree(rng, leaves=83, columns=80, chain=True)
    X = drawn_rows(rng, [chain], columns=80, n=1)

    ours = kernel_contributions(flat_trees(model_text([chain], columns=80)), X)

    exact = [[float(v) for v in contributions_by_size(chain, X[0])]]
    np.testing.assert_allclose(ours, exact, rtol=0, atol=1e-12)


@pytest.mark.slow
def test_the_largest_products_stay_within_numbers() -> None:
    """A row down the longest path, on which each split keeps as few of two billion rows as it can."""
    counts = [2 * 10**9]
    while len(counts) < 81:
        counts.append(int(counts[-1] / 1.28))
    tree = DrawnTree(
        columns=list(range(80)), thresholds=[0.0] * 80, decision_types=[0] * 80,
        left=[~k for k in range(80)], right=[*range(1, 80), ~80],
        counts=counts[:-1], leaf_counts=[*(-np.diff(counts)).tolist(), counts[-1]],
        leaf_values=[0.0] * 80 + [1.0],
    )  # fmt: skip
    X = np.ones((1, 80))

    ours = kernel_contributions(flat_trees(model_text([tree], columns=80)), X)

    exact = [[float(v) for v in contributions_by_size(tree, X[0])]]
    np.testing.assert_allclose(ours, exact, rtol=0, atol=1e-12)


def test_longer_paths_are_left_to_lightgbm() -> None:
    rng = np.random.default_rng(1)
    chain = drawn_tree(rng, leaves=82, columns=81, chain=True)
    text = model_text([chain], columns=81)
    with pytest.raises(TreesNotReadError, match="too large"):
        _ = flat_trees(text).packed

    assert Trees(text).explained_by == "lightgbm"
