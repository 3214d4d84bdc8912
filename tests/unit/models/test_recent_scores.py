"""A score is ranked among those recently seen, and equal ones share what is left for them."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.random_moments import DAY
from models.recent_scores import RecentScores


def among(scores: list[float], *, most: int = 2_000) -> RecentScores:
    recent = RecentScores(most=most, microseconds=28 * DAY)
    for at, score in enumerate(scores):
        recent.add(at, {"arms": score})
    return recent


def part(recent: RecentScores, score: float, share: float) -> float:
    return recent.part_within("arms", score, share, among=recent.number("arms"))


@pytest.mark.parametrize(
    ("score", "share", "expected"),
    [
        # With the new one there are five, and two fifths are the two best.
        pytest.param(0.5, 0.4, 1.0, id="the best"),
        pytest.param(0.35, 0.4, 1.0, id="the second"),
        pytest.param(0.25, 0.4, 0.0, id="the third"),
        pytest.param(0.35, 0.3, 0.5, id="half of the second is within"),
        pytest.param(0.4, 0.2, 0.5, id="two best share one place"),
        pytest.param(0.1, 1.0, 1.0, id="all"),
        pytest.param(0.5, 0.0, 0.0, id="none"),
    ],
)
def test_a_movement_lies_in_the_top_share_by_its_rank(
    score: float, share: float, expected: float
) -> None:
    assert part(among([0.1, 0.2, 0.3, 0.4]), score, share) == pytest.approx(expected)


def test_the_first_of_all_has_just_its_share() -> None:
    assert part(among([]), 0.9, 0.03) == pytest.approx(0.03)


@given(
    scores=st.lists(st.sampled_from([0.0, 0.1, 0.1, 0.2, 0.7]), min_size=1, max_size=30),
    share=st.floats(0, 1),
)
def test_over_all_orders_of_arrival_the_parts_make_up_the_share(
    scores: list[float], share: float
) -> None:
    """Each of n scores may be the last to come; on the mean it lies within by the share."""
    parts = [
        part(among(scores[:i] + scores[i + 1 :]), scores[i], share) for i in range(len(scores))
    ]

    assert np.mean(parts) == pytest.approx(share)


def test_those_without_a_score_rank_below_all() -> None:
    recent = RecentScores(most=100, microseconds=DAY)
    for at in range(9):
        recent.add(at, {"points": 5.0} if at == 0 else {})

    assert recent.part_within("points", 4.0, 0.2, among=len(recent)) == 1
    assert recent.part_within("points", 4.0, 0.1, among=len(recent)) == 0


def test_what_is_old_or_too_many_is_forgotten() -> None:
    few = among([0.9, 0.1, 0.2], most=2)
    assert (len(few), part(few, 0.5, 1 / 3)) == (2, 1.0)

    few.add(29 * DAY, {"arms": 0.3})
    assert len(few) == 1
    assert few.number("arms") == 1


def test_the_scores_go_through_json_unchanged() -> None:
    recent = among([0.3, 0.1, 0.2, 0.2])
    again = RecentScores(most=2_000, microseconds=28 * DAY)

    again.restore(recent.to_json())

    assert again.to_json() == recent.to_json()
    assert part(again, 0.25, 0.4) == part(recent, 0.25, 0.4)
