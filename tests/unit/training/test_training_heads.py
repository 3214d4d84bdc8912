"""A head is made from the past alone, the same each time, or not at all."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from rich.console import Console

from features.table import matrix
from models.champion import RulesOnly
from tests.movements import DAY, FEATURES, crossings, outcomes, params
from training.all_heads import train_all
from training.heads import TrainedHead, learnt_from, split_of, train_head
from training.metrics import Ranking
from training.store import load_trained, save_trained

MOVEMENTS = crossings()


def trained(*, movements: pa.Table = MOVEMENTS, delay: int = DAY, **changes: Any) -> Any:
    return train_head(
        movements,
        outcomes(movements, delay=delay),
        features=FEATURES,
        subject="crossing",
        risk="smuggling",
        params=params(**changes),
        texts={},
    )


@pytest.fixture(scope="module")
def head() -> TrainedHead:
    made = trained()
    assert isinstance(made, TrainedHead)
    return made


def test_the_same_data_and_seed_give_the_same_bytes(head: TrainedHead) -> None:
    again = trained()

    assert again.head.scorer.to_bytes() == head.head.scorer.to_bytes()
    assert again.logistic.scorer.to_bytes() == head.logistic.scorer.to_bytes()
    assert again.head.card.to_json() == head.head.card.to_json()
    assert again.head.calibration.to_json() == head.head.calibration.to_json()


def test_another_seed_gives_other_trees(head: TrainedHead) -> None:
    assert trained(seed=2).head.scorer.to_bytes() != head.head.scorer.to_bytes()


def test_what_happens_in_the_test_days_changes_nothing(head: TrainedHead) -> None:
    parts = split_of(MOVEMENTS, outcomes(MOVEMENTS), risk="smuggling", params=params())
    test = parts.test.within
    residual = MOVEMENTS["weight_residual_kg"].to_numpy().copy()
    residual[test] = 0
    place = MOVEMENTS.column_names.index("weight_residual_kg")
    changed = MOVEMENTS.set_column(place, "weight_residual_kg", pa.array(residual))

    made = train_head(
        changed,
        outcomes(MOVEMENTS),
        features=FEATURES,
        subject="crossing",
        risk="smuggling",
        params=params(),
        texts={},
    )

    assert isinstance(made, TrainedHead)
    assert made.head.scorer.to_bytes() == head.head.scorer.to_bytes()
    assert made.head.card.to_json() == head.head.card.to_json()


def test_the_head_ranks_what_it_has_not_seen(head: TrainedHead) -> None:
    parts = split_of(MOVEMENTS, outcomes(MOVEMENTS), risk="smuggling", params=params())
    test = parts.test.rows
    X = matrix(MOVEMENTS, FEATURES.columns("crossing", ("persons_concealed",)))[test]
    for model in (head.head, head.logistic):
        ranking = Ranking(model.margins(X), parts.test.labels.hit[test], capacities=())

        assert ranking.measures(np.ones((1, len(test))))["auc"][0] > 0.7


def test_the_card_says_what_trained(head: TrainedHead) -> None:
    card = head.head.card
    classes = next(column for column in card.columns if column.name == "vehicle_class")

    assert (card.name, card.kind, card.spec_sha256) == (
        "crossing-smuggling",
        "blend",
        FEATURES.sha256,
    )
    assert len(classes.levels or {}) == 5
    assert "vehicle_crossings_30d" in card.support.key_columns
    assert "post_crossings_30d" not in card.support.key_columns
    assert 0 < card.base_rate < 0.2
    assert card.bands[1][1] <= card.bands[2][1] <= card.bands[3][1]


def test_controls_that_find_nothing_whatever_is_there_teach_nothing(head: TrainedHead) -> None:
    told = outcomes(MOVEMENTS)
    papers = (told["result"] == "nothing_found") & (np.arange(len(told)) % 2 == 0)
    levels = told.assign(control_level=np.where(papers, "documentary", "full_unload"))

    def made_of(outcomes: pd.DataFrame, **detection: float) -> Any:
        made: Any = train_head(
            MOVEMENTS,
            outcomes,
            features=FEATURES,
            subject="crossing",
            risk="smuggling",
            params=params(fit={"detection": detection}),
            texts={},
        )
        return made.head

    left_out = made_of(levels, documentary=0.0)

    assert made_of(levels).scorer.to_bytes() == head.head.scorer.to_bytes()
    assert left_out.scorer.to_bytes() == made_of(levels[~papers]).scorer.to_bytes()
    assert left_out.card.metrics["detection_behind_nothing_found"] == pytest.approx(0.5, abs=0.05)


def test_too_few_hits_make_no_model_and_say_so() -> None:
    made = trained(fit={"minimum_hits": 5000})

    assert isinstance(made, RulesOnly)
    assert "a model needs 5000" in made.reason


def test_hits_that_became_known_too_late_do_not_count() -> None:
    made = trained(delay=200 * DAY)

    assert isinstance(made, RulesOnly)
    assert made.reason.startswith("0 hits were known")


def test_a_subject_without_movements_is_left_to_rules_and_the_rest_is_trained() -> None:
    made = train_all(
        {"consignment": crossings(0), "crossing": MOVEMENTS},
        outcomes(MOVEMENTS),
        features=FEATURES,
        params=params(subjects=["consignment", "crossing"]),
        texts={},
        console=Console(quiet=True),
    )

    none = made["consignment-smuggling"]
    assert isinstance(none, RulesOnly)
    assert "no movements" in none.reason
    assert isinstance(made["crossing-smuggling"], TrainedHead)


def test_inspections_that_all_found_something_teach_nothing() -> None:
    all_found = outcomes(MOVEMENTS).assign(result="persons_concealed")

    made = train_head(
        MOVEMENTS, all_found, features=FEATURES, subject="crossing", risk="smuggling",
        params=params(), texts={},
    )  # fmt: skip

    assert isinstance(made, RulesOnly)
    assert "found nothing" in made.reason


def test_more_hits_are_fitted_with_bolder_settings() -> None:
    careful = params().fit.trees[0]
    bold = careful.model_copy(update={"from_hits": 100, "num_leaves": 31})
    fit = params().fit.model_copy(update={"trees": (careful, bold)})

    assert fit.trees_for(99) == careful
    assert fit.trees_for(100) == bold


def test_heads_come_back_from_their_folder(head: TrainedHead, tmp_path: Any) -> None:
    none = RulesOnly(subject="crossing", risk="arms", reason="Too few hits.")

    save_trained({"crossing-smuggling": head, "crossing-arms": none}, tmp_path)
    found = load_trained(tmp_path)

    assert found["crossing-arms"] == none
    kept = found["crossing-smuggling"]
    assert isinstance(kept, TrainedHead)
    X = matrix(MOVEMENTS, FEATURES.columns("crossing", ("persons_concealed",)))
    assert (kept.head.margins(X) == head.head.margins(X)).all()


def test_a_head_that_is_no_more_leaves_nothing_behind(head: TrainedHead, tmp_path: Any) -> None:
    none = RulesOnly(subject="crossing", risk="smuggling", reason="Too few hits.")

    save_trained({"crossing-smuggling": head}, tmp_path)
    save_trained({"crossing-smuggling": none}, tmp_path)

    assert load_trained(tmp_path) == {"crossing-smuggling": none}


def without_propensity(rest_known: bool) -> pd.DataFrame:
    """Inspections of which the hits, or all, do not say how they were selected."""
    told = outcomes(MOVEMENTS)
    untold = told["result"].eq("persons_concealed") | (not rest_known)
    return told.assign(selection_propensity=told["selection_propensity"].mask(untold))


@pytest.mark.parametrize("known_of_the_rest", [True, False])
def test_the_base_rate_is_not_zero_where_no_hit_has_a_known_propensity(
    known_of_the_rest: bool,
) -> None:
    made = train_head(
        MOVEMENTS, without_propensity(known_of_the_rest), features=FEATURES, subject="crossing",
        risk="smuggling", params=params(), texts={},
    )  # fmt: skip

    assert isinstance(made, TrainedHead)
    card = made.head.card
    assert card.base_rate == pytest.approx(card.trained_hits / card.trained_rows)


@pytest.mark.parametrize("refit", [True, False])
def test_the_head_has_learnt_from_what_its_card_counts(refit: bool) -> None:
    asked = params(fit={"refit_on_valid": refit})
    parts = split_of(MOVEMENTS, outcomes(MOVEMENTS), risk="smuggling", params=asked)

    card = trained(fit={"refit_on_valid": refit}).head.card

    assert learnt_from(parts, asked) is (parts.past if refit else parts.train)
    assert card.trained_rows == len(learnt_from(parts, asked).rows)
