"""The regression: what a quantity is read by, and by class of movement."""

from __future__ import annotations

import numpy as np
import pytest

from features.spec import Floats
from models.linear import Linear
from tests.movements import FEATURES
from training.baseline import fit_logistic
from training.fit import Rows

_EVERY = FEATURES.columns("crossing", ("persons_concealed",))
_CLASS = next(column for column in _EVERY if column.name == "vehicle_class")
_QUANTITY = next(column for column in _EVERY if not column.categorical)


def fitted(
    X: Floats, hit: Floats, *, class_columns: tuple[str, ...] = ("vehicle_class",)
) -> Linear:
    """A regression over a quantity and the vehicle class (n, 2)."""
    return fit_logistic(
        Rows(X, hit > 0, np.ones(len(X))),
        columns=(_QUANTITY, _CLASS),
        categorical=(False, True),
        penalty=1.0,
        class_columns=class_columns,
    )


def crossing_ways(n: int = 4000) -> tuple[Floats, Floats]:
    """A quantity that is suspicious of lorries and reassuring of cars."""
    rng = np.random.default_rng(5)
    of_class, value = rng.integers(0, 2, n), rng.normal(size=n)
    margin = np.where(of_class == 0, 2.0, -2.0) * value - 1.0
    hit = rng.random(n) < 1 / (1 + np.exp(-margin))
    return np.column_stack([value, of_class]).astype(np.float64), hit.astype(np.float64)


def test_what_means_one_thing_of_lorries_and_another_of_cars_is_learnt_of_each() -> None:
    X, hit = crossing_ways()

    by_class, common = fitted(X, hit), fitted(X, hit, class_columns=())

    high_and_low = np.array([[1.0, 0], [-1.0, 0], [1.0, 1], [-1.0, 1]])
    lorries_up, lorries_down, cars_up, cars_down = by_class.margins(high_and_low)
    assert lorries_up - lorries_down > 3
    assert cars_down - cars_up > 3
    told = common.margins(high_and_low)
    assert abs(told[0] - told[1]) < 0.5
    assert common.classes is None


def test_a_class_of_hardly_any_movements_has_the_common_slope() -> None:
    X, hit = crossing_ways()
    X[:40, 1] = 7.0

    made = fitted(X, hit)

    assert made.classes is not None
    assert [member.code for member in made.classes.members] == [0, 1]


def test_a_long_tail_is_read_by_its_logarithm_and_what_may_be_negative_is_not() -> None:
    rng = np.random.default_rng(6)
    hit = (rng.random(2000) < 0.1).astype(np.float64)
    of_class = rng.integers(0, 2, 2000).astype(np.float64)

    def read(value: Floats) -> bool:
        return fitted(np.column_stack([value, of_class]), hit).columns[0].logarithm

    assert read(rng.lognormal(sigma=1.5, size=2000))
    assert not read(rng.uniform(10, 20, size=2000))
    assert not read(rng.normal(size=2000))


def test_margins_are_those_the_fit_was_made_of() -> None:
    """What is written down reads as what was fitted: log-odds that hold in the mean."""
    X, hit = crossing_ways()
    X[:, 0] = np.exp(X[:, 0])
    X[::50, 0] = np.nan

    made = fitted(X, hit)

    assert made.columns[0].logarithm
    probability = 1 / (1 + np.exp(-made.margins(X)))
    assert probability.mean() == pytest.approx(hit.mean(), abs=0.002)
    for code in (0.0, 1.0):
        mine = X[:, 1] == code
        assert probability[mine].mean() == pytest.approx(hit[mine].mean(), abs=0.01)
