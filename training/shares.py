"""How far a share that was counted may be from the true one."""

from __future__ import annotations

import math

from training.intervals import Figure

#: 97.5 % quantile of the normal distribution.
Z_95 = 1.959964


def wilson(found: float, of: int, *, z: float = Z_95) -> Figure:
    """A share of at least one case and its score interval (Wilson 1927).

    Args:
        found: How many of them; may be a fraction, where ties are split.
        of: How many cases, at least 1.
        z: Quantile of the normal distribution; 95 % unless told.
    """
    share = found / of
    middle = (share + z**2 / (2 * of)) / (1 + z**2 / of)
    half = z * math.sqrt(share * (1 - share) / of + (z / (2 * of)) ** 2) / (1 + z**2 / of)
    # Rounding must not push an end past the share itself.
    return Figure(share, max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half)))
