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
    RIGHT_COVER,
    RIGHT_VALUE,
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


@intrinsic
def _start(_context: Any, array: Any) -> Any:
    """Where an array's numbers begin: whoever passed it keeps it alive.

    Inner functions get such places, not arrays, whose references they would count at every call.
    """
    place = types.CPointer(array.dtype)

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return context.make_array(array)(context, builder, value=arguments[0]).data

    return place(array), generate


@intrinsic
def _lined_up(_context: Any, place: Any) -> Any:
    """The first multiple of 64 bytes from a place on: no vector lies across two cache lines."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        address = builder.add(builder.ptrtoint(arguments[0], word), word(63))
        return builder.inttoptr(builder.and_(address, word(-64)), arguments[0].type)

    return place(place), generate


@intrinsic
def _on(_context: Any, place: Any, _count: Any) -> Any:
    """The place so many numbers further on."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.gep(*arguments[:1], [arguments[1]])

    return place(place, types.intp), generate


def _vector_start(context: Any, builder: Any, arguments: Any, lanes: Any) -> Any:
    start = builder.gep(arguments[0], [arguments[1]])
    return builder.bitcast(start, context.get_value_type(lanes).as_pointer())


def _loading(lanes: Any, place: Any) -> tuple[Any, Callable[..., Any]]:
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.load(_vector_start(context, builder, arguments, lanes), align=8)

    return lanes(place, types.intp), generate


@intrinsic
def _load_narrow(_context: Any, place: Any, _index: Any) -> Any:
    """The vector of 4 that starts so many float64 further on."""
    return _loading(_Lanes(NARROW), place)


@intrinsic
def _load_wide(_context: Any, place: Any, _index: Any) -> Any:
    """The vector of 8 that starts so many float64 further on."""
    return _loading(_Lanes(WIDE), place)


@intrinsic
def _load(_context: Any, place: Any, _index: Any, like: Any) -> Any:
    """The vector, as wide as `like`, that starts so many float64 further on."""
    signature, generate = _loading(like, place)
    return signature.return_type(*signature.args, like), generate


@intrinsic
def _store(_context: Any, place: Any, _index: Any, value: Any) -> Any:
    """Put a vector, or a number, so many float64 further on."""
    kind = value if isinstance(value, _Lanes) else types.float64

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        start = _vector_start(context, builder, arguments, kind)
        builder.store(arguments[2], start, align=8)
        return context.get_dummy_value()

    return types.void(place, types.intp, kind), generate


@intrinsic
def _read(_context: Any, place: Any, _index: Any) -> Any:
    """The number so many further on; whole numbers as int64."""
    kind = types.int64 if isinstance(place.dtype, types.Integer) else types.float64

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        number = builder.load(builder.gep(arguments[0], [arguments[1]]))
        return context.cast(builder, number, place.dtype, kind)

    return kind(place, types.intp), generate


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
    beyond = 1 - np.int64(value <= _read(numbers, node * NUMBERS + THRESHOLD))
    zero, missing = np.int64(value == 0.0), np.int64(value != value)
    known = 1 - (zero | missing)
    return (
        (known & beyond)
        | (zero & (kind >> 2))
        | (missing & (kind >> 1))
    )


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
        _store(ways, k, np.float64(_goes_right(value, node, numbers, links, words)))
    _store(ways, size, 0.0)
    _store(shares, size, 1.0)
    _store(inverse, size * width, one)
    _store(slots, 0, one)
    for k in range(size):
        link, number = (first + k) * LINKS, (first + k) * NUMBERS
        above = _read(links, link + ABOVE)
        here = _load(slots, k * width, q)
        if _read(ways, above) == _read(links, link + ABOVE_SIDE):
            right = _read(ways, k)
            left = 1.0 - right
            before = _read(shares, above)
            left_share = before * _read(numbers, number + LEFT_COVER)
            right_share = before * _read(numbers, number + RIGHT_COVER)
            share = left * left_share + right * right_share
            _store(shares, k, share)
            here = _multiply(here, _load(inverse, above * width, q))
            _store(inverse, k * width, _divide(1.0, _add(q, _multiply(p, share))))
            left_factor = _add(_multiply(q, left), _multiply(p, left_share))
            right_factor = _add(_multiply(q, right), _multiply(p, right_share))
            _store(slots, _read(links, link + LEFT) * width, _multiply(_multiply(here, left_factor), _read(numbers, number + LEFT_VALUE)))
            _store(slots, _read(links, link + RIGHT) * width, _multiply(_multiply(here, right_factor), _read(numbers, number + RIGHT_VALUE)))
        else:
            _store(ways, k, 2.0)
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
        way = _read(ways, k)
        if way != 2.0:
            onward = _add(_multiply(left, 1.0 - way), _multiply(right, way))
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
def _explain(X, numbers, links, words, trees, groups, quadrature, most, scratch, contributions):
    """Add the contributions of a block of rows (n, f) to `contributions` (n, f + 1)."""
    n, columns = X.shape
    slots = _lined_up(_start(scratch))
    inverse = _on(slots, (2 * most + 1) * WIDE)
    sums = _on(inverse, (most + 1) * WIDE)
    cleaned = _on(sums, n * columns * WIDE)
    shares = _on(cleaned, n * columns)
    ways = _on(shares, most + 1)
    for i in range(n):
        for j in range(columns):
            value = X[i, j]
            _store(cleaned, i * columns + j, 0.0 if abs(value) <= ZERO else value)
    at_trees, at_numbers, at_links = _start(trees), _start(numbers), _start(links)
    at_words, places = _start(words), _start(quadrature)
    for group in range(len(groups)):
        begin, count, node, width, passes = groups[group]
        for _ in range(passes):
            for place in range(n * columns * width):
                _store(sums, place, 0.0)
            if width == NARROW:
                _walk_all(
                    _load_narrow(places, node), cleaned, n, columns, at_trees, begin, begin + count,
                    at_numbers, at_links, at_words, slots, inverse, shares, ways, sums,
                )  # fmt: skip
            else:
                _walk_all(
                    _load_wide(places, node), cleaned, n, columns, at_trees, begin, begin + count,
                    at_numbers, at_links, at_words, slots, inverse, shares, ways, sums,
                )  # fmt: skip
            for i in range(n):
                for j in range(columns):
                    total = 0.0
                    for lane in range(width):
                        weight = quadrature[1, node + lane] / (1.0 - quadrature[0, node + lane])
                        total += weight * _read(sums, (i * columns + j) * width + lane)
                    contributions[i, j] += total
            node += width


def contributions_of(trees: FlatTrees, X: Floats) -> Floats:
    """Contributions (n, f + 1) in log-odds of rows (n, f); the last column is the expected value."""
    rows = np.ascontiguousarray(X, np.float64)
    contributions = np.zeros((len(rows), trees.columns + 1))
    contributions[:, -1] = trees.expected
    most = trees.most
    block = min(BLOCK, len(rows))
    scratch = np.empty(3 * (most + 1) * WIDE + block * trees.columns * (WIDE + 1) + 2 * most + 10)
    for begin in range(0, len(rows), BLOCK):
        _explain(
            rows[begin : begin + BLOCK],
            trees.numbers, trees.links, trees.words, trees.trees, trees.groups, trees.quadrature,
            most, scratch,
            contributions[begin : begin + BLOCK],
        )  # fmt: skip
    return contributions
