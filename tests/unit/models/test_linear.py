"""A logistic head: what each column adds, and what the file must say."""

import numpy as np
import pytest

from models.errors import InvalidLinearError
from models.linear import Linear, LinearColumn, LinearLevel
from tests.heads import a_logistic_head, rows


def test_a_term_is_the_coefficient_times_the_distance_from_the_mean() -> None:
    head = Linear(
        intercept=-1.0,
        columns=(LinearColumn(name="days", coefficient=2.0, mean=10.0, scale=4.0, fill=12.0),),
    )

    assert head.contributions(np.array([[18.0], [np.nan]])).tolist() == [[4.0, -1.0], [1.0, -1.0]]


def test_a_value_beyond_the_limits_counts_as_the_limit() -> None:
    head = Linear(
        intercept=0.0, columns=(LinearColumn(name="kg", coefficient=1.0, low=0.0, high=9.0),)
    )

    assert head.margins(np.array([[1e12], [-5.0]])).tolist() == [9.0, 0.0]


def test_a_categorical_code_is_not_read_as_a_number() -> None:
    level = LinearLevel(code=2, coefficient=1.0, share=0.5)
    head = Linear(
        intercept=0.0, columns=(LinearColumn(name="mode", coefficient=9.0, levels=(level,)),)
    )

    assert head.margins(np.array([[2.0], [7.0], [8.0]])).tolist() == [0.5, -0.5, -0.5]


def test_contributions_sum_to_the_margin() -> None:
    model = a_logistic_head()

    sums = model.contributions(rows()).sum(axis=1)

    np.testing.assert_allclose(sums, model.margins(rows()), rtol=0, atol=1e-9)


def test_a_file_without_a_scale_above_zero_is_refused() -> None:
    content = b'{"intercept": 0.0, "columns": [{"name": "kg", "scale": 0.0}]}'

    with pytest.raises(InvalidLinearError, match=r"columns\.0\.scale"):
        Linear.from_bytes(content)


def test_looking_terms_up_changes_no_bit() -> None:
    """Margins are stored and made again: the definition, level by level, gives the same bits."""
    rng = np.random.default_rng(4)
    levels = tuple(
        LinearLevel(code=code, coefficient=float(rng.normal()), share=float(rng.random()))
        for code in (0, 3, 4, 17, 200)
    )
    column = LinearColumn(
        name="mode", levels=levels, missing_coefficient=0.37, missing_share=0.11, fill=2.0
    )
    head = Linear(intercept=-1.7, columns=(column,))
    x = rng.choice([np.nan, 0.0, 3.0, 4.0, 17.0, 200.0, 5.0, 3.5, -1.0], 200)

    expected = 0.37 * (np.isnan(x) - 0.11)
    for level in levels:
        expected += level.coefficient * ((x == level.code) - level.share)

    assert head.contributions(x[:, np.newaxis])[:, 0].tobytes() == expected.tobytes()
