"""How long it takes until an outcome is known, told fairly while the late ones are still out.

Outcomes that will come are not on record yet. With delay t and the time r since the movement, an
outcome is on record only if t <= r: delays are truncated on the right. The product-limit estimate in
reverse time undoes that (Lagakos, Barraj and De Gruttola, Biometrika 1988), as where training waits
for labels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from features.spec import Floats


def days_until_known(
    delay: Sequence[float], waited: Sequence[float], shares: Sequence[float]
) -> list[float] | None:
    """Days after which these shares of the outcomes are known; None without any outcome.

    Args:
        delay: Days from each movement to its outcome (n,).
        waited: Days from each movement to now (n,): no delay that is seen can be longer.
        shares: Such as a half.
    """
    if not len(delay):
        return None
    days, known = _distribution(np.asarray(delay), np.asarray(waited))
    places = np.searchsorted(known, np.asarray(shares) - 1e-12)
    return [float(days[place]) for place in places]


def _distribution(delay: Floats, waited: Floats) -> tuple[Floats, Floats]:
    """Observed delays (k,), growing, and the share of outcomes known after each (k,)."""
    days, times = np.unique(delay, return_counts=True)
    at_risk = np.searchsorted(np.sort(delay), days, side="right") - np.searchsorted(
        np.sort(waited), days, side="left"
    )
    # The shortest delays can have so few at risk that one of them is all: nothing is known below.
    survives = np.clip(1 - times / np.maximum(at_risk, times), 0.0, 1.0)
    return days, np.r_[np.cumprod(survives[::-1])[::-1][1:], 1.0]
