"""Whether the log can say anything of a policy: who of its selection might have been inspected."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from features.spec import Floats
from training.errors import TrainingError
from training.intervals import effective_number
from training.policy_value.logged import Logged, checked

#: Alarm when rows that measure the selection are worth less than this share of their number,
_LEAST_EFFECTIVE = 0.1
#: when one of them stands for more than this share of it,
_MOST_OF_ONE = 0.1
#: and when less than this share of the selection could have been inspected.
_LEAST_SUPPORT = 0.99


@dataclass(frozen=True)
class Cell:
    """Movements of one post and band that a policy selects and nobody could have inspected."""

    post: str
    band: str
    selected: float


@dataclass(frozen=True)
class Overlap:
    """What stands between a policy and its estimate.

    Attributes:
        supported: Share of the selection with a known propensity of at least the floor.
        effective_share: What measuring rows are worth by Kish, as a share of their number.
        largest_share: The share of all weight that one row has.
        without: Cells with selected movements and no support in them, the largest first.
        alarms: Sentences; none when all is well.
    """

    supported: float
    effective_share: float
    largest_share: float
    without: tuple[Cell, ...]
    alarms: tuple[str, ...]


def overlap_alarm(
    logged: Logged,
    selection: Floats,
    *,
    floor: float,
    post: Sequence[str] | None = None,
    band: Sequence[str] | None = None,
) -> Overlap:
    """Look for what a policy selects and the log cannot have seen.

    Args:
        logged: The movements; here the propensities of those not inspected are read too, and a
            missing one counts as no support.
        selection: The policy's probabilities (n,).
        floor: The least propensity chance was to give every movement, above 0.
        post: Where each movement was (n,); "" for all if None.
        band: The band of each (n,); "" for all if None.

    Raises:
        TrainingError: when the floor is not in (0, 1].
    """
    if not 0 < floor <= 1:
        raise TrainingError(f"The floor of chance is a probability in (0, 1], not {floor}.")
    chosen = checked(selection, logged.rows)
    p = np.nan_to_num(logged.propensity, nan=0.0)
    # Propensities are kept with six decimals.
    has = p >= floor - 1e-6
    supported = float(chosen @ has / chosen.sum())
    rows = np.flatnonzero(logged.measures & (chosen > 0))
    weight = chosen[rows] / p[rows]
    effective = effective_number(weight) / len(rows) if len(rows) else 0.0
    largest = float(weight.max() / weight.sum()) if len(rows) else 1.0
    without = _cells(chosen, has, logged.rows, post, band)
    alarms = []
    if supported < _LEAST_SUPPORT:
        alarms.append(
            f"The random floor is missing: {1 - supported:.1%} of the selection had a smaller "
            f"chance than {floor:g} to be inspected, or none that is known."
        )
    if not len(rows):
        alarms.append("Nothing that the policy selects was inspected with a known propensity.")
    elif effective < _LEAST_EFFECTIVE:
        alarms.append(
            f"Weights concentrate: {len(rows)} inspected movements are worth "
            f"{effective * len(rows):.1f}."
        )
    if len(rows) and largest > _MOST_OF_ONE:
        alarms.append(f"One inspected movement stands for {largest:.1%} of the selection.")
    alarms += [
        f"No support at post {cell.post or 'any'}, band {cell.band or 'any'}: about "
        f"{cell.selected:.0f} selected movements."
        for cell in without
    ]
    return Overlap(supported, effective, largest, without, tuple(alarms))


def _cells(
    chosen: Floats,
    has: np.ndarray[tuple[int, ...], np.dtype[np.bool_]],
    rows: int,
    post: Sequence[str] | None,
    band: Sequence[str] | None,
) -> tuple[Cell, ...]:
    empty = [""] * rows
    table = pd.DataFrame({
        "post": empty if post is None else list(post),
        "band": empty if band is None else list(band),
        "selected": chosen,
        "supported": chosen * has,
    })  # fmt: skip
    sums = table.groupby(["post", "band"], sort=True).sum().reset_index()
    bare = sums[(sums["selected"] > 0) & (sums["supported"] == 0)]
    cells = [
        Cell(str(where), str(which), float(many))
        for where, which, many in zip(bare["post"], bare["band"], bare["selected"], strict=True)
    ]
    return tuple(sorted(cells, key=lambda cell: -cell.selected))
