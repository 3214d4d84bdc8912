"""A1: many small shipments in private cars and vans.

Public description: seizures reported at Merdare, Röszke and Obrežje, and the EU's and SEESAC's
accounts of an "ant trade" from the Western Balkans: a few weapons at a time, by private vehicles
that come again and again, irregularly, at changing and quiet posts and hours.
Planted: more trips, short stays, other posts on the way back, quiet home posts, more nights.
Honest overlap: shift workers (frequent, at night), shoppers (short stays), small traders (frequent,
other posts), and the inhabitants of border villages (quiet posts).
"""

from __future__ import annotations

import numpy as np

from training.scenario.reference import Posts
from training.scenario.streams import Flags
from training.scenario.typologies import ANT_TRADE
from training.scenario.vehicles import Vehicles, move_to_quiet_posts


def plant(vehicles: Vehicles, posts: Posts, chosen: Flags, rng: np.random.Generator) -> None:
    """Makes the chosen vehicles (n,) follow the ant trade."""
    vehicles.typology[chosen] = ANT_TRADE
    vehicles.activity[chosen] = np.maximum(vehicles.activity[chosen], 8.0)
    vehicles.stay_log_hours[chosen] = np.log(6.0)
    vehicles.stay_spread[chosen] = 0.9
    vehicles.night[chosen] = 0.40
    vehicles.other_post[chosen] = 0.55
    move_to_quiet_posts(vehicles, posts, chosen & (rng.random(len(chosen)) < 0.4))
