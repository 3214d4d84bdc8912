"""A month whose late outcomes are still out is not told as quicker than it was."""

from __future__ import annotations

import numpy as np
import pytest

from features.spec import Floats
from training.watching.delays import month_delays


def seen(
    rng: np.random.Generator, *, rows: int, first: float, last: float
) -> tuple[Floats, Floats]:
    """Delays that could be seen, of movements between so many days ago, and the time to see them."""
    took = 2 * np.exp(1.0 * rng.normal(size=rows))
    follow_up = rng.uniform(last, first, rows)
    there = took <= follow_up
    return took[there], follow_up[there]


def test_the_latest_month_is_not_quicker_because_its_late_outcomes_are_still_out() -> None:
    rng = np.random.default_rng(1)
    everything = month_delays(*seen(rng, rows=8000, first=400, last=0))
    delay, follow_up = seen(rng, rows=6000, first=8, last=0)

    told = month_delays(delay, follow_up, like=everything).quantile(0.5)

    assert told == pytest.approx(2.0, rel=0.12)
    assert np.median(delay) < 1.6


def test_what_nobody_had_time_to_see_cannot_be_told_yet() -> None:
    rng = np.random.default_rng(2)
    everything = month_delays(*seen(rng, rows=8000, first=400, last=0))

    told = month_delays(*seen(rng, rows=3000, first=4, last=0), like=everything)

    assert told.seen == pytest.approx(0.756, abs=0.03)  # P(log-normal <= 4 days)
    assert told.quantile(0.5) is not None
    assert told.quantile(0.9) is None


def test_without_outcomes_nothing_is_told() -> None:
    assert month_delays(np.empty(0), np.empty(0)).quantile(0.5) is None
