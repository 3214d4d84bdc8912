"""How much of what each typology carried a ranking finds, where the truth is known."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from features.spec import Floats
from training.intervals import Figure
from training.shares import wilson
from training.truth import Truth

#: With fewer carrying movements than this, a recall says next to nothing.
LEAST_CARRYING = 10

_UNKNOWN = Figure(np.nan, np.nan, np.nan)


@dataclass(frozen=True)
class TypologyFound:
    """What was found of one typology.

    Attributes:
        typology: Its code.
        carrying: Movements that carried something after it.
        recall: The share of them selected, with Wilson's interval; NaN where insufficient.
        sufficient: Whether there are enough of them to say.
    """

    typology: str
    carrying: int
    recall: Figure
    sufficient: bool


def found_by_typology(truth: Truth, selection: Floats) -> tuple[TypologyFound, ...]:
    """Each typology that carried anything, by its code, the small ones too.

    Args:
        truth: What m movements carried.
        selection: Probability (m,) with which each is selected.
    """
    found = []
    for typology in sorted(set(truth.typology[truth.carried]) - {""}):
        of = truth.carried & (truth.typology == typology)
        many = int(of.sum())
        enough = many >= LEAST_CARRYING
        recall = wilson(float(selection[of].sum()), many) if enough else _UNKNOWN
        found.append(TypologyFound(str(typology), many, recall, enough))
    return tuple(found)
