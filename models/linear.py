"""What a logistic regression says about a row: the baseline, and the model when labels are few."""

from __future__ import annotations

from functools import cached_property
from math import isnan
from typing import Annotated, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError

from features.spec import Floats
from models.contributions import ExplainedBy
from models.errors import InvalidLinearError, first_fault
from models.files import canonical_json


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


_Share = Annotated[float, Field(ge=0, le=1)]


class LinearLevel(_Part):
    """One level of a categorical column that has a coefficient of its own.

    Attributes:
        share: Share of the training movements at this level.
    """

    code: int
    coefficient: float
    share: _Share


class LinearSlope(_Part):
    """What a column's coefficient is greater by among movements of one class (`Linear.classes`)."""

    code: int
    coefficient: float


class LinearColumn(_Part):
    """How one column adds to the margin.

    A known value adds coefficient * (clipped value - mean) / scale; a missing one is read as
    `fill`. On top comes missing_coefficient * (1 if missing, else 0, less missing_share), and, for
    a categorical column, the like for each level. Everything is centred on the training rows, so
    that the intercept is the expected margin and each term is the exact Shapley value.

    Attributes:
        low: Values below are read as this, so that one odd figure does not rule the margin.
        high: Values above are read as this.
        logarithm: Whether a value counts by log(1 + value), after it was clipped; `fill`, `mean`
            and `scale` are of these.
        slopes: What the coefficient is greater by in some classes of movements.
        levels: Not empty for a categorical column, whose code is not read as a number.
    """

    name: str
    coefficient: float = 0.0
    fill: float = 0.0
    mean: float = 0.0
    scale: float = Field(default=1.0, gt=0)
    low: float | None = None
    high: float | None = None
    logarithm: bool = False
    missing_coefficient: float = 0.0
    missing_share: _Share = 0.0
    levels: tuple[LinearLevel, ...] = ()
    slopes: tuple[LinearSlope, ...] = ()

    @model_validator(mode="after")
    def _has_a_logarithm(self) -> Self:
        if self.logarithm and (self.low is None or self.low < 0):
            raise PydanticCustomError("no_logarithm", "A logarithm needs low to be 0 or more.")
        return self


class LinearClass(_Part):
    """A class of movements with slopes of its own, and its share of the training movements."""

    code: int
    share: _Share


class LinearClasses(_Part):
    """The categorical column by which slopes differ, and its classes."""

    column: str
    members: tuple[LinearClass, ...] = Field(min_length=1)


class Linear(_Part):
    """A logistic regression over the columns of a card, with slopes of its own for each class of movements.

    A slope of a class adds coefficient * value * (1 in that class, else 0). Half of what value and
    class do together is either's (its exact Shapley value, of columns taken as independent): the
    expectation over classes is the value's, the rest is shared.
    """

    kind: ClassVar[Literal["logistic"]] = "logistic"
    file: ClassVar[str] = "linear.json"
    #: Each term is its column's exact contribution.
    explained_by: ClassVar[ExplainedBy] = "closed_form"
    largest_difference: ClassVar[float | None] = None

    format: Literal[1] = 1
    intercept: float
    columns: tuple[LinearColumn, ...] = Field(min_length=1)
    classes: LinearClasses | None = None

    @model_validator(mode="after")
    def _knows_its_classes(self) -> Self:
        codes = {one.code for one in self.classes.members} if self.classes else set()
        if self.classes and self.classes.column not in self.column_names:
            raise PydanticCustomError("no_class_column", "classes.column is none of the columns.")
        for column in self.columns:
            if unknown := sorted({slope.code for slope in column.slopes} - codes):
                raise PydanticCustomError(
                    "unknown_class", "{column} has a slope for class {code}, which is none.",
                    {"column": column.name, "code": unknown[0]},
                )  # fmt: skip
        return self

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns it was trained on, in order."""
        return tuple(column.name for column in self.columns)

    def margins(self, X: Floats) -> Floats:
        """Margins (n,) in log-odds of rows (n, f)."""
        # Summed row by row and never by a matrix product, whose bits depend on the number of rows.
        return np.asarray(self._terms(X).sum(axis=1) + self.intercept, dtype=np.float64)

    def contributions(self, X: Floats) -> Floats:
        """Contributions (n, f + 1); the last column is the expected value."""
        return np.column_stack([self._terms(X), np.full(len(X), self.intercept)])

    def warm_up(self) -> None:
        """There is nothing to do once."""

    def to_bytes(self) -> bytes:
        """What `from_bytes` reads: the same head, the same bytes."""
        return canonical_json(self.model_dump(mode="json"))

    @classmethod
    def from_bytes(cls, content: bytes) -> Linear:
        """Read what `to_bytes` wrote.

        Raises:
            InvalidLinearError: naming the field at fault.
        """
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            raise InvalidLinearError(f"{cls.file} is invalid at {first_fault(error)}.") from error

    def _terms(self, X: Floats) -> Floats:
        table = self._table
        missing = np.isnan(X)
        value = np.clip(X, table["low"], table["high"])
        if self._logarithms is not None:
            np.log1p(value, out=value, where=self._logarithms)
        value = (np.where(missing, table["fill"], value) - table["mean"]) / table["scale"]
        if self._slopes is None:
            terms = table["coefficient"] * value
        else:
            place, by_code, own, of_class = self._slopes
            member = [by_code.get(x, -1) for x in X[:, place].tolist()]
            terms = own[member] * value
        terms += table["missing_coefficient"] * (missing - table["missing_share"])
        for j, known, other, absent in self._categorical:
            terms[:, j] = [known.get(x, absent if isnan(x) else other) for x in X[:, j].tolist()]
        if self._slopes is not None:
            terms[:, place] += (of_class[member] * value).sum(axis=1)
        return np.ascontiguousarray(terms)

    @cached_property
    def _categorical(self) -> list[tuple[int, dict[float, float], float, float]]:
        """By categorical column: its term by level, of any other level, and where it is missing.

        Looked up, because a loop over all levels took most of a score's time.
        """
        return [
            (
                j,
                {float(level.code): _term(column, float(level.code)) for level in column.levels},
                _term(column, None),
                _term(column, None, missing=True),
            )
            for j, column in enumerate(self.columns)
            if column.levels
        ]

    @cached_property
    def _logarithms(self) -> NDArray[np.bool_] | None:
        """Which columns are read by their logarithms; None for none."""
        which = np.array([c.logarithm and not c.levels for c in self.columns])
        return which if which.any() else None

    @cached_property
    def _slopes(self) -> tuple[int, dict[float, int], Floats, Floats] | None:
        """Where the class is told, which row is whose, and what a value's unit adds.

        By class (k + 1, f), the last row of movements in none of them: to its own column, and to
        that of the class.
        """
        if self.classes is None or not any(column.slopes for column in self.columns):
            return None
        members = self.classes.members
        row = {one.code: i for i, one in enumerate(members)}
        slopes = np.zeros((len(members) + 1, len(self.columns)))
        for j, column in enumerate(self.columns):
            for slope in column.slopes:
                slopes[row[slope.code], j] = slope.coefficient
        expected = np.array([one.share for one in members]) @ slopes[:-1]
        own = self._table["coefficient"] + (slopes + expected) / 2
        place = self.column_names.index(self.classes.column)
        return place, {float(code): i for code, i in row.items()}, own, (slopes - expected) / 2

    @cached_property
    def _table(self) -> dict[str, NDArray[np.float64]]:
        columns = self.columns
        return {
            # A categorical column's code is not a quantity, whatever the file says.
            "coefficient": np.array([0.0 if c.levels else c.coefficient for c in columns]),
            "fill": np.array([c.fill for c in columns]),
            "mean": np.array([c.mean for c in columns]),
            "scale": np.array([c.scale for c in columns]),
            "low": np.array([-np.inf if c.low is None else c.low for c in columns]),
            "high": np.array([np.inf if c.high is None else c.high for c in columns]),
            "missing_coefficient": np.array([c.missing_coefficient for c in columns]),
            "missing_share": np.array([c.missing_share for c in columns]),
        }


def _term(column: LinearColumn, code: float | None, *, missing: bool = False) -> float:
    """What a categorical column adds at the level with this code; None for any other."""
    term = column.missing_coefficient * (missing - column.missing_share)
    for level in column.levels:
        term += level.coefficient * ((code == float(level.code)) - level.share)
    return term
