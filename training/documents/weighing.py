"""Which reasons decide most of a head's scores over all movements, without any movement at hand."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from models.blend import Blend
from models.linear import Linear, LinearColumn
from models.risk_model import RiskModel, Scorer
from models.trees import Trees

#: Reasons that are named; the others are summed up.
MOST = 12


def weighing(model: RiskModel, most: int = MOST) -> list[tuple[str, float]]:
    """Reason groups and their share of what the head decides by, most first; "all others" last.

    Of trees the share of the gain in training loss; of a logistic head the share of the absolute
    coefficients, each a standard deviation of its column; of both together these shares, mixed as
    their margins are. They say what the head leans on, and not what causes a find.
    """
    reason_of = {column.name: column.reason for column in model.card.columns}
    by_reason: dict[str, float] = defaultdict(float)
    for name, share in _shares(model.scorer).items():
        by_reason[reason_of[name]] += share
    ranked = sorted(((r, s) for r, s in by_reason.items() if s), key=lambda e: (-e[1], e[0]))
    rest = sum(share for _, share in ranked[most:])
    return [*ranked[:most], *([("all others", rest)] if rest else [])]


def _shares(scorer: Scorer) -> dict[str, float]:
    """Each column's share; empty of a scorer that is none of these."""
    if isinstance(scorer, Blend):
        trees, linear = _shares(scorer.trees), _shares(scorer.linear)
        whole = scorer.trees_weight + scorer.linear_weight
        of_trees = scorer.trees_weight / whole
        return {
            name: of_trees * trees.get(name, 0.0) + (1 - of_trees) * linear.get(name, 0.0)
            for name in scorer.column_names
        }
    sizes: dict[str, float] = {}
    if isinstance(scorer, Trees):
        gains = scorer.booster.feature_importance("gain")
        sizes = dict(zip(scorer.column_names, map(float, gains), strict=True))
    elif isinstance(scorer, Linear):
        shares = {one.code: one.share for one in scorer.classes.members} if scorer.classes else {}
        sizes = {column.name: _size(column, shares) for column in scorer.columns}
    whole = sum(sizes.values())
    return {name: size / whole for name, size in sizes.items()} if whole else {}


def _size(column: LinearColumn, shares: Mapping[int, float]) -> float:
    levels = sum(abs(level.coefficient) * level.share for level in column.levels)
    slopes = {slope.code: slope.coefficient for slope in column.slopes}
    rest = 1 - sum(shares.values())
    by_class = rest * abs(column.coefficient) + sum(
        share * abs(column.coefficient + slopes.get(code, 0.0)) for code, share in shares.items()
    )
    return by_class + levels + abs(column.missing_coefficient) * column.missing_share
