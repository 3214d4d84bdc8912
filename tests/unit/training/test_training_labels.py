"""What a movement turned out to be, as of a moment."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from training.labels import Labels, labels_as_of, read_outcomes

FOREVER = 10**18


def an_outcome(u: int, **changes: Any) -> dict[str, Any]:
    return {
        "u": u,
        "movement_u": 1,
        "takes_back": None,
        "result": "nothing_found",
        "selection_reason": "random",
        "selection_propensity": 0.1,
        "control_level": "full_unload",
        "source_system": "inspections",
        "source_record_id": f"I{u}",
    } | changes


def labels(*outcomes: dict[str, Any], until_u: int = FOREVER, **detection: float) -> Labels:
    table = pd.DataFrame(outcomes, dtype=object)
    return labels_as_of(table, np.array([1]), target=["arms"], until_u=until_u, detection=detection)


def test_a_find_is_a_hit_and_nothing_found_is_none() -> None:
    assert labels(an_outcome(5, result="arms")).hit.tolist() == [True]
    assert labels(an_outcome(5)).hit.tolist() == [False]
    assert labels(an_outcome(5)).searched.tolist() == [True]


def test_a_find_of_something_else_is_a_negative_for_this_risk() -> None:
    found = labels(an_outcome(5, result="persons_concealed"))

    assert (found.searched[0], found.hit[0]) == (True, False)


@pytest.mark.parametrize("silent", ["not_searched", "inconclusive"])
def test_what_was_not_searched_is_never_a_negative(silent: str) -> None:
    assert labels(an_outcome(5, result=silent)).searched.tolist() == [False]


def test_what_becomes_known_at_the_cut_or_later_is_not_known() -> None:
    outcome = an_outcome(5, result="arms")

    assert labels(outcome, until_u=5).searched.tolist() == [False]
    assert labels(outcome, until_u=6).hit.tolist() == [True]


def test_an_outcome_taken_back_is_gone() -> None:
    outcome = an_outcome(5, result="arms")
    taken_back = an_outcome(7, takes_back=5, movement_u=None, result=None)
    corrected = an_outcome(8, source_record_id="I5")

    assert labels(outcome, taken_back).searched.tolist() == [False]
    assert labels(outcome, taken_back, corrected).hit.tolist() == [False]


def test_an_outcome_stands_until_it_is_taken_back() -> None:
    outcome = an_outcome(5, result="arms")
    taken_back = an_outcome(7, takes_back=5, movement_u=None, result=None)

    assert labels(outcome, taken_back, until_u=7).hit.tolist() == [True]


def test_of_several_inspections_a_find_wins_and_the_first_says_why_it_was_selected() -> None:
    tipped = an_outcome(5, selection_reason="tip", selection_propensity=None)
    again = an_outcome(6, result="arms", selection_reason="rule", selection_propensity=0.5)

    found = labels(tipped, again)

    assert (found.hit[0], found.known_at[0], found.reason[0]) == (True, 6, "tip")
    assert np.isnan(found.propensity[0])


BY_CHANCE: dict[str, Any] = {"selection_reason": "random", "selection_propensity": 0.003}
BY_TIP: dict[str, Any] = {"selection_reason": "tip", "selection_propensity": None}


def test_a_first_inspection_that_is_corrected_later_still_says_why_it_was_selected() -> None:
    first = an_outcome(10, **BY_CHANCE)
    tipped = an_outcome(20, result="arms", **BY_TIP)
    taken_back = an_outcome(29, takes_back=10, movement_u=None, result=None) | {
        "source_record_id": "I10"
    }
    corrected = an_outcome(30, source_record_id="I10", **BY_CHANCE)

    found = labels(first, tipped, taken_back, corrected)

    assert (found.reason[0], found.propensity[0]) == ("random", 0.003)
    assert (found.hit[0], found.known_at[0]) == (True, 30)


def test_a_correction_of_the_reason_itself_is_believed() -> None:
    first = an_outcome(10, **BY_CHANCE)
    taken_back = an_outcome(19, takes_back=10, movement_u=None, source_record_id="I10")
    corrected = an_outcome(20, source_record_id="I10", **BY_TIP)

    found = labels(first, taken_back, corrected)

    assert found.reason[0] == "tip"
    assert np.isnan(found.propensity[0])


def test_inspections_of_one_number_in_two_systems_are_two() -> None:
    elsewhere = an_outcome(5, movement_u=2, source_record_id="7", source_system="other")
    first = an_outcome(10, source_record_id="8", **BY_CHANCE)
    second = an_outcome(20, source_record_id="7", **BY_TIP)

    assert labels(elsewhere, first, second).reason[0] == "random"


@pytest.mark.parametrize("silent", ["not_searched", "inconclusive"])
def test_a_first_inspection_that_said_nothing_still_says_why_it_was_selected(silent: str) -> None:
    first = an_outcome(10, result=silent, **BY_CHANCE)
    again = an_outcome(20, result="arms", selection_reason="rule", selection_propensity=1.0)

    found = labels(first, again)

    assert (found.reason[0], found.propensity[0]) == ("random", 0.003)
    assert (found.hit[0], found.known_at[0]) == (True, 20)


def test_what_was_not_searched_has_no_reason_and_no_propensity() -> None:
    found = labels(an_outcome(5, result="inconclusive"))

    assert (found.reason[0], found.known_at[0]) == ("", 0)
    assert np.isnan(found.propensity[0])


def test_nothing_known_yet_labels_nothing() -> None:
    assert labels(an_outcome(5), until_u=1).searched.tolist() == [False]


def test_inspections_are_read_with_what_tells_them_apart(tmp_path: Path) -> None:
    rows = pd.DataFrame([an_outcome(7), an_outcome(5)]).assign(kind=["inspection", "crossing"])
    rows.to_parquet(tmp_path / "events-1970-01.parquet")

    read = read_outcomes(tmp_path)

    assert read[["source_system", "source_record_id"]].to_numpy().tolist() == [
        ["inspections", "I7"]
    ]


def test_an_outcome_of_no_known_movement_labels_nothing() -> None:
    assert labels(an_outcome(5, movement_u=None)).searched.tolist() == [False]


def test_nothing_found_counts_as_much_as_the_control_finds_what_is_there() -> None:
    looked = an_outcome(5, control_level="visual")

    assert labels(looked, visual=0.35).detection.tolist() == [0.35]


def test_two_controls_miss_what_both_of_them_miss() -> None:
    looked = an_outcome(5, control_level="visual")
    scanned = an_outcome(6, control_level="scanner")

    assert labels(looked, scanned, visual=0.35, scanner=0.6).detection[0] == pytest.approx(0.74)


def test_a_control_that_said_nothing_adds_no_detection() -> None:
    looked = an_outcome(5, control_level="visual")
    begun = an_outcome(6, control_level="full_unload", result="not_searched")

    assert labels(looked, begun, visual=0.35, full_unload=0.95).detection[0] == 0.35


def test_levels_of_which_nothing_is_said_find_everything() -> None:
    assert labels(an_outcome(5, control_level="dog"), visual=0.35).detection.tolist() == [1.0]
    assert labels(an_outcome(5, control_level=None)).detection.tolist() == [1.0]
