"""Whether a measured rate is the configured one: within a tenth of it, or as near as chance allows.

Where few cases back a rate it may miss a tenth by luck alone. It is then asked whether a rate
within a tenth of the configured one could still have given what was measured: whether the band
meets the interval that covers 99.9 % of such luck, since many rates are measured at once.
"""

from __future__ import annotations

import math

from training.intervals import Figure
from training.scenario.check.report import Finding

TOLERANCE = 0.10

_Z_TOLD, _Z_JUDGED = 1.959964, 3.290527


def share_near(
    rule: str, seed: int, about: str, risk: str, *, found: int, of: int, configured: float
) -> Finding:
    """A share of `of` cases beside the configured one, with Wilson's interval (1927)."""
    if of == 0:
        nothing = Figure(math.nan, math.nan, math.nan)
        return Finding(rule, seed, about, risk, nothing, _bound(configured), None, "no cases")
    figure = Figure(found / of, *wilson(found, of, _Z_TOLD))
    low, high = wilson(found, of, _Z_JUDGED)
    holds = _meets(low, high, configured)
    return Finding(
        rule, seed, about, risk, figure, _bound(configured), holds, f"{found:,} of {of:,}"
    )


def value_near(
    rule: str, seed: int, about: str, risk: str, *,
    value: float, error: float, configured: float, detail: str = "",
) -> Finding:  # fmt: skip
    """A figure with its standard error beside the configured one."""
    figure = Figure(value, value - _Z_TOLD * error, value + _Z_TOLD * error)
    holds = _meets(value - _Z_JUDGED * error, value + _Z_JUDGED * error, configured)
    return Finding(rule, seed, about, risk, figure, _bound(configured), holds, detail)


def wilson(found: int, of: int, z: float) -> tuple[float, float]:
    """The score interval of a share."""
    share = found / of
    middle = (share + z**2 / (2 * of)) / (1 + z**2 / of)
    half = z * math.sqrt(share * (1 - share) / of + (z / (2 * of)) ** 2) / (1 + z**2 / of)
    # Rounding must not push an end past the share itself.
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def _meets(low: float, high: float, configured: float) -> bool:
    return low <= configured * (1 + TOLERANCE) and high >= configured * (1 - TOLERANCE)


def _bound(configured: float) -> str:
    return f"{configured:.4g} ± {TOLERANCE:.0%}"
