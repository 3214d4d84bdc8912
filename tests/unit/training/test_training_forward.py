"""Where validation days hold few hits, all folds of the past calibrate, at the rate among all movements."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from features.table import matrix
from models.calibration import Calibration
from tests.movements import DAY, FEATURES, crossings, outcomes, params
from training.calibrate import anchored
from training.choosing import Dated, choose, composed, fit_both, forward_folds
from training.fit import Rows
from training.forward import forward_rows
from training.heads import TrainedHead, split_of, train_head

MOVEMENTS = crossings()
COLUMNS = FEATURES.columns("crossing", ("persons_concealed",))


def a_calibration() -> Calibration:
    return Calibration((-6.0, -2.0, 0.0, 3.0), (0.001, 0.02, 0.2, 0.7))


@given(rate=st.floats(0.001, 0.6), seed=st.integers(0, 50))
def test_an_anchored_calibration_has_the_rate_asked_for_and_keeps_the_order(
    rate: float, seed: int
) -> None:
    margins = np.random.default_rng(seed).normal(-3, 2, 500)

    made = anchored(a_calibration(), margins, rate)

    assert made.probability(margins).mean() == pytest.approx(rate, rel=1e-6)
    assert (np.diff(made.probability(np.sort(margins))) >= 0).all()


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_without_a_rate_nothing_is_shifted(rate: float) -> None:
    made = a_calibration()

    assert anchored(made, np.zeros(3), rate) is made


def dated() -> Dated:
    X = np.nan_to_num(matrix(MOVEMENTS, COLUMNS))
    told = outcomes(MOVEMENTS)
    hit = (told["result"] == "persons_concealed").to_numpy()
    at = MOVEMENTS["event_at"].to_numpy()
    return Dated(Rows(X, hit, np.ones(len(X))), at, at + DAY)


def test_folds_learn_only_from_what_was_known_before_them() -> None:
    past, fit = dated(), params().fit

    folds = forward_folds(past, columns=COLUMNS, params=fit, embargo=2 * DAY, seed=1)

    assert len(folds) == fit.folds
    for fold in folds:
        known = (past.event_at < fold.start - 2 * DAY) & (past.known_at < fold.start)
        again = fit_both(
            Rows(past.rows.X[known], past.rows.hit[known], past.rows.weight[known]),
            rounds=None, columns=COLUMNS, params=fit, seed=1,
        )  # fmt: skip
        assert again[0].text == fold.trees.text
        assert (past.event_at[fold.judged] >= fold.start).all()


def test_rows_of_all_folds_lie_on_the_scale_of_the_last_fit() -> None:
    past, fit = dated(), params().fit
    folds = forward_folds(past, columns=COLUMNS, params=fit, embargo=2 * DAY, seed=1)
    chosen = choose(past, columns=COLUMNS, params=fit, embargo=2 * DAY, seed=1, folds=folds)
    last = composed(
        *fit_both(past.rows, rounds=None, columns=COLUMNS, params=fit, seed=1), chosen
    ).margins(past.rows.X)

    made = forward_rows(
        folds, past, chosen=chosen, Z=past.rows.X, event_at=past.event_at, recent=last
    )

    assert made is not None
    assert len(made.places) == sum(len(fold.judged) for fold in folds)
    # Here every movement of a fold is inspected, so that the rows are all there is.
    assert made.margins.mean() == pytest.approx(last.mean())
    assert made.margins.std() == pytest.approx(last.std(), rel=0.05)
    assert made.margins[made.hit].mean() > made.margins[~made.hit].mean()


def test_without_folds_there_is_nothing_to_calibrate_with() -> None:
    assert forward_rows([], dated(), chosen=None, Z=np.zeros((1, 1)), event_at=np.zeros(1, np.int64),
                        recent=np.zeros(1)) is None  # fmt: skip


def trained(**calibrate: Any) -> TrainedHead:
    made = train_head(
        MOVEMENTS, outcomes(MOVEMENTS),
        features=FEATURES, subject="crossing", risk="smuggling",
        params=params(calibrate=calibrate), texts={},
    )  # fmt: skip
    assert isinstance(made, TrainedHead)
    return made


def test_few_hits_in_the_validation_days_leave_it_to_the_folds() -> None:
    """And the mean probability is then the rate among all movements."""
    by_days, by_folds = trained(valid_from_hits=2), trained(valid_from_hits=10_000)
    parts = split_of(MOVEMENTS, outcomes(MOVEMENTS), risk="smuggling", params=params())
    X = matrix(MOVEMENTS, COLUMNS)[parts.test.within]

    head = by_folds.head
    mean = float(head.probabilities(head.margins(X)).mean())

    assert by_days.head.scorer.to_bytes() == head.scorer.to_bytes()
    assert by_days.head.card.metrics["valid_hits"] < head.card.metrics["valid_hits"]
    assert mean == pytest.approx(head.card.base_rate, rel=0.25)


def test_who_inspects_what_is_likeliest_is_not_taken_for_one_who_inspects_at_random() -> None:
    """What is left uninspected is likely far less; its probabilities have its own rate, not everybody's."""
    movements = crossings(6000)
    told = outcomes(movements)
    heavy = movements["weight_residual_kg"].to_numpy() > 850
    sure = heavy & (np.arange(len(heavy)) % 10 > 0)
    drawn = np.random.default_rng(5).random(len(heavy)) < 0.3
    known = told.assign(
        selection_reason=np.where(sure, "model", "random"),
        selection_propensity=np.where(sure, 1.0, 0.3),
    )[sure | drawn]
    made = train_head(
        movements, known,
        features=FEATURES, subject="crossing", risk="smuggling",
        params=params(calibrate={"valid_from_hits": 10_000}), texts={},
    )  # fmt: skip
    assert isinstance(made, TrainedHead)
    parts = split_of(movements, known, risk="smuggling", params=params())
    tested = parts.test.within
    X = matrix(movements, COLUMNS)[tested]

    said = made.head.probabilities(made.head.margins(X)).mean()

    to_be_found = (told["result"] == "persons_concealed").to_numpy()[tested].mean()
    assert said == pytest.approx(to_be_found, rel=0.4)
