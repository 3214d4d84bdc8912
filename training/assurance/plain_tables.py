"""Tables nobody tuned a setting on: those scikit-learn carries, and the Korean declarations.

A table of scikit-learn has no time, so a seeded shuffle stands for it: what comes first is the past.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_wine

from features.finish import unchanged
from features.spec import Column, Floats, Integers
from features.table import matrix
from training.assurance.korean import SUBJECT, korean_params
from training.describe import card_columns_of
from training.fit import encoded, levels_of
from training.heads import split_of
from training.labels import Flags
from training.material import Material

#: Share of the rows that are the past; the rest are ranked.
_PAST = 0.6
_MALIGNANT, _RARE_DIGIT, _WINE, _PROGRESSED = 0, 8, 1, 0.8
_DAY = 86_400_000_000


@dataclass(frozen=True)
class PlainTable:
    """Rows to learn from and rows to rank, in order of time.

    Attributes:
        name: As figures call it.
        X: The columns (n, f), categories in small codes, NaN where not known.
        hit: Which rows are hits (n,).
        event_at: When each was (n,), microseconds, growing.
        past: Which of them may be learnt from (n,); the others are ranked.
        columns: The columns.
        shuffles: Whether another seed gives another table; else it gives other hits to learn from
            where few are taken.
    """

    name: str
    X: Floats
    hit: Flags
    event_at: Integers
    past: Flags
    columns: Sequence[Column]
    shuffles: bool


def carried_tables(seed: int) -> Iterator[PlainTable]:
    """Those that scikit-learn carries, shuffled by a seed."""
    yield _shuffled("breast_cancer", load_breast_cancer, lambda y: y == _MALIGNANT, seed)
    yield _shuffled("digits", load_digits, lambda y: y == _RARE_DIGIT, seed)
    yield _shuffled("wine", load_wine, lambda y: y == _WINE, seed)
    # Those whose disease progressed most.
    yield _shuffled("diabetes", load_diabetes, lambda y: y > np.quantile(y, _PROGRESSED), seed)


def korean_table(read: Material, target: str) -> PlainTable:
    """The Korean declarations for one target: 2020 and the first quarter of 2021 are the past."""
    params = korean_params()
    movements = read.movements[SUBJECT]
    columns = read.features.columns(SUBJECT, params.targets[target])
    parts = split_of(movements, read.outcomes, risk=target, params=params)
    X = matrix(movements, columns)
    past, labels = parts.past.within & parts.past.labels.searched, parts.test.labels
    # Categories are told apart as in any head: by what the past has seen.
    levels = levels_of(X[past], columns, texts={}, most=params.fit.most_levels)
    rows = past | (parts.test.within & labels.searched)
    hit = np.where(past, parts.past.labels.hit, labels.hit)
    return PlainTable(
        name=f"korean_{target}",
        X=encoded(X, card_columns_of(X[past], columns, levels=levels))[rows],
        hit=hit[rows],
        event_at=movements["event_at"].to_numpy()[rows],
        past=past[rows],
        columns=columns,
        shuffles=False,
    )


def _shuffled(
    name: str, load: Callable[..., Any], is_hit: Callable[[Floats], Flags], seed: int
) -> PlainTable:
    X, y = load(return_X_y=True)
    order = np.random.default_rng(seed).permutation(len(y))
    return PlainTable(
        name=name,
        X=np.ascontiguousarray(X[order], dtype=np.float64),
        hit=np.asarray(is_hit(y)[order], np.bool_),
        event_at=np.arange(len(y), dtype=np.int64) * _DAY,
        past=np.arange(len(y)) < _PAST * len(y),
        columns=tuple(_column(f"column_{j}") for j in range(X.shape[1])),
        shuffles=True,
    )


def _column(name: str) -> Column:
    return Column(
        name=name, sentence="{value}", unit="", reason=name, inputs=(name,), finish=unchanged
    )
