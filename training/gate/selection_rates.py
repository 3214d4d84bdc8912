"""Whether vehicles of some country would be picked out more, or less, often than the others."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.spec import Floats, Integers
from training.gate.verdicts import upper_tail
from training.shares import wilson


@dataclass(frozen=True)
class Rate:
    """How often a country's vehicles would be selected, beside all others.

    Attributes:
        country: Of the plates.
        movements: Its crossings.
        selected: How many of them would be selected.
        rate: The share.
        ratio: Its rate by that of all others.
        low: Lower end of the ratio's 95 % interval, over vehicles.
        high: Upper end; infinite where the others may not be selected at all.
        sufficient: Whether there are enough crossings.
        p_outside: How likely a ratio so far out were, if it was truly at the nearer limit.
    """

    country: str
    movements: int
    selected: float
    rate: float
    ratio: float
    low: float
    high: float
    sufficient: bool
    p_outside: float


def selection_rates(
    selection: Floats,
    country: Sequence[str],
    vehicle: Integers,
    *,
    least_ratio: float,
    least_group: int,
) -> list[Rate]:
    """The rate of every country, the largest group first; small ones are there, as insufficient.

    Given how many are selected altogether, the share of them that is of the country tells the ratio;
    its interval is Wilson's. Crossings of one vehicle are selected together: the effective number of
    selections is smaller by the design effect (Kish 1965).

    Args:
        selection: Probability with which each is selected (n,).
        country: Of each plate (n,).
        vehicle: A code for each vehicle (n,).
        least_ratio: The limit; its inverse is the upper one.
        least_group: Crossings a country must have.
    """
    names = np.asarray(country)
    rates = []
    for name in sorted(set(country)):
        here = names == name
        rates.append(
            _rate(
                str(name),
                selection,
                here,
                vehicle,
                least_ratio=least_ratio,
                least_group=least_group,
            )
        )
    return sorted(rates, key=lambda rate: -rate.movements)


def _rate(
    name: str,
    selection: Floats,
    here: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    vehicle: Integers,
    *,
    least_ratio: float,
    least_group: int,
) -> Rate:
    inside, outside = int(here.sum()), int((~here).sum())
    chosen, others = float(selection[here].sum()), float(selection[~here].sum())
    everyone = chosen + others
    ratio = low = high = math.nan
    p = 1.0
    sufficient = inside >= least_group and outside >= least_group and everyone > 0
    if sufficient:
        share = chosen / everyone
        effect = _design_effect(selection, here, vehicle, share)
        of = max(everyone / effect, 1.0)
        told = wilson(share * of, of)  # type: ignore[arg-type]  # a fraction of cases is one too
        low, ratio, high = (_ratio(at, inside, outside) for at in (told.low, told.value, told.high))
        limits = (least_ratio, 1 / least_ratio)
        at = [_share(limit, inside, outside) for limit in limits]
        below, above = ((share - s) / math.sqrt(s * (1 - s) / of) for s in at)
        p = min(upper_tail(-below), upper_tail(above))
    return Rate(name, inside, chosen, chosen / inside, ratio, low, high, sufficient, p)


def _design_effect(
    selection: Floats,
    here: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    vehicle: Integers,
    share: float,
) -> float:
    """How much wider the share's error is because a vehicle's crossings are selected together."""
    each = selection * (here - share)
    alone = float(each @ each)
    together = np.bincount(np.unique(vehicle, return_inverse=True)[1], each)
    return max(float(together @ together) / alone, 1.0) if alone > 0 else 1.0


def _ratio(share: float, inside: int, outside: int) -> float:
    """The ratio of rates at which so large a share of the selected is of the group."""
    return math.inf if share >= 1 else share / inside / ((1 - share) / outside)


def _share(ratio: float, inside: int, outside: int) -> float:
    return ratio * inside / (ratio * inside + outside)
