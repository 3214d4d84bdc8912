"""What an arm came to, year by year and month by month, by the truth.

A movement with both arms and people aboard is a case of each. "Of its own accord" leaves tips and
joint operations out: they go on whatever the office's policy is. No figure but `finds` depends on
whether the inspection found what was there.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from features.spec import Floats
from training.assurance.closed_loop.clustered import Cases, cases_of
from training.assurance.closed_loop.journal import RISKS
from training.assurance.closed_loop.loop import YEAR_DAYS
from training.assurance.closed_loop.typologies import Typology, by_typology, least_propensity
from training.intervals import Figure
from training.labels import Flags
from training.scenario.office.selection import CHANCE, JOINT, RULE, TIP

#: Days of a month in the curves.
MONTH_DAYS = 30

#: Of fewer cases than this no share is told.
LEAST_CASES = 10

#: The share of entities that concentration asks about.
_FEW_ENTITIES = 0.01


@dataclass(frozen=True)
class Year:
    """A year of an arm.

    Attributes:
        of_all: All cases, and those in movements that were inspected of the office's own accord.
        of_newcomers: Those where nothing had been found before of the lane or vehicle.
        of_reach: All cases, and those that could have been inspected of its own accord.
        recall_by_risk: Recall by risk.
        oracle: What as many inspections would have reached, had they gone to the truly riskiest.
        capacity: Share of the movements inspected of the office's own accord.
        by_chance: Share of these that chance named.
        finds: Of the cases reached, found.
        precision: Share of inspections of its own accord, chance aside, with something aboard.
        by_typology: By name.
        least_propensity: The probability with which any movement at all could be inspected.
        by_lot: Share of the inspections that a lot chose among movements the rules rank equal.
        concentration: Share of the inspections that rankings selected which fell on the most
            inspected 1 % of that year's lanes and vehicles.
        calibration_error: By head: mean distance of probabilities from the expected share of finds,
            in ten groups of equal size, as a share of the base rate; NaN without a model.
    """

    number: int
    movements: int
    of_all: Cases
    of_newcomers: Cases
    of_reach: Cases
    recall_by_risk: Mapping[str, Figure]
    oracle: float
    capacity: float
    by_chance: float
    finds: int
    precision: float
    by_typology: Mapping[str, Typology]
    least_propensity: float
    by_lot: float
    concentration: float
    calibration_error: Mapping[str, float]

    @property
    def recall(self) -> Figure:
        """Share of all cases in movements that were inspected of the office's own accord."""
        return self.of_all.share

    @property
    def newcomers(self) -> Figure:
        """The same where nothing had been found before of the lane or vehicle."""
        return self.of_newcomers.share

    @property
    def within_reach(self) -> Figure:
        """Share of the cases that could have been inspected of its own accord."""
        return self.of_reach.share

    @property
    def cases(self) -> int:
        """Cases carried."""
        return int(self.of_all.cases.sum())

    @property
    def reached(self) -> int:
        """Of these, in movements inspected of the office's own accord."""
        return int(self.of_all.reached.sum())

    @property
    def share_of_oracle(self) -> float:
        """Recall as a share of what could have been reached; NaN where nothing could."""
        return self.recall.value / self.oracle if self.oracle else math.nan

    @property
    def newcomers_share(self) -> float:
        """Share of the cases reached that are newcomers'; NaN where none was reached."""
        reached = int(self.of_newcomers.reached.sum())
        return reached / self.reached if self.reached else math.nan

    @property
    def mean_calibration_error(self) -> float:
        """Over the heads there were; NaN without one."""
        known = [error for error in self.calibration_error.values() if not math.isnan(error)]
        return sum(known) / len(known) if known else math.nan


@dataclass(frozen=True)
class Month:
    """Thirty days of an arm: recall of the office's own accord, and what backs it."""

    number: int
    cases: int
    reached: int
    calibration_error: float

    @property
    def recall(self) -> float:
        """Share of the cases reached; NaN without cases."""
        return self.reached / self.cases if self.cases else math.nan


def frame(journal: pa.Table) -> pd.DataFrame:
    """The journal with what every figure asks for: own accord, cases, what was to be expected."""
    rows = pd.DataFrame(journal.to_pandas())
    reason = rows["reason"].to_numpy()
    rows["own"] = (reason >= 0) & (reason != TIP) & (reason != JOINT)
    rows["year"] = rows["day"] // YEAR_DAYS + 1
    rows["month"] = rows["day"] // MONTH_DAYS + 1
    rows["newcomer"] = ~_found_before(rows)
    for risk in RISKS:
        rows[f"expected_{risk}"] = rows[f"risk_{risk}"] * _detected(rows, risk)
    return rows


def years(rows: pd.DataFrame) -> tuple[Year, ...]:
    """Every year of a `frame`."""
    return tuple(_year(int(str(number)), of) for number, of in rows.groupby("year", sort=True))


def months(rows: pd.DataFrame) -> tuple[Month, ...]:
    """Every thirty days of a `frame`; a shorter rest at the end is left out."""
    whole = (int(rows["day"].max()) + 1) // MONTH_DAYS
    made = []
    for number, of in rows[rows["month"] <= whole].groupby("month", sort=True):
        cases, reached = _cases(of), _cases(of, within=of["own"].to_numpy())
        errors = [error for error in calibration_errors(of).values() if not math.isnan(error)]
        error = float(np.mean(errors)) if errors else math.nan
        made.append(Month(int(str(number)), cases, reached, error))
    return tuple(made)


def lost(year: Year) -> tuple[str, ...]:
    """Typologies not one case of which could have been inspected in a year of its own accord."""
    return tuple(name for name, of in year.by_typology.items() if of.lost)


def neglected(year: Year) -> tuple[str, ...]:
    """Typologies inspected surely less often than if all capacity went to chance."""
    return tuple(name for name, of in year.by_typology.items() if of.neglected(year.capacity))


def scarce(year: Year) -> tuple[str, ...]:
    """Typologies within reach in a year, yet too seldom to rely on one case being inspected."""
    return tuple(name for name, of in year.by_typology.items() if of.scarce)


def too_few(year: Year) -> tuple[str, ...]:
    """Typologies with too few cases in a year to be judged."""
    return tuple(name for name, of in year.by_typology.items() if of.too_few)


def calibration_errors(rows: pd.DataFrame) -> dict[str, float]:
    """By head, as `Year.calibration_error` has it."""
    found = {}
    for subject, of in rows.groupby("subject", sort=True):
        for risk in RISKS:
            said = of[f"probability_{risk}"].to_numpy(dtype=np.float64)
            known = ~np.isnan(said)
            expected = of[f"expected_{risk}"].to_numpy(dtype=np.float64)
            error = _calibration_error(said[known], expected[known])
            found[f"{subject}-{risk}"] = error
    return found


def _year(number: int, rows: pd.DataFrame) -> Year:
    own = rows["own"].to_numpy(dtype=bool)
    chance = rows["reason"].to_numpy() == CHANCE
    ranked = own & ~chance
    cases = np.sum([rows[f"carries_{risk}"].to_numpy(dtype=np.int64) for risk in RISKS], axis=0)
    something = rows["carries_arms"].to_numpy() | rows["carries_smuggling"].to_numpy()
    newcomer = rows["newcomer"].to_numpy(dtype=bool)
    by_lot = own & (rows["reason"].to_numpy() == RULE) & (rows["propensity"].to_numpy() < 1)
    within_reach = rows["propensity"].to_numpy(dtype=np.float64) > 0
    by_risk = {}
    for risk in RISKS:
        carried = rows[f"carries_{risk}"].to_numpy(dtype=bool)
        by_risk[risk] = cases_of(rows, carried, carried & own).share
    return Year(
        number=number,
        movements=len(rows),
        of_all=cases_of(rows, cases, cases * own),
        of_newcomers=cases_of(rows, cases * newcomer, cases * (own & newcomer)),
        of_reach=cases_of(rows, cases, cases * within_reach),
        recall_by_risk=by_risk,
        oracle=_oracle(rows, own),
        capacity=float(own.mean()),
        by_chance=float(chance.sum() / own.sum()) if own.any() else math.nan,
        finds=sum(int(((rows[f"found_{risk}"] == 1) & own).sum()) for risk in RISKS),
        precision=float(something[ranked].mean()) if ranked.any() else math.nan,
        by_typology=by_typology(rows, own),
        least_propensity=least_propensity(rows),
        by_lot=float(by_lot.sum() / own.sum()) if own.any() else math.nan,
        concentration=_concentration(rows, ranked),
        calibration_error=calibration_errors(rows),
    )


def _found_before(rows: pd.DataFrame) -> Flags:
    """Whether (n,) something found of the same lane or vehicle was known before the movement's day."""
    found = np.any([rows[f"found_{risk}"].to_numpy() == 1 for risk in RISKS], axis=0)
    known = rows["known"].where(found)
    first = known.groupby([rows["subject"], rows["entity"]]).transform("min")
    return np.asarray(first < rows["day"], dtype=np.bool_)


def _detected(rows: pd.DataFrame, risk: str) -> Floats:
    """What share (n,) of that risk an inspection finds, by stratum: of all inspected in the arm."""
    carried = rows[f"carries_{risk}"].to_numpy(dtype=bool)
    labelled = carried & (rows[f"found_{risk}"].to_numpy() >= 0)
    found = labelled & (rows[f"found_{risk}"].to_numpy() == 1)
    stratum = rows["stratum"].to_numpy()
    overall = found.sum() / max(1, labelled.sum())
    most = int(stratum.max()) + 1
    # Strata with few inspected cases lean on all of them.
    of = np.bincount(stratum[labelled], minlength=most) + 5.0
    share = (np.bincount(stratum[found], minlength=most) + 5.0 * overall) / of
    return np.asarray(share[stratum], dtype=np.float64)


def _cases(rows: pd.DataFrame, *, within: Flags | None = None) -> int:
    inside = np.ones(len(rows), dtype=bool) if within is None else within
    return sum(int((rows[f"carries_{risk}"].to_numpy(dtype=bool) & inside).sum()) for risk in RISKS)


def _oracle(rows: pd.DataFrame, own: Flags) -> float:
    """Recall of the truly riskiest, as many of each subject as were inspected."""
    reached = 0
    for _, of in rows.assign(own=own).groupby("subject", sort=True):
        risk = of["risk_arms"].to_numpy() + of["risk_smuggling"].to_numpy()
        top = np.zeros(len(of), dtype=bool)
        top[np.argsort(-risk, kind="stable")[: int(of["own"].sum())]] = True
        reached += _cases(of, within=top)
    cases = _cases(rows)
    return reached / cases if cases else math.nan


def _concentration(rows: pd.DataFrame, ranked: Flags) -> float:
    entities = rows.groupby(["subject", "entity"], sort=False).size()
    many: Sequence[int] = rows[ranked].groupby(["subject", "entity"], sort=False).size().to_list()
    if not many:
        return math.nan
    few = max(1, round(_FEW_ENTITIES * len(entities)))
    return float(sum(sorted(many, reverse=True)[:few]) / sum(many))


def _calibration_error(said: Floats, expected: Floats) -> float:
    if len(said) < LEAST_CASES or not expected.mean() > 0:
        return math.nan
    groups = np.array_split(np.argsort(said, kind="stable"), 10)
    apart = sum(len(g) * abs(float(said[g].mean() - expected[g].mean())) for g in groups)
    return float(apart / len(said) / expected.mean())
