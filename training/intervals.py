"""How far a figure may be from the truth: resampling, and how many hits really back it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from features.spec import Floats

# Weights drawn at a time: 50 resamples of 40,000 rows, 16 MB.
_BATCH = 2_000_000
_TAILS = (2.5, 97.5)


@dataclass(frozen=True)
class Figure:
    """A figure and its 95 % interval."""

    value: float
    low: float
    high: float


def effective_number(weight: Floats) -> float:
    """How many equally weighted rows these weights (n,) are worth (Kish 1965): (Σw)² / Σw²."""
    squares = float((weight * weight).sum())
    return float(weight.sum()) ** 2 / squares if squares > 0 else 0.0


def bootstrapped(
    measure: Callable[[Floats], Mapping[str, Floats]],
    weight: Floats,
    *,
    resamples: int,
    seed: int,
) -> dict[str, Figure]:
    """Figures with percentile intervals over rows drawn again with replacement (Efron 1979).

    The same seed draws the same rows, so that figures of two rankings can be compared.

    Args:
        measure: Figures (b,) by name, from b sets of weights (b, n).
        weight: What each row counts (n,), at least one.
        resamples: How often to draw.
        seed: Of the draws.
    """
    values = {name: float(of[0]) for name, of in measure(weight[np.newaxis]).items()}
    rng = np.random.default_rng(seed)
    n = len(weight)
    drawn: dict[str, list[Floats]] = {name: [] for name in values}
    at_once = max(1, min(resamples, _BATCH // n))
    for start in range(0, resamples, at_once):
        counts = rng.multinomial(n, np.full(n, 1 / n), size=min(at_once, resamples - start))
        for name, of in measure(counts * weight).items():
            drawn[name].append(of)
    return {name: _figure(value, np.concatenate(drawn[name])) for name, value in values.items()}


def _figure(value: float, drawn: Floats) -> Figure:
    known = drawn[~np.isnan(drawn)]
    if np.isnan(value) or not len(known):
        return Figure(value, np.nan, np.nan)
    low, high = np.percentile(known, _TAILS)
    return Figure(value, float(low), float(high))
