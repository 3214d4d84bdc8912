"""Intervals cover the truth about as often as they say."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from training.intervals import bootstrapped
from training.metrics import Ranking


def _drawn(rng: np.random.Generator) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    score = rng.random(600)
    return score, rng.random(600) < 0.3 * score


def test_intervals_of_precision_and_auc_cover_the_truth() -> None:
    rng = np.random.default_rng(1)
    large = [_drawn(rng) for _ in range(300)]
    truth = {
        name: float(np.mean([Ranking(s, h, capacities=(0.1,)).measures(np.ones((1, 600)))[name]
                             for s, h in large]))
        for name in ("precision_at_10", "auc")
    }  # fmt: skip

    covered = dict.fromkeys(truth, 0)
    for seed in range(200):
        score, hit = _drawn(rng)
        ranking = Ranking(score, hit, capacities=(0.1,))
        found = bootstrapped(ranking.measures, np.ones(600), resamples=200, seed=seed)
        for name, value in truth.items():
            covered[name] += found[name].low <= value <= found[name].high

    # 95 % of 200 is 190; three standard deviations of the count are 9, and percentile intervals
    # are known to be a little narrow.
    assert all(178 <= count <= 199 for count in covered.values()), covered


def test_the_same_seed_gives_the_same_interval() -> None:
    score, hit = _drawn(np.random.default_rng(5))
    ranking = Ranking(score, hit, capacities=(0.1,))

    first, second = (
        bootstrapped(ranking.measures, np.ones(600), resamples=100, seed=9) for _ in range(2)
    )

    assert first == second
