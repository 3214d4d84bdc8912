"""What scores of a made-up period are worth, and which are refused."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console
from sklearn.metrics import roc_auc_score

from features.errors import VardarError
from features.spec import Floats, Integers
from training.intervals import Figure
from training.metrics import Ranking
from training.scenario.leaderboard.leaderboard import Leaderboard, leaderboard
from training.scenario.leaderboard.rating import Rating, inspected_share, wilson

FIRST_DAY = date(2026, 3, 2)  # a Monday
DAYS, EACH = 28, 3000
RISKS = {"arms": "arms", "smuggling": "people"}
TYPOLOGIES = {"arms": ["A1", "A2", "A3"], "smuggling": ["M1", "M2", "M3"]}


def made_up_truth(*, each: int = EACH) -> pd.DataFrame:
    """So many movements of each kind: some at high risk, each in a post and on a day by chance."""
    rng = np.random.default_rng(7)
    n = 2 * each
    start = datetime.combine(FIRST_DAY, datetime.min.time(), tzinfo=UTC)
    kind = np.repeat(["consignment", "crossing"], each)
    truth = pd.DataFrame({
        "source_record_id": [f"{k[:2].upper()}{i:06d}" for i, k in enumerate(kind)],
        "kind": kind,
        "stratum": np.where(kind == "consignment", "freight", "car"),
        "event_at": pd.to_datetime(
            [start + timedelta(seconds=int(s)) for s in rng.integers(0, DAYS * 86_400, n)]
        ),
        "post": rng.choice(["RS-HU-01", "MK-RS-01", "BG-TR-01"], n, p=[0.6, 0.35, 0.05]),
    })  # fmt: skip
    for risk, what in RISKS.items():
        true_risk = rng.beta(0.2, 8, n)
        carries = rng.random(n) < true_risk
        # The third typology is rare: four of each kind.
        first, second, third = TYPOLOGIES[risk]
        rare = pd.Series(carries).groupby(kind).cumsum() <= 4
        by = np.where(rare, third, rng.choice([first, second], n))
        truth[f"true_risk_{risk}"] = true_risk
        truth[f"carries_{what}"] = carries
        truth[f"typology_{risk}"] = np.where(carries, by, "")
    return truth


TRUTH = made_up_truth()


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return as_drawn(TRUTH, tmp_path_factory.mktemp("drawn"))


def as_drawn(truth: pd.DataFrame, folder: Path) -> Path:
    (folder / "truth").mkdir()
    told = json.dumps({"profile": {"name": "demo"}, "seed": 3})
    (folder / "truth" / "scenario.json").write_text(told, encoding="utf-8")
    # Row groups, as a long period has them.
    truth.to_parquet(folder / "truth" / "truth.parquet", row_group_size=500)
    return folder


def true_risks(truth: pd.DataFrame = TRUTH) -> pd.DataFrame:
    """The oracle's submission."""
    return pd.concat([
        pd.DataFrame({
            "movement": truth["source_record_id"],
            "risk": risk,
            "score": truth[f"true_risk_{risk}"],
        })
        for risk in RISKS
    ], ignore_index=True)  # fmt: skip


def scored_by(score: Callable[[pd.DataFrame], Any]) -> pd.DataFrame:
    scores = true_risks()
    return scores.assign(score=score(scores))


def by_chance(scores: pd.DataFrame) -> Floats:
    return np.random.default_rng(11).random(len(scores))


def noisy(scores: pd.DataFrame) -> Floats:
    chance = by_chance(scores)
    return np.asarray(scores["score"] * (0.2 + chance), dtype=np.float64)


def rate(drawn: Path, scores: pd.DataFrame, tmp_path: Path, **asked: Any) -> Leaderboard:
    path = tmp_path / "scores.parquet"
    scores.to_parquet(path)
    return leaderboard(drawn, path, **asked)


def figures(rating: Rating) -> Iterator[Figure]:
    yield from (rating.recall, rating.oracle, rating.regret, rating.auc)
    yield from (found.recall for found in rating.typologies if found.sufficient)


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


SMALL = made_up_truth(each=200)


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return as_drawn(SMALL, tmp_path_factory.mktemp("small"))


@settings(max_examples=25)
@given(
    points=st.lists(st.integers(-3, 3), min_size=800, max_size=800),
    values=st.lists(st.floats(-1e6, 1e6), min_size=7, max_size=7, unique=True).map(sorted),
)
def test_a_rising_transformation_changes_calibration_alone(
    small: Path, points: list[int], values: list[float]
) -> None:
    def rated(scores: Floats | Integers) -> list[Rating]:
        board = rate(small, true_risks(SMALL).assign(score=scores), small, resamples=20)
        return [Rating(**vars(r) | {"calibration": None}) for r in board.ratings]

    one, other = rated(np.array(points)), rated(np.array(values)[np.array(points) + 3])

    assert repr(one) == repr(other)  # NaN, too, stays what it is


@given(st.integers(1, 500), st.floats(0, 1))
def test_wilsons_interval_contains_the_share(of: int, share: float) -> None:
    figure = wilson(share * of, of)

    assert 0 <= figure.low <= figure.value <= figure.high <= 1
    assert figure.high - figure.low > 0


def test_wilsons_interval_is_the_published_one() -> None:
    # Newcombe 1998, table I: 81 of 263.
    figure = wilson(81, 263)

    assert (figure.low, figure.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)


def test_probabilities_are_compared_with_the_true_risk(drawn: Path, tmp_path: Path) -> None:
    # Every tenth is 0.01 too high.
    rating = rate(drawn, scored_by(lambda s: (s["score"] + 0.01).clip(0, 1)), tmp_path).ratings[2]

    assert rating.calibration
    assert rating.calibration.error == pytest.approx(0.01, abs=1e-4)
    assert rating.calibration.mean_score == pytest.approx(rating.calibration.mean_risk + 0.01)


def test_scores_beyond_one_are_no_probabilities(drawn: Path, tmp_path: Path) -> None:
    margins = scored_by(lambda s: s["score"] * 100)

    assert all(rating.calibration is None for rating in rate(drawn, margins, tmp_path).ratings)


def test_text_may_be_a_category_and_scores_may_be_counts(drawn: Path, tmp_path: Path) -> None:
    scores = scored_by(lambda s: (s["score"] * 1000).astype(int))
    categories = scores.astype({"movement": "category", "risk": "category"})

    assert rate(drawn, categories, tmp_path) == rate(drawn, scores, tmp_path)


def test_scores_may_come_in_a_folder_of_parts(drawn: Path, tmp_path: Path) -> None:
    scores = scored_by(noisy)
    parts = tmp_path / "parts"
    parts.mkdir()
    for number in range(2):
        scores.iloc[number::2].to_parquet(parts / f"{number}.parquet")

    assert leaderboard(drawn, parts) == rate(drawn, scores, tmp_path)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        pytest.param(
            lambda s: s.drop(columns=["risk", "score"]), "lacks the columns risk, score", id="columns"
        ),
        pytest.param(lambda s: s.head(0), "holds no scores", id="no rows"),
        pytest.param(
            lambda s: s.assign(movement=range(len(s))), "movement is int64, and must be text",
            id="numbers for movements",
        ),
        pytest.param(
            lambda s: s.assign(score="high"), "score is .*string, and must be a number",
            id="text for a score",
        ),
        pytest.param(
            lambda s: s.assign(risk=s["risk"].replace("arms", "drugs")),
            "risk says 'drugs', and must be arms or smuggling", id="unknown risk",
        ),
        pytest.param(
            lambda s: s.assign(risk=s["risk"].mask(s.index == 4)),
            "risk says None", id="no risk",
        ),
        pytest.param(
            lambda s: s.assign(score=s["score"].mask(s.index == 4)),
            "NaN or infinite in 1 rows, first for movement 'CO000004'", id="NaN",
        ),
        pytest.param(
            lambda s: s.assign(score=s["score"].mask(s.index > 4, np.inf)),
            "infinite in 11,995 rows, first for movement 'CO000005'", id="infinity",
        ),
        pytest.param(
            lambda s: s.assign(movement=s["movement"].replace("CO000004", "other")),
            "names 2 movements that .* does not know, first 'other'.*profile and seed",
            id="another period",
        ),
        pytest.param(
            lambda s: pd.concat([s, s.iloc[[4]].assign(score=-7.0)]),
            "'CO000004' has 2 scores for arms, and must have one", id="twice",
        ),
    ],
)  # fmt: skip
def test_scores_that_cannot_be_judged_are_refused(
    drawn: Path, tmp_path: Path, spoil: Callable[[pd.DataFrame], pd.DataFrame], message: str
) -> None:
    with pytest.raises(VardarError, match=message) as refused:
        rate(drawn, spoil(true_risks()), tmp_path)

    assert "scores.parquet" in str(refused.value)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        pytest.param({"capacity": 0}, "capacity is 0", id="no capacity"),
        pytest.param({"capacity": 3}, "capacity is 3", id="percent for a share"),
        pytest.param({"resamples": 0}, "resamples is 0", id="no resamples"),
        pytest.param(
            {"since": date(2026, 3, 9), "until": date(2026, 3, 8)}, "lies after", id="days exchanged"
        ),
        pytest.param({"since": date(2027, 1, 1)}, "lies in the days asked for", id="nothing scored"),
    ],
)  # fmt: skip
def test_questions_without_an_answer_are_refused(
    drawn: Path, tmp_path: Path, asked: dict[str, Any], message: str
) -> None:
    with pytest.raises(VardarError, match=message):
        rate(drawn, true_risks(), tmp_path, **asked)


def test_files_that_are_missing_or_no_parquet_are_named(drawn: Path, tmp_path: Path) -> None:
    text = tmp_path / "scores.csv"
    text.write_text("movement,risk,score\n", encoding="utf-8")

    with pytest.raises(VardarError, match=r"scores\.csv is no Parquet file"):
        leaderboard(drawn, text)
    with pytest.raises(VardarError, match=r"There is no .*nowhere\.parquet"):
        leaderboard(drawn, tmp_path / "nowhere.parquet")
    with pytest.raises(VardarError, match=r"scenario\.json is missing; give the folder"):
        leaderboard(tmp_path, text)


def test_a_board_is_plain_json_that_names_its_period(drawn: Path, tmp_path: Path) -> None:
    board = rate(drawn, scored_by(noisy), tmp_path, since=FIRST_DAY)

    plain = json.loads(json.dumps(board.as_dict(), allow_nan=False))

    told = (drawn / "truth" / "scenario.json").read_bytes()
    fingerprint = hashlib.sha256(told).hexdigest()
    assert plain["period"] == {"profile": "demo", "seed": 3, "fingerprint": fingerprint}
    assert (plain["since"], plain["until"]) == ("2026-03-02", None)
    assert plain["ratings"][0]["recall"]["value"] == board.ratings[0].recall.value
    assert plain["ratings"][0]["typologies"][-1]["recall"]["value"] is None


def test_the_tables_fit_a_narrow_terminal_and_say_what_is_insufficient(
    drawn: Path, tmp_path: Path
) -> None:
    scores = scored_by(lambda s: s["score"] - 5).iloc[5:]
    board = rate(drawn, scores, tmp_path, per_post=True, since=FIRST_DAY)
    console = Console(file=io.StringIO(), width=80)

    console.print(board.table())

    text = console.file.getvalue()  # type: ignore[attr-defined]
    assert f"{board.ratings[0].recall.value:.3f}" in text
    assert "Inspecting 3 % of each post and week, 2026-03-02 to last day" in text
    assert "99.8%" in text
    assert "rank last" in text
    assert "insufficient" in text
    assert "not 0 to 1" in text
    assert "…" not in text
