"""Reasons are put to the test: what is true passes, and what is not is seen."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from features.table import matrix
from models.reasons import Reason, reasons
from models.risk_model import RiskModel
from tests.movements import FEATURES, crossings, outcomes, params
from training.assurance.faithfulness import Faithful, _usual, faithful, fault_of
from training.assurance.faithfulness_table import (
    added_up,
    faithfulness_figures,
    faithfulness_table,
)
from training.assurance.period_heads import Learnt
from training.heads import TrainedHead, split_of, train_head

MOVEMENTS = crossings()
OUTCOMES = outcomes(MOVEMENTS)
COLUMNS = FEATURES.columns("crossing", ("persons_concealed",))


@pytest.fixture(scope="module")
def learnt() -> Learnt:
    made = train_head(
        MOVEMENTS, OUTCOMES, features=FEATURES, subject="crossing", risk="smuggling",
        params=params(), texts={},
    )  # fmt: skip
    assert isinstance(made, TrainedHead)
    return Learnt(
        name="made",
        seed=1,
        movements={"crossing": MOVEMENTS},
        outcomes=OUTCOMES,
        features=FEATURES,
        heads={"crossing-smuggling": made},
        events=Path(),
        truth=None,
    )


@pytest.fixture(scope="module")
def found(learnt: Learnt) -> Faithful:
    return faithful(learnt, "crossing-smuggling", movements=150, params=params(), seed=1)


class Asked:
    """One movement of the test days that was explained, and the arguments of `fault_of`."""

    def __init__(self, learnt: Learnt) -> None:
        self.head: RiskModel = learnt.heads["crossing-smuggling"].head
        parts = split_of(MOVEMENTS, OUTCOMES, risk="smuggling", params=params())
        self.row = int(np.flatnonzero(parts.test.within)[0])
        X = matrix(MOVEMENTS, COLUMNS)
        self.contributions = self.head.contributions(X[self.row : self.row + 1])[0]
        self.integers = {n: MOVEMENTS[n].to_numpy() for c in COLUMNS for n in c.input_names}
        self.usual = _usual(X[parts.past.within], COLUMNS)
        self.first = reasons(self.head.card, X[self.row], self.contributions)[0]

    def fault(self, reason: Reason) -> str | None:
        return fault_of(
            reason, self.head, COLUMNS, self.integers, self.row, self.contributions, self.usual
        )


@pytest.fixture(scope="module")
def asked(learnt: Learnt) -> Asked:
    return Asked(learnt)


def test_what_a_head_says_of_its_records_is_true(found: Faithful) -> None:
    assert found.untrue == ()
    assert found.reasons > 300
    assert found.widest_gap < 1e-9


def test_reasons_stay_true_when_the_deployment_goes_on_after_its_heads_were_trained(
    learnt: Learnt,
) -> None:
    later = MOVEMENTS.filter(
        split_of(MOVEMENTS, OUTCOMES, risk="smuggling", params=params()).test.within
    )
    for name, shift in (("event_at", 12 * 86_400_000_000), ("u", 10**15)):
        place = later.column_names.index(name)
        moved = pa.array(later[name].to_numpy() + shift, later.schema.field(name).type)
        later = later.set_column(place, name, moved)
    grown = replace(learnt, movements={"crossing": pa.concat_tables([MOVEMENTS, later])})

    found = faithful(grown, "crossing-smuggling", movements=150, params=params(), seed=1)

    assert found.untrue == ()
    assert found.reasons > 300


def test_a_usual_range_that_no_past_had_is_not_true(learnt: Learnt) -> None:
    made = learnt.heads["crossing-smuggling"]
    card = made.head.card
    wrong = tuple(
        c if c.usual_high is None else c.model_copy(update={"usual_high": c.usual_high + 1})
        for c in card.columns
    )
    head = replace(made.head, card=card.model_copy(update={"columns": wrong}))
    of_it = replace(learnt, heads={"crossing-smuggling": replace(made, head=head)})

    found = faithful(of_it, "crossing-smuggling", movements=20, params=params(), seed=1)

    assert any("usual is" in fault for fault in found.untrue)


def test_the_first_reasons_carry_the_score(found: Faithful) -> None:
    assert found.compared > 100
    assert found.share.low > 0.6
    assert found.carried_raising <= found.compared_raising <= found.compared


def test_the_first_reasons_of_a_sum_carry_it_almost_always(learnt: Learnt) -> None:
    straight = learnt.heads["crossing-smuggling"].logistic
    of_it = replace(learnt, heads={"crossing-smuggling": TrainedHead(straight, straight)})

    found = faithful(of_it, "crossing-smuggling", movements=150, params=params(), seed=1)

    assert found.untrue == ()
    assert found.share.value > 0.95


def test_the_same_seed_draws_the_same_movements(learnt: Learnt, found: Faithful) -> None:
    again = faithful(learnt, "crossing-smuggling", movements=150, params=params(), seed=1)

    assert again == found


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"value": 12345.0}, "the record says"),
        ({"value": None}, "the record says"),
        ({"sentence": "Weighed 1 kg more than tare and declared load"}, "reads like"),
        ({"usual_high": 17.5}, "usual is"),
        ({"direction": None}, "direction"),
        ({"share": 0.999}, "its share is"),
    ],
)
def test_a_reason_that_is_not_true_is_seen(
    asked: Asked, changes: dict[str, Any], fault: str
) -> None:
    if "direction" in changes:
        other = "lowers" if asked.first.direction == "raises" else "raises"
        changes = {"direction": other}

    assert asked.fault(asked.first) is None
    assert fault in str(asked.fault(asked.first._replace(**changes)))


def a_faithful(**changes: Any) -> Faithful:
    given: dict[str, Any] = {
        "head": "a", "movements": 100, "widest_gap": 1e-12, "reasons": 500, "untrue": (),
        "compared": 90, "carried": 81, "compared_raising": 0, "carried_raising": 0,
    }  # fmt: skip
    return Faithful(**given | changes)


def test_periods_are_added_up_head_by_head() -> None:
    a, b = added_up([
        a_faithful(), a_faithful(head="b"), a_faithful(carried=90, widest_gap=1e-10, untrue=("x",))
    ])  # fmt: skip

    assert (a.movements, a.compared, a.carried, a.widest_gap, a.untrue) == (
        200, 180, 171, 1e-10, ("x",),
    )  # fmt: skip
    assert b.share.value == 0.9


def test_the_worst_head_is_the_figure_and_what_cannot_be_compared_is_left_out() -> None:
    found = [a_faithful(), a_faithful(head="b", carried=45)]

    figures = faithfulness_figures(found)

    assert figures["deletion"] == 0.5
    assert figures["a_deletion"] == 0.9
    assert "deletion_raising" not in figures
    assert list(faithfulness_table(found).columns[6].cells) == ["none to compare"] * 2
