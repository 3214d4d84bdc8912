"""Whom the office of a closed loop selects of a day: rankings, rules, duty and chance."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from features.spec import Floats
from models.errors import InvalidPolicyError
from training.assurance.closed_loop.judging import Rankings
from training.assurance.closed_loop.ranking import top_of, top_of_rankings
from training.assurance.closed_loop.selecting import Spending, drawn, judged
from training.scenario.office.selection import CHANCE, JOINT, MANDATORY, MODEL, RULE, TIP

pytestmark = pytest.mark.slow

_SECRET = b"a secret of at least 32 bytes...."


def rankings(scores: Mapping[str, Floats], points: Floats, *, model: bool = True) -> Rankings:
    """What heads, or rules in their stead, make of n movements."""
    n = len(points)
    return Rankings(
        scores=scores,
        probabilities={risk: np.full(n, np.nan) for risk in scores},
        by_model=dict.fromkeys(scores, model),
        points=np.where(points > 0, points, -np.inf),
        mandatory=np.zeros(n, dtype=bool),
    )


def ranked(rng: np.random.Generator, n: int = 2000) -> Rankings:
    """Two heads, and rules that point at one movement in fifty."""
    points = np.where(rng.random(n) < 0.02, rng.integers(4, 11, n), 0).astype(np.float64)
    return rankings({risk: rng.normal(size=n) for risk in ("arms", "smuggling")}, points)


def test_the_top_share_of_a_ranking_is_selected() -> None:
    scores = np.arange(100.0)

    selected = top_of([scores], [scores], share=0.07)

    assert np.flatnonzero(selected).tolist() == list(range(93, 100))
    assert (selected[93:] == 1).all()


def test_equals_at_the_threshold_share_what_is_left() -> None:
    points = np.array([10.0] * 2 + [4.0] * 8 + [0.0] * 90)

    selected = top_of([points], [points], share=0.06)

    assert selected[:2].tolist() == [1.0, 1.0]
    assert selected[2:10] == pytest.approx(np.full(8, 0.5))
    assert not selected[10:].any()


def test_what_no_rule_speaks_of_is_not_selected_though_capacity_stays_free() -> None:
    points = np.array([5.0] * 3 + [-np.inf] * 97)

    selected = top_of([points], [points], share=0.2)

    assert np.flatnonzero(selected).tolist() == [0, 1, 2]


def test_several_rankings_share_the_capacity_and_fill_it() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.normal(size=2000), rng.normal(size=2000)

    selected = top_of([first, 1000 * second], [first, 1000 * second], share=0.1)

    assert selected.sum() == pytest.approx(200, abs=1)
    for ranking in (first, second):
        assert selected[np.argsort(-ranking)[:80]].all()


def test_rules_name_of_what_heads_leave_no_more_than_their_share() -> None:
    made = ranked(np.random.default_rng(5))

    without = top_of_rankings(made, [made], share=0.1, ruled=0.0)
    top = top_of_rankings(made, [made], share=0.1, ruled=0.01)

    by_rule = top.by == RULE
    assert not (without.by == RULE).any()
    assert top.selected.sum() == pytest.approx(200, abs=1)
    assert top.selected[by_rule].sum() == pytest.approx(20, abs=1)
    assert (made.points[by_rule] > 0).all()
    by_head = (top.selected > 0) & ~by_rule
    assert set(np.flatnonzero(by_head)) < set(np.flatnonzero(without.selected))


def test_what_rules_cannot_use_is_the_heads() -> None:
    made = ranked(np.random.default_rng(6))
    silent = rankings(made.scores, np.zeros(len(made.points)))

    top = top_of_rankings(silent, [silent], share=0.1, ruled=0.05)

    assert (top.by == MODEL).all()
    assert top.selected.sum() == pytest.approx(200, abs=1)


def test_without_a_head_rules_have_all_of_the_share() -> None:
    points = np.array([10.0] * 3 + [4.0] * 7 + [0.0] * 90)
    made = rankings({"arms": np.where(points > 0, points, -np.inf)}, points, model=False)

    top = top_of_rankings(made, [made], share=0.05, ruled=0.01)

    assert (top.by == RULE).all()
    assert top.selected.sum() == pytest.approx(5)


def test_a_movement_that_was_not_seen_has_neither_score_nor_duty() -> None:
    made = rankings({"arms": np.array([1.0, 2.0])}, np.array([4.0, 0.0]))

    mine = made.at(np.array([1, -1, 0]))

    assert mine.scores["arms"].tolist()[::2] == [2.0, 1.0]
    assert np.isnan(mine.scores["arms"][1])
    assert np.isnan(mine.points[1])
    assert not mine.mandatory.any()


def test_chance_is_named_first_and_propensities_count_all_draws() -> None:
    n = 4000
    selected = np.where(np.arange(n) < 400, 1.0, np.where(np.arange(n) < 800, 0.5, 0.0))
    mandatory, joint = np.arange(n) % 100 == 0, np.arange(n) % 50 == 1
    made = judged(selected, np.full(n, MODEL), mandatory, chance=0.1)

    chosen = drawn(
        made,
        identities=[f"system\0{i}" for i in range(n)],
        secret=_SECRET,
        chance=0.1,
        joint=joint,
        tipped=np.arange(n) % 50 == 2,
    )

    reason = np.full(n, -1)
    reason[chosen.row] = chosen.reason
    assert (reason == CHANCE).mean() == pytest.approx(0.1, abs=0.02)
    assert set(reason[mandatory]) <= {CHANCE, MANDATORY}
    assert set(reason[:400]) <= {CHANCE, MANDATORY, MODEL}
    assert made.propensity[~mandatory][500].item() == pytest.approx(0.55)
    assert (reason[400:800] == MODEL).mean() == pytest.approx(0.45, abs=0.06)
    called = np.isin(chosen.reason, [TIP, JOINT])
    assert called.any()
    assert np.array_equal(np.isnan(chosen.propensity), called)


def test_the_service_refuses_to_go_below_the_least_random_share_and_a_what_if_may() -> None:
    with pytest.raises(InvalidPolicyError):
        Spending(0.05, 0.0)

    assert Spending(0.05, 0.0, what_if=True).chance == 0


def test_what_rules_may_name_is_a_share_of_the_capacity_beside_chance() -> None:
    assert Spending(0.05, 0.1, 0.2).ruled == pytest.approx(0.01)

    with pytest.raises(InvalidPolicyError, match=r"rules' share is 0\.95"):
        Spending(0.05, 0.1, 0.95)
