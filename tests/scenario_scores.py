"""A made-up truth and scores of it, to rate."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from features.spec import Floats
from training.intervals import Figure
from training.scenario.leaderboard.leaderboard import Leaderboard, leaderboard
from training.scenario.leaderboard.rating import Rating

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
