"""What a feature is: a window over a key's past, or an integer of the record, and the column made of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]

#: Stands for "not known" among int64 values, on every engine: no measure can reach it.
MISSING = -(2**63)

Aggregate = Literal["sum", "first", "last", "ever"]

#: What a column is made of, for comparing what each family is worth: the record alone, the past
#: of its keys, the ways and links between movements, vehicles that travel together, or the words
#: that describe the goods.
Family = Literal["record", "history", "graph", "convoy", "text"]


@dataclass(frozen=True, order=True)
class Feature:
    """A history feature: what one measure comes to over the events that share a key.

    A window is the `days` whole UTC calendar days before today, plus today's events strictly
    before u (closed days only for population keys).

    Attributes:
        key: The kind of key the events share, such as "consignee".
        measure: An integer measure of those events, such as "declarations".
        aggregate: "sum"; "first" and "last", the UTC day number of the earliest and the latest
            day in the window whose measure is above zero (`MISSING` if there is none); "ever", 1
            if the measure was ever above zero, else 0.
        days: Length of the window in days; 0 with "ever", which knows no window. A "first" has
            the longest window of its key.
    """

    key: str
    measure: str
    aggregate: Aggregate
    days: int

    @cached_property
    def name(self) -> str:
        """The feature's column in the table of integers, such as `consignee_declarations_30d`."""
        match self.aggregate:
            case "sum":
                return f"{self.key}_{self.measure}_{self.days}d"
            case "first" | "last":
                return f"{self.key}_{self.measure}_{self.aggregate}_{self.days}d"
            case "ever":
                return f"{self.key}_{self.measure}_ever"


@dataclass(frozen=True)
class Column:
    """One column a model reads: integers in, one number out, and the words for it.

    Attributes:
        name: The column's name in models, cards and explanations.
        sentence: What a supervisor reads; `{value}` stands for the value with its unit.
        unit: The unit of the value, such as "kg" or "declarations"; "" for a bare number.
        reason: The code of the reason this column is grouped under.
        inputs: Names of the integers it needs, in the order `finish` takes them: history
            features, or row integers of the record.
        finish: Makes the column from arrays (n,) of float64, `MISSING` as NaN; + - x / and
            sqrt only, so that every CPU gives the same bits.
        direction: +1 if the risk may only grow with the value, -1 if only fall, 0 if free.
        categorical: The value is a code, not a quantity.
        field_role: Whether a field officer may see it.
        family: What it is made of.
        missing: What a missing value means, as an officer would say it.
    """

    name: str
    sentence: str
    unit: str
    reason: str
    inputs: tuple[Feature | str, ...]
    finish: Callable[..., Floats]
    direction: Literal[-1, 0, 1] = 0
    categorical: bool = False
    field_role: bool = True
    family: Family = "record"
    missing: str = "not declared"

    @cached_property
    def input_names(self) -> tuple[str, ...]:
        """Names of the integers the column is made of."""
        return tuple(i if isinstance(i, str) else i.name for i in self.inputs)
