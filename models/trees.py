"""What boosted trees say about a row: LightGBM on numpy, one thread a call."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar, Literal

import numpy as np
from lightgbm import Booster
from lightgbm.basic import LightGBMError

from features.spec import Floats
from models.contributions import ExplainedBy, TreeExplainer, sample_rows, tree_explainer
from models.errors import HeadRefusedError

if TYPE_CHECKING:
    from models.tree_margins import Walker

#: With more rows than this LightGBM is as quick.
_FEW = 256


@dataclass(frozen=True, eq=False)
class Trees:
    """Boosted trees, built from LightGBM's own text form.

    Attributes:
        text: The model's text: it is what is hashed and saved, to the byte.

    Raises:
        HeadRefusedError: when the text is not a LightGBM model with one margin a row.
    """

    kind: ClassVar[Literal["boosted_trees"]] = "boosted_trees"
    file: ClassVar[str] = "booster.txt"

    text: str
    booster: Booster = field(init=False, repr=False)

    def __post_init__(self) -> None:
        try:
            booster = Booster(model_str=self.text)
        except LightGBMError as error:
            raise HeadRefusedError(f"{self.file} is not a LightGBM model: {error}.") from error
        if booster.num_model_per_iteration() != 1:
            raise HeadRefusedError(f"{self.file} has several margins a row; a head has one.")
        object.__setattr__(self, "booster", booster)

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns it was trained on, in order."""
        return tuple(self.booster.feature_name())

    def margins(self, X: Floats) -> Floats:
        """Margins (n,) in log-odds of rows (n, f)."""
        # Only in a process that warmed up, which has imported Numba: most commands need not.
        quick: Walker | None = self.__dict__.get("_walker")
        if quick is not None and len(X) <= _FEW:
            return quick.margins(X)
        # One thread: with more, the slowest of them sets the time, and the machine has other work.
        values = self.booster.predict(X, raw_score=True, num_threads=1)
        return np.asarray(values, dtype=np.float64)

    def contributions(self, X: Floats) -> Floats:
        """Contributions (n, f + 1); the last column is the expected value."""
        return self.explainer.contributions(X)

    @cached_property
    def explainer(self) -> TreeExplainer:
        """Who explains these trees; the first look compiles the kernel and checks it."""
        return tree_explainer(self.booster, self.text)

    def warm_up(self) -> None:
        """Lay the trees out for few rows at a time, if that gives LightGBM's own margins."""
        self._walker  # noqa: B018 (looked at, so that it is made)

    @cached_property
    def _walker(self) -> Walker | None:
        from models.tree_margins import walker

        flat = self.explainer.flat
        return None if flat is None else walker(self.booster, self.text, sample_rows(flat))

    @property
    def explained_by(self) -> ExplainedBy:
        """Whether the kernel or LightGBM explains."""
        return self.explainer.explained_by

    @property
    def largest_difference(self) -> float | None:
        """Between the two on sample rows, in log-odds; None if the kernel could not run."""
        return self.explainer.largest_difference

    def to_bytes(self) -> bytes:
        """What `from_bytes` reads."""
        return self.text.encode()

    @classmethod
    def from_bytes(cls, content: bytes) -> Trees:
        """Read what `to_bytes` wrote."""
        return cls(content.decode())
