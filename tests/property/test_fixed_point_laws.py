"""Logarithms as integers."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.fixed_point import FRACTION_BITS, log2_fixed


@given(st.integers(1, 2**63 - 1))
def test_the_logarithm_is_the_exact_one_rounded_down_or_one_unit_less(value: int) -> None:
    units = 2**FRACTION_BITS

    result = log2_fixed(value)

    # 2**(r/1024) <= value < 2**((r + 2)/1024), in exact arithmetic.
    assert Fraction(2) ** result <= Fraction(value) ** units
    assert Fraction(value) ** units < Fraction(2) ** (result + 2)


@given(st.integers(1, 2**62), st.integers(0, 2**40))
def test_the_logarithm_never_falls_as_the_value_grows(value: int, more: int) -> None:
    assert log2_fixed(value) <= log2_fixed(value + more)


@pytest.mark.parametrize("power", [0, 1, 10, 40, 62])
def test_powers_of_two_are_exact(power: int) -> None:
    assert log2_fixed(2**power) == power * 2**FRACTION_BITS


@pytest.mark.parametrize("value", [0, -1])
def test_what_has_no_logarithm_is_refused(value: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        log2_fixed(value)
