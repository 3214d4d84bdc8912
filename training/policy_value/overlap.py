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

#: Of so many expected inspections at least one is seen with a probability of 0.95.
_EXPECTED = 3.0
#: A shortfall of more than so many standard errors is not the draw's doing.
_DOUBTS = 3.0


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
        supported: Share of the selection that might have been inspected, as far as can be told.
        effective_share: What measuring rows are worth by Kish, as a share of their number.
        largest_share: The share of all weight that one row has.
        rows: Measuring rows of the selection.
        effective_rows: Equally weighted rows those are worth.
        without: Cells with selected movements and no support in them, the largest first.
        alarms: Sentences; none when all is well.
    """

    supported: float
    effective_share: float
    largest_share: float
    rows: int
    effective_rows: float
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
    alarms = []
    if supported < _LEAST_SUPPORT:
        alarms.append(
            f"The random floor is missing: {1 - supported:.1%} of the selection had a smaller "
            f"chance than {floor:g} to be inspected, or none that is known."
        )
    without = _cells(chosen, has, logged.rows, post, band)
    return _overlap(logged, chosen, supported, without, alarms)


def overlap_of_inspected(
    logged: Logged,
    selection: Floats,
    *,
    post: Sequence[str] | None = None,
    band: Sequence[str] | None = None,
) -> Overlap:
    """The same where propensities were recorded of inspected movements alone.

    If every selected movement might have been inspected, those that were stand for the whole
    selection, up to the chance of the draw; and where three or more were to be expected by the least
    propensity there is, at least one is seen 19 times in 20. What falls short of that had no support.

    Args:
        logged: The movements.
        selection: The policy's probabilities (n,).
        post: Where each movement was (n,); "" for all if None.
        band: The band of each (n,); "" for all if None.
    """
    chosen = checked(selection, logged.rows)
    measures = logged.measures
    least = float(logged.propensity[measures].min()) if measures.any() else 0.0
    seen = _cells(chosen, measures, logged.rows, post, band)
    without = tuple(cell for cell in seen if cell.selected * least >= _EXPECTED)
    supported = 1 - sum(cell.selected for cell in without) / float(chosen.sum())
    alarms = []
    p = logged.propensity[measures]
    stands_for = chosen[measures] / p
    share = float(stands_for.sum() / chosen.sum())
    doubt = float(np.sqrt(((1 - p) * stands_for**2).sum()) / chosen.sum())
    if share < 1 - _DOUBTS * doubt and share < _LEAST_SUPPORT:
        supported = min(supported, share)
        alarms.append(
            f"The random floor is missing: the inspected stand for {share:.1%} of the selection, "
            f"which is too few for chance to explain."
        )
    return _overlap(logged, chosen, supported, without, alarms)


def _overlap(
    logged: Logged,
    chosen: Floats,
    supported: float,
    without: tuple[Cell, ...],
    alarms: list[str],
) -> Overlap:
    """Complete what was found of support by how weights spread over the measuring rows."""
    rows = np.flatnonzero(logged.measures & (chosen > 0))
    weight = chosen[rows] / logged.propensity[rows]
    effective = effective_number(weight)
    share = effective / len(rows) if len(rows) else 0.0
    largest = float(weight.max() / weight.sum()) if len(rows) else 1.0
    if not len(rows):
        alarms.append("Nothing that the policy selects was inspected with a known propensity.")
    elif share < _LEAST_EFFECTIVE:
        alarms.append(
            f"Weights concentrate: {len(rows)} inspected movements are worth {effective:.1f}."
        )
    if len(rows) and largest > _MOST_OF_ONE:
        alarms.append(f"One inspected movement stands for {largest:.1%} of the selection.")
    alarms += [
        f"No support at post {cell.post or 'any'}, band {cell.band or 'any'}: about "
        f"{cell.selected:.0f} selected movements."
        for cell in without
    ]
    return Overlap(supported, share, largest, len(rows), effective, without, tuple(alarms))


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
