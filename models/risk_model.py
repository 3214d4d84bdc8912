"""A trained model: what it makes of a movement's columns, and when it refuses or abstains."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Literal, Protocol

import numpy as np

from features.spec import Floats
from models.calibration import Calibration
from models.card import BandName, Card
from models.contributions import ExplainedBy
from models.errors import ColumnsDifferError, HeadRefusedError
from models.languages import ENGLISH, Language
from models.levels import LevelCodes
from models.support import SupportCheck


class Scorer(Protocol):
    """What makes margins and contributions of rows: `Trees`, `Linear` or `Blend`."""

    @property
    def kind(self) -> Literal["boosted_trees", "logistic", "blend"]:
        """The card's word for it."""

    @property
    def file(self) -> str:
        """The name of its file in a head's folder."""

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns it was trained on, in order."""

    @property
    def explained_by(self) -> ExplainedBy:
        """Who makes its contributions; the first look may compile and check."""

    @property
    def largest_difference(self) -> float | None:
        """Between two ways of making them on sample rows, in log-odds; None where there is one."""

    def margins(self, X: Floats) -> Floats:
        """Margins (n,) in log-odds of rows (n, f)."""

    def contributions(self, X: Floats) -> Floats:
        """Contributions (n, f + 1); the last column is the expected value."""

    def warm_up(self) -> None:
        """Do once what makes later calls quick."""

    def to_bytes(self) -> bytes:
        """The content of its file."""


@dataclass(frozen=True, eq=False)
class RiskModel:
    """One head: a subject and a risk.

    Attributes:
        manifest_sha256: Hash of the manifest it was loaded from; None until it is saved.

    Raises:
        HeadRefusedError: when the scorer is of another kind than the card says.
        ColumnsDifferError: when the scorer was trained on other columns than the card says.
    """

    card: Card
    calibration: Calibration
    scorer: Scorer
    manifest_sha256: str | None = None

    def __post_init__(self) -> None:
        if self.scorer.kind != self.card.kind:
            raise HeadRefusedError(
                f"The card of {self.card.name} says {self.card.kind}, "
                f"but {self.scorer.file} is {self.scorer.kind}."
            )
        self.check_columns(self.scorer.column_names)

    @property
    def explained_by(self) -> ExplainedBy:
        """Who makes its contributions: our kernel, LightGBM, or the formula of a regression."""
        return self.scorer.explained_by

    @property
    def largest_difference(self) -> float | None:
        """Between the kernel's and LightGBM's on sample rows, in log-odds; None where there is one way."""
        return self.scorer.largest_difference

    def margins(self, X: Floats) -> Floats:
        """Margins (n,) in log-odds of rows (n, f), float64, NaN where not known."""
        rows = self._levels.encode(self._rows(X))
        return self.scorer.margins(rows) if len(rows) else np.empty(0)

    def probabilities(self, margins: Floats) -> Floats:
        """Calibrated probabilities (n,) of margins (n,)."""
        return self.calibration.probability(margins)

    def contributions(self, X: Floats) -> Floats:
        """Contributions (n, f + 1) in log-odds; the last column is the expected value.

        Each row sums to its margin to 1e-9.
        """
        rows = self._levels.encode(self._rows(X))
        return self.scorer.contributions(rows) if len(rows) else np.empty((0, rows.shape[1] + 1))

    def band(self, probability: float) -> BandName:
        """The band a probability falls in."""
        return self.card.band(probability)

    def support_problem(self, x: Floats, *, language: Language = ENGLISH) -> str | None:
        """Why the model should not be asked about this row (f,), or None."""
        return self.support_problems(x[np.newaxis], language=language)[0]

    def support_problems(self, X: Floats, *, language: Language = ENGLISH) -> list[str | None]:
        """The same for each of many rows (n, f)."""
        return self._support.problems(self._rows(X), language=language)

    def warm_up(self) -> None:
        """Compile, check and do once whatever the first movement would otherwise wait for: seconds."""
        self.scorer.warm_up()
        row = np.full((1, len(self.card.columns)), np.nan)
        self.support_problems(row)
        self.calibration.probability_of(float(self.margins(row)[0]))
        self.contributions(row)

    def check_columns(self, names: Sequence[str]) -> None:
        """Refuse columns that are not the model's, in the model's order.

        Raises:
            ColumnsDifferError: naming what is missing, unexpected, or first out of place.
        """
        expected = self.card.column_names
        if tuple(names) == expected:
            return
        faults = []
        if missing := [name for name in expected if name not in names]:
            faults.append(f"missing: {', '.join(missing)}")
        if unexpected := [name for name in names if name not in expected]:
            faults.append(f"unexpected: {', '.join(unexpected)}")
        for place, (name, wanted) in enumerate(zip(names, expected, strict=False), start=1):
            if name != wanted:
                faults.append(f"column {place} is {name} and should be {wanted}")
                break
        else:
            faults.append(f"{len(names)} columns instead of {len(expected)}")
        raise ColumnsDifferError(
            f"These are not the columns of {self.card.name} {self.card.version}: "
            f"{'; '.join(faults)}."
        )

    def _rows(self, X: Floats) -> Floats:
        if X.ndim != 2 or X.shape[1] != len(self.card.columns):
            raise ColumnsDifferError(
                f"{self.card.name} {self.card.version} reads rows of {len(self.card.columns)} "
                f"columns, not an array of shape {X.shape}."
            )
        return np.ascontiguousarray(X, dtype=np.float64)

    @cached_property
    def _levels(self) -> LevelCodes:
        return LevelCodes(self.card.columns)

    @cached_property
    def _support(self) -> SupportCheck:
        return SupportCheck(self.card)
