"""The simple rules of an office today: points for a few visible indicators."""

from __future__ import annotations

import numpy as np

from training.scenario.calendar import is_night
from training.scenario.firms import Lanes
from training.scenario.profile import Controls
from training.scenario.reference import QUIET_WEIGHT, Goods, Posts
from training.scenario.streams import Floats
from training.scenario.trade import Declarations
from training.scenario.traffic import Crossings
from training.scenario.vehicles import VAN, Vehicles

#: Means of exp(score) over an ordinary season: with them the control rates come out as asked. Crossings: cars, vans,
#: lorries, buses.
MEAN_EXP_GOODS = 2.92
MEAN_EXP_CROSSING = np.array([1.75, 2.71, 1.72, 1.75])


def goods_score(declared: Declarations, lanes: Lanes, goods: Goods) -> Floats:
    """Points of declarations (n,): metal goods, low prices, dense packages, missing papers or seals."""
    return np.asarray(
        1.0 * goods.metal[lanes.good[declared.lane]]
        + 1.0 * (declared.price < -1.0)
        + 1.0 * (declared.density > 1.0)
        + 0.8 * declared.invoice_missing
        + 1.4 * declared.seal_missing
    )


def crossing_score(crossed: Crossings, vehicles: Vehicles, posts: Posts) -> Floats:
    """Points of crossings (n,): at night, at quiet posts, heavier than declared."""
    passages = crossed.passages
    load = np.nan_to_num(crossed.declared_kg)
    over = np.nan_to_num(crossed.weight_kg - vehicles.tare_kg[passages.vehicle] - load)
    return np.asarray(
        0.9 * is_night(passages.at)
        + 0.7 * (posts.car_weight[passages.post] <= QUIET_WEIGHT)
        + 1.2 * (over > 400)
        + 0.3 * ((crossed.kind == VAN) & (load == 0))
    )


def class_rates(crossed: Crossings, controls: Controls) -> Floats:
    """Control rates of crossings (n,) by class, before the multiplier."""
    return np.array([controls.car, controls.van, controls.lorry, controls.bus])[crossed.kind]
