"""Laws of one row a movement, whatever was amended and inspected in whichever order."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from training.labels import labels_as_of
from training.policy_value.recorded import Recorded, recorded

END = 10_000
RESULTS = ("arms", "nothing_found", "not_searched")


@st.composite
def histories(draw: st.DrawFn) -> tuple[pa.Table, pd.DataFrame]:
    """Versions of a few movements, and inspections of some of the versions, each later than it."""
    ids = draw(st.lists(st.sampled_from("ABCDE"), min_size=1, max_size=12))
    movements = pa.table({
        "u": [10 * (i + 1) for i in range(len(ids))],
        "source_system": ["border"] * len(ids), "source_record_id": ids,
    })  # fmt: skip
    about = draw(st.lists(st.integers(0, len(ids) - 1), max_size=6))
    rows = [
        {"u": 10 * (place + 1) + 1 + 10 * draw(st.integers(0, 12)) + i / 10,
         "movement_u": 10 * (place + 1), "takes_back": None, "source_system": "inspections",
         "source_record_id": f"I{i}", "result": draw(st.sampled_from(RESULTS)),
         "control_level": "dog", "selection_reason": draw(st.sampled_from(["random", "tip"])),
         "selection_propensity": draw(st.sampled_from([0.1, 0.5, 1.0, np.nan]))}
        for i, place in enumerate(about)
    ]  # fmt: skip
    columns = ["u", "movement_u", "takes_back", "source_system", "source_record_id", "result",
               "control_level", "selection_reason", "selection_propensity"]  # fmt: skip
    outcomes = pd.DataFrame(rows, columns=columns)
    # Unique and whole, as every u is.
    outcomes["u"] = (outcomes["u"].astype(np.float64) * 10).round().astype(np.int64)
    outcomes["movement_u"] = outcomes["movement_u"].astype(np.int64) * 10
    movements = movements.set_column(0, "u", pa.array([100 * (i + 1) for i in range(len(ids))]))
    return movements, outcomes.sort_values("u")


def made_of(history: tuple[pa.Table, pd.DataFrame]) -> Recorded:
    movements, outcomes = history
    labels = labels_as_of(outcomes, movements["u"].to_numpy(), target=["arms"], until_u=END)
    return recorded(movements, labels, outcomes=outcomes, until_u=END)


@settings(max_examples=30)
@given(history=histories())
def test_every_movement_is_there_once_and_says_what_its_inspections_said(
    history: tuple[pa.Table, pd.DataFrame],
) -> None:
    movements, outcomes = history
    ids = movements["source_record_id"].to_pylist()
    of_u = dict(zip(movements["u"].to_pylist(), ids, strict=True))
    said = outcomes[outcomes["result"] != "not_searched"]

    made = made_of(history)

    names = list(dict.fromkeys(ids))
    assert len(made.inspected) == len(names)
    for i, name in enumerate(names):
        told = said[np.array([of_u[u] == name for u in said["movement_u"]], dtype=bool)]
        assert made.inspected[i] == (len(told) > 0)
        assert made.hit[i] == (told["result"] == "arms").any()
        assert ids[made.last[i]] == name
    assert 0 < made.spoken <= 1


@settings(max_examples=30)
@given(history=histories(), seed=st.integers(0, 99))
def test_no_amendment_lowers_a_score_and_none_after_the_outcome_raises_it(
    history: tuple[pa.Table, pd.DataFrame], seed: int
) -> None:
    made = made_of(history)
    scores = np.random.default_rng(seed).normal(size=len(made.movement))

    highest = made.highest(scores)

    assert np.isfinite(highest).all()
    assert (highest[made.movement[made.counts]] >= scores[made.counts]).all()
    later = np.where(made.counts, scores, scores + 100)
    assert made.highest(later).tolist() == highest.tolist()
