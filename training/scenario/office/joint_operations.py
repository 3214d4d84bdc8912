"""When and where a joint operation runs: a week in spring and one in autumn, at a third of the posts.

After the EMPACT joint action days, which run for about a week with several countries' posts.
"""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from training.scenario.streams import Flags, Stream, stream

#: Months in which an operation begins: spring and autumn.
_MONTHS = (4, 10)

_SHARE_OF_POSTS = 1 / 3

#: Operations are drawn apart from the days' controls, whose numbers are far below this.
_FIRST_STREAM = 1_000_000


def posts_taking_part(day: date, *, seed: int, posts: int, length_days: int) -> Flags:
    """Which posts (posts,) take part in a joint operation on that day; mostly none does."""
    for month in _MONTHS:
        rng = stream(seed, Stream.CONTROL, _FIRST_STREAM + 12 * day.year + month)
        begins = date(day.year, month, 1) + timedelta(days=int(rng.integers(0, 24)))
        if 0 <= (day - begins).days < length_days:
            chosen = rng.permutation(posts)[: round(_SHARE_OF_POSTS * posts)]
            return np.isin(np.arange(posts), chosen)
    return np.zeros(posts, dtype=bool)
