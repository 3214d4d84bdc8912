"""How long exact explanations take: our kernel beside LightGBM's `pred_contrib` and shap's TreeExplainer.

    python -m bench.explain [--json FILE] [--rounds 7] [--rows 64]

Two kinds of head: a synthetic one of 400 trees of 63 leaves over 60 columns, some of them
categorical, with values missing; and the demo's, as far as they are trees. In each round every
way explains the same rows, as a batch and one by one, in CPU time of this process and one thread;
figures are medians over the rounds. `ratio_to_pred_contrib` is the synthetic head's, in rows per CPU second of a
batch; `max_abs_difference` is the kernel's largest difference from LightGBM on all heads, in log-odds.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from statistics import median

import lightgbm
import numpy as np
import orjson
import shap
from rich.console import Console
from rich.table import Table

from features.spec import Floats
from models.contributions import kernel_contributions, lightgbm_contributions, sample_rows
from models.heads import load_head
from models.trees import Trees

_COLUMNS, _CATEGORICAL = 60, (50, 53, 56, 59)
_TREES, _LEAVES = 400, 63
_TRAINED = Path("models/trained")

Way = Callable[[Floats], Floats]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the table and write the figures."""
    parser = argparse.ArgumentParser(
        description="Exact explanations of boosted trees.",
        epilog="Example: python -m bench.explain --rows 64 --json explain.json",
    )
    parser.add_argument("--json", type=Path, help="write the figures to this file")
    parser.add_argument("--rounds", type=int, default=7, help="of which the medians are taken")
    parser.add_argument("--rows", type=int, default=64, help="explained in each round")
    parser.add_argument("--trees", type=int, default=_TREES, help="of the synthetic head")
    parser.add_argument("--models", type=Path, default=_TRAINED, help="the demo's trained heads")
    chosen = parser.parse_args(arguments)
    figures: dict[str, float] = {}
    differences = []
    table = Table("head", "way", "rows per CPU s", "one row, CPU ms")
    for name, trees, X in _heads(chosen.trees, chosen.rows, chosen.models):
        trees.contributions(X[:1])
        differences.append(
            float(np.abs(trees.contributions(X) - lightgbm_contributions(trees.booster, X)).max())
        )
        with warnings.catch_warnings():
            # shap says of every binary head that its form changed once.
            warnings.filterwarnings("ignore", message="LightGBM binary classifier")
            taken = _measured(_ways(trees), X, chosen.rounds)
        for way, (batch, single) in taken.items():
            table.add_row(name, way, f"{1 / batch:,.0f}", f"{single * 1000:.3f}")
            figures[f"{name}_{way}_rows_per_cpu_second"] = 1 / batch
            figures[f"{name}_{way}_one_row_cpu_ms"] = single * 1000
        for what, place in (("", 0), ("_one_row", 1)):
            ratio = taken["pred_contrib"][place] / taken["kernel"][place]
            figures[f"{name}_ratio_to_pred_contrib{what}"] = ratio
    figures["ratio_to_pred_contrib"] = figures["synthetic_ratio_to_pred_contrib"]
    figures["ratio_to_pred_contrib_one_row"] = figures["synthetic_ratio_to_pred_contrib_one_row"]
    figures["max_abs_difference"] = max(differences)
    Console().print(table)
    for figure in ("ratio_to_pred_contrib", "ratio_to_pred_contrib_one_row", "max_abs_difference"):
        Console().print(f"{figure}: {figures[figure]:.3g}")
    if chosen.json is not None:
        chosen.json.write_bytes(orjson.dumps({"figures": figures}, option=orjson.OPT_INDENT_2))


def synthetic_head(trees: int = _TREES) -> tuple[Trees, Floats]:
    """A head of so many trees, and the rows (4000, 60) it was trained on."""
    rng = np.random.default_rng(3)
    n = 4000
    X = rng.normal(size=(n, _COLUMNS))
    X[:, :10] = np.round(np.abs(X[:, :10]) * 3)
    for column in _CATEGORICAL:
        X[:, column] = rng.integers(0, 40, n)
    X[rng.random(X.shape) < 0.08] = np.nan
    known = np.nan_to_num(X)
    z = known[:, :50] @ rng.normal(0, 0.25, 50) + 0.8 * known[:, 12] * known[:, 13]
    z += np.sin(known[:, 50]) + (known[:, 53] % 3 == 1) - 2
    hits = (rng.random(n) < 1 / (1 + np.exp(-z))).astype(np.float64)
    settings = {
        "objective": "binary", "num_leaves": _LEAVES, "learning_rate": 0.05, "num_threads": 1,
        "min_data_in_leaf": 5, "deterministic": True, "force_row_wise": True, "seed": 1, "verbose": -1,
    }  # fmt: skip
    data = lightgbm.Dataset(X, hits, categorical_feature=list(_CATEGORICAL))
    return Trees(lightgbm.train(settings, data, trees).model_to_string()), X


def _heads(trees: int, rows: int, trained: Path) -> Iterator[tuple[str, Trees, Floats]]:
    head, X = synthetic_head(trees)
    yield "synthetic", head, X[:rows]
    for folder in sorted(trained.glob("*-*")):
        scorer = load_head(folder, manifest_sha256=None).scorer
        found = scorer if isinstance(scorer, Trees) else getattr(scorer, "trees", None)
        if isinstance(found, Trees) and found.explainer.flat is not None:
            # Values around the trees' own thresholds: what the demo's movements hold is not needed.
            sample = sample_rows(found.explainer.flat)
            yield folder.name, found, np.resize(sample, (rows, sample.shape[1]))


def _ways(trees: Trees) -> dict[str, Way]:
    flat = trees.explainer.flat
    assert flat is not None, "the kernel does not explain these trees"
    explainer = shap.TreeExplainer(trees.booster)
    return {
        "kernel": lambda X: kernel_contributions(flat, X),
        "pred_contrib": lambda X: lightgbm_contributions(trees.booster, X),
        "shap": lambda X: np.asarray(explainer.shap_values(X, check_additivity=False)),
    }


def _measured(ways: dict[str, Way], X: Floats, rounds: int) -> dict[str, tuple[float, float]]:
    """CPU seconds a row by way: in a batch, and alone."""
    taken: dict[str, list[tuple[float, float]]] = {way: [] for way in ways}
    alone = max(1, len(X) // 4)
    for _ in range(rounds):
        for way, explain in ways.items():
            begun = time.process_time()
            explain(X)
            between = time.process_time()
            for i in range(alone):
                explain(X[i : i + 1])
            ended = time.process_time()
            taken[way].append(((between - begun) / len(X), (ended - between) / alone))
    return {
        way: (median(batch for batch, _ in times), median(single for _, single in times))
        for way, times in taken.items()
    }


if __name__ == "__main__":
    main()
