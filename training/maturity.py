"""How long it takes until most outcomes are known: measured, not guessed.

Outcomes that will come are not on record yet, so that recent inspections show only their quick ones.
With delay t and the time r since the movement, an outcome is on record only if t <= r: the delays are
truncated on the right. The product-limit estimate in reverse time undoes that (Lagakos, Barraj and
De Gruttola, Biometrika 1988; Woodroofe, Annals of Statistics 1985):

    F(t) = product over observed delays s > t of (1 - d(s) / n(s))

with d(s) outcomes of that delay, and n(s) those with a delay of at most s that had at least s to come.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.measures import SILENT_RESULTS
from features.spec import Floats, Integers

_DAY = 86_400_000_000  # microseconds


@dataclass(frozen=True)
class Delays:
    """The distribution of delays, in days.

    Attributes:
        days: Observed delays (k,), growing.
        known: Share (k,) of the outcomes that are known after so many days, of those that become
            known within the longest time there was to wait.
    """

    days: Floats
    known: Floats

    def within(self, share: float) -> float:
        """Days after which this share of the outcomes is known; 0 without any outcome."""
        if not len(self.days):
            return 0.0
        return float(self.days[int(np.searchsorted(self.known, share - 1e-12))])

    def known_after(self, days: Floats) -> Floats:
        """Share (n,) of the outcomes known after so many days (n,)."""
        if not len(self.days):
            return np.ones(len(days))
        place = np.searchsorted(self.days, days, side="right")
        return np.asarray(np.r_[0.0, self.known][place])


def outcome_delays(
    outcomes: pd.DataFrame, movement_u: Integers, event_at: Integers, *, until_u: int
) -> Delays:
    """How long outcomes known before a moment took, counted from the movement.

    Args:
        outcomes: What `training.labels.read_outcomes` gives; first versions that say something count.
        movement_u: u of the movements (n,), growing.
        event_at: Their times (n,), microseconds since 1970 UTC.
        until_u: The moment.
    """
    known = outcomes[
        (outcomes["u"] < until_u)
        & outcomes["takes_back"].isna()
        & outcomes["movement_u"].notna()
        & ~outcomes["result"].isin(SILENT_RESULTS)
    ]
    # A correction comes later than the outcome it corrects, and says nothing of how long that took.
    first = known.sort_values("u").drop_duplicates(["source_system", "source_record_id"])
    about = first["movement_u"].to_numpy(dtype=np.int64)
    place = np.minimum(np.searchsorted(movement_u, about), max(len(movement_u) - 1, 0))
    mine = np.flatnonzero(movement_u[place] == about) if len(movement_u) else np.empty(0, np.int64)
    since = event_at[place[mine]]
    delay = (first["u"].to_numpy(dtype=np.int64)[mine] - since) / _DAY
    waited = (until_u - since) / _DAY
    # What was over before its movement was declared took no time.
    return delays(np.maximum(delay, 0.0), np.maximum(waited, 0.0))


def delays(delay: Floats, waited: Floats) -> Delays:
    """The distribution from delays (n,) seen, each of which could not be longer than `waited` (n,)."""
    if not len(delay):
        return Delays(np.empty(0), np.empty(0))
    days, times = np.unique(delay, return_counts=True)
    at_risk = np.searchsorted(np.sort(delay), days, side="right") - np.searchsorted(
        np.sort(waited), days, side="left"
    )
    # The shortest delays can have so few at risk that one of them is all: nothing is known below.
    survives = np.clip(1 - times / np.maximum(at_risk, times), 0.0, 1.0)
    known = np.r_[np.cumprod(survives[::-1])[::-1][1:], 1.0]
    return Delays(days, known)


def maturity_days(made: Delays, share: float) -> int:
    """Whole days to wait until this share of the outcomes is known."""
    return math.ceil(made.within(share))
