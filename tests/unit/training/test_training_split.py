"""Past trains, future tests, and nothing learnt later leaks back."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest

from features.spec import Integers
from training.errors import NothingToLearn
from training.params import SplitParams
from training.split import Split, cuts_of, split

DAY = 86_400_000_000
DAYS = np.arange(100, 130) * DAY  # a movement each midnight, for thirty days
BACK = SplitParams(valid_days=10, test_days=10, embargo_days=2)


def parted(*, known_after: Integers | int, params: SplitParams = BACK) -> Split:
    outcomes = pd.DataFrame({
        "u": DAYS + known_after,
        "movement_u": DAYS,
        "takes_back": None,
        "result": "nothing_found",
        "selection_reason": "random",
        "selection_propensity": 0.1,
        "source_system": "inspections",
        "source_record_id": [f"I{i}" for i in range(len(DAYS))],
    })  # fmt: skip
    return split(DAYS, DAYS, outcomes=outcomes, target=["arms"], cuts=cuts_of(DAYS, params))


def test_days_are_counted_back_from_the_end_of_the_last_day() -> None:
    cuts = cuts_of(DAYS, BACK)

    assert (cuts.valid_from // DAY, cuts.test_from // DAY) == (110, 120)


def test_dates_are_taken_as_they_are() -> None:
    dates = SplitParams(valid_from=date(1970, 4, 20), test_from=date(1970, 4, 30))

    assert cuts_of(DAYS, dates).valid_from // DAY == 109


def test_parts_follow_each_other_with_a_gap() -> None:
    parts = parted(known_after=1)

    assert parts.train.rows.tolist() == list(range(8))
    assert parts.valid.rows.tolist() == list(range(10, 18))
    assert parts.test.rows.tolist() == list(range(20, 30))
    assert parts.past.rows.tolist() == list(range(18))


def test_a_label_known_after_the_cut_does_not_train() -> None:
    late = np.where(DAYS < 105 * DAY, 1, 12 * DAY)

    parts = parted(known_after=late)

    # Those of days 105 to 107 are known on days 117 to 119: after training, before the test.
    assert parts.train.rows.tolist() == [0, 1, 2, 3, 4]
    assert parts.past.rows.tolist() == [0, 1, 2, 3, 4, 5, 6, 7]
    assert parts.valid.rows.tolist() == []
    assert len(parts.test.rows) == 10


def test_a_history_too_short_to_split_is_refused_with_the_way_out() -> None:
    with pytest.raises(NothingToLearn, match="shorten valid_days"):
        cuts_of(DAYS, SplitParams(valid_days=20, test_days=10))


def test_dates_and_days_together_are_refused() -> None:
    with pytest.raises(ValueError, match="or valid_days and test_days"):
        SplitParams(valid_from=date(2020, 1, 1), test_from=date(2020, 2, 1), valid_days=1)
