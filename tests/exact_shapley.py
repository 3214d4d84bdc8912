"""Shapley values of drawn trees in rational arithmetic: slow, exact, and unlike the kernel."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import combinations
from math import factorial

import numpy as np

from features.spec import Floats
from tests.drawn_trees import NEXT_TO_ZERO, DrawnTree

#: By column on the way to a leaf: whether the row goes this way on it, and the share that does.
Way = dict[int, tuple[bool, Fraction]]


def goes_left(tree: DrawnTree, node: int, x: Floats) -> bool:
    """LightGBM's own rules for one split."""
    value, kind = float(x[tree.columns[node]]), tree.decision_types[node]
    if kind & 1:
        split = int(tree.thresholds[node])
        words = tree.category_words[tree.category_bounds[split] : tree.category_bounds[split + 1]]
        if np.isnan(value) or not -1 < value < 32 * len(words):
            return False
        return bool(words[int(value) // 32] >> int(value) % 32 & 1)
    default_left, missing = bool(kind & 2), kind >> 2
    if np.isnan(value) and missing == 2:
        return default_left
    value = 0.0 if np.isnan(value) or abs(value) <= NEXT_TO_ZERO else value
    if missing == 1 and value == 0:
        return default_left
    return value <= tree.thresholds[node]


def ways(tree: DrawnTree, x: Floats) -> Iterator[tuple[Fraction, Way]]:
    """Each leaf's value, with the way to it."""

    def below(node: int, way: Way) -> Iterator[tuple[Fraction, Way]]:
        if node < 0:
            yield Fraction(tree.leaf_values[~node]), way
            return
        left = goes_left(tree, node, x)
        for child, taken in ((tree.left[node], left), (tree.right[node], not left)):
            count = tree.counts[child] if child >= 0 else tree.leaf_counts[~child]
            column = tree.columns[node]
            follows, share = way.get(column, (True, Fraction(1)))
            step = (follows and taken, share * Fraction(count, tree.counts[node]))
            yield from below(child, way | {column: step})

    return below(0 if tree.columns else -1, {})


def contributions_by_definition(tree: DrawnTree, x: Floats) -> list[Fraction]:
    """By the definition over all subsets of the columns; for few columns."""
    n = len(x)

    def worth(known: frozenset[int]) -> Fraction:
        total = Fraction(0)
        for value, way in ways(tree, x):
            for column, (follows, share) in way.items():
                value *= Fraction(follows) if column in known else share
            total += value
        return total

    values = [Fraction(0)] * n
    for size in range(n):
        weight = Fraction(factorial(size) * factorial(n - size - 1), factorial(n))
        for known in map(frozenset, combinations(range(n), size)):
            for j in set(range(n)) - known:
                values[j] += weight * (worth(known | {j}) - worth(known))
    return [*values, worth(frozenset())]


def contributions_by_size(tree: DrawnTree, x: Floats) -> list[Fraction]:
    """The same for any number of columns: leaf by leaf, subsets of equal size counted together.

    The coefficient of t^k in prod (share_j + t follows_j) sums, over all sets of k known columns,
    the share of the leaf that remains; columns off its way change nothing.
    """
    values = [Fraction(0)] * (len(x) + 1)
    for value, way in ways(tree, x):
        n = len(way)
        remaining = value
        for _, share in way.values():
            remaining *= share
        values[-1] += remaining
        for i, (follows, share) in way.items():
            # Whole numbers over one denominator: fractions would be shortened at every step.
            by_size, denominator = [1], 1
            for j, (other_follows, other_share) in way.items():
                if j != i:
                    denominator *= other_share.denominator
                    stays = [other_share.numerator * c for c in by_size]
                    joins = [other_share.denominator * other_follows * c for c in by_size]
                    by_size = [a + b for a, b in zip([*stays, 0], [0, *joins], strict=True)]
            orders = sum(c * factorial(k) * factorial(n - k - 1) for k, c in enumerate(by_size))
            mean = Fraction(orders, factorial(n) * denominator)
            values[i] += value * (Fraction(follows) - share) * mean
    return values
