"""What is wrong with a record that is refused."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from features.errors import VardarError


@dataclass(frozen=True)
class FieldProblem:
    """One rule that one field breaks.

    Attributes:
        field: JSON pointer such as "/items/0/commodity_code"; "" for the record as a whole.
        rule: Short code of the rule, snake_case.
        message: A sentence with the way out. It never repeats the value.
    """

    field: str
    rule: str
    message: str


class RecordRefused(VardarError):
    """The record breaks hard rules; `problems` names every field and rule."""

    def __init__(self, problems: Iterable[FieldProblem]) -> None:
        self.problems = tuple(problems)
        told = "; ".join(f"{p.field or 'the record'}: {p.message}" for p in self.problems)
        super().__init__(f"The record is refused. {told}")


def pointer(path: Iterable[object]) -> str:
    """JSON pointer (RFC 6901) of a path of names and positions."""
    return "".join(f"/{str(step).replace('~', '~0').replace('/', '~1')}" for step in path)
