"""What was recorded of a season's movements, and which of them another policy would select."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from features.spec import Floats, Integers
from training.errors import TrainingError
from training.labels import Flags


@dataclass(frozen=True)
class Logged:
    """All n movements of a period in order of time, inspected or not.

    Attributes:
        propensity: Probability (n,), over rules, model and chance, of being inspected; NaN where
            it is not known. Only that of inspected movements enters estimates; what is inspected
            without a known one trains, but does not measure.
        inspected: Whether there is a label (n,).
        hit: Whether something was found (n,); read only where inspected.
        margins: By ranking: scores (n,) in log-odds, the greater the riskier, finite. The first is
            the one outcomes are regressed on.
        random: Whether chance named the movement (n,), each with the same probability; None where
            no such mark was kept.
        cluster: Movements that were drawn or turn out together (n,), as of one post and week; None
            where each is on its own.

    Raises:
        TrainingError: when arrays differ in length, there is no movement, a propensity is outside
            (0, 1], or a margin of an infinite or missing value is given.
    """

    propensity: Floats
    inspected: Flags
    hit: Flags
    margins: Mapping[str, Floats] = field(default_factory=dict)
    random: Flags | None = None
    cluster: Integers | None = None

    def __post_init__(self) -> None:
        given = {"inspected": self.inspected, "hit": self.hit, "random": self.random,
                 "cluster": self.cluster, **self.margins}  # fmt: skip
        if not self.rows:
            raise TrainingError("There is no movement to measure on.")
        for name, values in given.items():
            if values is not None and values.shape != (self.rows,):
                raise TrainingError(
                    f"{name} has the shape {values.shape}; there are {self.rows} propensities."
                )
        if ((self.propensity < 0) | (self.propensity > 1)).any():
            raise TrainingError("A propensity is a probability; one lies outside [0, 1].")
        if (self.inspected & (self.propensity == 0)).any():
            raise TrainingError("A movement was inspected although its propensity is 0.")
        for name, margins in self.margins.items():
            if not np.isfinite(margins).all():
                raise TrainingError(f"Margins of {name} are missing or infinite.")

    @property
    def rows(self) -> int:
        """How many movements there are."""
        return len(self.propensity)

    @property
    def measures(self) -> Flags:
        """Whether a movement (n,) is inspected with a known propensity."""
        return np.asarray(self.inspected & ~np.isnan(self.propensity))


def at_capacity(score: Floats, capacity: float) -> Floats:
    """Selection probabilities (n,) of a policy that inspects the top share of scores (n,).

    Movements with equal scores share what capacity is left for them, so that the probabilities sum
    to capacity * n exactly.

    Raises:
        TrainingError: when the capacity is not a share in (0, 1], or a score is missing.
    """
    if not 0 < capacity <= 1:
        raise TrainingError(f"A capacity is a share in (0, 1], not {capacity}.")
    if np.isnan(score).any():
        raise TrainingError("A score is missing: give movements without one a low score.")
    left = capacity * len(score)
    _, place, count = np.unique(-score, return_inverse=True, return_counts=True)
    before = np.cumsum(count) - count
    return np.asarray(np.clip((left - before) / count, 0.0, 1.0)[place].reshape(len(score)))


def checked(selection: Floats, rows: int) -> Floats:
    """Selection probabilities as floats (n,).

    Raises:
        TrainingError: when they are not one probability a movement, or all are 0.
    """
    selection = np.asarray(selection, dtype=np.float64)
    if selection.shape != (rows,):
        raise TrainingError(f"A selection of shape {selection.shape} cannot be of {rows} movements")
    if not ((selection >= 0) & (selection <= 1)).all():
        raise TrainingError("A selection is made of probabilities; one lies outside [0, 1].")
    if not selection.any():
        raise TrainingError("The policy selects nothing.")
    return selection
