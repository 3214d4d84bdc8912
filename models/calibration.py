"""How likely is a find, given the model's margin: knots and straight lines between them."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from math import isfinite
from pathlib import Path
from typing import Annotated, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from features.spec import Floats
from models.errors import InvalidCalibrationError, first_fault
from models.files import canonical_json, write_whole


@dataclass(frozen=True)
class Calibration:
    """A monotone map from margins to probabilities, constant beyond its first and last knot.

    Unlike `np.interp`, a value between two knots can never round to more than the upper knot, so
    the map is monotone to the last bit, and one margin gives the same bits alone as in an array.

    Attributes:
        knots_margin: Margins in log-odds, strictly growing, at least two.
        knots_probability: Probabilities at those margins, never falling.

    Raises:
        InvalidCalibrationError: when the knots are not such.
    """

    knots_margin: tuple[float, ...]
    knots_probability: tuple[float, ...]

    def __post_init__(self) -> None:
        # Fitting hands over numpy's numbers; plain ones are faster one by one and can be written.
        margins = tuple(float(margin) for margin in self.knots_margin)
        probabilities = tuple(float(p) for p in self.knots_probability)
        object.__setattr__(self, "knots_margin", margins)
        object.__setattr__(self, "knots_probability", probabilities)
        if len(margins) != len(probabilities) or len(margins) < 2:
            raise InvalidCalibrationError(
                f"A calibration needs two knots or more, a probability for each margin: got "
                f"{len(margins)} margins and {len(probabilities)} probabilities."
            )
        if not isfinite(margins[-1] - margins[0]) or any(a >= b for a, b in pairwise(margins)):
            raise InvalidCalibrationError("knots_margin must be finite and strictly growing.")
        # Written so that NaN fails it.
        if not all(0 <= p <= 1 for p in probabilities):
            raise InvalidCalibrationError("knots_probability must lie between 0 and 1.")
        if any(a > b for a, b in pairwise(probabilities)):
            raise InvalidCalibrationError("knots_probability must never fall as the margin grows.")

    def probability(self, margins: Floats) -> Floats:
        """Probabilities (n,) for margins (n,)."""
        x, y = self._knots
        m = np.clip(margins, x[0], x[-1])
        j = np.clip(np.searchsorted(x, m, side="right") - 1, 0, len(x) - 2)
        line = y[j] + (y[j + 1] - y[j]) * ((m - x[j]) / (x[j + 1] - x[j]))
        return np.asarray(np.minimum(line, y[j + 1]), dtype=np.float64)

    def probability_of(self, margin: float) -> float:
        """The probability for one margin: the same bits as `probability`, without an array."""
        x, y = self.knots_margin, self.knots_probability
        m = min(max(margin, x[0]), x[-1])
        j = min(max(bisect_right(x, m) - 1, 0), len(x) - 2)
        line = y[j] + (y[j + 1] - y[j]) * ((m - x[j]) / (x[j + 1] - x[j]))
        return min(line, y[j + 1])

    def to_json(self) -> bytes:
        """The same calibration, the same bytes."""
        return canonical_json(
            {
                "format": 1,
                "knots_margin": self.knots_margin,
                "knots_probability": self.knots_probability,
            }
        )

    @classmethod
    def from_json(cls, content: bytes) -> Calibration:
        """Read a calibration.

        Raises:
            InvalidCalibrationError: naming the field at fault.
        """
        try:
            read = _File.model_validate_json(content)
        except ValidationError as error:
            raise InvalidCalibrationError(
                f"The calibration is invalid at {first_fault(error)}."
            ) from error
        return cls(read.knots_margin, read.knots_probability)

    def save(self, path: Path) -> None:
        """Write the calibration."""
        write_whole(path, self.to_json())

    @classmethod
    def load(cls, path: Path) -> Calibration:
        """Read a calibration from a file; raises as `from_json`."""
        return cls.from_json(path.read_bytes())

    @cached_property
    def _knots(self) -> tuple[Floats, Floats]:
        return np.array(self.knots_margin), np.array(self.knots_probability)


_Finite = Annotated[float, Field(allow_inf_nan=False)]


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    format: Literal[1]
    knots_margin: tuple[_Finite, ...]
    knots_probability: tuple[_Finite, ...]
