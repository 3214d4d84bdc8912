"""The finish for one movement: the very functions of `features.finish`, on numbers instead of arrays.

Asked about a single movement, numpy spends a microsecond a call on a nanosecond's arithmetic. So
the source of each function is read once and compiled anew with numpy's few words exchanged for
plain ones. + - x / and sqrt are correctly rounded on both sides: the bits are the same.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Callable, Sequence
from functools import cache
from math import copysign, inf, isnan, nan, sqrt
from types import FunctionType
from typing import Any

from features.errors import VardarError
from features.spec import MISSING, Column


class FinishOfOne:
    """Columns made of one movement's integers: the row of `finish.Finisher`, to the bit.

    Args:
        columns: The columns, in the order of the row.
        names: The integers they are made of, in the order they are given.

    Raises:
        FinishNotPlainError: when a finish uses more of numpy than is exchanged here.
    """

    def __init__(self, columns: Sequence[Column], names: Sequence[str]) -> None:
        place = {name: i for i, name in enumerate(names)}
        words: dict[Callable[..., Any], str] = {}
        made = []
        for column in columns:
            word = words.setdefault(column.finish, f"finish_{len(words)}")
            made.append(f"{word}({', '.join(f'x[{place[n]}]' for n in column.input_names)})")
        space: dict[str, Any] = {word: _plain(finish) for finish, word in words.items()}
        # One expression of all calls: a loop over them would take twice as long.
        self._row: Callable[[list[float]], list[float]] = eval(  # noqa: S307 (written just above)
            f"lambda x: [{', '.join(made)}]", space
        )

    def row(self, integers: Sequence[int]) -> list[float]:
        """The columns, float64; NaN where the value is not known."""
        return self._row([nan if i == MISSING else float(i) for i in integers])


class FinishNotPlainError(VardarError):
    """A finish cannot be said in plain numbers."""


class _Numbers:
    """numpy's words, for numbers."""

    nan = nan

    @staticmethod
    def maximum(a: float, b: float) -> float:
        """The greater of two; NaN if either is."""
        return a if a >= b or isnan(a) else b

    @staticmethod
    def sqrt(a: float) -> float:
        """The root; NaN below zero."""
        return nan if a < 0 else sqrt(a)


def _quotient(a: float, b: float) -> float:
    """IEEE 754's a / b: by zero too."""
    if b:
        return a / b
    return nan if a == 0 or isnan(a) else copysign(inf, a) * copysign(1.0, b)


@cache
def _plain(finish: FunctionType) -> Callable[..., float]:
    """The function for numbers."""
    lines, first = inspect.getsourcelines(finish)
    tree = _Exchanged(finish.__qualname__).visit(ast.parse("".join(lines)))
    # So that a traceback shows the line that was read.
    ast.increment_lineno(ast.fix_missing_locations(tree), first - 1)
    called = {n: finish.__globals__.get(n) for n in finish.__code__.co_names}
    space = finish.__globals__ | {"np": _Numbers, "_quotient": _quotient}
    space |= {name: _plain(f) for name, f in called.items() if isinstance(f, FunctionType)}
    exec(compile(tree, inspect.getfile(finish), "exec"), space)  # noqa: S102 (our own source)
    made: Callable[..., float] = space[finish.__name__]
    return made


class _Exchanged(ast.NodeTransformer):
    """Quotients as `_quotient`, `np.where` as "if else"; other words of numpy's must be `_Numbers`'."""

    def __init__(self, finish: str) -> None:
        self._finish = finish

    def visit_BinOp(self, node: ast.BinOp) -> ast.expr:
        self.generic_visit(node)
        if not isinstance(node.op, ast.Div):
            return node
        name = ast.Name("_quotient", ast.Load())
        return ast.copy_location(ast.Call(name, [node.left, node.right], []), node)

    def visit_Call(self, node: ast.Call) -> ast.expr:
        if ast.unparse(node.func) != "np.where":
            self.generic_visit(node)
            return node
        test, body, orelse = (self.visit(part) for part in node.args)
        return ast.copy_location(ast.IfExp(test, body, orelse), node)

    def visit_Attribute(self, node: ast.Attribute) -> ast.Attribute:
        if ast.unparse(node.value) == "np" and not hasattr(_Numbers, node.attr):
            raise FinishNotPlainError(
                f"{self._finish} uses {ast.unparse(node)}, which features/finish_of_one.py does not "
                "know: add what it does to one number there."
            )
        return node
