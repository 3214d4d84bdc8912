"""Parts of documents: what a training set consists of, what a head leans on, what a lock says."""

from __future__ import annotations

from hashlib import md5
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from models.blend import Blend
from models.risk_model import RiskModel
from tests.heads import a_calibration, a_card, a_head, a_linear, a_logistic_head
from training.documents.composition import composition
from training.documents.evaluation_file import ReportRefused
from training.documents.measured import in_words
from training.documents.records import pipeline_outputs, records
from training.documents.weighing import weighing
from training.documents.wording import small_count

DAY = 86_400_000_000


def an_export(folder: Path, *rows: dict[str, Any]) -> Path:
    """An export of the ledger with these events; each is a crossing unless it says otherwise."""
    usual: dict[str, Any] = {
        "kind": "crossing", "event_at": 20_000 * DAY, "takes_back": None, "record_version": 1,
        "movement_u": None, "result": None, "selection_reason": None,
        "selection_propensity": None, "control_level": None,
    }  # fmt: skip
    events = pd.DataFrame([usual | {"u": number} | row for number, row in enumerate(rows, 1)])
    integers = dict.fromkeys(("u", "takes_back", "movement_u", "record_version"), "Int64")
    folder.mkdir(exist_ok=True)
    events.astype(integers).to_parquet(folder / "events-2026-01.parquet")
    return folder


def an_inspection(result: str, **changes: Any) -> dict[str, Any]:
    said = {"kind": "inspection", "result": result, "selection_reason": "random",
            "selection_propensity": 0.1, "control_level": "scanner", "movement_u": 1}  # fmt: skip
    return said | changes


def test_outcomes_are_counted_by_why_the_movement_was_chosen(tmp_path: Path) -> None:
    found = [an_inspection("arms") for _ in range(6)]
    nothing = [an_inspection("nothing_found") for _ in range(5)]
    silent = [an_inspection("not_searched", selection_reason="tip", selection_propensity=None)]

    made = composition(an_export(tmp_path / "events", {}, *found, *nothing, *silent))

    assert made is not None
    assert made.results == (
        ("arms", "6"), ("not searched", "fewer than 5"), ("nothing found", "5"),
    )  # fmt: skip
    assert made.reasons == (("random", "11", "11", "6"), ("tip", "fewer than 5", "0", "0"))
    assert made.propensity_known == "91.7 %"


def test_an_outcome_that_was_taken_back_does_not_count(tmp_path: Path) -> None:
    inspections = [an_inspection("arms") for _ in range(7)]
    corrected = an_inspection("arms", takes_back=2)

    made = composition(an_export(tmp_path / "events", {}, *inspections, corrected))

    assert made is not None
    assert made.results == (("arms", "6"),)
    assert made.kinds[-1] == ("inspection", "7", "0", "fewer than 5")


def test_delays_count_from_when_the_movement_was_known(tmp_path: Path) -> None:
    late = an_inspection("arms", u=1 + 3 * DAY)

    made = composition(an_export(tmp_path / "events", {}, late))

    assert made is not None
    assert made.delays[0] == ("50 %", "3.0 days")


def test_an_export_without_movements_has_no_composition(tmp_path: Path) -> None:
    assert composition(tmp_path) is None
    assert composition(an_export(tmp_path / "events", an_inspection("arms"))) is None


@pytest.mark.parametrize(
    ("count", "told"), [(0, "0"), (1, "fewer than 5"), (4, "fewer than 5"), (5, "5")]
)
def test_a_count_that_could_point_at_somebody_is_not_told(count: int, told: str) -> None:
    assert small_count(count) == told


def a_blend() -> RiskModel:
    trees, linear = a_head().scorer, a_linear()
    return RiskModel(a_card(kind="blend"), a_calibration(), Blend(trees, linear, 0.3, 0.7))  # type: ignore[arg-type]


@pytest.mark.parametrize("model", [a_head, a_logistic_head, a_blend])
def test_what_a_head_leans_on_adds_up(model: Any) -> None:
    everything, three = weighing(model(), most=99), weighing(model(), most=3)

    assert sum(share for _, share in everything) == pytest.approx(1)
    assert sum(share for _, share in three) == pytest.approx(1)
    assert three[-1][0] == "all others"
    assert [share for _, share in three[:3]] == sorted((s for _, s in three[:3]), reverse=True)


def test_a_blend_leans_on_what_its_two_parts_lean_on() -> None:
    trees, linear, both = (
        dict(weighing(m, most=99)) for m in (a_head(), a_logistic_head(), a_blend())
    )

    assert both["weight"] == pytest.approx(0.3 * trees["weight"] + 0.7 * linear["weight"])


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("recall_at_0_5", "recall at 0.5 %"),
        ("auc", "AUC"),
        ("average_precision", "average precision"),
    ],
)
def test_a_figure_has_a_name_in_words(name: str, words: str) -> None:
    assert in_words(name) == words


def test_the_lock_file_says_which_outputs_are_still_the_same(tmp_path: Path) -> None:
    (tmp_path / "same.json").write_bytes(b"1")
    (tmp_path / "other.json").write_bytes(b"2")
    (tmp_path / "folder").mkdir()
    outs = ["same.json", "other.json", "folder", "gone.json"]
    digest = md5(b"1", usedforsecurity=False).hexdigest()
    lines = "".join(f"    - {{path: {out}, md5: {digest}}}\n" for out in outs)
    lock = tmp_path / "dvc.lock"
    lock.write_text(f"schema: '2.0'\nstages:\n  fit:\n    outs:\n{lines}", "utf-8")

    told = {path: state for _, path, _, state in pipeline_outputs(lock)}

    assert told == {
        "same.json": "the same",
        "other.json": "another one",
        "folder": "a folder; not compared",
        "gone.json": "not there",
    }
    assert pipeline_outputs(tmp_path / "none") == []


def test_a_lock_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "dvc.lock").write_text("stages: [1]", "utf-8")

    with pytest.raises(ReportRefused, match="not what DVC writes"):
        pipeline_outputs(tmp_path / "dvc.lock")


def test_a_long_record_says_how_much_it_left_out(tmp_path: Path) -> None:
    (tmp_path / "watch.json").write_text('{"days": [' + ",".join(['{"n": 1}'] * 70) + "]}", "utf-8")

    (record,) = records(tmp_path, "watch")

    assert record.lines[0] == ("days 1: n", "1")
    assert len(record.lines) + record.left_out == 70
