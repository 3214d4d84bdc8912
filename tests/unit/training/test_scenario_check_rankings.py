"""A check notices where history, the oracle, a rule list or a shock is not what it should be."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from tests.movements import FEATURES, crossings
from tests.scenario_movements import broken, some_movements
from training.scenario.check.models import Ranked, ranked
from training.scenario.check.ranking import apart_over_seeds, ranking_findings
from training.scenario.check.shocks import SHOWN, Daily, compared, standard_errors

pytestmark = pytest.mark.slow


def some_ranked(kind: str = "crossing", n: int = 2000, **shares: float) -> Ranked:
    """What each way finds of n cases: these shares, the same cases first."""
    share = {"record": 0.2, "history": 0.35, "rules": 0.15, "oracle": 0.6} | shares
    order = np.random.default_rng(4).permutation(n)
    inspected = {who: (order < part * n).astype(np.float64) for who, part in share.items()}
    return Ranked(kind, "arms", inspected, inspected)


def test_history_that_helps_is_seen_and_all_rules_hold() -> None:
    assert not broken(ranking_findings([some_ranked()], seed=1))


@pytest.mark.parametrize(
    ("shares", "words"),
    [
        pytest.param({"history": 0.2}, "clearly more", id="history does not help"),
        pytest.param({"history": 0.7}, "less at 3% than the oracle", id="better than the oracle"),
        pytest.param({"rules": 0.08}, "3 times", id="rules hardly better than chance"),
        pytest.param({"rules": 0.5}, "rule list finds less", id="rules better than the model"),
    ],
)
def test_each_rule_about_rankings_can_break(shares: dict[str, Any], words: str) -> None:
    assert broken(ranking_findings([some_ranked(**shares)], seed=1), words)


def test_a_gain_that_chance_explains_is_no_gain() -> None:
    few = some_ranked(n=20, record=0.2, history=0.25)

    assert broken(ranking_findings([few], seed=1), "clearly more")


def test_the_rule_list_is_judged_over_all_kinds_too() -> None:
    weak = some_ranked("consignment", rules=0.01, n=4000)

    found = list(ranking_findings([some_ranked(n=1000), weak], seed=1))

    assert broken(found, "3 times") == ["consignment", "all kinds"]


def test_seeds_together_tell_apart_what_one_cannot() -> None:
    one = some_ranked(n=150, record=0.2, history=0.3)
    told = [list(ranking_findings([one], seed=seed)) for seed in range(1, 11)]

    assert broken(apart_over_seeds(told[0])) == ["crossing"]
    assert not broken(apart_over_seeds([f for of in told for f in of]))


def test_trees_with_history_find_what_only_history_tells() -> None:
    integers = crossings(6000)
    often = integers["vehicle_crossings_30d"].to_numpy() >= 18
    rng = np.random.default_rng(5)
    carries = rng.random(6000) < np.where(often, 0.25, 0.01)
    movements = some_movements(
        n=6000,
        risk={"arms": np.where(often, 0.25, 0.01)},
        carries={"arms": carries},
    )

    made = ranked(movements, "arms", integers, features=FEATURES, rules=())

    found = {who: share.mean() for who, share in made.inspected.items()}
    assert found["history"] > 2 * found["record"]
    assert found["rules"] == pytest.approx(0.03)
    assert made.below["history"].mean() > made.below["record"].mean() + 0.1


def days_of(share: float, *, seed: int, n: int = 90, each: int = 200) -> Daily:
    cases = np.random.default_rng(seed).binomial(each, share, n).astype(np.float64)
    return Daily(cases, np.full(n, float(each)))


def test_a_difference_is_counted_in_standard_errors() -> None:
    low, high = days_of(0.10, seed=1), days_of(0.11, seed=2)
    by_formula = (high.share - low.share) / math.sqrt(2 * 0.105 * 0.895 / 18_000)

    assert standard_errors(low, high) == pytest.approx(by_formula, rel=0.35)
    assert standard_errors(high, low) == -standard_errors(low, high)
    assert standard_errors(low, low) == 0.0


def test_nothing_to_compare_is_not_unmoved() -> None:
    empty = Daily(np.zeros(30), np.zeros(30))

    assert math.isnan(standard_errors(empty, days_of(0.1, seed=1, n=30)))


def some_figures(**changed: float) -> dict[str, Daily]:
    """The figures of a draw; those changed have another share, and other luck."""
    return {
        name: days_of(changed.get(name, 0.2), seed=100 + k + 50 * (name in changed))
        for k, name in enumerate(SHOWN)
    }


def test_a_shock_that_moves_its_own_figure_only_holds() -> None:
    found = compared("smuggling_falls", some_figures(), some_figures(people=0.05), seed=1)

    assert not broken(found)


def test_a_shock_that_moves_nothing_is_told() -> None:
    found = list(compared("post_closes", some_figures(), some_figures(closed=0.05), seed=1))

    assert broken(found) == ["post_closes: crossings at its neighbours"]


def test_a_figure_that_moves_the_wrong_way_is_told() -> None:
    assert broken(compared("better_scanner", some_figures(), some_figures(scanner=0.1), seed=1))


def test_a_moved_bystander_is_told() -> None:
    with_it = some_figures(people=0.05, night=0.4)

    found = list(compared("smuggling_falls", some_figures(), with_it, seed=1))

    assert broken(found, "no other figure") == [
        "smuggling_falls: cars and vans with people, at night"
    ]
    assert not broken(found, "it is about")
