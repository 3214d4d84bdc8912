"""A6: fast parcels and post.

Public description: operation ARMSTRONG and the EU's action plan: parts, gas weapons and magazines
in small parcels, ordered on the internet, described by a word that says nothing, valued just under
a limit, sent again and again by one sender to changing receivers at one drop point.
Planted: at some drop points, parcels with generic descriptions, values just under the limit,
heavier than their like, from senders who come back.
Honest overlap: busy parcel shops, internet sellers (repeated senders, low values), "samples" and
"spare parts" that are just that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.scenario.days.link import Link
from training.scenario.days.movements import PARCEL
from training.scenario.streams import Flags, weighted
from training.scenario.typologies import CODES
from training.scenario.typologies.shift import Shift, shift

if TYPE_CHECKING:
    from training.scenario.world.world import World

ACTIVE = 0.6
_SENDERS_AT_A_POINT = 2

#: same_sender is log2(1 + parcels of the same sender to the same drop point in 30 days) / 2;
#: just_under: 120 to 150 EUR; new_sender: first seen within 30 days; drop_point_finds the drop
#: point's share of finds.
LINKS = {
    ("arms", "parcel"): Link(
        {
            "same_sender": 2.0,
            "generic": 1.6,
            "just_under": 1.2,
            "dense_packages": 1.0,
            "new_sender": 1.4,
            "from_south": 0.6,
            "drop_point_finds": 3.2,
        },
        together=((("same_sender", "generic"), 0.9),),
    )
}


def plant(world: World, share: float, rng: np.random.Generator) -> None:
    """Makes the parcels to that share of drop points follow the typology, from a few senders."""
    lanes, points = world.firms.lanes, len(world.firms.drop_points)
    chosen_points = rng.random(points) < share
    chosen_points[0] = True  # at least one, however small the period
    chosen = (lanes.stratum == PARCEL) & chosen_points[lanes.drop_point]
    lanes.typology[chosen] = CODES["A6"]
    senders = weighted(
        rng, np.ones(len(world.firms.traders.consignor_number)), points * _SENDERS_AT_A_POINT
    ).reshape(points, _SENDERS_AT_A_POINT)
    which = rng.integers(0, _SENDERS_AT_A_POINT, len(lanes.good))
    repeated = chosen & (rng.random(len(lanes.good)) < 0.5)
    lanes.consignor[repeated] = senders[lanes.drop_point[repeated], which[repeated]]


def behaviour(active: Flags, rng: np.random.Generator) -> Shift:
    """The behaviour of declarations (n,); nothing where not `active`."""
    n = len(active)
    return shift(
        active,
        density=rng.normal(1.0, 0.5, n),
        generic=rng.random(n) < 0.5,
        just_under=rng.random(n) < 0.4,
    )
