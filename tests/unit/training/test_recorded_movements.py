"""A movement counts once, however often it was amended, by what was known when it was selected."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from training.labels import Labels, labels_as_of
from training.policy_value.recorded import Recorded, labels_of, recorded

AT_THE_END = 10_000


def versions(*ids: str) -> pa.Table:
    """Rows of these movements, in the order in which they became known: u is 100, 200, ..."""
    return pa.table({
        "u": [100 * (i + 1) for i in range(len(ids))],
        "source_system": ["border"] * len(ids),
        "source_record_id": list(ids),
    })  # fmt: skip


def said(*inspections: tuple[int, int, str, str, float | None]) -> pd.DataFrame:
    """Outcomes: (u, movement's u, result, reason, propensity)."""
    rows: list[dict[str, Any]] = [
        {"u": u, "movement_u": about, "takes_back": None, "source_system": "inspections",
         "source_record_id": f"I{i}", "result": result, "selection_reason": reason,
         "control_level": "dog", "selection_propensity": propensity}
        for i, (u, about, result, reason, propensity) in enumerate(inspections)
    ]  # fmt: skip
    frame = pd.DataFrame(rows)
    return frame.astype({"takes_back": object, "selection_propensity": np.float64})


def made_of(movements: pa.Table, outcomes: pd.DataFrame) -> Recorded:
    labels = labels_as_of(
        outcomes, movements["u"].to_numpy(), target=["arms"], until_u=AT_THE_END
    )  # fmt: skip
    return recorded(movements, labels, outcomes=outcomes, until_u=AT_THE_END)


def test_versions_of_a_movement_are_one_movement_with_their_highest_score() -> None:
    made = made_of(versions("A", "B", "A"), said((500, 200, "arms", "rule", 0.5)))

    assert made.highest(np.array([1.0, 5.0, 3.0])).tolist() == [3.0, 5.0]
    assert made.inspected.tolist() == [False, True]
    assert made.hit.tolist() == [False, True]
    assert made.last.tolist() == [2, 1]


def test_a_version_that_has_read_the_outcome_says_nothing_of_the_selection() -> None:
    made = made_of(versions("A", "B", "A", "A"), said((250, 100, "arms", "rule", 0.5)))

    assert made.counts.tolist() == [True, True, False, False]
    assert made.highest(np.array([1.0, 2.0, 9.0, 9.0])).tolist() == [1.0, 2.0]
    assert made.last.tolist() == [0, 1]


def test_a_find_after_any_version_is_a_hit_of_the_movement() -> None:
    outcomes = said((500, 100, "nothing_found", "random", 0.1), (600, 300, "arms", "rule", 0.9))

    made = made_of(versions("A", "B", "A"), outcomes)

    assert made.hit.tolist() == [True, False]
    # The first inspection is the one that selected the movement.
    assert made.propensity[0] == pytest.approx(0.1)
    assert made.random.tolist() == [True, False]


def test_the_share_of_inspections_that_said_nothing_lowers_every_propensity_alike() -> None:
    outcomes = said(
        (500, 100, "nothing_found", "rule", 0.5), (501, 200, "not_searched", "rule", 0.5),
        (502, 300, "arms", "rule", 0.4), (503, 400, "inconclusive", "tip", None),
    )  # fmt: skip

    made = made_of(versions("A", "B", "C", "D"), outcomes)

    assert made.spoken == pytest.approx(2 / 3)
    np.testing.assert_allclose(made.propensity, [1 / 3, np.nan, 0.8 / 3, np.nan])
    assert made.inspected.tolist() == [True, False, True, False]


def test_a_tip_is_inspected_and_has_no_propensity() -> None:
    made = made_of(versions("A", "B"), said((500, 100, "arms", "tip", None)))

    logged = made.logged({"head": np.array([0.0, 1.0])})

    assert logged.inspected.tolist() == [True, False]
    assert not logged.measures.any()


def test_labels_of_some_rows_are_all_their_fields() -> None:
    movements = versions("A", "B", "C")
    outcomes = said((500, 200, "arms", "random", 0.5))
    labels = labels_as_of(outcomes, movements["u"].to_numpy(), target=["arms"], until_u=AT_THE_END)

    some = labels_of(labels, np.array([1]))

    assert isinstance(some, Labels)
    assert all(len(values) == 1 for values in vars(some).values())
    assert some.hit.tolist() == [True]
