"""Skill is what is found of what was carried, by every way at the same capacity, all periods together."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from training.assurance.skill import Found
from training.assurance.skill_figures import (
    pooled,
    skill_figures,
    skill_tables,
    typologies,
)


def a_found(seed: int = 1, n: int = 200, **changes: Any) -> Found:
    rng = np.random.default_rng(seed)
    full = (rng.random(n) < 0.4).astype(np.float64)
    head = full * (rng.random(n) < 0.7)
    given: dict[str, Any] = {
        "seed": seed,
        "subject": "crossing",
        "risk": "arms",
        "found": {
            "head": head,
            "full_truth": full,
            "oracle": np.maximum(full, rng.random(n) < 0.2),
            "rules": (rng.random(n) < 0.15).astype(np.float64),
        },
        "typology": tuple(np.where(np.arange(n) < 5, "A7", "A1")),
        "expected": {"head": 0.3, "full_truth": 0.4, "oracle": 0.5, "rules": 0.15},
        "movements": 20_000,
        "hits": 90,
        "true_hits": 900,
        "choice": "",
    }
    return Found(**given | changes)


FIVE = [a_found(seed) for seed in range(1, 6)]


def test_shares_are_of_all_periods_together() -> None:
    head = sum(one.found["head"].sum() for one in FIVE)
    full = sum(one.found["full_truth"].sum() for one in FIVE)

    made = pooled(FIVE).share_of("head", "full_truth")

    assert made.value == pytest.approx(head / full)
    assert made.low < made.value < made.high


def test_a_way_found_as_much_as_itself_without_doubt() -> None:
    made = pooled(FIVE).share_of("head", "head")

    assert (made.value, made.low, made.high) == (1, 1, 1)


def test_periods_that_differ_widen_the_interval() -> None:
    poor = a_found(2, found=dict(a_found(2).found) | {"head": a_found(2).found["head"] * 0.1})
    alike, apart = [a_found(1), a_found(3)], [a_found(1), poor]

    def width(found: list[Found]) -> float:
        made = pooled(found).share_of("head", "full_truth")
        return made.high - made.low

    assert width(apart) > 2 * width(alike)


def test_chance_finds_its_capacity() -> None:
    lift = pooled(FIVE).lift_over_random()

    assert lift.value == pytest.approx(pooled(FIVE).recall_of("head").value / 0.03)


def test_a_typology_with_few_movements_is_named_and_not_judged() -> None:
    told = {one.typology: one for one in typologies([a_found()])}

    assert told["A7"].carrying == 5
    assert told["A7"].holds is None
    assert told["A1"].holds is True


def test_a_typology_that_is_hardly_found_does_not_hold() -> None:
    blind = a_found(found=dict(a_found().found) | {"head": np.zeros(200)})

    assert {one.typology: one.holds for one in typologies([blind])}["A1"] is False
    assert skill_figures([blind])["typologies_found_half_as_well"] == 0


def test_figures_have_the_promised_names() -> None:
    people = [a_found(seed, risk="smuggling") for seed in (1, 2)]

    figures = skill_figures([*FIVE, *people])

    for name in (
        "share_of_full_truth_arms_low", "share_of_full_truth_smuggling_low", "share_of_oracle_arms",
        "share_of_oracle_smuggling", "lift_over_rules_low", "lift_over_random_low",
    ):  # fmt: skip
        assert isinstance(figures[name], float)
    assert len(skill_tables([*FIVE, *people])) == 3


def test_where_nothing_was_carried_nothing_is_told() -> None:
    none = {way: np.empty(0) for way in ("head", "full_truth", "oracle", "rules")}

    figures = skill_figures([a_found(found=none, typology=())])

    assert figures["share_of_full_truth_arms"] is None
    assert figures["lift_over_random_low"] is None
