"""Exact path-dependent TreeSHAP values by quadrature, compiled by Numba.

On the way to a leaf each column j that is split on has z_j, the share of training rows that go this
way on it, and o_j, which is 1 if the row does so at all its splits and else 0. The leaf adds, to
column i,

    value * (o_i - z_i) * the integral over q from 0 to 1 of prod over j != i of f_j(q),
    f_j(q) = q o_j + (1 - q) z_j,

a polynomial in q of one degree less than there are columns, so n nodes of Gauss-Legendre are exact
for up to 2 n columns. Down the tree goes P, the product of the f_j so far; up comes S, the sum of
value * P over the leaves below. At a node that splits on i, both children together get

    (1 - q) * (o_i - z_i) / f_i * S = S_hot / f_hot - (S_hot + S_cold) / f_above

where "hot" is the child the row goes to and f_above is the factor of i before this split, 1 if there
is none: what the leaves below gave by the split above is taken back. (For the cold child o = 0 and
f = (1 - q) z, so that its own share is -S_cold.) Once a row has left the way on a column, further
splits on it only scale P by the children's shares, and add nothing.

Each number above is a vector over nodes of quadrature, and they stay in vector registers: 4 at once
where no path has more than 8 columns, else 8, and richer trees are walked once for every 8 nodes.
Only + - x / in a fixed order: the same bits on every CPU, in a batch of any size.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic, models, register_model

from features.spec import Floats
from models.flat_trees import (
    ABOVE,
    ABOVE_SIDE,
    CATEGORICAL,
    COLUMN,
    KIND,
    LEFT,
    LEFT_COVER,
    LEFT_VALUE,
    LINKS,
    MISSING_RIGHT,
    NARROW,
    NUMBERS,
    RIGHT,
    THRESHOLD,
    WIDE,
    WORDS,
    WORDS_FROM,
    ZERO,
    ZERO_RIGHT,
    FlatTrees,
)

#: Rows explained in one go: a tree's numbers stay in the nearest cache for all of them.
BLOCK = 32


class _Lanes(types.Type):  # type: ignore[misc] # Numba ships no types
    """So many float64 in one vector register of LLVM's."""

    def __init__(self, width: int) -> None:
        super().__init__(name=f"Lanes({width})")
        self.width = width


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):  # type: ignore[misc]
    def __init__(self, manager: Any, kind: _Lanes) -> None:
        super().__init__(manager, kind, ir.VectorType(ir.DoubleType(), kind.width))


def _pointer(context: Any, builder: Any, array_type: Any, arguments: Any, lanes: Any) -> Any:
    array = context.make_array(array_type)(context, builder, value=arguments[0])
    start = builder.gep(array.data, [arguments[1]])
    return builder.bitcast(start, context.get_value_type(lanes).as_pointer())


def _loading(lanes: Any, array_type: Any) -> tuple[Any, Callable[..., Any]]:
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        # An array is aligned to its elements, not to a vector.
        return builder.load(_pointer(context, builder, array_type, arguments, lanes), align=8)

    return lanes(array_type, types.intp), generate


@intrinsic
def _load_narrow(_context: Any, array: Any, _place: Any) -> Any:
    """The vector of 4 that starts at a place of an array of float64."""
    return _loading(_Lanes(NARROW), array)


@intrinsic
def _load_wide(_context: Any, array: Any, _place: Any) -> Any:
    """The vector of 8 that starts at a place of an array of float64."""
    return _loading(_Lanes(WIDE), array)


@intrinsic
def _load(_context: Any, array: Any, _place: Any, like: Any) -> Any:
    """The vector, as wide as `like`, that starts at a place of an array of float64."""
    signature, generate = _loading(like, array)
    return signature.return_type(*signature.args, like), generate


@intrinsic
def _store(_context: Any, array: Any, _place: Any, value: Any) -> Any:
    """Put a vector, or a number, to a place of an array."""
    kind = value if isinstance(value, _Lanes) else array.dtype

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        start = _pointer(context, builder, array, arguments, kind)
        builder.store(arguments[2], start, align=8)
        return context.get_dummy_value()

    return types.void(array, types.intp, kind), generate


@intrinsic
def _read(_context: Any, array: Any, _place: Any) -> Any:
    """The number at a place of an array, which is not checked: whole numbers as int64."""
    kind = types.int64 if isinstance(array.dtype, types.Integer) else array.dtype

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        start = _pointer(context, builder, array, arguments, array.dtype)
        return context.cast(builder, builder.load(start), array.dtype, kind)

    return kind(array, types.intp), generate


def _arithmetic(operation: str) -> Any:
    """An operation on two vectors, one of which may be a number."""

    def typed(_context: Any, left: Any, right: Any) -> Any:
        lanes = left if isinstance(left, _Lanes) else right

        def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
            vector = context.get_value_type(lanes)
            spread = [
                value if value.type == vector else _spread(builder, value, vector)
                for value in arguments
            ]
            return getattr(builder, operation)(*spread)

        return lanes(
            *(kind if isinstance(kind, _Lanes) else types.float64 for kind in (left, right))
        ), generate

    return intrinsic(typed)


def _spread(builder: Any, value: Any, vector: Any) -> Any:
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.IntType(32)(0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), mask)


_add, _subtract = _arithmetic("fadd"), _arithmetic("fsub")
_multiply, _divide = _arithmetic("fmul"), _arithmetic("fdiv")


@intrinsic
def _width(_context: Any, like: Any) -> Any:
    """How many numbers a vector holds."""

    def generate(context: Any, _builder: Any, _signature: Any, _arguments: Any) -> Any:
        return context.get_constant(types.intp, like.width)

    return types.intp(like), generate


@njit(cache=True)
def _goes_right(value, node, numbers, links, words):
    """Whether (1 or 0) a value goes right at a node, as LightGBM has it."""
    at = node * LINKS
    kind = _read(links, at + KIND)
    if kind & CATEGORICAL:
        # -0.5 is category 0; what is missing, below, or beyond 32 bits is in no set.
        if -1.0 < value < 2147483648.0:
            category = np.int64(value)
            word = category >> 5
            if word < _read(links, at + WORDS):
                bits = _read(words, _read(links, at + WORDS_FROM) + word)
                return 1 - ((bits >> (category & 31)) & 1)
        return 1
    right = 0 if value <= _read(numbers, node * NUMBERS + THRESHOLD) else 1
    right = (kind & ZERO_RIGHT) // ZERO_RIGHT if value == 0.0 else right
    return (kind & MISSING_RIGHT) // MISSING_RIGHT if value != value else right


@njit(cache=True)
def _walk(q, rows, row, first, size, numbers, links, words, slots, inverse, shares, ways, sums, at):
    """Add what one tree gives one row to `sums`, (1 - q) times too much.

    Args:
        q: The nodes of quadrature.
        rows: Rows, one after the other, with what is next to zero made zero.
        row: Where the row begins.
        first: The tree's first node.
        size: How many it has.
        numbers: The trees' numbers, node after node.
        links: The trees' links, node after node.
        words: Sets of categories.
        slots: P on the way down, S on the way up, by node and leaf.
        inverse: By node, 1 / f of its column for who goes on with the row; 1 in place `size`.
        shares: By node, z of its column for who goes on with the row; 1 in place `size`.
        ways: By node, whether the row goes right; 2 if it has left the way on this column before.
        sums: By column, a vector.
        at: Where the sums of this row begin.
    """
    width = _width(q)
    p = _subtract(1.0, q)
    one = _add(_multiply(q, 0.0), 1.0)
    for k in range(size):
        node = first + k
        value = _read(rows, row + _read(links, node * LINKS + COLUMN))
        _store(ways, k, _goes_right(value, node, numbers, links, words))
    _store(ways, size, 0)
    _store(shares, size, 1.0)
    _store(inverse, size * width, one)
    _store(slots, 0, one)
    for k in range(size):
        link, number = (first + k) * LINKS, (first + k) * NUMBERS
        above = _read(links, link + ABOVE)
        here = _load(slots, k * width, q)
        if _read(ways, above) == _read(links, link + ABOVE_SIDE):
            hot = _read(ways, k)
            cold = 1 - hot
            before = _read(shares, above)
            share = before * _read(numbers, number + LEFT_COVER + hot)
            other = before * _read(numbers, number + LEFT_COVER + cold)
            _store(shares, k, share)
            here = _multiply(here, _load(inverse, above * width, q))
            factor = _add(q, _multiply(p, share))
            _store(inverse, k * width, _divide(1.0, factor))
            onward = _multiply(_multiply(here, factor), _read(numbers, number + LEFT_VALUE + hot))
            away = _multiply(_multiply(here, p), other * _read(numbers, number + LEFT_VALUE + cold))
            _store(slots, _read(links, link + LEFT + hot) * width, onward)
            _store(slots, _read(links, link + LEFT + cold) * width, away)
        else:
            _store(ways, k, 2)
            for side in range(2):
                scale = _read(numbers, number + LEFT_COVER + side)
                scale *= _read(numbers, number + LEFT_VALUE + side)
                _store(slots, _read(links, link + LEFT + side) * width, _multiply(here, scale))
    for k in range(size - 1, -1, -1):
        link = (first + k) * LINKS
        left = _load(slots, _read(links, link + LEFT) * width, q)
        right = _load(slots, _read(links, link + RIGHT) * width, q)
        both = _add(left, right)
        _store(slots, k * width, both)
        hot = _read(ways, k)
        if hot != 2:
            onward = _load(slots, _read(links, link + LEFT + hot) * width, q)
            above = _load(inverse, _read(links, link + ABOVE) * width, q)
            place = at + _read(links, link + COLUMN) * width
            gain = _subtract(
                _multiply(onward, _load(inverse, k * width, q)), _multiply(both, above)
            )
            _store(sums, place, _add(_load(sums, place, q), gain))


@njit(cache=True)
def _walk_all(
    q, rows, n, columns, trees, begin, end,
    numbers, links, words, slots, inverse, shares, ways, sums,
):  # fmt: skip
    """Add what some trees give each of n rows to its sums."""
    for tree in range(begin, end):
        first, size = _read(trees, 2 * tree), _read(trees, 2 * tree + 1)
        for i in range(n):
            _walk(
                q, rows, i * columns, first, size, numbers, links, words,
                slots, inverse, shares, ways, sums, i * columns * _width(q),
            )  # fmt: skip


@njit(cache=True)
def _explain(X, numbers, links, words, trees, groups, quadrature, contributions):
    """Add the contributions of a block of rows (n, f) to `contributions` (n, f + 1)."""
    n, columns = X.shape
    cleaned = X.copy().ravel()
    for place in range(len(cleaned)):
        if abs(cleaned[place]) <= ZERO:
            cleaned[place] = 0.0
    most = 0
    for tree in range(len(trees) // 2):
        most = max(most, trees[2 * tree + 1])
    slots = np.empty((2 * most + 1) * WIDE)
    inverse = np.empty((most + 1) * WIDE)
    shares = np.empty(most + 1)
    ways = np.empty(most + 1, np.int64)
    sums = np.empty(n * columns * WIDE)
    places = np.ascontiguousarray(quadrature[:, 0])
    for group in range(len(groups)):
        begin, count, node, width, passes = groups[group]
        for _ in range(passes):
            sums[: n * columns * width] = 0.0
            if width == NARROW:
                _walk_all(
                    _load_narrow(places, node), cleaned, n, columns, trees, begin, begin + count,
                    numbers, links, words, slots, inverse, shares, ways, sums,
                )  # fmt: skip
            else:
                _walk_all(
                    _load_wide(places, node), cleaned, n, columns, trees, begin, begin + count,
                    numbers, links, words, slots, inverse, shares, ways, sums,
                )  # fmt: skip
            for i in range(n):
                for j in range(columns):
                    total = 0.0
                    for lane in range(width):
                        weight = quadrature[node + lane, 1] / (1.0 - quadrature[node + lane, 0])
                        total += weight * sums[(i * columns + j) * width + lane]
                    contributions[i, j] += total
            node += width


def contributions_of(trees: FlatTrees, X: Floats) -> Floats:
    """Contributions (n, f + 1) in log-odds of rows (n, f); the last column is the expected value."""
    rows = np.ascontiguousarray(X, np.float64)
    contributions = np.zeros((len(rows), trees.columns + 1))
    contributions[:, -1] = trees.expected
    for begin in range(0, len(rows), BLOCK):
        _explain(
            rows[begin : begin + BLOCK],
            trees.numbers.ravel(), trees.links.ravel(), trees.words, trees.trees.ravel(), trees.groups, trees.quadrature,
            contributions[begin : begin + BLOCK],
        )  # fmt: skip
    return contributions
