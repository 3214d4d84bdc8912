"""What each typology carried is told by itself, and too little of it is called insufficient."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from training.params import TruthParams
from training.truth import Truth, read_truth
from training.typologies import LEAST_CARRYING, found_by_typology


def a_truth(typology: list[str], carried: list[bool]) -> Truth:
    n = len(carried)
    return Truth(
        np.zeros(n), np.array(carried), np.array(typology, dtype=object), np.arange(n)
    )  # fmt: skip


def test_recall_counts_each_typology_by_itself() -> None:
    truth = a_truth(["A2"] * 20 + ["A7"] * 10 + [""] * 5, [True] * 30 + [False] * 5)
    selection = np.r_[np.ones(5), np.zeros(15), np.full(10, 0.5), np.ones(5)]

    found = {of.typology: of for of in found_by_typology(truth, selection)}

    assert {code: of.carrying for code, of in found.items()} == {"A2": 20, "A7": 10}
    assert found["A2"].recall.value == pytest.approx(0.25)
    assert found["A7"].recall.value == pytest.approx(0.5)
    assert found["A2"].recall.low < 0.25 < found["A2"].recall.high


def test_a_typology_that_hardly_occurs_is_named_and_insufficient() -> None:
    few = LEAST_CARRYING - 1
    truth = a_truth(["A1"] * few + ["A2"] * 10, [True] * (few + 10))

    found = {of.typology: of for of in found_by_typology(truth, np.ones(few + 10))}

    assert not found["A1"].sufficient
    assert np.isnan(found["A1"].recall.value)
    assert found["A2"].sufficient


@pytest.mark.parametrize("told", [True, False])
def test_the_typology_is_read_where_the_table_tells_it(tmp_path: Path, told: bool) -> None:
    columns = {
        "source_record_id": ["D1", "D2", "D3"], "kind": ["consignment"] * 3,
        "risk": [0.1, 0.2, 0.3], "carried": [True, False, True],
    }  # fmt: skip
    if told:
        columns["typology_arms"] = ["A3", "A4", "A5"]
    pq.write_table(pa.table(columns), tmp_path / "truth.parquet")
    asked = TruthParams(
        path=tmp_path / "truth.parquet", capacity=0.1, risk={"arms": "risk"},
        carried={"arms": "carried"},
    )  # fmt: skip

    truth = read_truth(
        asked, pa.table({"source_record_id": ["D3", "D2", "D1"]}), subject="consignment",
        risk="arms",
    )  # fmt: skip

    assert truth.carried.tolist() == [True, False, True]
    # What a movement that carried nothing might have followed is no typology of a find.
    assert truth.typology.tolist() == (["A5", "", "A3"] if told else ["", "", ""])
