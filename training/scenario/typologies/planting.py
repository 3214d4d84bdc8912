"""Choosing which firms follow a typology."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.scenario.days.movements import FREIGHT
from training.scenario.streams import Flags
from training.scenario.typologies import CODES

if TYPE_CHECKING:
    from training.scenario.world.world import World

#: The weight of the busiest lane of such a consignee, where the least busy of all firms has 1:
#: whoever has something to hide does not become one of the largest importers.
_MOST_WEIGHT = 5.0


def lanes_of_some_consignees(
    world: World, typology: str, share: float, rng: np.random.Generator, *, new_firms: float = 1.0
) -> Flags:
    """Marks all lanes of freight of that share of consignees, and says which they are (lanes,).

    Firms born within the period are chosen `new_firms` times as often as others. At least one
    consignee is chosen, however small the period.
    """
    lanes, traders = world.firms.lanes, world.firms.traders
    freight = (lanes.stratum == FREIGHT) & (lanes.typology == 0)
    trades = np.zeros(len(traders.number), dtype=bool)
    trades[lanes.consignee[freight]] = True
    weight = np.where(traders.born_day > 0, new_firms, 1.0) * trades
    chance = share * weight * trades.sum() / max(1.0, weight.sum())
    consignees = rng.random(len(traders.number)) < chance
    consignees[np.flatnonzero(trades)[0]] = True
    chosen: Flags = freight & consignees[lanes.consignee]
    lanes.typology[chosen] = CODES[typology]
    lanes.weight[chosen] = np.minimum(lanes.weight[chosen], _MOST_WEIGHT)
    return chosen
