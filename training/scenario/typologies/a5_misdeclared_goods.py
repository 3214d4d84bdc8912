"""A5: goods declared as something else.

Public description: WCO and customs' guides for officers: the text does not fit the code, the
packing does not fit the goods, net and gross mass do not fit each other, papers are incomplete.
Planted: some consignees' descriptions name goods of another heading, with its packing, and more
tare than such goods have.
Honest overlap: brokers' mistakes, mixed loads, heavy pallets.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from training.scenario.days.link import Link
from training.scenario.streams import Flags
from training.scenario.typologies.planting import lanes_of_some_consignees
from training.scenario.typologies.shift import Shift, shift

if TYPE_CHECKING:
    from training.scenario.world.world import World

ACTIVE = 0.6

#: described_otherwise: the text belongs to another heading; tare_gap: share of tare beyond 10 %, in
#: tenths; past_described_otherwise is log2(1 + such declarations of the consignee in 60 days) / 2;
#: declarant_finds the broker's share of finds.
LINKS = {
    ("arms", "freight"): Link(
        {
            "described_otherwise": 2.4,
            "packed_otherwise": 1.3,
            "tare_gap": 0.9,
            "past_described_otherwise": 1.9,
            "invoice_missing": 0.8,
            "new_pair": 1.2,
            "consignee_finds": 1.7,
            "declarant_finds": 1.4,
        },
        together=((("described_otherwise", "packed_otherwise"), 0.8),),
    )
}


def plant(world: World, share: float, rng: np.random.Generator) -> None:
    """Makes all lanes of that share of consignees follow the typology."""
    lanes_of_some_consignees(world, "A5", share, rng)


def behaviour(active: Flags, rng: np.random.Generator) -> Shift:
    """The behaviour of declarations (n,); nothing where not `active`."""
    n = len(active)
    return shift(
        active,
        described_otherwise=rng.random(n) < 0.5,
        packed_otherwise=rng.random(n) < 0.4,
        net_gap=np.abs(rng.normal(0.0, 0.12, n)),
        invoice_missing=rng.random(n) < 0.2,
    )
