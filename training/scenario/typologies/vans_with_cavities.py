"""M2: vans and small lorries with purpose-built cavities.

Public description: Frontex and Europol reports of caravans and vans with compartments under the
floor, running at night, empty by their papers, back within hours and by another post.
Planted: nights, weight beyond what is declared, short stays, other posts.
Honest overlap: movers (heavy without a declared load), couriers (at night, short stays), craftsmen
(tools nobody declares).
"""

from __future__ import annotations

import numpy as np

from training.scenario.streams import Flags
from training.scenario.typologies import CAVITY
from training.scenario.vehicles import Vehicles


def plant(vehicles: Vehicles, chosen: Flags) -> None:
    """Makes the chosen vans (n,) carry cavities."""
    vehicles.typology[chosen] = CAVITY
    vehicles.activity[chosen] = np.maximum(vehicles.activity[chosen], 5.0)
    vehicles.night[chosen] = 0.55
    vehicles.heavy_kg[chosen] = 550.0
    vehicles.stay_log_hours[chosen] = np.log(9.0)
    vehicles.other_post[chosen] = 0.5
