"""A logistic head: what each column adds, and what the file must say."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.errors import InvalidLinearError
from models.linear import (
    Linear,
    LinearClass,
    LinearClasses,
    LinearColumn,
    LinearLevel,
    LinearSlope,
)
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


def by_class(
    slopes: tuple[float, float] = (3.0, -1.0), shares: tuple[float, float] = (0.2, 0.7)
) -> Linear:
    """Lorries (0) and cars (1) have slopes of their own; buses have none."""
    return Linear(
        intercept=-2.0,
        columns=(
            LinearColumn(
                name="night", coefficient=0.5, mean=2.0, scale=4.0, fill=2.0,
                slopes=tuple(LinearSlope(code=k, coefficient=s) for k, s in enumerate(slopes)),
            ),
            LinearColumn(
                name="class", levels=(LinearLevel(code=1, coefficient=0.3, share=0.7),),
                missing_share=0.0,
            ),
        ),
        classes=LinearClasses(
            column="class",
            members=tuple(LinearClass(code=k, share=s) for k, s in enumerate(shares)),
        ),
    )  # fmt: skip


def test_a_class_has_a_slope_of_its_own_and_others_the_common_one() -> None:
    head = by_class()
    night = {
        code: head.margins(np.array([[10.0, code], [6.0, code]])) for code in (0, 1, 2, np.nan)
    }

    steeper = {code: float(one - other) for code, (one, other) in night.items()}

    assert steeper == pytest.approx({0: 3.5, 1: -0.5, 2: 0.5, np.nan: 0.5}, nan_ok=True)


@given(
    slopes=st.tuples(st.floats(-5, 5), st.floats(-5, 5)),
    shares=st.tuples(st.floats(0.02, 0.49), st.floats(0.02, 0.49)),
    value=st.floats(-40, 40),
    code=st.sampled_from([0.0, 1.0, 2.0]),
)
def test_value_and_class_share_what_they_do_together_as_shapley_has_it(
    slopes: tuple[float, float], shares: tuple[float, float], value: float, code: float
) -> None:
    """By the definition over both orders, expectations taken column by column."""
    head = by_class(slopes, shares)
    standard = (value - 2.0) / 4.0
    own = {0.0: slopes[0], 1.0: slopes[1]}.get(code, 0.0)
    mean_slope = shares[0] * slopes[0] + shares[1] * slopes[1]
    of_class = 0.3 * ((code == 1.0) - 0.7)
    both = (0.5 + own) * standard + of_class
    value_first, class_first = (0.5 + mean_slope) * standard, of_class
    of_value = (value_first + both - class_first) / 2
    of_both = [of_value, both - of_value]

    told = head.contributions(np.array([[value, code]]))[0]

    assert told[:2] == pytest.approx(of_both, abs=1e-9)
    assert told.sum() == pytest.approx(float(head.margins(np.array([[value, code]]))[0]), abs=1e-9)


def test_a_logarithm_is_taken_of_what_was_clipped() -> None:
    head = Linear(
        intercept=0.0,
        columns=(LinearColumn(name="kg", coefficient=1.0, low=0.0, high=99.0, logarithm=True),),
    )

    margins = head.margins(np.array([[0.0], [9.0], [1e12], [-5.0], [np.nan]]))

    assert margins == pytest.approx([0.0, np.log(10), np.log(100), 0.0, 0.0])


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (b'"columns": [{"name": "kg", "logarithm": true, "low": -1.0}]', r"low to be 0 or more"),
        (b'"columns": [{"name": "kg", "slopes": [{"code": 3, "coefficient": 1.0}]}]', "class 3"),
        (
            b'"columns": [{"name": "kg"}], '
            b'"classes": {"column": "mode", "members": [{"code": 1, "share": 0.5}]}',
            "none of the columns",
        ),
    ],
)
def test_a_file_that_cannot_be_what_it_says_is_refused(fault: bytes, told: str) -> None:
    with pytest.raises(InvalidLinearError, match=told):
        Linear.from_bytes(b'{"intercept": 0.0, ' + fault + b"}")


def test_slopes_and_logarithms_survive_being_written() -> None:
    head = by_class()

    assert Linear.from_bytes(head.to_bytes()) == head


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
