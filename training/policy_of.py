"""Which movements of a recorded period a policy would select, so that its finds can be estimated."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from features.spec import Floats, Integers
from models.shifts import Capacities, ShiftBook, ShiftCapacity
from training.errors import TrainingError
from training.labels import Flags

#: Whom model and rules select, and with which probability chance would, is the same with any secret.
_ANY_SECRET = bytes(32)


def selection_of(
    capacities: Capacities | ShiftCapacity,
    *,
    post: Sequence[str] | NDArray[np.object_],
    at: Integers,
    probabilities: Mapping[str, Floats],
    rule_points: Mapping[str, Integers] | None = None,
    mandatory: Flags | None = None,
    weights: Mapping[str, float] | None = None,
) -> Floats:
    """Probabilities (n,) with which the policy of a `ShiftBook` would select recorded movements.

    They are 1 where model or rules select and chance's own elsewhere, over the draws; they do not
    depend on the outcomes. `training.policy_value.figures.finds` estimates from logged propensities
    what such a selection finds, with its interval.

    Args:
        capacities: What each post can do in a shift.
        post: Where each movement is (n,).
        at: When it became known (n,), microseconds UTC, never falling.
        probabilities: By risk, calibrated (n,); NaN where there is no model or it abstained.
        rule_points: Points of the office's rules (n,), by risk; None where there are no rules.
        mandatory: Whether a mandatory rule applies (n,).
        weights: By risk, its share of the model's capacity; None for equal shares.

    Raises:
        TrainingError: when the arrays differ in length or time falls.
        InvalidPolicyError: when a risk has no weight.
    """
    rule_points = rule_points or {}
    rows = len(at)
    ruled = np.zeros(rows, dtype=np.bool_) if mandatory is None else mandatory
    given = (post, ruled, *probabilities.values(), *rule_points.values())
    if any(len(values) != rows for values in given):
        raise TrainingError(
            f"A policy is asked of {rows} movements, but some arrays are not so long."
        )
    if (np.diff(at) < 0).any():
        raise TrainingError("A policy sees movements in the order of u; sort them by it.")
    book = ShiftBook(capacities, secret=_ANY_SECRET, weights=weights)
    chance = {risk: [None if np.isnan(p) else p for p in values.tolist()]
              for risk, values in probabilities.items()}  # fmt: skip
    points = {risk: values.tolist() for risk, values in rule_points.items()}
    selection = np.empty(rows)
    for i, (where, when) in enumerate(zip(post, at.tolist(), strict=True)):
        selection[i] = book.recommend(
            post=str(where),
            at=when,
            identity=str(i),
            probabilities={risk: values[i] for risk, values in chance.items()},
            rule_points={risk: values[i] for risk, values in points.items()},
            mandatory=bool(ruled[i]),
        ).propensity
    return selection
