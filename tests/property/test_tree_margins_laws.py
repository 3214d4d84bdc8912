"""Trees laid out for one row at a time give LightGBM's margins, to the bit."""

from __future__ import annotations

from dataclasses import replace

import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models import tree_margins
from models.errors import TreesNotReadError
from models.tree_margins import laid_out, walker
from models.trees import Trees
from tests.drawn_trees import DrawnTree, drawn_rows, drawn_tree, model_text
from tests.heads import booster_text, rows


@settings(max_examples=100)
@given(st.integers(0, 2**32 - 1), st.integers(1, 14), st.integers(1, 6), st.integers(1, 60))
def test_margins_are_lightgbms_to_the_bit(seed: int, columns: int, trees: int, leaves: int) -> None:
    rng = np.random.default_rng(seed)
    categorical = [j for j in range(columns) if j % 3 == 1]
    drawn = [
        drawn_tree(
            rng,
            leaves=int(rng.integers(1, leaves + 1)),
            columns=columns,
            categorical=categorical,
        )
        for _ in range(trees)
    ]
    text = model_text(drawn, columns=columns)
    X = drawn_rows(rng, drawn, columns=columns, n=20)

    ours = laid_out(text).margins(X)

    theirs = lightgbm.Booster(model_str=text).predict(X, raw_score=True)
    assert ours.tobytes() == np.asarray(theirs).tobytes()


def test_a_head_that_warmed_up_says_what_it_said_before() -> None:
    trees, X = Trees(booster_text()), rows()[:50]
    before = trees.margins(X)

    trees.warm_up()

    assert trees.margins(X).tobytes() == before.tobytes()
    assert trees.margins(X[7:8]).tobytes() == before[7:8].tobytes()


def test_trees_that_say_anything_else_than_lightgbm_do_not_serve(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    text, X = booster_text(), rows()[:50]
    booster = lightgbm.Booster(model_str=text)
    made = laid_out(text)
    altered = made.leaves.copy()
    altered[:] = np.nextafter(altered, np.inf)
    assert walker(booster, text, X) is not None

    monkeypatch.setattr(tree_margins, "laid_out", lambda _: replace(made, leaves=altered))

    assert walker(booster, text, X) is None
    assert "give others" in caplog.text


def test_what_cannot_be_laid_out_is_left_to_lightgbm(caplog: pytest.LogCaptureFixture) -> None:
    single = DrawnTree(leaf_counts=[7], leaf_values=[0.25])
    text = model_text([single], columns=40_000)
    with pytest.raises(TreesNotReadError):
        laid_out(text)

    made = walker(lightgbm.Booster(model_str=text), text, np.zeros((1, 40_000)))

    assert made is None
    assert "cannot be laid out" in caplog.text


def test_rows_of_another_width_are_refused() -> None:
    made = laid_out(booster_text())

    with pytest.raises(ValueError, match="columns are read"):
        made.margins(np.zeros((1, made.columns + 1)))
