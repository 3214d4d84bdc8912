"""How many movements of each stratum a day has: the profile's total, spread by the calendar."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from training.scenario import calendar
from training.scenario.profile import Profile
from training.scenario.streams import Floats


class Quotas:
    """Movements of each day of a period, at least one of each stratum."""

    def __init__(self, profile: Profile) -> None:
        days = [profile.first_day + timedelta(days=day) for day in range(profile.days)]
        light = np.array([calendar.car_volume(day) for day in days])
        freight = np.array([calendar.lorry_volume(day) for day in days])
        trade = np.array([calendar.trade_volume(day) for day in days])
        mix = profile.mix
        declared = profile.movements * mix.consignments
        crossings = profile.movements - declared
        cars = 1 - mix.vans - mix.lorries - mix.buses - mix.trains
        self._of = {
            "freight": _spread(declared * (1 - mix.parcels), trade),
            "parcel": _spread(declared * mix.parcels, trade),
            "car": _spread(crossings * cars, light),
            "van": _spread(crossings * mix.vans, (light + freight) / 2),
            "lorry": _spread(crossings * mix.lorries, freight),
            "bus": _spread(crossings * mix.buses, np.sqrt(light)),
            "train": _spread(crossings * mix.trains, np.ones(len(days))),
        }

    def of(self, stratum: str, day: int) -> int:
        """Movements of that stratum on day number `day`."""
        return int(self._of[stratum][day])


def _spread(total: float, volume: Floats) -> NDArray[np.int64]:
    """Whole numbers whose running sum follows the total, so that rare strata are not rounded away."""
    cumulative = np.rint(np.cumsum(total * volume / volume.sum()))
    return np.asarray(np.maximum(1, np.diff(cumulative, prepend=0.0)), dtype=np.int64)
