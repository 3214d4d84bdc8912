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

import numpy as np

from training.scenario.streams import Flags, Floats

#: Share of the trips of a carrier concerned on which the behaviour shows.
ACTIVE_TRIPS = 0.5


@dataclass(frozen=True)
class Concealed:
    """What the typology adds to trips (n,): weight, hours behind plan, seals, trailers."""

    weight_kg: Floats
    late_hours: Floats
    seal_missing: Flags
    other_trailer: Flags


def behaviour(active: Flags, rng: np.random.Generator) -> Concealed:
    """The behaviour of trips (n,); nothing where not `active`."""
    n = len(active)
    return Concealed(
        weight_kg=np.where(active, 75.0 * rng.integers(2, 9, n), 0.0),
        late_hours=np.where(active, rng.exponential(7.0, n), 0.0),
        seal_missing=active & (rng.random(n) < 0.35),
        other_trailer=active & (rng.random(n) < 0.4),
    )
