"""Who is selected, why, and which probability is recorded."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from training.scenario.office.joint_operations import posts_taking_part
from training.scenario.office.selection import (
    CHANCE,
    JOINT,
    MANDATORY,
    MODEL,
    RULE,
    TIP,
    Selection,
    selected,
)
from training.scenario.profile import Controls, load_profile

_N = 20_000


def some_controls(**told: Any) -> Controls:
    """An office at single rates that selects by nothing but what is told."""
    none: dict[str, Any] = {
        "random_floor": 0.0,
        "joint_rate": 0.0,
        "tip_carrying": 0.0,
        "tip_clean": 0.0,
    }
    return replace(load_profile("demo").controls, multiplier=1.0, **none | told)


def select(controls: Controls, *, seed: int = 1, by: int = RULE, **told: Any) -> Selection:
    none = np.zeros(_N, dtype=bool)
    columns: dict[str, Any] = {"mandatory": none, "carrying": none, "in_joint_operation": none}
    judged = told.pop("judged", np.zeros(_N))
    return selected(
        judged, by=by, controls=controls, rng=np.random.default_rng(seed), **columns | told
    )


def test_what_the_law_wants_controlled_always_is() -> None:
    must = np.arange(_N) % 100 == 0

    chosen = select(some_controls(random_floor=0.5), mandatory=must, judged=np.full(_N, 0.5))

    mandatory = chosen.reason == MANDATORY
    assert chosen.row[mandatory].tolist() == np.flatnonzero(must).tolist()
    assert (chosen.propensity[mandatory] == 1).all()


def test_nobody_knows_the_propensity_of_tips_and_joint_operations() -> None:
    every = np.ones(_N, dtype=bool)
    controls = some_controls(random_floor=0.1, joint_rate=0.1, tip_clean=0.1)

    chosen = select(controls, judged=np.full(_N, 0.1), in_joint_operation=every)

    unknown = (chosen.reason == TIP) | (chosen.reason == JOINT)
    assert np.array_equal(np.isnan(chosen.propensity), unknown)
    assert chosen.propensity[~unknown].tolist() == pytest.approx([0.19] * int((~unknown).sum()))


def test_chance_comes_before_rules_and_rules_before_joint_operations_and_tips() -> None:
    every = np.ones(_N, dtype=bool)
    controls = some_controls(random_floor=0.5, joint_rate=0.5, tip_clean=0.5)

    chosen = select(controls, judged=np.full(_N, 0.5), in_joint_operation=every)

    shares = np.bincount(chosen.reason, minlength=6) / _N
    for reason, share in ((CHANCE, 1 / 2), (RULE, 1 / 4), (JOINT, 1 / 8), (TIP, 1 / 16)):
        assert shares[reason] == pytest.approx(share, rel=0.1)


def test_a_model_selects_under_its_own_name() -> None:
    chosen = select(some_controls(), by=MODEL, judged=np.full(_N, 0.1))

    assert (chosen.reason == MODEL).all()
    assert len(chosen.row) == pytest.approx(0.1 * _N, rel=0.1)


def test_carrying_attracts_tips() -> None:
    carrying = np.arange(_N) % 2 == 0

    chosen = select(some_controls(tip_carrying=0.5, tip_clean=0.02), carrying=carrying)

    assert (chosen.reason == TIP).all()
    assert carrying[chosen.row].sum() == pytest.approx(0.25 * _N, rel=0.05)
    assert (~carrying[chosen.row]).sum() == pytest.approx(0.01 * _N, rel=0.25)


def test_a_joint_operation_controls_only_at_its_posts() -> None:
    taking_part = np.arange(_N) % 3 == 0

    chosen = select(some_controls(joint_rate=0.3), in_joint_operation=taking_part)

    assert taking_part[chosen.row].all()
    assert len(chosen.row) == pytest.approx(0.1 * _N, rel=0.1)


def test_rates_are_multiplied_but_tips_are_not() -> None:
    every = np.ones(_N, dtype=bool)
    controls = some_controls(random_floor=0.05, joint_rate=0.05, tip_clean=0.05)

    chosen = select(replace(controls, multiplier=4.0), in_joint_operation=every)

    shares = np.bincount(chosen.reason, minlength=6) / _N
    assert shares[CHANCE] == pytest.approx(0.2, rel=0.1)
    assert shares[JOINT] == pytest.approx(0.8 * 0.2, rel=0.1)
    assert shares[TIP] == pytest.approx(0.8 * 0.8 * 0.05, rel=0.15)


def test_a_joint_operation_runs_in_spring_and_autumn_at_a_third_of_the_posts() -> None:
    days = [date(2025, 1, 1) + timedelta(days=d) for d in range(365)]

    active = {
        day: flags
        for day in days
        if (flags := posts_taking_part(day, seed=3, posts=60, length_days=6)).any()
    }

    spring, autumn = ([day for day in active if day.month in m] for m in ((4, 5), (10, 11)))
    assert [len(spring), len(autumn)] == [6, 6]
    assert len(active) == 12
    assert spring[-1] - spring[0] == timedelta(days=5)
    assert {int(flags.sum()) for flags in active.values()} == {20}
    assert len({flags.tobytes() for flags in active.values()}) == 2
