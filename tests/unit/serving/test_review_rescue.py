"""When the safety of people inside a vehicle comes first."""

from __future__ import annotations

from typing import Any

import pytest

from models.card import BandName
from serving.review.cases import Done
from serving.review.model_says import RiskSays
from serving.review.movement import Outcome
from serving.review.rescue import rescue_first
from serving.review.states import State, Step


def says(risk: str, band: BandName | None, movement_band: BandName | None = None) -> RiskSays:
    return RiskSays(
        risk, risk, band, movement_band, None, None, None, None, (), (), None, (), None, None
    )


def comes_first(kind: str = "crossing", **known: Any) -> bool:
    body = known.pop("body", {})
    return rescue_first(kind, body, **{"risks": (), "outcomes": (), "steps": (), **known})


@pytest.mark.parametrize(
    ("says_of_risk", "first"),
    [
        pytest.param(says("smuggling", "high"), True, id="high"),
        pytest.param(says("smuggling", "very_high"), True, id="very high"),
        pytest.param(says("smuggling", "low", "high"), True, id="high in an earlier version"),
        pytest.param(says("smuggling", None, "high"), True, id="high before it was not scored"),
        pytest.param(says("smuggling", "medium"), False, id="not at medium"),
        pytest.param(says("smuggling", None), False, id="not where nothing is known"),
        pytest.param(says("arms", "very_high"), False, id="not for arms"),
    ],
)
def test_it_does_where_people_are_likely_enough_inside(says_of_risk: RiskSays, first: bool) -> None:
    assert comes_first(risks=[says_of_risk]) is first


def test_nobody_is_inside_a_parcel_by_post() -> None:
    likely = [says("smuggling", "high")]

    assert not comes_first("consignment", body={"mode_of_transport_border": 5}, risks=likely)
    assert comes_first("consignment", body={"mode_of_transport_border": 2}, risks=likely)
    assert comes_first("consignment", body={}, risks=likely)


def test_it_does_wherever_people_were_found_whoever_reported_it() -> None:
    found = Outcome(1, "persons_concealed", "dog", "random")
    recorded = Done(
        1, "c", 1, "account:a", Step.RECORD_OUTCOME, State.DECIDED, State.INSPECTED, "s",
        {"result": "persons_concealed"},
    )  # fmt: skip

    assert comes_first(outcomes=[found])
    assert comes_first(steps=[recorded])
    assert not comes_first(outcomes=[Outcome(1, "arms", "dog", "random")])
