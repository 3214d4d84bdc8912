"""How long outcomes of a month take, told fairly while the late ones are still out.

The estimate is that of `training.maturity`: outcomes still out are allowed for. It says nothing of
delays longer than a month had time to see; what share lies beyond is taken from all movements.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.spec import Floats
from training import maturity


@dataclass(frozen=True)
class MonthDelays:
    """The distribution of the delays of some movements.

    Attributes:
        among_seen: That of delays no longer than there was time to see.
        seen: Share of all outcomes whose delays are no longer than that.
        rows: Outcomes it is made of.
    """

    among_seen: maturity.Delays
    seen: float
    rows: int

    def quantile(self, share: float) -> float | None:
        """Days within which this share of the outcomes is known; None: cannot be told yet."""
        if not self.rows or share > self.seen:
            return None
        return self.among_seen.within(share / self.seen)


def month_delays(
    delay: Floats, follow_up: Floats, *, like: MonthDelays | None = None
) -> MonthDelays:
    """The distribution behind delays (n,), of which each could be seen up to `follow_up` (n,).

    Args:
        delay: Days from the movement to its outcome.
        follow_up: Days from the movement to now.
        like: Delays of movements with more time to see; None: nothing lies beyond.
    """
    if not len(delay):
        return MonthDelays(maturity.delays(delay, follow_up), 0.0, 0)
    seen = 1.0
    if like is not None and like.rows:
        longest = np.array([follow_up.max()])
        seen = float(like.among_seen.known_after(longest)[0]) * like.seen
    return MonthDelays(maturity.delays(delay, follow_up), seen, len(delay))
