"""What an officer sees at a glance: a movement's visible indicators, each there or not."""

from __future__ import annotations

import numpy as np

from training.scenario.days.calendar import is_night
from training.scenario.days.movements import PARCEL, Crossings, Declarations
from training.scenario.streams import Flags
from training.scenario.world.firms import Lanes
from training.scenario.world.reference import QUIET_WEIGHT, Goods, Posts
from training.scenario.world.vehicles import TRAIN, VAN, Vehicles

#: Indicators of declarations, with the points an office's simple rules give each.
GOODS_POINTS = {
    "metal_heading": 1.0,
    "low_price": 1.0,
    "dense_packages": 1.0,
    "invoice_missing": 0.8,
    "seal_missing": 1.4,
    "licence_missing": 1.5,
    "certificate_missing": 1.2,
    "generic_description": 0.6,
    "described_otherwise": 1.0,
    "under_parcel_limit": 0.5,
    "late": 0.4,
}

#: Indicators of crossings, likewise.
CROSSING_POINTS = {
    "night": 0.9,
    "quiet_post": 0.7,
    "heavy": 1.2,
    "empty_van": 0.3,
    "extra_passengers": 0.8,
    "long_wait": 0.8,
}

#: Parcels worth less than 150 EUR pass with few formalities; a value just below is noticed.
PARCEL_LIMIT_EUR = (100.0, 150.0)

#: Presented so long after it was expected, goods are late.
LATE_SECONDS = 8 * 3600

#: Weight beyond tare and declared load that an officer notices, in kg.
HEAVY_KG = 400.0

#: A train that stands longer in the yard attracts notice, in minutes.
LONG_WAIT_MINUTES = 120


def goods_indicators(declared: Declarations, lanes: Lanes, goods: Goods) -> Flags:
    """Which of `GOODS_POINTS` each declaration shows (n, indicators)."""
    good = lanes.good[declared.lane]
    parcel = declared.stratum == PARCEL
    least, limit = PARCEL_LIMIT_EUR
    waited = declared.presented - declared.expected
    return np.column_stack(
        [
            goods.metal[good],
            declared.price < -1.0,
            declared.density > 1.0,
            declared.invoice_missing,
            declared.seal_missing,
            declared.licence_missing,
            declared.certificate_missing,
            declared.generic,
            declared.described_as != good,
            parcel & (declared.value_eur >= least) & (declared.value_eur < limit),
            (declared.presented >= 0) & (waited > LATE_SECONDS),
        ]
    )


def crossing_indicators(crossed: Crossings, vehicles: Vehicles, posts: Posts) -> Flags:
    """Which of `CROSSING_POINTS` each crossing shows (n, indicators)."""
    passages, kind = crossed.passages, crossed.kind
    load = np.nan_to_num(crossed.declared_kg)
    over = np.nan_to_num(crossed.weight_kg - vehicles.tare_kg[passages.vehicle] - load)
    return np.column_stack(
        [
            is_night(passages.at),
            posts.car_weight[passages.post] <= QUIET_WEIGHT,
            over > HEAVY_KG,
            (kind == VAN) & (load == 0),
            crossed.passengers_counted > crossed.passengers_declared,
            (kind == TRAIN) & (crossed.wait_minutes > LONG_WAIT_MINUTES),
        ]
    )
