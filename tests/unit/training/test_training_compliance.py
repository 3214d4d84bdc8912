"""What is recommended and what is done are two things, and estimates are by intention."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

import numpy as np
import pytest

from features.spec import Floats
from training.compliance import by_intention, compliance, compliance_alarms, followed
from training.errors import TrainingError
from training.labels import Flags
from training.policy_value.figures import hit_rate
from training.policy_value.logged import Logged
from training.policy_value.measuring import measuring
from training.simulated_selection import Office, Season, seasons

#: Chance names a tenth, model and rules a twentieth for sure, nobody else is inspected.
OFFICE = Office(movements=4_000, base_rate=0.03, softness=0.0, tip_rate=0.0)

Doing = Callable[[np.random.Generator, Season], Flags]


def _as_recommended(rng: np.random.Generator, made: Season) -> Flags:
    return made.logged.inspected


def _some_at_random(rng: np.random.Generator, made: Season) -> Flags:
    """Half of what chance named is done, and four fifths of the rest, whoever it is."""
    kept = np.where(made.propensity == 1, 0.8, 0.5)
    return np.asarray(made.logged.inspected & (rng.random(len(kept)) < kept))


def _some_at_random_and_own_ideas(rng: np.random.Generator, made: Season) -> Flags:
    """Besides, officers stop what looks wrong to them, and often they are right."""
    own = rng.random(len(made.hit)) < np.where(made.hit, 0.5, 0.02)
    return np.asarray(_some_at_random(rng, made) | (own & ~made.logged.inspected))


def _what_looks_wrong(rng: np.random.Generator, made: Season) -> Flags:
    """Of what is recommended only what looks wrong is done."""
    kept = np.where(made.hit, 0.95, 0.4)
    return np.asarray(made.logged.inspected & (rng.random(len(kept)) < kept))


def intended(made: Season, done: Flags) -> Logged:
    return by_intention(
        recommended=made.logged.inspected,
        done=done,
        hit=made.hit,
        propensity=made.propensity,
        margins={},
    )


def as_treated(made: Season, done: Flags) -> Logged:
    return Logged(made.propensity, done, made.hit & done)


@cache
def some_seasons() -> list[Season]:
    return list(seasons(OFFICE, runs=40, seed=3))


def z_of_bias(doing: Doing, logged: Callable[[Season, Flags], Logged]) -> float:
    """The mean error of the hit rate over forty seasons, in its standard errors."""
    rng = np.random.default_rng(7)
    errors: Floats = np.array([
        hit_rate(measuring(logged(made, doing(rng, made)), method="horvitz_thompson")).value
        - made.hit.mean()
        for made in some_seasons()
    ])  # fmt: skip
    return float(errors.mean() / (errors.std(ddof=1) / np.sqrt(len(errors))))


@pytest.mark.parametrize(
    "doing",
    [
        pytest.param(_as_recommended, id="all is done"),
        pytest.param(_some_at_random, id="some is not done"),
        pytest.param(_some_at_random_and_own_ideas, id="and something else is done"),
    ],
)
def test_by_intention_nothing_is_distorted_while_what_is_not_done_is_any(doing: Doing) -> None:
    assert abs(z_of_bias(doing, intended)) < 3.3


def test_as_treated_own_ideas_pass_for_draws_and_distort() -> None:
    assert z_of_bias(_some_at_random_and_own_ideas, as_treated) > 10


def test_as_treated_what_was_not_done_is_missing() -> None:
    assert z_of_bias(_some_at_random, as_treated) < -10


def test_when_officers_choose_what_to_skip_no_estimate_helps_and_the_alarm_is_raised() -> None:
    made = some_seasons()[0]
    done = _what_looks_wrong(np.random.default_rng(7), made)
    chance = made.logged.random
    assert chance is not None

    assert z_of_bias(_what_looks_wrong, intended) > 10
    alarms = compliance_alarms(
        compliance(recommended=made.logged.inspected, random=chance, done=done)
    )
    assert len(alarms) == 1
    assert "chance named" in alarms[0]
    assert "below 80 %" in alarms[0]


def test_what_was_done_unasked_trains_and_does_not_measure() -> None:
    recommended = np.array([True, True, False, False])
    done = np.array([True, False, True, False])

    logged = by_intention(
        recommended=recommended, done=done, hit=np.ones(4, dtype=bool),
        propensity=np.array([0.5, 0.5, 0.1, 0.1]), margins={},
    )  # fmt: skip

    assert logged.inspected.tolist() == done.tolist()
    assert logged.measures.tolist() == [True, False, False, False]
    # One of two recommendations was followed, so the one done stands for twice as many.
    assert logged.propensity[0] == 0.25
    assert logged.hit.tolist() == done.tolist()


def test_sure_recommendations_and_those_by_chance_are_followed_differently() -> None:
    propensity = np.r_[np.ones(40), np.full(40, 0.2)]
    done = np.r_[np.ones(40), np.tile([1, 0, 0, 0], 10)].astype(bool)

    share = followed(recommended=np.ones(80, dtype=bool), done=done, propensity=propensity)

    assert share.tolist() == [1.0] * 40 + [0.25] * 40


def test_posts_follow_differently_and_few_cases_are_judged_with_all() -> None:
    post = np.array(["A"] * 40 + ["B"] * 40 + ["C"] * 4, dtype=object)
    done = np.r_[np.ones(40), np.tile([1, 0], 20), np.zeros(4)].astype(bool)
    everything = np.ones(84, dtype=bool)

    share = followed(recommended=everything, done=done, propensity=np.full(84, 0.2), group=post)

    assert set(share[:40]) == {1.0}
    assert set(share[40:80]) == {0.5}
    assert share[80:].tolist() == pytest.approx([60 / 84] * 4)


def test_compliance_is_told_by_group_of_chance_and_of_all_and_small_groups_are_named() -> None:
    post = np.array(["A"] * 60 + ["B"] * 3, dtype=object)
    recommended = np.ones(63, dtype=bool)
    random = np.arange(63) % 3 == 0
    done = ~random | (np.arange(63) % 2 == 0)

    found = compliance(recommended=recommended, random=random, done=done, group=post)

    assert [(c.group, c.random) for c in found] == [
        ("all", True), ("all", False), ("A", True), ("A", False), ("B", True), ("B", False)
    ]  # fmt: skip
    of_a = found[2]
    assert (of_a.recommended, of_a.done) == (20, 10)
    assert of_a.share is not None
    assert of_a.share.low < 0.5 < of_a.share.high < 0.8
    assert found[4].share is None
    assert found[4].words() == "B: 1 of 1 recommended random inspections done: insufficient"
    alarms = compliance_alarms(found)
    assert len(alarms) == 2
    assert "at A, 10 were done (50 %, at most 70 %)" in alarms[1]


def test_random_inspections_that_are_done_raise_no_alarm_however_few() -> None:
    for asked, did in ((9, 0), (12, 9), (100, 80)):
        done = np.arange(asked) < did

        found = compliance(
            recommended=np.ones(asked, dtype=bool), random=np.ones(asked, dtype=bool), done=done
        )

        assert compliance_alarms(found) == []


def test_inspections_nobody_recommended_raise_an_alarm_when_they_outnumber() -> None:
    recommended = np.arange(100) < 20
    nobody = np.zeros(100, dtype=bool)

    few = compliance(recommended=recommended, random=nobody, done=np.arange(100) < 40)
    many = compliance(recommended=recommended, random=nobody, done=np.arange(100) < 41)

    assert compliance_alarms(few) == []
    assert "21 inspections were not recommended" in compliance_alarms(many)[0]


def test_what_does_not_fit_is_refused() -> None:
    one, two = np.ones(1, dtype=bool), np.ones(2, dtype=bool)
    with pytest.raises(TrainingError, match="missing"):
        compliance(recommended=two, random=one, done=two)
    with pytest.raises(TrainingError, match="named by chance"):
        compliance(recommended=~one, random=one, done=one)
