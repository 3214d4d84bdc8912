"""Margins of the past by what came before it, on the scale of the last fit: to calibrate it with.

Each fold of `training.choosing` has margins of another fit, which knew less and spread them otherwise.
They are brought to one scale by mean and spread over all movements of the fold's time, inspected or
not, and laid onto the last fit's margins of the latest movements it has not learnt from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.spec import Floats, Integers
from models.risk_model import Scorer
from training.choosing import LEAST_SPREAD, Choice, Dated, Fold, composed
from training.labels import Flags


@dataclass(frozen=True)
class ForwardRows:
    """Rows of all folds (k,).

    Attributes:
        margins: On the scale of the last fit.
        hit: Whether each was a hit.
        places: Places of the rows among those that learn.
    """

    margins: Floats
    hit: Flags
    places: Integers


def forward_rows(
    folds: Sequence[Fold],
    dated: Dated,
    *,
    chosen: Choice | None,
    Z: Floats,
    event_at: Integers,
    recent: Floats,
) -> ForwardRows | None:
    """The rows of all folds; None where there are none, or a fit tells nothing apart.

    Args:
        folds: What `training.choosing.forward_folds` gives.
        dated: The rows the folds are made of.
        chosen: What the head is made of; None for the regression alone.
        Z: What the columns say of all movements (n, f), categories in small codes.
        event_at: Their times (n,), microseconds since 1970 UTC.
        recent: Margins (m,) by the last fit of the latest movements it has not learnt from.
    """
    margins, places = [], []
    for fold in folds:
        scorer: Scorer = composed(fold.trees, fold.linear, chosen) if chosen else fold.linear
        then = scorer.margins(Z[(event_at >= fold.start) & (event_at < fold.end)])
        spread = float(then.std())
        if spread > LEAST_SPREAD:
            own = scorer.margins(dated.rows.X[fold.judged])
            margins.append((own - then.mean()) / spread)
            places.append(fold.judged)
    if not places or not len(recent):
        return None
    together = np.concatenate(places)
    return ForwardRows(
        margins=np.concatenate(margins) * recent.std() + recent.mean(),
        hit=dated.rows.hit[together],
        places=together,
    )
