"""What the office itself would say of its years from what it inspected, beside the truth."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from training.assurance.closed_loop.journal import RISKS
from training.intervals import Figure
from training.policy_value.figures import hit_rate
from training.policy_value.logged import Logged
from training.policy_value.measuring import Method, measuring
from training.scenario.office.selection import CHANCE

#: From what the hit rate of all movements is told; naively for the sake of comparison.
METHODS: tuple[Method, ...] = ("random_slice", "doubly_robust", "naive")


@dataclass(frozen=True)
class Estimated:
    """The hit rate of all movements of a head in a year: what inspecting each would have found.

    Attributes:
        truth: What it was, by what they carried and the share that inspections find.
        told: The estimate and its interval; no interval where it is insufficient.
        effective_hits: Equally weighted hits that back it.
        sufficient: Whether these are enough for the interval.
    """

    year: int
    head: str
    method: Method
    truth: float
    told: Figure
    effective_hits: float
    sufficient: bool

    @property
    def holds(self) -> bool | None:
        """Whether the interval covers the truth; None where there is none."""
        return self.told.low <= self.truth <= self.told.high if self.sufficient else None


def estimates(rows: pd.DataFrame) -> tuple[Estimated, ...]:
    """Estimates of every year and head that had a model all along, of a `years.frame`."""
    made: list[Estimated] = []
    for year, of_year in rows.groupby("year", sort=True):
        for subject, of in of_year.groupby("subject", sort=True):
            for risk in RISKS:
                if of[f"probability_{risk}"].isna().mean() < 0.01:
                    head = f"{subject}-{risk}"
                    made += _of_head(of, risk, year=int(str(year)), head=head)
    return tuple(made)


def _of_head(rows: pd.DataFrame, risk: str, *, year: int, head: str) -> list[Estimated]:
    said = rows[f"probability_{risk}"].to_numpy(dtype=np.float64)
    p = np.clip(np.where(np.isnan(said), np.nanmin(said), said), 1e-9, 1 - 1e-9)
    labelled = rows["own"].to_numpy(dtype=bool) & (rows[f"found_{risk}"].to_numpy() >= 0)
    propensity = rows["propensity"].to_numpy(dtype=np.float64)
    by_chance = rows["reason"].to_numpy() == CHANCE
    logged = Logged(
        # Without a random share most movements could not be inspected at all.
        propensity=np.where(propensity > 0, propensity, np.nan),
        inspected=labelled,
        hit=labelled & (rows[f"found_{risk}"].to_numpy() == 1),
        margins={head: np.log(p / (1 - p))},
        random=by_chance,
    )
    truth = float(rows[f"expected_{risk}"].mean())
    made = []
    for method in METHODS:
        if method == "random_slice" and not (labelled & by_chance).any():
            nothing = Figure(float("nan"), float("nan"), float("nan"))
            made.append(Estimated(year, head, method, truth, nothing, 0.0, sufficient=False))
            continue
        told = hit_rate(measuring(logged, method=method))
        figure = Figure(told.value, told.low, told.high)
        made.append(
            Estimated(year, head, method, truth, figure, told.effective_hits, told.sufficient)
        )
    return made
