"""What a policy would have selected of a recorded period, and what it would have found."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from features.spec import Floats, Integers
from models.errors import InvalidPolicyError
from models.random_moments import DAY
from models.shifts import Capacities
from tests.post_traffic import MONDAY, a_book, a_capacity, recommended, traffic
from training.errors import TrainingError
from training.policy_of import selection_of
from training.policy_value.figures import finds
from training.policy_value.measuring import measuring
from training.simulated_selection import Office, Season, seasons

CAPACITIES = Capacities(a_capacity(inspections=3.0), {"B": a_capacity(inspections=1.0)})


def arrays(stream: list[dict[str, Any]]) -> dict[str, Any]:
    """Movements as columns."""
    risks = ("arms", "smuggling")
    return {
        "post": np.array([m["post"] for m in stream], dtype=object),
        "at": np.array([m["at"] for m in stream]),
        "probabilities": {
            risk: np.array([m["probabilities"][risk] for m in stream]) for risk in risks
        },
        "rule_points": {"arms": np.array([m["rule_points"]["arms"] for m in stream])},
        "mandatory": np.array([m["mandatory"] for m in stream]),
    }


def test_a_selection_is_what_the_service_would_have_stored_with_any_secret() -> None:
    stream = list(traffic({"A": 60, "B": 20}, days=10))

    selection = selection_of(CAPACITIES, **arrays(stream))

    stored = [r.propensity for r in recommended(a_book(CAPACITIES), stream)]
    assert selection.tolist() == stored
    assert 100 < (selection == 1).sum() < 120
    assert 0 < selection.min() < 0.02


def test_where_there_is_no_probability_rules_stand_in() -> None:
    given = arrays(list(traffic({"A": 60}, days=10, mandatory=False)))
    none = {risk: np.full(len(values), np.nan) for risk, values in given["probabilities"].items()}

    selection = selection_of(a_capacity(rules_share=0.0), **given | {"probabilities": none})

    ruled = given["rule_points"]["arms"] > 0
    assert (selection[~ruled] < 1).all()
    assert (selection[ruled] == 1).sum() > 20


def test_weights_say_which_risk_has_the_capacity() -> None:
    given = arrays(list(traffic({"A": 60}, days=10, mandatory=False)))
    settings = a_capacity(rules_share=0.0, inspections=2.0)

    selection = selection_of(settings, **given, weights={"arms": 99.0, "smuggling": 1.0})

    arms = given["probabilities"]["arms"]
    chosen = np.argsort(-arms)[: (selection == 1).sum()]
    assert (selection[chosen] == 1).mean() > 0.6
    with pytest.raises(InvalidPolicyError, match="smuggling"):
        selection_of(settings, **given, weights={"arms": 1.0})


def test_arrays_that_do_not_fit_and_time_that_falls_are_refused() -> None:
    given = arrays(list(traffic({"A": 20}, days=2)))

    with pytest.raises(TrainingError, match="order of u"):
        selection_of(CAPACITIES, **given | {"at": given["at"][::-1]})
    with pytest.raises(TrainingError, match="not so long"):
        selection_of(CAPACITIES, **given | {"mandatory": given["mandatory"][1:]})


def at_posts(made: Season, seed: int) -> tuple[list[str], Integers, dict[str, Floats]]:
    """A season's movements at made-up posts over four weeks, with a model's probabilities."""
    rng = np.random.default_rng(seed)
    n = made.logged.rows
    post = rng.choice(["A", "B"], n, p=[0.8, 0.2]).tolist()
    at = np.sort(MONDAY + rng.integers(0, 28 * DAY, n))
    return post, at, {"arms": 1 / (1 + np.exp(-made.logged.margins["new"]))}


@pytest.mark.slow
def test_the_finds_of_a_policy_are_estimated_from_what_another_office_inspected() -> None:
    covered, naive_covered, errors = [], [], []
    office = Office(movements=3_000, base_rate=0.08)
    capacities = Capacities(a_capacity(inspections=3.0), {"B": a_capacity(inspections=1.0)})
    for number, made in enumerate(seasons(office, runs=40, seed=11)):
        post, at, probabilities = at_posts(made, number)

        selection = selection_of(capacities, post=post, at=at, probabilities=probabilities)
        told = finds(measuring(made.logged), selection)
        naive = finds(measuring(made.logged, method="naive"), selection)

        truth = float(selection @ made.hit)
        assert truth > 1.3 * selection.mean() * made.hit.sum()
        if told.sufficient:
            covered.append(told.low <= truth <= told.high)
            errors.append(told.value - truth)
        naive_covered.append(naive.low <= truth <= naive.high)

    # 95 % of 40 is 38; fewer than 34 comes once in a hundred times.
    assert len(covered) == 40
    assert sum(covered) >= 34
    assert abs(np.mean(errors)) < 3.3 * np.std(errors) / np.sqrt(40)
    assert sum(naive_covered) < 20
