"""M1: people concealed in lorries and trailers, often without the driver's knowledge.

Public description: finds among fertiliser at Preševo (seal intact), refrigerated apples, spoilers
and pallet boxes; Serbian customs' yearly reports. People board at stops, so the journey takes
longer, and weigh 60-90 kg each.
Planted: on some trips of some carriers, extra weight, longer journeys, missing seals, other
trailers. Honest overlap: carriers whose declared weights are off, drivers' rest and queues, seals
lost in honest transit, trailers exchanged in hauliers' yards.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from training.scenario.days.link import Link
from training.scenario.streams import Flags, Floats
from training.scenario.typologies import CODES
from training.scenario.typologies.shift import Shift, shift

if TYPE_CHECKING:
    from training.scenario.world.world import World

#: Share of the trips of a carrier concerned on which the behaviour shows.
ACTIVE_TRIPS = 0.5

#: late is hours behind the expected arrival / 8; overweight is in 300 kg beyond tare and declared
#: load; slow the hours since the last post beyond the usual, in units of the usual and 4 hours;
#: fleet_people is the carrier's share of finds of people. It weighs less on lorries than on goods:
#: most finds are made in lorries, so that there it feeds on itself until it gives the risk away.
LINKS = {
    ("smuggling", "freight"): Link(
        {
            "by_road": 1.6,
            "seal_missing": 1.8,
            "late": 0.6,
            "presented_at_night": 1.0,
            "from_south": 0.6,
            "new_pair": 2.7,
            "new_consignee": 2.9,
            "fleet_people": 3.0,
        },
        together=((("seal_missing", "late"), 1.0),),
    ),
    ("smuggling", "lorry"): Link(
        {
            "overweight": 0.7,
            "slow": 1.7,
            "night": 1.0,
            "other_trailer": 1.6,
            "new_vehicle": 2.5,
            "fleet_people": 0.6,
            "past_people": 3.0,
        },
        together=((("overweight", "slow"), 0.6),),
    ),
}


@dataclass(frozen=True)
class Concealed:
    """What the typology adds to trips (n,): weight, hours behind plan, seals, trailers."""

    weight_kg: Floats
    late_hours: Floats
    seal_missing: Flags
    other_trailer: Flags


def plant(world: World, share: float, rng: np.random.Generator) -> None:
    """Makes that share of the hauliers concerned."""
    carriers = world.firms.carriers
    chosen = ~carriers.by_rail & (carriers.typology == 0)
    chosen &= rng.random(len(carriers.typology)) < share
    chosen[np.flatnonzero(~carriers.by_rail)[0]] = True  # at least one, however small the period
    carriers.typology[chosen] = CODES["M1"]


def behaviour(active: Flags, rng: np.random.Generator) -> Concealed:
    """The behaviour of trips (n,); nothing where not `active`."""
    n = len(active)
    return Concealed(
        weight_kg=np.where(active, 75.0 * rng.integers(2, 9, n), 0.0),
        late_hours=np.where(active, rng.exponential(7.0, n), 0.0),
        seal_missing=active & (rng.random(n) < 0.35),
        other_trailer=active & (rng.random(n) < 0.4),
    )


def goods_behaviour(active: Flags, rng: np.random.Generator) -> Shift:
    """What of it shows in the declarations (n,) of the goods on such a trip."""
    hidden = behaviour(active, rng)
    return shift(active, late_hours=hidden.late_hours, seal_missing=hidden.seal_missing)
