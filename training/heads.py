"""One head from the movements of a subject: what is fitted on what, in which order.

Trees and the logistic baseline learn from `train`; `valid` stops the trees, chooses between the two
where the parameters say so, and calibrates. With `refit_on_valid` both are then fitted again on
`train` and `valid` together, with what was found, and the calibration is kept. `test` is not read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa

from features.registry import FeatureSet
from features.spec import Floats, Integers
from features.table import matrix
from models.champion import RulesOnly
from models.risk_model import RiskModel, Scorer
from training.baseline import fit_logistic
from training.calibrate import calibrate
from training.describe import Seen, card_columns_of, described
from training.fit import Rows, encoded, fit_trees, levels_of, refit_trees
from training.labels import Labels
from training.metrics import Ranking
from training.params import Params, Subject
from training.split import Split, cuts_of, split
from training.weights import measuring_weights, training_weights


@dataclass(frozen=True, eq=False)
class TrainedHead:
    """A head and the logistic baseline beside it, which may be the same."""

    head: RiskModel
    logistic: RiskModel


def head_name(subject: str, risk: str) -> str:
    """The name of a head and of its folder."""
    return f"{subject}-{risk}"


def split_of(movements: pa.Table, outcomes: pd.DataFrame, *, risk: str, params: Params) -> Split:
    """The split that fitting and evaluating share."""
    event_at = movements["event_at"].to_numpy()
    return split(
        movements["u"].to_numpy(),
        event_at,
        outcomes=outcomes,
        target=params.targets[risk],
        cuts=cuts_of(event_at, params.split),
    )


def train_head(
    movements: pa.Table,
    outcomes: pd.DataFrame,
    *,
    features: FeatureSet,
    subject: Subject,
    risk: str,
    params: Params,
    texts: Mapping[str, Mapping[int, str]],
) -> TrainedHead | RulesOnly:
    """Fit, calibrate and describe a head, or say why there is none.

    Args:
        movements: Integers of the subject's movements (`features.table.integer_table`).
        outcomes: Outcomes of inspections (`training.labels.read_outcomes`).
        features: The features the movements were made with.
        subject: Kind of movement.
        risk: One of the targets.
        params: The parameter file.
        texts: What raw codes of categorical columns stand for, by column.
    """
    parts = split_of(movements, outcomes, risk=risk, params=params)
    train, valid = parts.train.rows, parts.valid.rows
    hits = int(parts.train.labels.hit[train].sum())
    if hits < params.fit.minimum_hits:
        return RulesOnly(
            subject=subject,
            risk=risk,
            reason=f"{hits} hits were known when training ended; a model needs "
            f"{params.fit.minimum_hits}. Rules and chance serve until then.",
        )
    columns = features.columns(subject, params.targets[risk])
    X = matrix(movements, columns)
    before = np.flatnonzero(parts.train.within | parts.valid.within)
    levels = levels_of(
        X[np.flatnonzero(parts.train.within)], columns, texts=texts, most=params.fit.most_levels
    )
    card_columns = card_columns_of(X[before], columns, levels=levels)
    Z = encoded(X, card_columns)
    cap = params.fit.weight_cap
    learn = _rows(Z, train, parts.train.labels, cap=cap)
    stop = _rows(Z, valid, parts.valid.labels, cap=cap) if len(valid) else None
    fitted = fit_trees(learn, stop, columns=columns, params=params.fit, seed=params.seed)

    def logistic_on(rows: Rows) -> Scorer:
        categorical = [column.categorical for column in columns]
        penalty = params.fit.logistic_penalty
        return fit_logistic(rows, columns=columns, categorical=categorical, penalty=penalty)

    scorers: dict[str, Scorer] = {"trees": fitted.trees, "logistic": logistic_on(learn)}
    measured = _measured(valid if len(valid) else train, parts, cap=cap)
    calibrations = {
        kind: calibrate(
            scorer.margins(Z[measured.rows]),
            measured.labels.hit[measured.rows],
            measured.weight,
            isotonic_from_hits=params.calibrate.isotonic_from_hits,
        )
        for kind, scorer in scorers.items()
    }
    better = _better(scorers, Z, measured) if params.fit.head == "better_on_valid" else "trees"
    final, labels = train, parts.train.labels
    if params.fit.refit_on_valid and len(valid):
        labels = parts.valid.labels
        within = parts.train.within | parts.valid.within
        final = np.flatnonzero(within & labels.searched)
        again = _rows(Z, final, labels, cap=cap)
        trees = refit_trees(
            again, rounds=fitted.rounds, like=learn, columns=columns, params=params.fit,
            seed=params.seed,
        )  # fmt: skip
        scorers = {"trees": trees, "logistic": logistic_on(again)}
    seen = Seen(
        X=X[before],
        event_at=movements["event_at"].to_numpy()[before],
        recent=np.flatnonzero(parts.valid.within[before])
        if parts.valid.within.any()
        else np.arange(len(before)),
        rows=len(final),
        hits=int(labels.hit[final].sum()),
        base_rate=_base_rate(labels, final),
    )
    made = {
        kind: described(
            scorer,
            calibrations[kind],
            subject=subject,
            risk=risk,
            target=params.targets[risk],
            features=features,
            card_columns=card_columns,
            seen=seen,
            params=params.calibrate,
            notes=f"{fitted.rounds} rounds." if kind == "trees" else "",
        )
        for kind, scorer in scorers.items()
    }
    return TrainedHead(head=made[better], logistic=made["logistic"])


@dataclass(frozen=True)
class _Measured:
    """Rows to calibrate and choose on, and what each stands for."""

    rows: Integers
    labels: Labels
    weight: Floats


def _measured(rows: Integers, parts: Split, *, cap: float) -> _Measured:
    """Rows with a known propensity, unless none of those is a hit."""
    labels = parts.valid.labels
    weight = measuring_weights(labels.propensity[rows])
    known = weight > 0
    if labels.hit[rows[known]].any():
        return _Measured(rows[known], labels, weight[known])
    return _Measured(rows, labels, training_weights(labels.propensity[rows], cap=cap))


def _better(scorers: Mapping[str, Scorer], Z: Floats, measured: _Measured) -> str:
    """Which ranks better: the trees, unless the logistic regression has the higher AUC."""
    hit = measured.labels.hit[measured.rows]
    auc = {
        kind: Ranking(scorer.margins(Z[measured.rows]), hit, capacities=()).measures(
            measured.weight[np.newaxis]
        )["auc"][0]
        for kind, scorer in scorers.items()
    }
    return "logistic" if auc["logistic"] > auc["trees"] else "trees"


def _rows(Z: Floats, rows: Integers, labels: Labels, *, cap: float) -> Rows:
    weight = training_weights(labels.propensity[rows], cap=cap)
    # A mean of 1 keeps the meaning of settings that count rows.
    return Rows(Z[rows], labels.hit[rows], weight / weight.mean())


def _base_rate(labels: Labels, rows: Integers) -> float:
    weight = measuring_weights(labels.propensity[rows])
    if not weight.any():
        weight = np.ones(len(rows))
    return float(np.average(labels.hit[rows], weights=weight))
