"""What a head is measured on, beside what else, and when there are too few hits to tell."""

from __future__ import annotations

import io
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from rich.console import Console

from tests.movements import FEATURES, crossings, outcomes, params
from training.errors import TrainingError
from training.evaluate import Result, evaluate_head, leak_free
from training.heads import TrainedHead, learnt_from, split_of, train_head
from training.params import TruthParams
from training.report import flat, write_reports
from training.tables import print_results
from training.truth import read_truth

MOVEMENTS = crossings()
OUTCOMES = outcomes(MOVEMENTS)


@pytest.fixture(scope="module")
def head() -> TrainedHead:
    made = train_head(
        MOVEMENTS, OUTCOMES, features=FEATURES, subject="crossing", risk="smuggling",
        params=params(), texts={},
    )  # fmt: skip
    assert isinstance(made, TrainedHead)
    return made


@pytest.fixture(scope="module")
def truth_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    residual = MOVEMENTS["weight_residual_kg"].to_numpy()
    path = tmp_path_factory.mktemp("truth") / "truth.parquet"
    pq.write_table(
        pa.table({
            "source_record_id": MOVEMENTS["source_record_id"],
            "kind": ["crossing"] * len(MOVEMENTS),
            "risk": residual / 1000,
            "carried": residual > 850,
        }),
        path,
    )  # fmt: skip
    return path


def evaluated(head: TrainedHead, **changes: Any) -> dict[tuple[str, str, str], Result]:
    results = evaluate_head(
        head, MOVEMENTS, OUTCOMES, features=FEATURES, events=Path(), params=params(**changes)
    )
    return {(r.who, r.part, r.view): r for r in results}


def test_head_logistic_rules_and_chance_are_measured_side_by_side(head: TrainedHead) -> None:
    found = evaluated(head)

    assert {who for who, _, _ in found} == {"head", "logistic", "rules", "random"}
    assert {view for _, part, view in found if part == "all"} == {"naive", "weighted"}
    assert {view for _, part, view in found if part == "movements"} == {
        "naive", "random_slice", "hajek", "doubly_robust",
    }  # fmt: skip
    naive = found["head", "all", "naive"].figures["precision_at_10"]
    assert naive.low <= naive.value <= naive.high
    assert naive.value > found["random", "all", "naive"].figures["precision_at_10"].value


def test_figures_backed_by_fewer_than_ten_effective_hits_are_insufficient(
    head: TrainedHead,
) -> None:
    found = evaluated(head)["head", "all", "weighted"]
    hits = found.effective_hits

    assert found.sufficient == (hits >= 10)
    assert hits < found.hits
    strict = evaluated(head, evaluate={"least_hits": math.ceil(hits) + 1})
    assert not strict["head", "all", "weighted"].sufficient


@pytest.mark.parametrize("refit", [True, False])
def test_the_leak_free_slice_shares_no_values_with_what_the_head_learnt_from(refit: bool) -> None:
    asked = params(fit={"refit_on_valid": refit})
    parts = split_of(MOVEMENTS, OUTCOMES, risk="smuggling", params=asked)
    names = ["weight_residual_kg", "vehicle_class", "weekday"]

    free = leak_free(MOVEMENTS, learnt_from(parts, asked), events=Path(), names=names)

    pairs = MOVEMENTS.select(names).to_pylist()
    within = parts.past.within if refit else parts.train.within
    seen = {tuple(pairs[i].values()) for i in np.flatnonzero(within)}
    new = [tuple(pairs[i].values()) not in seen for i in range(len(pairs))]
    assert free.tolist() == new
    assert 0 < free[parts.test.within].sum() < parts.test.within.sum()


def test_the_leak_free_slice_may_name_a_kind_of_key(tmp_path: Path) -> None:
    parts = split_of(MOVEMENTS, OUTCOMES, risk="smuggling", params=params())
    train = parts.train.within
    keys = np.where(train, "seen", np.where(np.arange(len(train)) % 2, "seen", "new"))
    table = pa.table({"u": MOVEMENTS["u"], "key_hs6": keys, "is_movement": [True] * len(keys)})
    pq.write_table(table, tmp_path / "events-1970-01.parquet")

    free = leak_free(MOVEMENTS, parts.train, events=tmp_path, names=["hs6"])

    assert free.tolist() == (keys == "new").tolist()


def test_a_copy_of_a_validation_movement_is_no_leak_free_one_once_that_was_learnt_from(
    head: TrainedHead,
) -> None:
    names = ["weight_residual_kg", "vehicle_class", "weekday"]
    parts = split_of(MOVEMENTS, OUTCOMES, risk="smuggling", params=params())
    alone = ~MOVEMENTS.select(names).to_pandas().duplicated(keep=False).to_numpy()
    original = np.flatnonzero(parts.valid.within & alone)[0]
    copy = np.flatnonzero(parts.test.within & alone)[0]
    rows = np.arange(len(MOVEMENTS))
    rows[copy] = original
    copied = MOVEMENTS
    for name in names:
        place = copied.column_names.index(name)
        copied = copied.set_column(place, name, MOVEMENTS[name].take(pa.array(rows)))

    def measured_on(movements: pa.Table) -> int:
        results = evaluate_head(
            head, movements, OUTCOMES, features=FEATURES, events=Path(),
            params=params(evaluate={"leak_free": names}),
        )  # fmt: skip
        return next(r.rows for r in results if (r.part, r.view) == ("leak_free", "naive"))

    assert measured_on(copied) == measured_on(MOVEMENTS) - 1


TEST = split_of(MOVEMENTS, OUTCOMES, risk="smuggling", params=params()).test.within
IN_TEST = np.isin(OUTCOMES["movement_u"], MOVEMENTS["u"].to_numpy()[TEST])
UNTOLD = OUTCOMES["selection_propensity"].mask(IN_TEST)


@pytest.mark.parametrize(
    ("known", "changes", "part", "view", "why"),
    [
        pytest.param(
            OUTCOMES.assign(selection_propensity=UNTOLD), {}, "all", "weighted",
            "selection_propensity", id="no propensity in the test days",
        ),
        pytest.param(
            OUTCOMES[~IN_TEST], {}, "all", "naive", "said what it found",
            id="no outcome in the test days",
        ),
        pytest.param(
            OUTCOMES, {"evaluate": {"leak_free": ["weekday"]}}, "leak_free", "naive",
            "like one the head has learnt from", id="no movement unlike the past",
        ),
        pytest.param(
            OUTCOMES, {"split": {"valid_days": None, "test_days": None,
                                 "valid_from": "2024-12-01", "test_from": "2025-12-01"}},
            "all", "naive", "No movement lies in the test days", id="no test days",
        ),
    ],
)  # fmt: skip
def test_where_there_is_nothing_to_measure_every_report_says_why(
    head: TrainedHead, tmp_path: Path, known: pd.DataFrame, changes: dict[str, Any],
    part: str, view: str, why: str,
) -> None:  # fmt: skip
    results = evaluate_head(
        head, MOVEMENTS, known, features=FEATURES, events=Path(), params=params(**changes)
    )

    told = [r for r in results if r.nothing]
    assert [(r.part, r.view, r.rows, r.figures) for r in told] == [(part, view, 0, {})]
    assert why in told[0].nothing
    write_reports(results, [], tmp_path, headline=None)
    assert why in (tmp_path / "evaluation.html").read_text()
    assert why in (tmp_path / "evaluation.json").read_text()
    console = Console(record=True, width=200, file=io.StringIO())
    print_results(results, console, published=None)
    assert why in console.export_text()


def test_an_office_that_never_noted_a_propensity_is_trained_and_measured_naively() -> None:
    untold = OUTCOMES.assign(selection_propensity=np.nan)
    made = train_head(
        MOVEMENTS, untold, features=FEATURES, subject="crossing", risk="smuggling",
        params=params(), texts={},
    )  # fmt: skip
    assert isinstance(made, TrainedHead)

    results = evaluate_head(
        made, MOVEMENTS, untold, features=FEATURES, events=Path(), params=params()
    )

    assert {(r.who, r.view) for r in results if r.figures} == {
        (who, "naive") for who in ("head", "logistic", "rules", "random")
    }
    assert [r.view for r in results if r.nothing] == ["weighted"]


def test_where_the_truth_is_known_the_oracle_ranks_all_movements(
    head: TrainedHead, truth_file: Path
) -> None:
    truth = {
        "path": truth_file,
        "capacity": 0.1,
        "risk": {"smuggling": "risk"},
        "carried": {"smuggling": "carried"},
    }

    found = evaluated(head, evaluate={"truth": truth})

    oracle = found["oracle", "truth", "naive"].figures["recall_at_10"].value
    assert oracle == pytest.approx(min(1.0, 0.1 / 0.15), abs=0.1)
    assert 0.03 < found["head", "truth", "naive"].figures["recall_at_10"].value <= oracle
    shares = flat(list(found.values()), headline=None)
    assert 0 < shares["crossing_smuggling_recall_at_10_share_of_oracle"] <= 1


def test_of_all_movements_each_figure_tells_what_backs_it(head: TrainedHead) -> None:
    found = evaluated(head)["head", "movements", "doubly_robust"]
    asked = params().evaluate.capacities

    assert found.movements == TEST.sum()
    assert found.overlap is not None
    for capacity in asked:
        name = f"precision_at_{100 * capacity:g}"
        assert found.figures[name].value == found.estimates[name].value
        assert found.estimates[name].effective_hits > 0
    # The curve's other capacities are estimated, and not among the figures that are compared.
    assert "precision_at_20" in found.estimates
    assert "precision_at_20" not in found.figures


def test_the_terminal_tells_ways_to_infer_effective_numbers_and_alarms(head: TrainedHead) -> None:
    results = list(evaluated(head).values())
    robust = next(r for r in results if (r.who, r.view) == ("head", "doubly_robust"))
    assert robust.overlap is not None
    alarmed = replace(robust, overlap=replace(robust.overlap, alarms=("The floor is missing.",)))
    console = Console(record=True, width=200, file=io.StringIO())

    print_results([alarmed if r is robust else r for r in results], console, published=None)

    told = " ".join(console.export_text().split())
    for words in ("inspected or not, doubly robust", "by each way to infer", "random slice",
                  f"worth {robust.overlap.effective_rows:.1f}", "Alarm, crossing-smuggling. The floor"):  # fmt: skip
        assert words in told


def test_flat_figures_of_all_movements_are_doubly_robust_and_backed(head: TrainedHead) -> None:
    results = list(evaluated(head).values())
    robust = next(r for r in results if (r.who, r.view) == ("head", "doubly_robust"))

    told = flat(results, headline=None)

    start, end = "crossing_smuggling_", "_movements_doubly_robust"
    for name, estimate in robust.estimates.items():
        expected = name in robust.figures and estimate.sufficient
        assert (f"{start}{name}{end}" in told) == expected
    assert f"{start}hit_rate_movements" in told
    assert not any("hajek" in name or "random_slice" in name for name in told)


def test_a_challenger_is_measured_beside_the_head_on_the_same_rows(head: TrainedHead) -> None:
    results = evaluate_head(
        head, MOVEMENTS, OUTCOMES, features=FEATURES, events=Path(), params=params(),
        challenger=head.logistic,
    )  # fmt: skip

    by = {(r.who, r.part, r.view): r for r in results}
    for part, view in (("all", "naive"), ("all", "weighted"), ("movements", "doubly_robust")):
        challenger, logistic = by["challenger", part, view], by["logistic", part, view]
        assert challenger.figures == logistic.figures
        assert challenger.rows == by["head", part, view].rows


def test_a_truth_of_another_period_is_refused(truth_file: Path) -> None:
    others = MOVEMENTS.set_column(2, "source_record_id", pa.array(["X"] * len(MOVEMENTS)))
    asked = TruthParams(
        path=truth_file, capacity=0.1, risk={"smuggling": "risk"}, carried={"smuggling": "carried"}
    )

    with pytest.raises(TrainingError, match="another period"):
        read_truth(asked, others, subject="crossing", risk="smuggling")


def test_of_several_versions_the_highest_score_counts(truth_file: Path) -> None:
    asked = TruthParams(
        path=truth_file, capacity=0.1, risk={"smuggling": "risk"}, carried={"smuggling": "carried"}
    )
    twice = pa.concat_tables([MOVEMENTS.slice(0, 3), MOVEMENTS.slice(0, 3)])

    truth = read_truth(asked, twice, subject="crossing", risk="smuggling")

    highest = truth.highest(np.array([1.0, 5.0, 2.0, 3.0, 4.0, 6.0]))
    assert highest.tolist() == [3.0, 5.0, 6.0]


def test_the_headline_is_named_without_its_head(head: TrainedHead) -> None:
    results = list(evaluated(head).values())

    assert "auc" in flat(results, headline="crossing-smuggling")
    assert "precision_at_5_logistic_weighted" in flat(results, headline="crossing-smuggling")
    assert "crossing_smuggling_auc" in flat(results, headline=None)


def test_the_page_fetches_nothing_and_names_every_ranking(
    head: TrainedHead, tmp_path: Path
) -> None:
    write_reports(list(evaluated(head).values()), [], tmp_path, headline=None)

    page = (tmp_path / "evaluation.html").read_text()
    assert "http" not in page
    assert "<script" not in page
    assert all(f">{who}<" in page for who in ("head", "logistic", "rules", "random"))
