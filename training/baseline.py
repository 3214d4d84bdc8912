"""A logistic regression over the same columns: what the trees have to beat, or the head itself.

Quantities are clipped at their 1st and 99th percentile and standardised, those with a long tail by their
logarithms; a missing value is read as the mean and gets an indicator; frequent categories get an
indicator each. Where movements are of classes (cars and lorries), each quantity has a slope of every
class beside the common one, pulled towards it: what is told of all classes is learnt from all, and only
what differs needs finds of its own (as partial pooling: Gelman and Hill 2007, chapter 13).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from warnings import catch_warnings, filterwarnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from features.spec import Column, Floats
from models.linear import (
    Linear,
    LinearClass,
    LinearClasses,
    LinearColumn,
    LinearLevel,
    LinearSlope,
)
from training.fit import Rows
from training.labels import Flags

#: Categories rarer than this among the training rows get no coefficient of their own.
_LEAST_LEVEL_ROWS = 20
_MOST_STEPS = 500

#: A quantity is read by its logarithm where it is never below 0 and its 99th percentile is so many
#: times its median.
_LONG_TAIL = 5.0
#: A class has slopes of its own between these shares of the training rows.
_CLASS_SHARE = (0.02, 0.98)
#: What a slope of a class is scaled by: its ridge penalty is so much harder, by the inverse square.
_CLASS_SCALE = 0.5


@dataclass(frozen=True)
class _Prepared:
    """A column's part in the design: its terms (n, k), each centred, and how they were made."""

    made: LinearColumn
    terms: Floats
    slopes: tuple[LinearSlope, ...] = ()


def fit_logistic(
    rows: Rows,
    *,
    columns: Sequence[Column],
    categorical: Sequence[bool],
    penalty: float,
    class_columns: Collection[str] = (),
) -> Linear:
    """Fit by penalised maximum likelihood.

    Args:
        rows: What is learned from, categories in small codes.
        columns: The columns, in order.
        categorical: Which of them hold codes.
        penalty: Ridge penalty in units of an inspected row's mean weight; larger is more careful.
        class_columns: The first categorical column of these names tells classes of movements.
    """
    classes, within = _classes(rows, columns, categorical, class_columns)
    prepared = [
        _levels(c.name, rows.X[:, j])
        if is_code
        else _with_slopes(_quantity(c.name, rows.X[:, j]), classes, within)
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
            _with_coefficients(p, [next(coefficients) for _ in range(p.terms.shape[1])])
            for p in prepared
        ),
        classes=classes,
    )


def _classes(
    rows: Rows,
    columns: Sequence[Column],
    categorical: Sequence[bool],
    class_columns: Collection[str],
) -> tuple[LinearClasses | None, list[Flags]]:
    """The classes of movements with slopes of their own, and which rows (n,) are of each."""
    for j, (column, is_code) in enumerate(zip(columns, categorical, strict=True)):
        if is_code and column.name in class_columns:
            codes = rows.X[:, j]
            members = [
                (LinearClass(code=int(code), share=share), codes == code)
                for code in np.unique(codes[~np.isnan(codes)])
                if _CLASS_SHARE[0] <= (share := float((codes == code).mean())) <= _CLASS_SHARE[1]
            ]
            if members:
                told = LinearClasses(column=column.name, members=tuple(m for m, _ in members))
                return told, [of for _, of in members]
    return None, []


def _with_slopes(
    prepared: _Prepared, classes: LinearClasses | None, within: Sequence[Flags]
) -> _Prepared:
    """The same with a term for each class of movements."""
    if classes is None or not prepared.terms.shape[1]:
        return prepared
    value = prepared.terms[:, 0]
    terms = [_CLASS_SCALE * value * of_class for of_class in within]
    slopes = tuple(LinearSlope(code=one.code, coefficient=0.0) for one in classes.members)
    return _Prepared(prepared.made, np.column_stack([prepared.terms, *terms]), slopes)


def _quantity(name: str, values: Floats) -> _Prepared:
    missing = np.isnan(values)
    share = float(missing.mean())
    if missing.all():
        return _Prepared(LinearColumn(name=name, missing_share=1.0), np.empty((len(values), 0)))
    low, high = (float(q) for q in np.percentile(values[~missing], (1, 99)))
    clipped = np.clip(values, low, high)
    middle = float(np.median(values[~missing]))
    logarithm = low >= 0 and high > _LONG_TAIL * middle
    if logarithm:
        clipped = np.log1p(clipped)
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
        logarithm=logarithm,
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


def _with_coefficients(prepared: _Prepared, found: list[float]) -> LinearColumn:
    made = prepared.made
    if not found:
        return made
    if made.levels or len(found) == 1:
        levels = tuple(
            level.model_copy(update={"coefficient": coefficient})
            for level, coefficient in zip(made.levels, found[1:], strict=True)
        )
        return made.model_copy(update={"missing_coefficient": found[0], "levels": levels})
    slopes = tuple(
        slope.model_copy(update={"coefficient": _CLASS_SCALE * coefficient})
        for slope, coefficient in zip(prepared.slopes, found[2:], strict=True)
    )
    return made.model_copy(
        update={"coefficient": found[0], "missing_coefficient": found[1], "slopes": slopes}
    )
