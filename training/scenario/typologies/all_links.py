"""Every typology's links and planting, in the order of their codes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from training.scenario.days.link import Link
from training.scenario.typologies import (
    a1_ant_trade,
    a2_parts_in_consignments,
    a3_alarm_weapons,
    a4_antiques,
    a5_misdeclared_goods,
    a6_parcels,
    a7_stock,
    m1_concealed_in_lorries,
    m2_vans_with_cavities,
    m3_forerunners,
    m4_shuttles,
    m5_rail_freight,
    m6_buses,
)

if TYPE_CHECKING:
    from training.scenario.world.world import World

#: Links by (risk, stratum), for each typology.
LINKS: Mapping[str, Mapping[tuple[str, str], Link]] = {
    "A1": a1_ant_trade.LINKS,
    "A2": a2_parts_in_consignments.LINKS,
    "A3": a3_alarm_weapons.LINKS,
    "A4": a4_antiques.LINKS,
    "A5": a5_misdeclared_goods.LINKS,
    "A6": a6_parcels.LINKS,
    "A7": a7_stock.LINKS,
    "M1": m1_concealed_in_lorries.LINKS,
    "M2": m2_vans_with_cavities.LINKS,
    "M3": m3_forerunners.LINKS,
    "M4": m4_shuttles.LINKS,
    "M5": m5_rail_freight.LINKS,
    "M6": m6_buses.LINKS,
}

#: How each is planted. Firms come before vehicles, and carriers' own vehicles after carriers.
PLANT: Mapping[str, Callable[[World, float, np.random.Generator], None]] = {
    "A2": a2_parts_in_consignments.plant,
    "A3": a3_alarm_weapons.plant,
    "A4": a4_antiques.plant,
    "A5": a5_misdeclared_goods.plant,
    "A6": a6_parcels.plant,
    "M1": m1_concealed_in_lorries.plant,
    "M5": m5_rail_freight.plant,
    "A7": a7_stock.plant,
    "A1": a1_ant_trade.plant,
    "M2": m2_vans_with_cavities.plant,
    "M3": m3_forerunners.plant,
    "M4": m4_shuttles.plant,
    "M6": m6_buses.plant,
}
