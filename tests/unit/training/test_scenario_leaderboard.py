"""What scores of a made-up period are worth, and which are refused."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tests.scenario_scores import (
    EACH,
    FIRST_DAY,
    TRUTH,
    as_drawn,
    by_chance,
    figures,
    noisy,
    rate,
    scored_by,
    true_risks,
)
from training.intervals import Figure
from training.metrics import Ranking
from training.scenario.leaderboard.rating import inspected_share


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return as_drawn(TRUTH, tmp_path_factory.mktemp("drawn"))


def test_the_true_risk_finds_what_the_oracle_finds(drawn: Path, tmp_path: Path) -> None:
    board = rate(drawn, true_risks(), tmp_path)

    assert [(r.kind, r.risk) for r in board.ratings] == [
        ("consignment", "arms"), ("consignment", "smuggling"),
        ("crossing", "arms"), ("crossing", "smuggling"),
    ]  # fmt: skip
    for rating in board.ratings:
        assert rating.recall == rating.oracle
        assert rating.regret == Figure(0.0, 0.0, 0.0)
        assert rating.expected_regret == 0
        assert rating.recall.value > 0.15
        assert rating.calibration
        assert rating.calibration.error == 0


def test_figures_are_those_of_the_first_three_percent(drawn: Path, tmp_path: Path) -> None:
    scores = scored_by(noisy)
    rating = rate(drawn, scores, tmp_path).ratings[3]

    crossings = TRUTH[TRUTH["kind"] == "crossing"].set_index("source_record_id")
    own = scores[scores["risk"] == "smuggling"].set_index("movement")["score"][crossings.index]
    carries = crossings["carries_people"].to_numpy()
    first = np.argsort(-own.to_numpy())[:90]
    best = np.argsort(-crossings["true_risk_smuggling"].to_numpy())[:90]
    assert (rating.movements, rating.carrying) == (EACH, carries.sum())
    assert rating.recall.value == pytest.approx(carries[first].sum() / carries.sum())
    assert rating.oracle.value == pytest.approx(carries[best].sum() / carries.sum())
    assert rating.regret.value == pytest.approx(1 - carries[first].sum() / carries[best].sum())
    assert rating.precision == pytest.approx(carries[first].mean())
    assert rating.lift == pytest.approx(carries[first].mean() / carries.mean())
    assert rating.auc.value == pytest.approx(roc_auc_score(carries, own))
    of = (crossings["typology_smuggling"] == "M1").to_numpy()
    assert rating.typologies[0].typology == "M1"
    assert rating.typologies[0].recall.value == pytest.approx(of[first].sum() / of.sum())
    assert rating.typologies[0].oracle == pytest.approx(of[best].sum() / of.sum())


def test_scores_by_chance_find_as_much_as_the_capacity(drawn: Path, tmp_path: Path) -> None:
    for rating in rate(drawn, scored_by(by_chance), tmp_path, capacity=0.25).ratings:
        assert rating.recall.value == pytest.approx(0.25, abs=0.15)
        assert rating.auc.value == pytest.approx(0.5, abs=0.12)
        assert rating.regret.low > 0.3


def test_equal_scores_are_chance_itself(drawn: Path, tmp_path: Path) -> None:
    for rating in rate(drawn, scored_by(lambda _: 0.5), tmp_path).ratings:
        assert rating.recall.value == pytest.approx(0.03)
        assert rating.lift == pytest.approx(1)
        assert rating.auc.value == pytest.approx(0.5)


def test_ties_are_measured_as_the_evaluation_of_heads_does(drawn: Path, tmp_path: Path) -> None:
    points = scored_by(lambda s: (s["score"] * 8).round())
    rating = rate(drawn, points, tmp_path).ratings[0]

    part = points[points["risk"] == "arms"]["score"].to_numpy()[:EACH]
    ranking = Ranking(part, TRUTH["carries_arms"].to_numpy()[:EACH], capacities=(0.03,))
    expected = {name: of[0] for name, of in ranking.measures(np.ones((1, EACH))).items()}
    assert rating.recall.value == pytest.approx(expected["recall_at_3"])
    assert rating.precision == pytest.approx(expected["precision_at_3"])
    assert rating.auc.value == pytest.approx(expected["auc"])


def test_the_order_of_rows_does_not_matter(drawn: Path, tmp_path: Path) -> None:
    scores = scored_by(lambda s: noisy(s).round(2))

    one = rate(drawn, scores, tmp_path)
    other = rate(drawn, scores.sample(frac=1, random_state=1), tmp_path)

    assert one == other


def test_intervals_contain_the_value_and_one_seed_gives_the_same(
    drawn: Path, tmp_path: Path
) -> None:
    board = rate(drawn, scored_by(noisy), tmp_path)

    for rating in board.ratings:
        for figure in figures(rating):
            assert figure.low <= figure.value <= figure.high
        assert rating.recall.low < rating.recall.high
    assert board == rate(drawn, scored_by(noisy), tmp_path)
    assert board.ratings[0].recall != rate(drawn, scored_by(noisy), tmp_path, seed=2).ratings[0].recall  # fmt: skip


def test_regret_is_known_better_than_the_two_recalls_apart(drawn: Path, tmp_path: Path) -> None:
    # Both rankings find most of the same movements, and are drawn again together.
    near = scored_by(lambda s: s["score"] * (1 + by_chance(s) / 10))
    rating = rate(drawn, near, tmp_path).ratings[0]

    apart = (rating.recall.high - rating.recall.low) / rating.oracle.value
    assert rating.regret.high - rating.regret.low < apart


def test_a_typology_seen_fewer_than_ten_times_is_insufficient(drawn: Path, tmp_path: Path) -> None:
    rating = rate(drawn, true_risks(), tmp_path).ratings[0]
    rare = rating.typologies[-1]

    assert rare.typology == "A3"
    assert rare.carrying == 4
    assert not rare.sufficient
    assert np.isnan([rare.recall.value, rare.recall.low, rare.oracle]).all()
    assert sum(found.carrying for found in rating.typologies) == rating.carrying


def test_a_risk_that_nothing_carries_has_no_figures(tmp_path: Path) -> None:
    truth = TRUTH.assign(carries_arms=False, typology_arms="")
    rating = rate(as_drawn(truth, tmp_path), true_risks(), tmp_path).ratings[0]

    assert rating.carrying == 0
    assert np.isnan([rating.recall.value, rating.regret.value, rating.lift, rating.auc.value]).all()
    assert rating.expected_regret == 0


def test_few_carrying_movements_have_figures_without_intervals(tmp_path: Path) -> None:
    few = TRUTH["carries_arms"] & (TRUTH.groupby("carries_arms").cumcount() < 4)
    truth = TRUTH.assign(carries_arms=few, typology_arms=np.where(few, "A1", ""))
    rating = rate(as_drawn(truth, tmp_path), true_risks(), tmp_path).ratings[0]

    assert rating.carrying == 4
    assert 0 <= rating.recall.value <= 1
    assert np.isnan([rating.recall.low, rating.regret.high, rating.auc.low]).all()


def test_movements_that_were_not_scored_rank_last(drawn: Path, tmp_path: Path) -> None:
    scores = scored_by(lambda s: s["score"] - 5)
    dropped = scores["risk"].eq("arms") & (by_chance(scores) < 0.4)
    rating = rate(drawn, scores[~dropped], tmp_path).ratings[0]

    last = rate(drawn, scores.assign(score=scores["score"].mask(dropped, -99)), tmp_path).ratings[0]
    assert rating.coverage == pytest.approx(0.6, abs=0.05)
    assert rating.scored == round(rating.coverage * rating.movements)
    assert (last.coverage, rating.recall, rating.auc) == (1, last.recall, last.auc)
    assert rating.movements == last.movements == EACH


def test_only_what_is_scored_is_rated(drawn: Path, tmp_path: Path) -> None:
    scores = true_risks()
    consignments = scores["movement"].str.startswith("CO") & scores["risk"].eq("smuggling")

    board = rate(drawn, scores[consignments], tmp_path)

    assert [(r.kind, r.risk) for r in board.ratings] == [("consignment", "smuggling")]


def test_first_and_last_day_are_both_rated(drawn: Path, tmp_path: Path) -> None:
    since, until = FIRST_DAY + timedelta(7), FIRST_DAY + timedelta(8)
    board = rate(drawn, true_risks(), tmp_path, since=since, until=until)

    day = TRUTH["event_at"].dt.date
    inside = TRUTH[(day >= since) & (day <= until)]
    assert inside["event_at"].dt.day.nunique() == 2
    for rating in board.ratings:
        assert rating.movements == (inside["kind"] == rating.kind).sum()
        assert rating.coverage == 1


def test_each_post_and_iso_week_has_its_own_capacity(drawn: Path, tmp_path: Path) -> None:
    scores = scored_by(noisy)
    rating = rate(drawn, scores, tmp_path, per_post=True, capacity=0.1).ratings[0]

    consignments = TRUTH.iloc[:EACH].assign(
        week=lambda t: t["event_at"].dt.isocalendar().week,
        own=scores["score"].to_numpy()[:EACH],
    )
    found = best = 0.0
    for _, cell in consignments.groupby(["post", "week"]):
        room = 0.1 * len(cell)
        turn = np.clip(room - np.arange(len(cell)), 0, 1)
        found += turn @ cell.sort_values("own", ascending=False)["carries_arms"].to_numpy()
        best += turn @ cell.sort_values("true_risk_arms", ascending=False)["carries_arms"].to_numpy()  # fmt: skip
    carrying = TRUTH["carries_arms"][:EACH].sum()
    assert rating.recall.value == pytest.approx(found / carrying)
    assert rating.oracle.value == pytest.approx(best / carrying)


CELLS = st.lists(st.tuples(st.integers(0, 3), st.integers(0, 4)), min_size=1, max_size=60)


@given(CELLS, st.floats(0.01, 1))
def test_no_capacity_is_exceeded_or_left_unused(
    movements: list[tuple[int, int]], capacity: float
) -> None:
    cell, score = np.array(movements).T
    share = inspected_share(score.astype(float), cell, capacity=capacity)

    assert ((share >= 0) & (share <= 1)).all()
    for one in np.unique(cell):
        inside = cell == one
        assert share[inside].sum() == pytest.approx(capacity * inside.sum())
        for value in np.unique(score[inside]):
            tied = inside & (score == value)
            assert np.ptp(share[tied]) == 0
            if share[tied][0] > 1e-9:
                assert share[inside & (score > value)] == pytest.approx(1)
