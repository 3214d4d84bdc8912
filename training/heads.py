"""One head from the movements of a subject: what is fitted on what, in which order.

Trees and the logistic baseline learn from `train`; `valid` stops the trees, chooses between the two
where the parameters say so, and calibrates. With `refit_on_valid` both are then fitted again on all
of the past, with the rounds that were found, and the calibration is carried over. `test` is not
read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa

from features.registry import FeatureSet
from features.spec import Floats, Integers
from features.table import matrix
from models.calibration import Calibration
from models.champion import RulesOnly
from models.risk_model import RiskModel, Scorer
from training.baseline import fit_logistic
from training.calibrate import calibrate, carried_over
from training.describe import Seen, card_columns_of, described
from training.fit import Rows, encoded, fit_trees, levels_of, refit_trees
from training.labels import Labels
from training.metrics import Ranking
from training.params import Params, Subject
from training.split import Part, Split, cuts_of, split
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


def learnt_from(parts: Split, params: Params) -> Part:
    """The part that the served head and its baseline have learnt from."""
    return parts.past if params.fit.refit_on_valid else parts.train


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
    if problem := _too_few(hits, len(train), least=params.fit.minimum_hits):
        return RulesOnly(subject=subject, risk=risk, reason=problem)
    columns = features.columns(subject, params.targets[risk])
    X = matrix(movements, columns)
    before = np.flatnonzero(parts.past.within)
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
    judged = {
        kind: _judged(scorer, Z, _measured(valid if len(valid) else train, parts, cap=cap), params)
        for kind, scorer in scorers.items()
    }
    final = learnt_from(parts, params)
    if params.fit.refit_on_valid:
        again = _rows(Z, final.rows, final.labels, cap=cap)
        trees = refit_trees(
            again, rounds=fitted.rounds, like=learn, columns=columns, params=params.fit,
            seed=params.seed,
        )  # fmt: skip
        refitted: dict[str, Scorer] = {"trees": trees, "logistic": logistic_on(again)}
        unseen = Z[_unseen(parts)]
        judged = {
            kind: replace(
                of,
                calibration=carried_over(
                    of.calibration,
                    before=scorers[kind].margins(unseen),
                    after=refitted[kind].margins(unseen),
                ),
            )
            for kind, of in judged.items()
        }
        scorers = refitted
    seen = Seen(
        X=X[before],
        event_at=movements["event_at"].to_numpy()[final.rows],
        recent=np.flatnonzero(parts.valid.within[before])
        if parts.valid.within.any()
        else np.arange(len(before)),
        rows=len(final.rows),
        hits=int(final.labels.hit[final.rows].sum()),
        base_rate=_base_rate(final.labels, final.rows),
    )
    made = {
        kind: described(
            scorer,
            judged[kind].calibration,
            subject=subject,
            risk=risk,
            target=params.targets[risk],
            features=features,
            card_columns=card_columns,
            seen=seen,
            params=params.calibrate,
            metrics=judged[kind].metrics,
            notes=f"{fitted.rounds} rounds." if kind == "trees" else "",
        )
        for kind, scorer in scorers.items()
    }
    return TrainedHead(head=made[_choice(judged, params)], logistic=made["logistic"])


def _too_few(hits: int, searched: int, *, least: int) -> str | None:
    if hits < least:
        return (
            f"{hits} hits were known when training ended; a model needs {least}. "
            "Rules and chance serve until then."
        )
    if hits == searched:
        return (
            "Every inspection known when training ended was a hit; a model needs some that found "
            "nothing. Rules and chance serve until then."
        )
    return None


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


@dataclass(frozen=True)
class _Judged:
    """What the validation days say of a scorer."""

    calibration: Calibration
    metrics: dict[str, float]


def _judged(scorer: Scorer, Z: Floats, measured: _Measured, params: Params) -> _Judged:
    margins, hit = scorer.margins(Z[measured.rows]), measured.labels.hit[measured.rows]
    figures = Ranking(margins, hit, capacities=()).measures(measured.weight[np.newaxis])
    known = {f"valid_{name}": float(of[0]) for name, of in figures.items() if np.isfinite(of[0])}
    return _Judged(
        calibrate(
            margins,
            hit,
            measured.weight,
            isotonic_from_hits=params.calibrate.isotonic_from_hits,
        ),
        known | {"valid_hits": float(hit.sum())},
    )


def _unseen(parts: Split) -> Integers:
    """Movements of the validation days that no fit learns from; all of them if none is left."""
    unseen = np.flatnonzero(parts.valid.within & ~parts.past.labels.searched)
    return unseen if len(unseen) else np.flatnonzero(parts.past.within)


def _choice(judged: Mapping[str, _Judged], params: Params) -> str:
    """The trees, unless it is asked for and the logistic regression ranks better."""
    auc = {kind: of.metrics.get("valid_auc", 0.5) for kind, of in judged.items()}
    better = params.fit.head == "better_on_valid" and auc["logistic"] > auc["trees"]
    return "logistic" if better else "trees"


def _rows(Z: Floats, rows: Integers, labels: Labels, *, cap: float) -> Rows:
    weight = training_weights(labels.propensity[rows], cap=cap)
    # A mean of 1 keeps the meaning of settings that count rows.
    return Rows(Z[rows], labels.hit[rows], weight / weight.mean())


def _base_rate(labels: Labels, rows: Integers) -> float:
    """Share of hits, of rows with a known propensity unless none of those is a hit."""
    weight = measuring_weights(labels.propensity[rows])
    if not labels.hit[rows[weight > 0]].any():
        weight = np.ones(len(rows))
    return float(np.average(labels.hit[rows], weights=weight))
