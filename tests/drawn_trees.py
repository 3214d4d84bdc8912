"""Boosted trees drawn at random, in LightGBM's own text form: shapes that training seldom makes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from features.spec import Floats

#: The float next to zero that LightGBM takes for zero, and others at which trees may go wrong.
NEXT_TO_ZERO = float(np.float32(1e-35))
AWKWARD = (np.nan, 0.0, -0.0, NEXT_TO_ZERO, -NEXT_TO_ZERO, 1e-36, 1e12, -1e12, -1.0, -0.5, 2.7, 93)


@dataclass
class DrawnTree:
    """One tree, in LightGBM's terms: node k has children, a leaf l is written as ~l."""

    columns: list[int] = field(default_factory=list)
    thresholds: list[float] = field(default_factory=list)
    decision_types: list[int] = field(default_factory=list)
    left: list[int] = field(default_factory=list)
    right: list[int] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    leaf_counts: list[int] = field(default_factory=list)
    leaf_values: list[float] = field(default_factory=list)
    category_bounds: list[int] = field(default_factory=lambda: [0])
    category_words: list[int] = field(default_factory=list)

    def text(self, number: int) -> str:
        """The tree as LightGBM writes it."""
        inner = len(self.columns)
        lines: dict[str, Sequence[float]] = {
            "num_leaves": [inner + 1],
            "num_cat": [len(self.category_bounds) - 1],
            "split_feature": self.columns,
            "split_gain": [1] * inner,
            "threshold": self.thresholds,
            "decision_type": self.decision_types,
            "left_child": self.left,
            "right_child": self.right,
            "leaf_value": self.leaf_values,
            "leaf_weight": self.leaf_counts,
            "leaf_count": self.leaf_counts,
            "internal_value": [0] * inner,
            "internal_weight": self.counts,
            "internal_count": self.counts,
        }
        if self.category_words:
            lines["cat_boundaries"] = self.category_bounds
            lines["cat_threshold"] = self.category_words
        lines |= {"is_linear": [0], "shrinkage": [1]}
        written = [
            f"{key}={' '.join(f'{n:.17g}' for n in values)}" for key, values in lines.items()
        ]
        return "\n".join([f"Tree={number}", *written, "", ""])


def model_text(trees: Sequence[DrawnTree], *, columns: int) -> str:
    """A whole model as LightGBM writes it."""
    head = [
        "tree",
        "version=v4",
        "num_class=1",
        "num_tree_per_iteration=1",
        "label_index=0",
        f"max_feature_idx={columns - 1}",
        "objective=binary sigmoid:1",
        f"feature_names={' '.join(f'c{j}' for j in range(columns))}",
        f"feature_infos={' '.join('[-9:9]' for _ in range(columns))}",
        "",
        "",
    ]
    body = [tree.text(number) for number, tree in enumerate(trees)]
    return "\n".join(head) + "\n".join(body) + "\nend of trees\n\nparameters:\nend of parameters\n"


def drawn_tree(
    rng: np.random.Generator,
    *,
    leaves: int,
    columns: int,
    categorical: Sequence[int] = (),
    chain: bool = False,
) -> DrawnTree:
    """A tree of random splits.

    Args:
        rng: Where it is drawn from.
        leaves: How many it has.
        columns: How many columns it may split on.
        categorical: Those that are asked for their category.
        chain: Whether each split is below the one before, each column in its turn.
    """
    tree = DrawnTree(leaf_counts=[int(rng.integers(leaves, 10**6))])
    place: dict[int, tuple[list[int], int]] = {}
    for node in range(leaves - 1):
        able = [leaf for leaf, count in enumerate(tree.leaf_counts) if count > leaves - node - 1]
        leaf = node if chain else int(rng.choice(able or [int(np.argmax(tree.leaf_counts))]))
        count = tree.leaf_counts[leaf]
        stays = int(rng.integers(1, count - (leaves - node - 2 if chain else 0)))
        if leaf in place:
            children, parent = place[leaf]
            children[parent] = node
        column = node % columns if chain else int(rng.integers(columns))
        tree.columns.append(column)
        tree.counts.append(count)
        tree.left.append(~leaf)
        tree.right.append(~(node + 1))
        place[leaf], place[node + 1] = (tree.left, node), (tree.right, node)
        tree.leaf_counts[leaf] = stays
        tree.leaf_counts.append(count - stays)
        _draw_split(rng, tree, categorical=column in categorical)
    tree.leaf_values = rng.normal(size=leaves).tolist()
    return tree


def _draw_split(rng: np.random.Generator, tree: DrawnTree, *, categorical: bool) -> None:
    missing, default_left = int(rng.integers(3)), int(rng.integers(2))
    if categorical:
        tree.thresholds.append(len(tree.category_bounds) - 1)
        words = rng.integers(1, 2**32, size=rng.integers(1, 4)).tolist()
        tree.category_words += words
        tree.category_bounds.append(len(tree.category_words))
        tree.decision_types.append(1 | 2 << 2)
        return
    tree.thresholds.append(
        float(rng.choice([NEXT_TO_ZERO, -NEXT_TO_ZERO, 0.0, 1.0, -1.0, rng.normal()]))
    )
    tree.decision_types.append(missing << 2 | default_left << 1)


def drawn_rows(
    rng: np.random.Generator, trees: Sequence[DrawnTree], *, columns: int, n: int
) -> Floats:
    """Rows (n, columns) of values at the trees' thresholds, beside them, and awkward ones."""
    thresholds = [t for tree in trees for t in tree.thresholds] or [0.0]
    X = rng.choice(thresholds, size=(n, columns))
    X = np.where(rng.random(X.shape) < 0.3, np.nextafter(X, rng.choice([-9, 9], X.shape)), X)
    X = np.where(rng.random(X.shape) < 0.3, rng.normal(size=X.shape), X)
    X = np.where(rng.random(X.shape) < 0.3, rng.integers(-2, 100, X.shape), X)
    return np.where(rng.random(X.shape) < 0.2, rng.choice(AWKWARD, X.shape), X)
