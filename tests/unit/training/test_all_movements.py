"""From the inspected all movements are inferred, part by part, and what is too small is named."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from tests.heads import a_card
from training.labels import Labels
from training.policy_value.all_movements import Ranked, over_all_movements
from training.policy_value.groups import LEAST_MOVEMENTS, band_places
from training.policy_value.logged import at_capacity
from training.rankers import Ranker
from training.simulated_selection import Office, Season, seasons

CAPACITIES = (0.05, 0.1)
CARD = a_card(bands=(("low", 0.0), ("medium", 0.02), ("high", 0.1), ("very_high", 0.5)))
NO_OUTCOMES = pd.DataFrame({
    "u": pd.Series(dtype=np.int64), "movement_u": pd.Series(dtype=np.int64), "takes_back": None,
    "result": None, "selection_propensity": pd.Series(dtype=np.float64),
})  # fmt: skip


@cache
def season() -> Season:
    return next(seasons(Office(movements=20_000), runs=1, seed=3))


def a_table(n: int, posts: Any = "RS-HR-01") -> pa.Table:
    return pa.table({
        "u": np.arange(n) + 1, "source_system": ["customs"] * n,
        "source_record_id": [f"D{i}" for i in range(n)],
        "owner_post": [posts] * n if isinstance(posts, str) else posts,
        "mode_of_transport": np.where(np.arange(n) % 10 == 0, 8, 3),
    })  # fmt: skip


def labels(made: Season, **changes: Any) -> Labels:
    logged, n = made.logged, made.logged.rows
    assert logged.random is not None
    whole = Labels(
        searched=logged.inspected, hit=logged.hit,
        known_at=np.where(logged.inspected, 10**9, 0),
        reason=np.where(logged.random & logged.inspected, "random", "rule").astype(object),
        propensity=np.where(logged.inspected, logged.propensity, np.nan),
        detection=np.ones(n),
    )  # fmt: skip
    return replace(whole, **changes)


def rankers(made: Season) -> dict[str, Ranker]:
    margin = made.logged.margins["new"]
    rng = np.random.default_rng(1)
    rules = np.digitize(margin + rng.normal(size=len(margin)), [-3.0, -1.0]).astype(float)
    return {
        "head": Ranker(margin, 1 / (1 + np.exp(-margin))),
        "rules": Ranker(rules),
        "random": Ranker(np.zeros(len(margin))),
    }


def told(made: Season, **changes: Any) -> dict[tuple[str, str], Ranked]:
    given: dict[str, Any] = {
        "card": CARD, "until_u": 10**10, "capacities": CAPACITIES, "capacity": 0.05,
        "methods": ("doubly_robust",), "in_parts": False,
    }  # fmt: skip
    table = changes.pop("table", a_table(made.logged.rows))
    known = changes.pop("labels", labels(made))
    found = over_all_movements(rankers(made), table, known, NO_OUTCOMES, **given | changes)
    return {(one.who, one.method): one for one in found}


@cache
def in_parts() -> Ranked:
    return told(season(), in_parts=True)["head", "doubly_robust"]


def test_the_truth_lies_in_robust_intervals_and_not_in_naive_ones() -> None:
    made = season()
    found = told(made, methods=("naive", "doubly_robust"))
    margin = made.logged.margins["new"]
    chosen = at_capacity(margin, 0.05)
    truth = {
        "hit_rate": made.hit.mean(),
        "precision_at_5": made.hit @ chosen / chosen.sum(),
        "recall_at_5": made.hit @ chosen / made.hit.sum(),
        "lift_at_5": made.hit @ chosen / made.hit.sum() / 0.05,
    }

    for name, true in truth.items():
        robust = found["head", "doubly_robust"].estimates[name]
        naive = found["head", "naive"].estimates[name]
        assert robust.low <= true <= robust.high, name
        assert not naive.low <= true <= naive.high, name


def test_the_lift_over_the_rules_is_paired_and_the_rules_have_none_over_themselves() -> None:
    made = season()
    found = told(made)
    scores = {who: ranker.score for who, ranker in rankers(made).items()}
    precision = {
        who: made.hit @ at_capacity(scores[who], 0.05) / (0.05 * made.logged.rows)
        for who in ("head", "rules")
    }

    lift = found["head", "doubly_robust"].estimates["lift_over_rules_at_5"]

    assert lift.low <= precision["head"] / precision["rules"] <= lift.high
    assert lift.low > 1
    assert "lift_over_rules_at_5" not in found["rules", "doubly_robust"].estimates


def test_only_probabilities_are_calibrated_in_the_large_and_in_every_band() -> None:
    made = season()
    found = told(made)
    places = band_places(CARD, np.asarray(rankers(made)["head"].probability))

    bands = found["head", "doubly_robust"].bands

    assert [band.band for band in bands] == [-1, *np.unique(places)]
    assert found["rules", "doubly_robust"].bands == ()
    for band in bands:
        inside = slice(None) if band.band < 0 else places == band.band
        if band.observed.sufficient:
            assert band.observed.low <= made.hit[inside].mean() <= band.observed.high


def test_every_part_of_the_work_is_named_however_small() -> None:
    made = season()
    n = made.logged.rows
    few = int(np.flatnonzero(made.logged.inspected)[LEAST_MOVEMENTS // 2])
    posts = ["RS-MK-02" if i <= few else "RS-HR-01" for i in range(n - 1)] + ["AL-GR-04"]

    groups = told(made, table=a_table(n, posts), in_parts=True)["head", "doubly_robust"].groups

    named = {(group.kind, group.name): group for group in groups}
    assert {name for kind, name in named if kind == "post"} == {"RS-HR-01", "RS-MK-02", "AL-GR-04"}
    assert {name for kind, name in named if kind == "mode of transport"} == {
        "road", "inland waterway",
    }  # fmt: skip
    assert not named["post", "RS-MK-02"].sufficient
    assert not named["post", "AL-GR-04"].sufficient
    large = named["post", "RS-HR-01"]
    assert large.sufficient
    inside = np.array(posts) == "RS-HR-01"
    assert large.hit_rate.low <= made.hit[inside].mean() <= large.hit_rate.high
    assert large.mean_probability == pytest.approx(
        np.asarray(rankers(made)["head"].probability)[inside].mean()
    )


def test_many_hits_among_few_inspections_are_still_too_few_inspections() -> None:
    made = season()
    n = made.logged.rows
    # Of the first 30 inspected movements each is a sure hit: many effective hits, few movements.
    some = np.flatnonzero(made.logged.measures)[: LEAST_MOVEMENTS - 20]
    inside = np.isin(np.arange(n), some)
    known = labels(
        made, hit=made.logged.hit | inside,
        propensity=np.where(inside, 0.5, np.where(made.logged.inspected, made.logged.propensity,
                                                  np.nan)),
    )  # fmt: skip
    posts = np.where(inside, "AL-GR-04", "RS-HR-01").tolist()

    groups = told(made, table=a_table(n, posts), labels=known, in_parts=True)

    small = next(g for g in groups["head", "doubly_robust"].groups if g.name == "AL-GR-04")
    assert small.hit_rate.sufficient
    assert not small.sufficient


def test_outcomes_are_regressed_on_the_first_ranking() -> None:
    found = told(season(), methods=("hajek", "doubly_robust"))

    robust, weighted = (
        found["head", method].estimates["hit_rate"] for method in ("doubly_robust", "hajek")
    )

    # With a ranking that explains outcomes, less is left to the draw.
    assert robust.standard_error < 0.995 * weighted.standard_error


def test_the_groups_of_each_kind_add_up_to_all_movements() -> None:
    made = season()

    groups = in_parts().groups

    for kind in {group.kind for group in groups}:
        of = [group for group in groups if group.kind == kind]
        assert sum(group.movements for group in of) == made.logged.rows
        assert sum(group.selected for group in of) == pytest.approx(0.05 * made.logged.rows)


def test_fewer_effective_hits_than_the_office_asks_for_give_no_interval() -> None:
    made = season()
    usual = told(made)["head", "doubly_robust"].estimates["precision_at_5"]

    strict = told(made, least_hits=usual.effective_hits + 1)["head", "doubly_robust"].estimates

    assert usual.sufficient
    assert not strict["precision_at_5"].sufficient
    assert np.isnan(strict["precision_at_5"].low)
    assert strict["precision_at_5"].value == usual.value


def test_where_everything_was_inspected_the_doubt_is_of_such_movements() -> None:
    made = season()
    n = made.logged.rows
    whole = labels(
        made, searched=np.ones(n, dtype=bool), hit=made.hit, known_at=np.full(n, 10**9),
        propensity=np.ones(n),
    )  # fmt: skip

    rate = told(made, labels=whole)["head", "doubly_robust"].estimates["hit_rate"]

    assert rate.about == "such_movements"
    assert rate.value == pytest.approx(made.hit.mean())
    assert rate.low < rate.value < rate.high


def test_without_parts_neither_curves_nor_groups_are_told() -> None:
    found = told(season())["head", "doubly_robust"]

    assert found.groups == ()
    assert found.overlap is None
    assert "precision_at_20" not in found.estimates
    assert in_parts().overlap is not None
    assert "precision_at_20" in in_parts().estimates
