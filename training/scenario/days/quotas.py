"""How many movements of each stratum a day has: the profile's total, spread by the calendar."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from training.scenario.days import calendar
from training.scenario.profile import Profile
from training.scenario.streams import Floats

#: Spread of a day's log volume around what the calendar says; assumed.
_DAY_TO_DAY = 0.06


class Quotas:
    """Movements of each day of a period, at least one of each stratum."""

    def __init__(self, profile: Profile, rng: np.random.Generator) -> None:
        days = [profile.first_day + timedelta(days=day) for day in range(profile.days)]
        light = np.array([calendar.car_volume(day) for day in days])
        freight = np.array([calendar.lorry_volume(day) for day in days])
        trade = np.array([calendar.trade_volume(day) for day in days])
        mix = profile.mix
        declared = profile.movements * mix.consignments
        crossings = profile.movements - declared
        cars = 1 - mix.vans - mix.lorries - mix.buses - mix.trains
        self._of = {
            "freight": _spread(declared * (1 - mix.parcels), trade, rng),
            "parcel": _spread(declared * mix.parcels, trade, rng),
            "car": _spread(crossings * cars, light, rng),
            "van": _spread(crossings * mix.vans, (light + freight) / 2, rng),
            "lorry": _spread(crossings * mix.lorries, freight, rng),
            "bus": _spread(crossings * mix.buses, np.sqrt(light), rng),
            "train": _spread(crossings * mix.trains, np.ones(len(days)), rng),
        }

    def of(self, stratum: str, day: int) -> int:
        """Movements of that stratum on day number `day`."""
        return int(self._of[stratum][day])


def _spread(total: float, volume: Floats, rng: np.random.Generator) -> NDArray[np.int64]:
    """Whole numbers whose running sum follows the total, so that rare strata are not rounded away."""
    volume = volume * np.exp(_DAY_TO_DAY * rng.normal(0, 1, len(volume)))
    cumulative = np.rint(np.cumsum(total * volume / volume.sum()))
    return np.asarray(np.maximum(1, np.diff(cumulative, prepend=0.0)), dtype=np.int64)
