"""A logistic regression over the same columns: what the trees have to beat, or the head itself.

Quantities are clipped at their 1st and 99th percentile and standardised; a missing value is read as
the mean and gets an indicator; frequent categories get an indicator each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from warnings import catch_warnings, filterwarnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from features.spec import Column, Floats
from models.linear import Linear, LinearColumn, LinearLevel
from training.fit import Rows

#: Categories rarer than this among the training rows get no coefficient of their own.
_LEAST_LEVEL_ROWS = 20
_MOST_STEPS = 500


@dataclass(frozen=True)
class _Prepared:
    """A column's part in the design: its terms (n, k), each centred, and how they were made."""

    made: LinearColumn
    terms: Floats


def fit_logistic(
    rows: Rows, *, columns: Sequence[Column], categorical: Sequence[bool], penalty: float
) -> Linear:
    """Fit by penalised maximum likelihood.

    Args:
        rows: What is learned from, categories in small codes.
        columns: The columns, in order.
        categorical: Which of them hold codes.
        penalty: Ridge penalty in units of an inspected row's mean weight; larger is more careful.
    """
    prepared = [
        _levels(c.name, rows.X[:, j]) if is_code else _quantity(c.name, rows.X[:, j])
        for j, (c, is_code) in enumerate(zip(columns, categorical, strict=True))
    ]
    regression = LogisticRegression(C=1.0 / penalty, max_iter=_MOST_STEPS)
    weight = rows.weight / rows.weight[: rows.inspected].mean()
    # One thread: the order of a sum decides its last bits, and so the bytes of the head.
    with catch_warnings(), threadpool_limits(1):
        # A baseline a few steps short of its optimum is still the baseline.
        filterwarnings("ignore", category=ConvergenceWarning)
        regression.fit(np.hstack([p.terms for p in prepared]), rows.hit, sample_weight=weight)
    coefficients = iter(regression.coef_[0].tolist())
    return Linear(
        intercept=float(regression.intercept_[0]),
        columns=tuple(
            _with_coefficients(p.made, [next(coefficients) for _ in range(p.terms.shape[1])])
            for p in prepared
        ),
    )


def _quantity(name: str, values: Floats) -> _Prepared:
    missing = np.isnan(values)
    share = float(missing.mean())
    if missing.all():
        return _Prepared(LinearColumn(name=name, missing_share=1.0), np.empty((len(values), 0)))
    low, high = (float(q) for q in np.percentile(values[~missing], (1, 99)))
    clipped = np.clip(values, low, high)
    fill = float(clipped[~missing].mean())
    filled = np.where(missing, fill, clipped)
    scale = float(filled.std())
    made = LinearColumn(
        name=name,
        fill=fill,
        mean=float(filled.mean()),
        scale=scale if scale > 0 else 1.0,
        low=low,
        high=high,
        missing_share=share,
    )
    return _Prepared(
        made, np.column_stack([(filled - made.mean) / made.scale, missing.astype(float) - share])
    )


def _levels(name: str, codes: Floats) -> _Prepared:
    missing = np.isnan(codes)
    share = float(missing.mean())
    found, times = np.unique(codes[~missing], return_counts=True)
    often = found[times >= _LEAST_LEVEL_ROWS]
    levels = tuple(
        LinearLevel(code=int(c), coefficient=0.0, share=float((codes == c).mean())) for c in often
    )
    terms = [missing.astype(float) - share, *((codes == lv.code) - lv.share for lv in levels)]
    return _Prepared(
        LinearColumn(name=name, missing_share=share, levels=levels), np.column_stack(terms)
    )


def _with_coefficients(made: LinearColumn, found: list[float]) -> LinearColumn:
    if not found:
        return made
    if made.levels or len(found) == 1:
        levels = tuple(
            level.model_copy(update={"coefficient": coefficient})
            for level, coefficient in zip(made.levels, found[1:], strict=True)
        )
        return made.model_copy(update={"missing_coefficient": found[0], "levels": levels})
    return made.model_copy(update={"coefficient": found[0], "missing_coefficient": found[1]})
