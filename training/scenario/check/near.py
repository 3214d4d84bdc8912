"""Whether a measured rate is the configured one: within a tenth of it, or as near as chance allows.

Where few cases back a rate it may miss a tenth by luck alone. It is then asked whether a rate
within a tenth of the configured one could still have given what was measured: whether the band
meets the interval that covers 99.9 % of such luck, since many rates are measured at once.
"""

from __future__ import annotations

import math

from training.intervals import Figure
from training.scenario.check.report import Finding
from training.shares import Z_95, wilson

TOLERANCE = 0.10

_Z_JUDGED = 3.290527


def share_near(
    rule: str, seed: int, about: str, risk: str, *, found: int, of: int, configured: float
) -> Finding:
    """A share of `of` cases beside the configured one, with Wilson's interval (1927)."""
    if of == 0:
        nothing = Figure(math.nan, math.nan, math.nan)
        return Finding(rule, seed, about, risk, nothing, _bound(configured), None, "no cases")
    figure, judged = wilson(found, of), wilson(found, of, z=_Z_JUDGED)
    holds = _meets(judged.low, judged.high, configured)
    return Finding(
        rule, seed, about, risk, figure, _bound(configured), holds, f"{found:,} of {of:,}"
    )


def value_near(
    rule: str, seed: int, about: str, risk: str, *,
    value: float, error: float, configured: float, detail: str = "",
) -> Finding:  # fmt: skip
    """A figure with its standard error beside the configured one."""
    figure = Figure(value, value - Z_95 * error, value + Z_95 * error)
    holds = _meets(value - _Z_JUDGED * error, value + _Z_JUDGED * error, configured)
    return Finding(rule, seed, about, risk, figure, _bound(configured), holds, detail)


def _meets(low: float, high: float, configured: float) -> bool:
    return low <= configured * (1 + TOLERANCE) and high >= configured * (1 - TOLERANCE)


def _bound(configured: float) -> str:
    return f"{configured:.4g} ± {TOLERANCE:.0%}"
