"""Do the heads' probabilities hold, by the true risk of every movement of the test days?

A head learns from what inspections found, and they miss much of what is there. So its probability
that an inspection finds something stands beside

    true risk x P(found | carried, inspected),

where the second factor is, for each stratum, the mean detection over the levels at which the office
controls it, less what is written down wrongly. Beside the true risk itself a head that is right is
too low by that factor; both are told. The risk is the very probability a movement was drawn by, so
what is compared is no count of cases, and has none of their noise.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.dataset as dataset

from features.spec import Floats, Integers
from features.table import matrix
from models.card import BANDS, BandName
from models.risk_model import RiskModel
from training.assurance.period_heads import Learnt
from training.errors import TrainingError
from training.heads import split_of
from training.intervals import Figure, bootstrapped
from training.params import Params
from training.scenario.profile import Outcomes
from training.truth import read_truth

_RESAMPLES = 200
_TENTHS = 10
#: A gas probe shows people; of arms it shows as much as a look does.
_ARMS_BY = {"gas_probe": "visual"}


@dataclass(frozen=True)
class Judged:
    """One head's probabilities beside the truth, for m movements of the test days.

    Attributes:
        head: The head's name.
        seed: Of the period.
        probability: What the head says (m,); movements it abstained on are left out.
        risk: The true risk (m,).
        finding: The probability that an inspection of it finds and records it (m,).
        band: Place of the band in `BANDS` (m,).
    """

    head: str
    seed: int
    probability: Floats
    risk: Floats
    finding: Floats
    band: Integers


@dataclass(frozen=True)
class Calibrated:
    """How far probabilities lie from the truth, in one band or in all.

    Attributes:
        band: None for all.
        movements: How many.
        said: Mean probability.
        true: Mean truth.
        error: The expected error as a share of the true rate of these movements: over the bands
            for all, within the one for a band.
        by_tenths: The same over tenths of the movements by probability.
    """

    band: BandName | None
    movements: int
    said: float
    true: float
    error: Figure
    by_tenths: float


def judged(learnt: Learnt, name: str, *, params: Params, outcomes: Outcomes) -> Judged:
    """One head's probabilities in the test days beside the truth.

    Args:
        learnt: A made-up period and its heads.
        name: Of the head.
        params: Says where the test begins and where the truth's columns are.
        outcomes: How the made-up office controls.

    Raises:
        TrainingError: if nobody knows the truth of these records.
    """
    if learnt.truth is None or params.evaluate.truth is None:
        raise TrainingError(
            f"The truth about {learnt.name} is not known; calibration by the truth needs a "
            "made-up period and `evaluate.truth` in the parameter file."
        )
    head = learnt.heads[name].head
    subject, risk = head.card.subject, head.card.risk
    movements = learnt.movements[subject]
    parts = split_of(movements, learnt.outcomes, risk=risk, params=params)
    tested = movements.filter(pa.array(parts.test.within))
    told = params.evaluate.truth.model_copy(update={"path": learnt.truth})
    truth = read_truth(told, tested, subject=subject, risk=risk)
    stratum = _strata(learnt.truth, subject)
    detected = detection_by_stratum(
        _levels(learnt.events, movements, stratum), risk=risk, outcomes=outcomes
    )
    X = matrix(tested, learnt.features.columns(subject, head.card.target_results))
    p = _probabilities(head, X)
    highest = truth.highest(np.where(np.isnan(p), -np.inf, p))
    spoken = np.isfinite(highest)
    _, first = np.unique(truth.movement, return_index=True)
    of = stratum.reindex(tested["source_record_id"].to_numpy()[first]).map(dict(detected))
    finding = truth.risk * of.to_numpy(dtype=np.float64)
    lower = np.array([low for _, low in head.card.bands])
    return Judged(
        head=name,
        seed=learnt.seed,
        probability=highest[spoken],
        risk=truth.risk[spoken],
        finding=finding[spoken],
        band=np.searchsorted(lower, highest[spoken], side="right") - 1,
    )


def detection_by_stratum(
    controls: pd.DataFrame, *, risk: str, outcomes: Outcomes
) -> Mapping[str, float]:
    """P(found and recorded | carried, inspected) in each stratum.

    Args:
        controls: One row an inspection: `stratum` of its movement, and its `level`.
        risk: arms, or another.
        outcomes: How likely each level finds what is there, and how many finds are written wrongly.
    """
    level = controls["level"].replace(_ARMS_BY) if risk == "arms" else controls["level"]
    found = level.map(dict(outcomes.detection)) * (1 - outcomes.wrong_finds)
    return {str(s): float(p) for s, p in found.groupby(controls["stratum"]).mean().items()}


def calibrated(of: Judged, truth: Floats, *, seed: int) -> list[Calibrated]:
    """How far one head's probabilities lie from a truth (m,): in all, then band by band.

    Intervals are over the movements, drawn again; bands without movements are left out.
    """
    found = [_calibrated(None, of.probability, truth, of.band, seed)]
    for place, band in enumerate(BANDS):
        within = of.band == place
        if within.any():
            alone = np.zeros(int(within.sum()), np.int64)
            found.append(_calibrated(band, of.probability[within], truth[within], alone, seed))
    return found


def _calibrated(
    band: BandName | None, p: Floats, truth: Floats, group: Integers, seed: int
) -> Calibrated:
    def measures(weight: Floats) -> dict[str, Floats]:
        return {"error": _error(weight, p, truth, group)}

    drawn = bootstrapped(measures, np.ones(len(p)), resamples=_RESAMPLES, seed=seed)
    order = np.argsort(p, kind="stable")
    tenth = np.empty(len(p), np.int64)
    tenth[order] = np.arange(len(p)) * _TENTHS // len(p)
    return Calibrated(
        band=band,
        movements=len(p),
        said=float(p.mean()),
        true=float(truth.mean()),
        error=drawn["error"],
        by_tenths=float(_error(np.ones((1, len(p))), p, truth, tenth)[0]),
    )


def _error(weight: Floats, p: Floats, truth: Floats, group: Integers) -> Floats:
    """Expected calibration error over groups as a share of the rate (b,), for weights (b, m)."""
    total = np.zeros(len(weight))
    for place in np.unique(group):
        inside = group == place
        total += np.abs(weight[:, inside] @ (p - truth)[inside])
    return np.asarray(total / (weight @ truth))


def _probabilities(head: RiskModel, X: Floats) -> Floats:
    """Probabilities (n,), NaN where the head abstains."""
    silent = np.array([problem is not None for problem in head.support_problems(X)], np.bool_)
    return np.where(silent, math.nan, head.probabilities(head.margins(X)))


def _strata(truth: Path, subject: str) -> pd.Series[str]:
    """The stratum of each movement of a subject, by its number."""
    table = dataset.dataset(str(truth)).to_table(
        columns=["source_record_id", "stratum"], filter=dataset.field("kind") == subject
    )
    frame = pd.DataFrame(table.to_pandas()).drop_duplicates("source_record_id")
    strata: pd.Series[str] = frame.set_index("source_record_id")["stratum"].astype(str)
    return strata


def _levels(events: Path, movements: pa.Table, stratum: pd.Series[str]) -> pd.DataFrame:
    """One row an inspection of these movements: the stratum, and the level of control."""
    files: Sequence[str] = sorted(str(path) for path in events.glob("events-*.parquet"))
    table = dataset.dataset(files).to_table(
        columns=["movement_u", "control_level"],
        filter=(dataset.field("kind") == "inspection") & dataset.field("takes_back").is_null(),
    )
    made = pd.DataFrame(table.to_pandas(integer_object_nulls=True)).dropna()
    numbers = pd.Series(
        movements["source_record_id"].to_numpy(), index=movements["u"].to_numpy(), dtype=object
    )
    number = numbers.reindex(made["movement_u"].astype(np.int64))
    return pd.DataFrame(
        {"stratum": stratum.reindex(number).to_numpy(), "level": made["control_level"].to_numpy()}
    ).dropna()
