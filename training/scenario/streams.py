"""Which random numbers belong to what: one independent stream per seed, purpose and day."""

from __future__ import annotations

from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]


class Stream(IntEnum):
    """Purposes of randomness. The values are part of the seed: renumbering changes every draw."""

    FIRMS = 1
    VEHICLES = 2
    TRADE = 3
    TRAFFIC = 4
    CARRYING = 5
    CONTROL = 6
    POLICE = 7
    DIRT = 8
    PLANTING = 9
    JOURNEYS = 10
    NUMBERS = 11
    DETOURS = 12
    QUOTAS = 13


def stream(seed: int, purpose: Stream, day: int = 0) -> np.random.Generator:
    """The generator of that purpose and day, the same whatever else was drawn before."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(int(purpose), day)))


def weighted(rng: np.random.Generator, weights: Floats, n: int) -> Integers:
    """Indices (n,) drawn with replacement in proportion to non-negative weights."""
    cumulative = np.cumsum(weights)
    drawn = np.searchsorted(cumulative, rng.random(n) * cumulative[-1], side="right")
    return np.asarray(np.minimum(drawn, len(weights) - 1), dtype=np.int64)


def activity(rng: np.random.Generator, n: int) -> Floats:
    """Heavy-tailed activity levels (n,): Pareto with shape 1.4, capped at 60 times the least."""
    return np.asarray(np.minimum(1 + rng.pareto(1.4, n), 60.0), dtype=np.float64)
