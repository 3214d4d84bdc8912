"""Shares of cases and their ratios: intervals know whose the cases are."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from features.spec import Integers
from training.assurance.closed_loop.clustered import Cases, cases_of, together
from training.shares import wilson


def cases(numbers: list[int] | Integers, reached: list[int] | Integers) -> Cases:
    """The cases of so many entities."""
    of = np.asarray(numbers, dtype=np.int64)
    return Cases(np.arange(len(of)), of, np.asarray(reached, dtype=np.int64))


def drawn(rng: np.random.Generator, entities: int = 300) -> Cases:
    """Entities of which few have many cases, each found always or hardly ever; .3 in the mean."""
    of = 1 + np.minimum(rng.pareto(1.5, entities) * 3, 60).astype(np.int64)
    likely = np.where(rng.random(entities) < 0.25, 0.9, 0.1)
    return cases(of, rng.binomial(of, likely))


def test_cases_of_their_own_entities_have_the_interval_of_single_cases() -> None:
    alone = cases([1] * 1000, [1] * 300 + [0] * 700).share

    assert alone.low == pytest.approx(wilson(300, 1000).low, abs=0.002)
    assert alone.high == pytest.approx(wilson(300, 1000).high, abs=0.002)


def test_the_same_cases_told_twice_say_no_more() -> None:
    once = cases([1, 2, 5, 1, 3, 9], [1, 0, 4, 0, 1, 2])
    other = cases([2, 1, 4, 2, 2, 8], [1, 1, 1, 0, 1, 5])
    twice = replace(once, cases=2 * once.cases, reached=2 * once.reached)

    assert (twice.share.low, twice.share.high) == pytest.approx((once.share.low, once.share.high))
    assert twice.over(other).low == pytest.approx(once.over(other).low)


def test_intervals_hold_the_truth_where_those_of_single_cases_do_not() -> None:
    rng = np.random.default_rng(7)
    truth, held, held_singly, ratios = 0.3, 0, 0, 0
    for _ in range(200):
        one, two = drawn(rng), drawn(rng)
        told, single = one.share, wilson(int(one.reached.sum()), int(one.cases.sum()))
        ratio = one.over(replace(two, entity=two.entity + 1000))
        held += told.low <= truth <= told.high
        held_singly += single.low <= truth <= single.high
        ratios += ratio.low <= 1 <= ratio.high

    assert held >= 182
    assert ratios >= 182
    assert held_singly < 150


def test_what_is_the_same_in_both_is_no_difference() -> None:
    rng = np.random.default_rng(1)
    one = drawn(rng)
    # Where one entity in ten was reached in one case more, the two differ by little more than that.
    more = replace(
        one, reached=np.minimum(one.cases, one.reached + (np.arange(300) % 10 == 0).astype(int))
    )

    itself, nearly = one.over(one), more.over(one)

    assert (itself.value, itself.low, itself.high) == (1, 1, 1)
    strangers = more.over(replace(one, entity=one.entity + 1000))
    assert nearly.high - nearly.low < 0.3 * (strangers.high - strangers.low)


def test_without_cases_or_finds_there_is_no_interval() -> None:
    some, none = cases([3, 4], [1, 2]), cases([3, 4], [0, 0])

    assert math.isnan(cases([], []).share.value)
    assert none.share.low == 0 < none.share.high
    assert none.over(some).value == 0
    assert math.isnan(none.over(some).low)
    assert math.isnan(some.over(none).value)


def test_of_several_seeds_entities_of_one_number_are_different_ones() -> None:
    one, other = cases([3, 4], [1, 2]), cases([3, 4], [3, 0])

    both = together([one, other])

    assert len(np.unique(both.entity)) == 4
    assert both.share.value == pytest.approx(6 / 14)
    # Seeds pair with themselves: where nothing differs, nothing is unsure.
    assert both.over(together([one, other])).high == 1


def test_a_lane_and_a_vehicle_of_one_number_are_two() -> None:
    rows = pd.DataFrame({"entity": [5, 5, 5, 6], "subject": ["consignment", "crossing"] * 2})

    told = cases_of(rows, np.array([1, 2, 1, 0]), np.array([1, 0, 0, 0]))

    assert told.cases.tolist() == [2, 2]
    assert told.reached.tolist() == [1, 0]
