"""Risks, rules, capacity and chance become one recommendation, with its exact propensity."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models.errors import InvalidPolicyError
from models.policy import Policy, random_draw, recommend, threshold
from tests.heads import a_card

SECRET = b"a secret of the deployment, long enough"


def a_policy(**changes: Any) -> Policy:
    given: dict[str, Any] = {
        "inspect_share": 0.05,
        "document_share": 0.1,
        "random_share": 0.2,
        "inspect_at": {"arms": 0.5, "smuggling": 0.6},
        "documents_at": {"arms": 0.2, "smuggling": 0.3},
    }
    return Policy(**given | changes)


def a_case(**changes: Any) -> dict[str, Any]:
    """A movement nothing selects, drawn by nobody."""
    given: dict[str, Any] = {
        "probabilities": {"arms": 0.01, "smuggling": 0.01},
        "rule_points": {"arms": 0, "smuggling": 0},
        "draw": 0.999,
        "mandatory": False,
    }
    return given | changes


ABSTAINED = {"arms": None, "smuggling": 0.01}
HIGH = {"arms": 0.01, "smuggling": 0.6}


@pytest.mark.parametrize(
    ("changes", "action", "because", "propensity"),
    [
        pytest.param({}, "release", "model", 0.01, id="an ordinary movement"),
        pytest.param({"draw": 0.0099}, "inspect", "random", 0.01, id="drawn"),
        pytest.param({"draw": 0.0101}, "release", "model", 0.01, id="just not drawn"),
        pytest.param({"probabilities": HIGH}, "inspect", "model", 1.0, id="one risk is high"),
        pytest.param(
            {"probabilities": HIGH, "draw": 0.0},
            "inspect",
            "random",
            1.0,
            id="drawn, and high besides",
        ),
        pytest.param(
            {"probabilities": {"arms": 0.2, "smuggling": 0.0}},
            "check_documents",
            "model",
            0.01,
            id="worth a look at the documents",
        ),
        pytest.param({"mandatory": True}, "inspect", "rule", 1.0, id="a mandatory rule"),
        pytest.param(
            {"rule_points": {"arms": 10}},
            "check_documents",
            "rule",
            0.01,
            id="rules beside a model ask for documents",
        ),
        pytest.param(
            {"rule_points": {"arms": 10}, "probabilities": ABSTAINED},
            "inspect",
            "rule",
            1.0,
            id="rules stand in where the model abstains",
        ),
        pytest.param(
            {"rule_points": {"smuggling": 10}, "probabilities": ABSTAINED},
            "check_documents",
            "rule",
            0.01,
            id="rules of one risk do not stand in for another",
        ),
        pytest.param(
            {"probabilities": {"arms": None}}, "release", "rule", 0.01, id="no model at all"
        ),
        pytest.param(
            {"probabilities": {"arms": None}, "draw": 0.0},
            "inspect",
            "random",
            0.01,
            id="no model, but chance",
        ),
    ],
)
def test_a_movement_is_recommended_for(
    changes: dict[str, Any], action: str, because: str, propensity: float
) -> None:
    given = recommend(a_policy(), **a_case(**changes))

    assert (given.action, given.because) == (action, because)
    assert given.propensity == pytest.approx(propensity, rel=1e-12)


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({}, id="an ordinary movement"),
        pytest.param({"probabilities": HIGH}, id="a high risk"),
        pytest.param({"probabilities": {"arms": None}}, id="no model"),
    ],
)
def test_the_propensity_is_how_often_the_draw_leads_to_an_inspection(
    changes: dict[str, Any],
) -> None:
    policy = a_policy()
    draws = [random_draw(SECRET, f"MK|{i}") for i in range(40_000)]

    given = [recommend(policy, **a_case(**changes, draw=draw)) for draw in draws]

    propensity = given[0].propensity
    assert {recommendation.propensity for recommendation in given} == {propensity}
    frequency = np.mean([recommendation.action == "inspect" for recommendation in given])
    # Five standard errors.
    assert abs(frequency - propensity) <= 5 * (propensity * (1 - propensity) / 40_000) ** 0.5


def test_movements_inspected_at_random_are_a_fair_sample_of_all() -> None:
    policy = a_policy(inspect_share=0.5, random_share=0.5)
    kinds = [HIGH, {"arms": 0.0}] * 4000

    drawn = [
        "smuggling" in p
        for i, p in enumerate(kinds)
        if recommend(policy, **a_case(probabilities=p, draw=random_draw(SECRET, str(i)))).because
        == "random"
    ]

    assert np.mean(drawn) == pytest.approx(0.5, abs=5 * 0.5 / len(drawn) ** 0.5)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        pytest.param({"random_share": 0.0}, "random_share is 0", id="nothing left to chance"),
        pytest.param({"random_share": 0.0999}, "at least 0.1", id="too little left to chance"),
        pytest.param({"random_share": float("nan")}, "random_share", id="no number"),
        pytest.param({"inspect_share": 0.0}, "inspect_share", id="no capacity"),
        pytest.param({"document_share": 0.96}, "document_share", id="more than there is"),
        pytest.param({"rule_points": 0}, "rule_points", id="rules that select everything"),
        pytest.param({"documents_at": {"arms": 0.2}}, "different risks", id="a risk left out"),
        pytest.param({"inspect_at": {"arms": 0.1, "smuggling": 0.6}}, "arms", id="thresholds fall"),
    ],
)
def test_a_policy_that_cannot_be_is_refused(changes: dict[str, Any], said: str) -> None:
    with pytest.raises(InvalidPolicyError, match=said):
        a_policy(**changes)


def test_changing_a_policy_does_not_get_past_its_checks() -> None:
    with pytest.raises(InvalidPolicyError):
        replace(a_policy(), random_share=0.0)


def test_a_risk_without_a_threshold_is_refused_by_name() -> None:
    with pytest.raises(InvalidPolicyError, match="irregularity"):
        recommend(a_policy(), **a_case(probabilities={"irregularity": 0.9}))


def test_thresholds_fill_the_capacity_chance_leaves() -> None:
    policy = Policy.for_capacity(
        [a_card()], inspect_share=0.05, document_share=0.06, random_share=0.2
    )

    assert policy.inspect_at == {"arms": threshold(a_card(), 0.04)}
    assert policy.documents_at == {"arms": threshold(a_card(), 0.1)}


def test_a_threshold_lies_between_those_the_card_lists() -> None:
    assert threshold(a_card(), 0.1) == pytest.approx(0.4)
    assert threshold(a_card(), 0.055) == pytest.approx(0.6)


def test_below_the_smallest_share_listed_a_threshold_rises_towards_certainty() -> None:
    assert threshold(a_card(), 0.005) == pytest.approx(0.9)
    assert threshold(a_card(), 0.0) == 1.0


def test_a_share_of_nothing_that_the_card_lists_is_believed() -> None:
    listed = a_card(top_shares=((0.0, 0.7), (0.1, 0.4)))

    assert threshold(listed, 0.0) == pytest.approx(0.7)
    assert threshold(listed, 0.05) == pytest.approx(0.55)


def test_a_model_left_no_capacity_selects_nothing() -> None:
    policy = Policy.for_capacity(
        [a_card()], inspect_share=0.05, document_share=0.06, random_share=1.0
    )

    given = recommend(policy, **a_case(probabilities={"arms": 0.95}))

    assert given.action == "check_documents"


def test_a_card_that_lists_no_shares_gives_no_threshold() -> None:
    with pytest.raises(InvalidPolicyError, match="top_shares"):
        threshold(a_card(top_shares=()), 0.1)


def test_a_draw_can_be_replayed_and_differs_by_secret_and_movement() -> None:
    draw = random_draw(SECRET, "MK|1")

    assert draw == random_draw(SECRET, "MK|1")
    assert draw != random_draw(SECRET, "MK|2")
    assert draw != random_draw(SECRET[::-1], "MK|1")


def test_draws_are_spread_evenly() -> None:
    draws = np.array([random_draw(SECRET, f"MK|{i}") for i in range(20_000)])

    counts, _ = np.histogram(draws, bins=20, range=(0, 1))

    # Chi-square with 19 degrees of freedom exceeds 43.8 once in a thousand.
    assert ((counts - 1000) ** 2 / 1000).sum() < 43.8
    assert 0 <= draws.min() < draws.max() < 1


def test_a_secret_that_can_be_guessed_is_refused() -> None:
    with pytest.raises(InvalidPolicyError, match="32 bytes"):
        random_draw(b"short", "MK|1")
