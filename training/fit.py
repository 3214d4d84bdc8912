"""Boosted trees for one head: from rows, labels and weights to LightGBM's own text.

Deterministic: one thread, row-wise histograms, a seed. The same rows give the same bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import lightgbm
import numpy as np

from features.spec import Column, Floats
from models.card import CardColumn
from models.levels import LevelCodes
from models.trees import Trees
from training.labels import Flags
from training.params import FitParams, TreeSettings


@dataclass(frozen=True)
class Rows:
    """Rows to learn from or to stop by.

    Attributes:
        X: What the columns say (n, f), categories in small codes.
        hit: Whether something was found (n,), or is assumed of those below the inspected.
        weight: How much each counts (n,).
        inspected: The first so many have an outcome, the rest nobody inspected
            (`training.background`); None if all have one.
        reported: The last so many are named by police reports (`training.police_reports`).
    """

    X: Floats
    hit: Flags
    weight: Floats
    inspected: int | None = None
    reported: int = 0

    def __len__(self) -> int:
        return len(self.X)

    @property
    def finds(self) -> int:
        """What inspections found."""
        return int(self.hit[: self.inspected].sum())

    @property
    def uninspected(self) -> int:
        """How many rows nobody inspected."""
        return 0 if self.inspected is None else len(self) - self.inspected


@dataclass(frozen=True)
class FittedTrees:
    """Trees, and after how many rounds they were best."""

    trees: Trees
    rounds: int


def fit_trees(
    train: Rows, valid: Rows | None, *, columns: Sequence[Column], params: FitParams, seed: int
) -> FittedTrees:
    """Fit on `train`, stopping when average precision on `valid` no longer grows.

    Args:
        train: What is learned from; its hits decide which of the settings apply.
        valid: What stops the fit; None to fit all rounds.
        columns: The columns, whose directions the trees keep to.
        params: Settings.
        seed: Which rows and columns each tree sees.
    """
    settings = params.trees_for(train.finds)
    data = _dataset(train, columns)
    watched: list[lightgbm.Dataset] = []
    callbacks: list[Callable[..., Any]] = []
    if valid is not None and params.early_stopping_rounds > 0 and valid.hit.any():
        watched = [_dataset(valid, columns, reference=data)]
        callbacks = [lightgbm.early_stopping(params.early_stopping_rounds, verbose=False)]
    booster = lightgbm.train(
        _booster_params(settings, columns, seed),
        data,
        settings.rounds,
        valid_sets=watched,
        callbacks=callbacks,
    )
    rounds = booster.best_iteration if watched else settings.rounds
    return FittedTrees(Trees(booster.model_to_string(num_iteration=rounds)), rounds)


def refit_trees(
    rows: Rows, *, rounds: int, like: Rows, columns: Sequence[Column], params: FitParams, seed: int
) -> Trees:
    """Fit again on all rows known, with the settings and rounds found without the latest."""
    settings = params.trees_for(like.finds)
    booster = lightgbm.train(
        _booster_params(settings, columns, seed), _dataset(rows, columns), rounds
    )
    return Trees(booster.model_to_string())


def levels_of(
    X: Floats,
    columns: Sequence[Column],
    *,
    texts: Mapping[str, Mapping[int, str]],
    most: int,
) -> dict[str, dict[str, int]]:
    """For each categorical column its most frequent categories: text and raw code.

    Args:
        X: Rows in raw codes (n, f).
        columns: The columns, in order.
        texts: What raw codes stand for, by column; a code stands for itself where it is absent.
        most: How many categories to tell apart in a column.
    """
    found = {}
    for j, column in enumerate(columns):
        if column.categorical:
            known = X[~np.isnan(X[:, j]), j].astype(np.int64)
            often = Counter(known.tolist()).most_common()
            # Ties are broken by the code, so that the order of the rows does not matter.
            often.sort(key=lambda pair: (-pair[1], pair[0]))
            named = texts.get(column.name, {})
            found[column.name] = {named.get(c, str(c)): c for c, _ in often[:most]}
    return found


def encoded(X: Floats, columns: Sequence[CardColumn]) -> Floats:
    """Rows as the head's scorer reads them."""
    return LevelCodes(columns).encode(X)


def _dataset(
    rows: Rows, columns: Sequence[Column], *, reference: lightgbm.Dataset | None = None
) -> lightgbm.Dataset:
    return lightgbm.Dataset(
        rows.X,
        rows.hit.astype(np.float64),
        weight=rows.weight,
        reference=reference,
        feature_name=[column.name for column in columns],
        categorical_feature=[j for j, column in enumerate(columns) if column.categorical],
        free_raw_data=False,
    )


def _booster_params(
    settings: TreeSettings, columns: Sequence[Column], seed: int
) -> dict[str, object]:
    return {
        "objective": "binary",
        "metric": "average_precision",
        "first_metric_only": True,
        "num_leaves": settings.num_leaves,
        "min_data_in_leaf": settings.min_data_in_leaf,
        "learning_rate": settings.learning_rate,
        "feature_fraction": settings.feature_fraction,
        "bagging_fraction": settings.bagging_fraction,
        "bagging_freq": 1,
        "lambda_l2": settings.lambda_l2,
        "cat_smooth": settings.cat_smooth,
        "cat_l2": settings.cat_l2,
        "monotone_constraints": [column.direction for column in columns],
        "deterministic": True,
        "force_row_wise": True,
        "num_threads": 1,
        "seed": seed,
        "verbosity": -1,
    }
