"""What the leaderboard takes, refuses, and prints."""

from __future__ import annotations

import hashlib
import io
import json
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.console import Console

from features.errors import VardarError
from features.spec import Floats, Integers
from tests.scenario_scores import (
    FIRST_DAY,
    TRUTH,
    as_drawn,
    made_up_truth,
    noisy,
    rate,
    scored_by,
    true_risks,
)
from training.scenario.leaderboard.leaderboard import leaderboard
from training.scenario.leaderboard.rating import Rating
from training.shares import wilson


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return as_drawn(TRUTH, tmp_path_factory.mktemp("drawn"))


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
