"""Logarithms as integers, equal on every CPU.

`math.log` and `np.log` differ between CPUs in the last bit; sums over them would then differ
between engines. These logarithms are computed with integers alone.
"""

from __future__ import annotations

#: One unit of a fixed-point logarithm is 2**-10.
FRACTION_BITS = 10

_WORKING_BITS = 62


def log2_fixed(value: int) -> int:
    """Binary logarithm of a positive integer, in units of 2**-10, rounded down.

    Shifts the value into [1, 2) and squares it once a bit: each squaring that leaves [1, 2)
    is a one in the fraction (Knuth, The Art of Computer Programming, vol. 1, 1.2.2, ex. 28).
    For value < 2**63 the result is below 64 * 1024, so a sum of squares over 2 * 10**9 events
    stays within int64.

    Raises:
        ValueError: if the value is not positive.
    """
    if value <= 0:
        msg = f"A logarithm needs a positive value, not {value}."
        raise ValueError(msg)
    whole = value.bit_length() - 1
    scaled = (
        value << (_WORKING_BITS - whole)
        if whole <= _WORKING_BITS
        else value >> (whole - _WORKING_BITS)
    )
    two = 2 << _WORKING_BITS
    result = whole
    for _ in range(FRACTION_BITS):
        scaled = (scaled * scaled) >> _WORKING_BITS
        result <<= 1
        if scaled >= two:
            scaled >>= 1
            result |= 1
    return result
