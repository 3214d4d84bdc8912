"""A threshold is the lowest that no more than its share of the movements reaches."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from training.describe import reached


@given(
    probabilities=st.lists(st.sampled_from([0.01, 0.02, 0.3, 0.5, 0.9]), min_size=1, max_size=60),
    percent=st.integers(1, 100),
)
def test_at_most_the_share_reaches_the_threshold_and_more_any_lower_one(
    probabilities: list[float], percent: int
) -> None:
    falling = np.sort(probabilities)[::-1]

    lowest = reached(falling, percent / 100)

    assert 100 * (falling >= lowest).sum() <= percent * len(falling)
    for lower in falling[falling < lowest]:
        assert 100 * (falling >= lower).sum() > percent * len(falling)
