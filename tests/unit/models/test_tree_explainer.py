"""Who explains boosted trees: the kernel once it agreed with LightGBM, else LightGBM."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import lightgbm
import numpy as np
import pytest

from models import contributions
from models.blend import Blend
from models.contributions import lightgbm_contributions
from models.errors import TreesNotReadError
from models.flat_trees import LEFT, LEFT_COVER, RIGHT, RIGHT_COVER, THRESHOLD, FlatTrees, flat_trees
from models.trees import Trees
from tests.drawn_trees import drawn_rows, drawn_tree, model_text
from tests.heads import a_head, a_linear, a_logistic_head, booster_text, rows

ROOT = Path(__file__).parents[3]


def test_the_kernel_explains_trees_on_which_it_agrees_with_lightgbm() -> None:
    trees = Trees(booster_text())

    assert trees.explained_by == "kernel"
    assert trees.largest_difference is not None
    assert trees.largest_difference < 1e-12
    assert Blend(trees, a_linear(), 0.5, 0.5).explained_by == "kernel"


def test_a_head_tells_who_explains_it() -> None:
    assert a_head().explained_by == "kernel"
    assert a_logistic_head().explained_by == "closed_form"
    assert a_logistic_head().largest_difference is None


def with_thresholds_a_bit_off(flat: FlatTrees) -> FlatTrees:
    numbers = flat.numbers.copy()
    numbers[:, THRESHOLD] = np.nextafter(numbers[:, THRESHOLD], np.inf)
    return replace(flat, numbers=numbers)


def with_children_swapped(flat: FlatTrees) -> FlatTrees:
    links = flat.links.copy()
    links[:, [LEFT, RIGHT]] = links[:, [RIGHT, LEFT]]
    return replace(flat, links=links)


def with_covers_swapped(flat: FlatTrees) -> FlatTrees:
    numbers = flat.numbers.copy()
    numbers[:, [LEFT_COVER, RIGHT_COVER]] = numbers[:, [RIGHT_COVER, LEFT_COVER]]
    return replace(flat, numbers=numbers)


def without_categories(flat: FlatTrees) -> FlatTrees:
    return replace(flat, words=np.zeros_like(flat.words))


def of_no_number(flat: FlatTrees) -> FlatTrees:
    return replace(flat, numbers=np.full_like(flat.numbers, np.nan))


@pytest.mark.parametrize(
    "wrong",
    [
        with_thresholds_a_bit_off,
        with_children_swapped,
        with_covers_swapped,
        without_categories,
        of_no_number,
    ],
)
def test_lightgbm_explains_where_the_arrays_are_wrong(
    wrong: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert callable(wrong)
    monkeypatch.setattr(contributions, "flat_trees", lambda text: wrong(flat_trees(text)))
    trees = Trees(booster_text())

    assert trees.explained_by == "lightgbm"
    X = rows()[:5]
    np.testing.assert_array_equal(trees.contributions(X), lightgbm_contributions(trees.booster, X))


def test_lightgbm_explains_where_the_kernel_cannot_run(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(contributions, "kernel_contributions", broken)
    trees = Trees(booster_text())

    assert trees.explained_by == "lightgbm"
    assert trees.largest_difference is None


def test_the_kernel_explains_long_paths_on_which_lightgbm_misses_its_own_margin() -> None:
    rng = np.random.default_rng(2)
    chain = drawn_tree(rng, leaves=64, columns=60, chain=True)
    # So that rows come far down, where LightGBM's algorithm loses its digits.
    trees = Trees(model_text([chain], columns=60))
    X = drawn_rows(rng, [chain], columns=60, n=50)

    theirs = lightgbm_contributions(trees.booster, X).sum(axis=1) - trees.margins(X)
    ours = trees.contributions(X).sum(axis=1) - trees.margins(X)

    assert np.abs(theirs).max() > 1e-9
    assert np.abs(ours).max() < 1e-12
    assert trees.explained_by == "kernel"


def trained(**settings: object) -> str:
    rng = np.random.default_rng(1)
    X = rng.normal(size=(300, 3))
    y = (X[:, 0] > 0).astype(float)
    given = {"num_leaves": 4, "num_threads": 1, "verbose": -1, "objective": "binary"} | settings
    return lightgbm.train(given, lightgbm.Dataset(X, y, params=given), 3).model_to_string()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        pytest.param(trained(linear_tree=True, objective="regression"), "linear trees", id="linear"),
        pytest.param(
            trained(boosting="rf", bagging_freq=1, bagging_fraction=0.5), "mean over", id="forest"
        ),
        pytest.param(trained(objective="multiclass", num_class=2), "several margins", id="classes"),
        pytest.param(booster_text().replace("leaf_count=", "leaf_count=0 "), "no training row"),
        pytest.param(booster_text().replace("split_feature=", "gone="), "not a LightGBM model"),
        pytest.param("", "not a LightGBM model", id="empty"),
    ],
)  # fmt: skip
def test_trees_that_the_arrays_cannot_say_are_refused(text: str, why: str) -> None:
    with pytest.raises(TreesNotReadError, match=why):
        flat_trees(text)


@pytest.mark.slow
def test_commands_do_not_wait_for_numba() -> None:
    check = "import sys, vardar, models.heads; sys.exit('numba' in sys.modules)"

    assert subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=False).returncode == 0


@pytest.mark.slow
def test_the_kernel_compiles_where_nothing_can_be_kept() -> None:
    check = (
        "from numba.core.caching import CacheImpl\n"
        "CacheImpl._locator_classes = []\n"
        "from tests.heads import a_head\n"
        "assert a_head().explained_by == 'kernel'\n"
    )

    subprocess.run([sys.executable, "-c", check], cwd=ROOT, check=True)
