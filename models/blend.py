"""What trees and a logistic regression say together about a row: a weighted sum of their margins.

With few finds trees miss what adds up slowly and a straight line misses what holds only together; their sum is more
often right than either. Margins add up, so contributions do too, and stay exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from features.spec import Floats
from models.contributions import ExplainedBy
from models.errors import HeadRefusedError, first_fault
from models.files import canonical_json
from models.linear import Linear
from models.trees import Trees

_Weight = Annotated[float, Field(gt=0, allow_inf_nan=False)]


@dataclass(frozen=True, eq=False)
class Blend:
    """Trees and a logistic regression over the same columns, added up.

    Attributes:
        trees_weight: What the trees' margin is multiplied by, above 0.
        linear_weight: What the regression's margin is multiplied by, above 0.

    Raises:
        HeadRefusedError: when the two read other columns, or another order of them.
    """

    kind: ClassVar[Literal["blend"]] = "blend"
    file: ClassVar[str] = "blend.json"

    trees: Trees
    linear: Linear
    trees_weight: float
    linear_weight: float

    def __post_init__(self) -> None:
        if self.trees.column_names != self.linear.column_names:
            raise HeadRefusedError(
                f"The trees and the regression of {self.file} read different columns."
            )

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns both were trained on, in order."""
        return self.trees.column_names

    def margins(self, X: Floats) -> Floats:
        """Margins (n,) in log-odds of rows (n, f)."""
        return np.asarray(
            self.trees_weight * self.trees.margins(X) + self.linear_weight * self.linear.margins(X)
        )

    def contributions(self, X: Floats) -> Floats:
        """Contributions (n, f + 1); the last column is the expected value."""
        return np.asarray(
            self.trees_weight * self.trees.contributions(X)
            + self.linear_weight * self.linear.contributions(X)
        )

    @property
    def explained_by(self) -> ExplainedBy:
        """Who explains its trees."""
        return self.trees.explained_by

    @property
    def largest_difference(self) -> float | None:
        """As of its trees."""
        return self.trees.largest_difference

    def warm_up(self) -> None:
        """As of its trees."""
        self.trees.warm_up()

    def to_bytes(self) -> bytes:
        """What `from_bytes` reads: the same head, the same bytes."""
        return canonical_json({
            "format": 1,
            "booster": self.trees.text,
            "linear": self.linear.model_dump(mode="json"),
            "linear_weight": self.linear_weight,
            "trees_weight": self.trees_weight,
        })  # fmt: skip

    @classmethod
    def from_bytes(cls, content: bytes) -> Blend:
        """Read what `to_bytes` wrote.

        Raises:
            HeadRefusedError: naming the field at fault.
        """
        try:
            read = _File.model_validate_json(content)
        except ValidationError as error:
            raise HeadRefusedError(f"{cls.file} is invalid at {first_fault(error)}.") from error
        return cls(Trees(read.booster), read.linear, read.trees_weight, read.linear_weight)


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    format: Literal[1]
    booster: str
    linear: Linear
    linear_weight: _Weight
    trees_weight: _Weight
