"""A2: parts and components among ordinary goods.

Public description: more than 50 rifle parts in a van at Horgoš; sights and range-finders
undeclared; SEESAC and UNODC on parts declared as tools, machine parts, vehicle parts, sports goods
or toys. Dense metal in few packages, cheap by its papers, in small lots, again and again to the
same new consignee.
Planted: on most declarations of some consignees, prices below and packages heavier than the
heading's peers, small lots, papers missing; they trade in metal headings more often.
Honest overlap: dealers in spare parts (metal, dense), discounters (cheap), internet shops (small
lots again and again), and new firms, nearly all of which are honest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.scenario.streams import Flags, Floats

#: Share of the declarations of a consignee concerned on which the behaviour shows.
ACTIVE_DECLARATIONS = 0.6

#: Share of its trade lanes that are in metal headings, and of its firms that are new.
METAL_LANES = 0.3
NEW_FIRMS = 0.5

#: The busiest such firm, where the least busy firm of all is 1 and the busiest 60.
MOST_ACTIVITY = 5.0


@dataclass(frozen=True)
class Parts:
    """What the typology adds to declarations (n,), in spreads of the heading and log mass."""

    price: Floats
    density: Floats
    log_mass: Floats
    invoice_missing: Flags


def behaviour(active: Flags, rng: np.random.Generator) -> Parts:
    """The behaviour of declarations (n,); nothing where not `active`."""
    n = len(active)
    return Parts(
        price=np.where(active, rng.normal(-1.0, 0.5, n), 0.0),
        density=np.where(active, rng.normal(1.0, 0.5, n), 0.0),
        log_mass=np.where(active, -1.0, 0.0),
        invoice_missing=active & (rng.random(n) < 0.25),
    )
