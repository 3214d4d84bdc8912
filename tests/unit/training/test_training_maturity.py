"""How long outcomes take is measured as if none were still outstanding."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.movements import DAY, crossings, outcomes
from training.maturity import delays, maturity_days, outcome_delays


def test_without_truncation_it_is_the_plain_distribution() -> None:
    made = delays(np.array([1.0, 2.0, 2.0, 4.0]), np.full(4, 100.0))

    assert made.days.tolist() == [1, 2, 4]
    assert made.known.tolist() == pytest.approx([0.25, 0.75, 1])


def test_delays_cut_off_by_the_present_are_made_good() -> None:
    rng = np.random.default_rng(3)
    took = rng.exponential(10, 40_000)
    waited = rng.uniform(0, 120, 40_000)
    seen = took <= waited

    made = delays(took[seen], waited[seen])

    true = -10 * np.log(0.1)
    assert made.within(0.9) == pytest.approx(true, rel=0.05)
    # What was seen alone would say that outcomes come sooner.
    assert np.quantile(took[seen], 0.9) < 0.95 * true


def test_the_share_known_grows_from_none_to_all() -> None:
    made = delays(np.array([1.0, 3.0]), np.array([9.0, 9.0]))

    assert made.known_after(np.array([0.5, 1.0, 2.9, 3.0, 50.0])).tolist() == pytest.approx(
        [0, 0.5, 0.5, 1, 1]
    )


def test_without_outcomes_there_is_nothing_to_wait_for() -> None:
    assert maturity_days(delays(np.empty(0), np.empty(0)), 0.9) == 0


def test_corrections_and_silent_results_do_not_tell_how_long_outcomes_take() -> None:
    movements = crossings(200)
    u = movements["u"].to_numpy()
    told = outcomes(movements, delay=3 * DAY)
    corrected = told.assign(u=told["u"] + 50 * DAY)
    silent = told.assign(
        u=told["u"] + 90 * DAY,
        result="not_searched",
        source_record_id="S" + told["source_record_id"],
    )

    made = outcome_delays(
        pd.concat([told, corrected, silent]), u, u, until_u=int(u.max()) + 400 * DAY
    )

    assert maturity_days(made, 0.9) == 3
    assert made.days.tolist() == [3]
