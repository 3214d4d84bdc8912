"""One head from the movements of a subject: what is fitted on what, in which order.

What the head is made of, trees, a logistic regression or both, is decided within the past
(`training.choosing`). Both learn from `train`; `valid` stops the trees, and calibrates where it holds
the hits for it (`training.calibrating`). With `refit_on_valid` both are then fitted again on all of
the past, with the rounds that were found. `test` is not read. Beside the inspected they learn from what
nobody inspected (`training.background`), which is never judged by.
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
from models.risk_model import RiskModel
from training.background import background_of, beside, rule_points
from training.calibrating import Fits, judged
from training.choosing import Choice, Dated, choose, composed, forward_folds, linear_of
from training.describe import Seen, card_columns_of, described
from training.fit import Rows, encoded, fit_trees, levels_of, refit_trees
from training.labels import Flags, Labels
from training.params import FitParams, Params, Subject
from training.police_reports import reported
from training.rankers import check_rules
from training.split import Part, Split, cuts_of, split
from training.weights import measuring_weights, training_cap, training_weights

_DAY = 86_400_000_000  # microseconds


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
    event_at, movement_u = movements["event_at"].to_numpy(), movements["u"].to_numpy()
    return split(
        movement_u,
        event_at,
        outcomes=outcomes,
        target=params.targets[risk],
        cuts=cuts_of(event_at, params.split, movement_u=movement_u, outcomes=outcomes),
        detection=params.fit.detection,
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
    reports: pd.DataFrame | None = None,
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
        reports: What the police reported (`training.police_reports.read_reports`); None: nothing.
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
    event_at = movements["event_at"].to_numpy()
    final = learnt_from(parts, params)
    past = dated_rows(Z, final, event_at, params.fit)
    rules = check_rules(params, features) if params.fit.rules_worth else ()
    points = rule_points(X, columns, rules, subject=subject, risk=risk)
    unseen = final.within & ~_teaches(final)
    named = reported(
        reports, movements["u"].to_numpy(), event_at, unseen,
        risk=risk, until_u=parts.cuts.test_from, params=params.fit.reports,
    )  # fmt: skip
    usual = background_of(Z, event_at, points, unseen, named=named, params=params)
    fold_fits = (
        forward_folds(
            past, columns=columns, params=params.fit, embargo=parts.cuts.embargo, seed=params.seed,
            background=usual,
        )
        if _folds_are_asked(parts, params)
        else []
    )  # fmt: skip
    chosen = choose(
        past, columns=columns, params=params.fit, embargo=parts.cuts.embargo, seed=params.seed,
        folds=fold_fits,
    )  # fmt: skip
    first = dated_rows(Z, parts.train, event_at, params.fit).rows
    learn = beside(first, usual.before(parts.cuts.valid_from - parts.cuts.embargo))
    stop = dated_rows(Z, parts.valid, event_at, params.fit).rows if len(valid) else None
    fitted = fit_trees(learn, stop, columns=columns, params=params.fit, seed=params.seed)
    linear = linear_of(learn, columns=columns, params=params.fit)
    whole, last_trees, last_linear = learn, fitted.trees, linear
    if params.fit.refit_on_valid:
        whole = beside(past.rows, usual)
        last_trees = refit_trees(
            whole, rounds=fitted.rounds, like=learn, columns=columns, params=params.fit,
            seed=params.seed,
        )  # fmt: skip
        last_linear = linear_of(whole, columns=columns, params=params.fit)
    fits = {
        "head": Fits(
            composed(fitted.trees, linear, chosen),
            composed(last_trees, last_linear, chosen),
            chosen,
        ),
        "logistic": Fits(linear, last_linear, None),
    }
    base_rate = _base_rate(final.labels, final.rows)
    judgements = {
        who: judged(
            of, Z, parts,
            folds=fold_fits, dated=past, event_at=event_at, base_rate=base_rate, params=params,
        )
        for who, of in fits.items()
    }  # fmt: skip
    seen = Seen(
        X=X[before],
        event_at=event_at[final.rows],
        recent=np.flatnonzero(parts.valid.within[before])
        if parts.valid.within.any()
        else np.arange(len(before)),
        rows=len(final.rows),
        hits=int(final.labels.hit[final.rows].sum()),
        base_rate=base_rate,
    )
    made = {
        who: described(
            of.last,
            judgements[who].calibration,
            subject=subject,
            risk=risk,
            target=params.targets[risk],
            features=features,
            card_columns=card_columns,
            seen=seen,
            params=params.calibrate,
            metrics=judgements[who].metrics | _facts(parts, final, params.fit),
            notes=_notes(chosen, fitted.rounds, whole) if who == "head" else "",
        )
        for who, of in fits.items()
    }
    return TrainedHead(head=made["head"], logistic=made["logistic"])


def dated_rows(Z: Floats, part: Part, event_at: Integers, params: FitParams) -> Dated:
    """The labelled rows of a part, weighed as the parameters want them.

    A movement counts as many as it stands for, up to a cap at which no case dominates; where nothing
    was found, only as much as the control would have found what was there. Of rare hits that is
    their likelihood to first order: log(1 - p d) is about d log(1 - p). What no control could have
    found is left out.

    Args:
        Z: What the columns say of all movements (n, f), categories in small codes.
        part: The part, with labels of all movements.
        event_at: Times of all movements (n,), microseconds since 1970 UTC.
        params: Settings.
    """
    labels = part.labels
    rows = np.flatnonzero(part.within & _teaches(part))
    propensity, hit = labels.propensity[rows], labels.hit[rows]
    weight = training_weights(propensity, cap=_cap(propensity, hit, params))
    weight = np.where(hit, weight, weight * labels.detection[rows])
    # A mean of 1 keeps the meaning of settings that count rows.
    weight = weight / weight.mean() if len(rows) else weight
    return Dated(Rows(Z[rows], hit, weight), event_at[rows], labels.known_at[rows])


def _teaches(part: Part) -> Flags:
    """Movements (n,) whose outcome says something: the others are as good as never inspected."""
    labels = part.labels
    return labels.searched & (labels.hit | (labels.detection > 0))


def _cap(propensity: Floats, hit: Flags, params: FitParams) -> float:
    return training_cap(
        propensity, hit, most=params.weight_cap, least_effective=params.least_effective
    )


def _folds_are_asked(parts: Split, params: Params) -> bool:
    """Whether the past's own future decides what the head is made of, or calibrates it."""
    hits = int(parts.valid.labels.hit[parts.valid.rows].sum())
    undecided = params.fit.head not in ("trees", "logistic")
    return undecided or hits < params.calibrate.valid_from_hits


def _facts(parts: Split, final: Part, params: FitParams) -> dict[str, float]:
    """Figures for the card: how labels were waited for and weighed."""
    rows = final.rows
    nothing = ~final.labels.hit[rows]
    return {
        "embargo_days": parts.cuts.embargo / _DAY,
        "weight_cap": _cap(final.labels.propensity[rows], final.labels.hit[rows], params),
        "detection_behind_nothing_found": float(final.labels.detection[rows][nothing].mean()),
    }


def _notes(chosen: Choice, rounds: int, whole: Rows) -> str:
    told = chosen.sentence if chosen.tree_share == 0 else f"{chosen.sentence} {rounds} rounds."
    if whole.uninspected:
        told += (
            f" Beside the inspected it learnt from {whole.uninspected:,} movements nobody inspected"
        )
        told += f", {whole.reported} of them named by police reports." if whole.reported else "."
    return told


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


def _base_rate(labels: Labels, rows: Integers) -> float:
    """Share of hits, of rows with a known propensity unless none of those is a hit."""
    weight = measuring_weights(labels.propensity[rows])
    if not labels.hit[rows[weight > 0]].any():
        weight = np.ones(len(rows))
    return float(np.average(labels.hit[rows], weights=weight))
