"""What one way to rank would find among all movements of some days, by one way to infer them."""

from __future__ import annotations

from collections.abc import Sequence

from features.spec import Floats
from training.metrics import percent
from training.policy_value.figures import (
    Estimate,
    hit_rate,
    lift,
    over_chance,
    precision,
    recall,
)
from training.policy_value.logged import at_capacity
from training.policy_value.measuring import Measuring, Method

#: Ways to infer, from the one that fails to the one to rely on.
METHODS: tuple[Method, ...] = ("naive", "random_slice", "hajek", "doubly_robust")

#: Capacities at which curves are drawn, beside those asked for.
CURVE = (0.005, 0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2)


def estimated(
    made: Measuring, score: Floats, *, capacities: Sequence[float], rules: Floats | None = None
) -> dict[str, Estimate]:
    """Hit rate, and precision, recall and lifts at each capacity, by name.

    Args:
        made: The rows that measure.
        score: Of all movements (m,); the highest are selected, ties share what is left.
        capacities: Shares of the movements that can be inspected.
        rules: Scores (m,) of the rule list, for the lift over it; both are measured by the same
            rows, so that what they select alike does not blur their ratio.
    """
    figures = {"hit_rate": hit_rate(made)}
    for capacity in capacities:
        chosen, at = at_capacity(score, capacity), percent(capacity)
        figures[f"precision_at_{at}"] = precision(made, chosen)
        found = recall(made, chosen)
        figures[f"recall_at_{at}"] = found
        figures[f"lift_at_{at}"] = over_chance(found, share=float(chosen.sum()) / made.total)
        if rules is not None:
            against = at_capacity(rules, capacity)
            figures[f"lift_over_rules_at_{at}"] = lift(made, chosen, against)
    return figures
