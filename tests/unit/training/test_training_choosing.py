"""What a head is made of is decided in the past, and half of each is the answer unless it is surely not."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from features.spec import Column
from models.blend import Blend
from models.linear import Linear
from models.trees import Trees
from tests.movements import DAY, params
from training.choosing import TREE_SHARES, Choice, Dated, choose, composed, fit_both
from training.fit import Rows
from training.metrics import Ranking


def a_column(name: str) -> Column:
    return Column(
        name=name, sentence="{value}", unit="kg", reason=name, inputs=(name,), finish=np.asarray
    )


NAMES = [a_column(name) for name in "abcd"]


def a_past(kind: str, n: int = 4000, seed: int = 1) -> Dated:
    """Rows whose hits follow a straight line, or only two columns together."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 4))
    along = {
        "line": 0.8 * X.sum(axis=1),
        "together": 3.0 * ((X[:, 0] > 0) ^ (X[:, 1] > 0)),
        "nothing": np.zeros(n),
    }[kind]
    hit = rng.random(n) < 1 / (1 + np.exp(3 - along))
    at = np.sort(rng.integers(0, 300 * DAY, n))
    return Dated(Rows(X, hit, np.ones(n)), at, at + 2 * DAY)


def chosen(past: Dated, embargo: int = 2 * DAY, **fit: Any) -> Choice:
    return choose(past, columns=NAMES, params=params(fit=fit).fit, embargo=embargo, seed=1)


def test_trees_are_chosen_where_only_they_see_anything() -> None:
    assert chosen(a_past("together")).tree_share > 0.5


def test_the_regression_is_chosen_where_all_adds_up() -> None:
    assert chosen(a_past("line", n=40_000)).tree_share < 0.5


def test_where_nothing_tells_them_apart_it_is_half_of_each() -> None:
    wins = [chosen(a_past("nothing", n=1500, seed=seed)).tree_share == 0.5 for seed in range(8)]

    assert sum(wins) >= 4


def test_with_too_few_hits_it_is_half_of_each_and_says_why() -> None:
    made = chosen(a_past("line", n=150))

    assert made.tree_share == 0.5
    assert "too few hits" in made.sentence
    assert not made.auc


@pytest.mark.parametrize(("asked", "share"), [("trees", 1.0), ("logistic", 0.0), ("blend", 0.5)])
def test_the_parameters_can_decide(asked: str, share: float) -> None:
    assert chosen(a_past("line"), head=asked).tree_share == share


def test_labels_that_were_not_known_yet_do_not_take_part() -> None:
    past = a_past("together")
    late = replace(past, known_at=past.event_at + 1000 * DAY)

    assert "too few hits" in chosen(late).sentence


def test_the_same_past_gives_the_same_choice() -> None:
    past = a_past("together", n=1500)

    assert chosen(past) == chosen(past)


@pytest.mark.parametrize("share", TREE_SHARES)
def test_the_head_is_composed_as_it_was_chosen(share: float) -> None:
    past = a_past("line", n=1500)
    trees, linear = fit_both(past.rows, rounds=None, columns=NAMES, params=params().fit, seed=1)
    X = past.rows.X[:50]

    made = composed(trees, linear, Choice(share, 2.0, 0.5, {}, ""))

    kind = {0.0: Linear, 1.0: Trees}.get(share, Blend)
    assert isinstance(made, kind)
    if isinstance(made, Blend):
        whole = share * 2.0 + (1 - share) * 0.5
        expected = whole * (share * trees.margins(X) / 2.0 + (1 - share) * linear.margins(X) / 0.5)
        assert made.margins(X) == pytest.approx(expected)


@pytest.mark.slow
def test_the_choice_never_costs_much_against_the_better_of_the_two() -> None:
    """On lines, on what holds together, and on little of either."""
    for kind in ("line", "together"):
        for n in (600, 4000):
            past, later = a_past(kind, n=n, seed=5), a_past(kind, n=20_000, seed=6)
            made = chosen(past)
            trees, linear = fit_both(
                past.rows, rounds=None, columns=NAMES, params=params().fit, seed=1
            )

            def auc(scorer: Any, later: Dated = later) -> float:
                ranking = Ranking(scorer.margins(later.rows.X), later.rows.hit, capacities=())
                return float(ranking.measures(np.ones((1, len(later))))["auc"][0])

            best = max(auc(trees), auc(linear))
            assert auc(composed(trees, linear, made)) > best - 0.05, (kind, n)
