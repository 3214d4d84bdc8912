"""Thresholds on a card select no more movements than the share that they are named by."""

from __future__ import annotations

import numpy as np
import pytest

from models.policy import Policy, recommend
from tests.heads import a_card
from training.describe import reached

SHARES = (0.005, 0.02, 0.1, 0.5, 1.0)


def test_movements_of_one_probability_that_exceed_the_share_are_all_left_out() -> None:
    falling = np.array([0.9, 0.8, 0.5, 0.5, 0.5, 0.5, 0.1, 0.1, 0.1, 0.1])

    assert reached(falling, 0.1) == 0.9
    assert reached(falling, 0.3) == 0.8
    assert reached(falling, 0.6) == 0.5
    assert reached(falling, 1.0) == 0.1


def test_where_more_than_the_share_has_the_highest_probability_none_is_reached() -> None:
    assert reached(np.array([0.5, 0.5, 0.1]), 0.5) == 1.0
    assert reached(np.array([0.5]), 0.9) == 1.0


def test_a_share_of_whole_movements_is_not_rounded_down() -> None:
    falling = np.linspace(1, 0.01, 100)

    assert reached(falling, 0.29) == falling[28]


def test_a_model_that_tells_nothing_apart_selects_nothing() -> None:
    flat = np.full(1000, 0.03)
    card = a_card(top_shares=tuple((share, reached(flat, share)) for share in SHARES))

    policy = Policy.for_capacity([card], inspect_share=0.03, document_share=0.07, random_share=0.1)

    given = recommend(policy, probabilities={"arms": 0.03}, rule_points={}, draw=0.999)
    assert given.action == "release"


@pytest.mark.parametrize("inspect_share", [0.002, 0.005, 0.05])
def test_the_model_selects_about_the_capacity_that_is_left_to_it(inspect_share: float) -> None:
    falling = np.sort(1 / (1 + np.exp(4 - np.random.default_rng(1).normal(0, 1.2, 40_000))))[::-1]
    card = a_card(top_shares=tuple((share, reached(falling, share)) for share in SHARES))

    policy = Policy.for_capacity(
        [card], inspect_share=inspect_share, document_share=0.05, random_share=0.1
    )

    assert (falling >= policy.inspect_at["arms"]).mean() <= 0.9 * inspect_share
