"""Vectors of float64 in LLVM's own registers, and bare places in memory, for code compiled by Numba.

Numba has neither. Nothing here checks a bound: whoever reads or writes has made the room.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic, models, register_model

#: How many numbers a vector holds: half a register of AVX-512, or a whole one.
NARROW, WIDE = 4, 8

#: How many bytes memory is brought near by at once.
_LINE = 64


def _generated(function: Callable[..., Any]) -> Any:
    """Let the function say what LLVM code stands for a call; typed, as Numba's decorator is not."""
    return intrinsic(function)


class _Lanes(types.Type):
    """So many float64 in one vector register of LLVM's."""

    def __init__(self, width: int) -> None:
        super().__init__(name=f"Lanes({width})")
        self.width = width


@register_model(_Lanes)
class _LanesModel(models.PrimitiveModel):
    def __init__(self, manager: Any, kind: _Lanes) -> None:
        super().__init__(manager, kind, ir.VectorType(ir.DoubleType(), kind.width))  # type: ignore[no-untyped-call]


@_generated
def start(_context: Any, array: Any) -> Any:
    """Where an array's numbers begin: whoever passed it keeps it alive.

    Inner functions get such places, not arrays, whose references they would count at every call.
    """
    place = types.CPointer(array.dtype)  # type: ignore[no-untyped-call]

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return context.make_array(array)(context, builder, value=arguments[0]).data

    return place(array), generate


@_generated
def lined_up(_context: Any, place: Any) -> Any:
    """The first multiple of 64 bytes from a place on: no vector lies across two cache lines."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        word = ir.IntType(64)
        address = builder.add(builder.ptrtoint(arguments[0], word), word(63))
        return builder.inttoptr(builder.and_(address, word(-64)), arguments[0].type)

    return place(place), generate


@_generated
def on(_context: Any, place: Any, _count: Any) -> Any:
    """The place so many numbers further on."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.gep(arguments[0], [arguments[1]])

    return place(place, types.intp), generate


@_generated
def as_words(_context: Any, place: Any) -> Any:
    """The same place, where int64 are read and written whatever else is there."""
    words = types.CPointer(types.int64)  # type: ignore[no-untyped-call]

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.bitcast(arguments[0], ir.IntType(64).as_pointer())

    return words(place), generate


def _vector_start(context: Any, builder: Any, arguments: Any, lanes: Any) -> Any:
    first = builder.gep(arguments[0], [arguments[1]])
    return builder.bitcast(first, context.get_value_type(lanes).as_pointer())


def _loading(lanes: Any, place: Any) -> tuple[Any, Callable[..., Any]]:
    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        return builder.load(_vector_start(context, builder, arguments, lanes), align=8)

    return lanes(place, types.intp), generate


@_generated
def load_narrow(_context: Any, place: Any, _index: Any) -> Any:
    """The vector of 4 that starts so many float64 further on."""
    return _loading(_Lanes(NARROW), place)


@_generated
def load_wide(_context: Any, place: Any, _index: Any) -> Any:
    """The vector of 8 that starts so many float64 further on."""
    return _loading(_Lanes(WIDE), place)


@_generated
def load(_context: Any, place: Any, _index: Any, like: Any) -> Any:
    """The vector, as wide as `like`, that starts so many float64 further on."""
    signature, generate = _loading(like, place)
    return signature.return_type(*signature.args, like), generate


@_generated
def store(_context: Any, place: Any, _index: Any, value: Any) -> Any:
    """Put a vector, or a number, so many numbers further on."""
    kind = value if isinstance(value, _Lanes) else place.dtype

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        first = _vector_start(context, builder, arguments, kind)
        # A vector's place is that of its first number.
        builder.store(arguments[2], first, align=place.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(place, types.intp, kind), generate


@_generated
def read(_context: Any, place: Any, _index: Any) -> Any:
    """The number so many further on; whole numbers as int64."""
    kind = types.int64 if isinstance(place.dtype, types.Integer) else types.float64

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        number = builder.load(builder.gep(arguments[0], [arguments[1]]))
        return context.cast(builder, number, place.dtype, kind)

    return kind(place, types.intp), generate


@_generated
def ask_for(_context: Any, place: Any, _begin: Any, _end: Any) -> Any:
    """Have the memory from so many numbers further on to so many be brought near, and do not wait."""

    def generate(context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        numbers = _LINE * 8 // place.dtype.bitwidth
        with cgutils.for_range_slice(
            builder, arguments[1], arguments[2], arguments[1].type(numbers), intp=arguments[1].type
        ) as (index, _):
            first = builder.bitcast(builder.gep(arguments[0], [index]), byte)
            # To read, into the nearest cache, as data.
            builder.call(prefetch, [first, flag(0), flag(3), flag(1)])
        return context.get_dummy_value()

    return types.void(place, types.intp, types.intp), generate


@_generated
def read_word(_context: Any, place: Any, _index: Any) -> Any:
    """The 64 bits that start so many numbers further on, the first number lowest, as one int64."""

    def generate(_context: Any, builder: Any, _signature: Any, arguments: Any) -> Any:
        first = builder.gep(arguments[0], [arguments[1]])
        return builder.load(builder.bitcast(first, ir.IntType(64).as_pointer()), align=1)

    return types.int64(place, types.intp), generate


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

    return _generated(typed)


def _spread(builder: Any, value: Any, vector: Any) -> Any:
    first = builder.insert_element(ir.Constant(vector, ir.Undefined), value, ir.IntType(32)(0))
    mask = ir.Constant(ir.VectorType(ir.IntType(32), vector.count), [0] * vector.count)
    return builder.shuffle_vector(first, ir.Constant(vector, ir.Undefined), mask)


add, subtract = _arithmetic("fadd"), _arithmetic("fsub")
multiply, divide = _arithmetic("fmul"), _arithmetic("fdiv")


@_generated
def width_of(_context: Any, like: Any) -> Any:
    """How many numbers a vector holds."""

    def generate(context: Any, _builder: Any, _signature: Any, _arguments: Any) -> Any:
        return context.get_constant(types.intp, like.width)

    return types.intp(like), generate
