"""At least a tenth of the inspections, and one a post and week, are left to chance, whatever comes."""

from __future__ import annotations

from collections import Counter
from functools import cache
from typing import Any

import numpy as np
import pytest

from models.errors import InvalidPolicyError
from models.policy import Recommendation
from models.random_moments import HOUR, WEEK, week_begin
from models.shifts import Capacities
from tests.post_traffic import SECRET, a_book, a_capacity, recommended, traffic

pytestmark = pytest.mark.slow

#: Movements a day, and inspections a shift: a busy post, and three ever quieter ones.
POSTS = {"A": 110.0, "B": 30.0, "C": 9.0, "D": 4.0}
CAPACITIES = Capacities(
    a_capacity(inspections=4.0),
    {
        "B": a_capacity(inspections=1.5),
        "C": a_capacity(inspections=0.5),
        "D": a_capacity(inspections=0.2),
    },
)


@cache
def the_year() -> tuple[list[dict[str, Any]], list[Recommendation]]:
    stream = list(traffic(POSTS, days=364))
    return stream, recommended(a_book(CAPACITIES), stream)


def test_a_tenth_of_a_years_inspections_is_by_chance_at_every_post() -> None:
    stream, given = the_year()

    for post in POSTS:
        inspected = [
            r.because for m, r in zip(stream, given, strict=True)
            if m["post"] == post and r.action == "inspect"
        ]  # fmt: skip
        assert len(inspected) > 150
        assert inspected.count("random") >= 0.1 * len(inspected)


def test_every_post_has_an_inspection_by_chance_in_every_week() -> None:
    stream, given = the_year()

    weeks = {
        (m["post"], week_begin(m["at"]))
        for m, r in zip(stream, given, strict=True)
        if r.because == "random"
    }

    assert weeks == {(m["post"], week_begin(m["at"])) for m in stream}
    assert len(weeks) == 4 * 52


def test_every_shift_keeps_its_capacity() -> None:
    stream, given = the_year()
    inspected: Counter[tuple[str, int]] = Counter()
    judged: Counter[tuple[str, int]] = Counter()
    for movement, told in zip(stream, given, strict=True):
        shift = (movement["post"], (movement["at"] - 6 * HOUR) // (8 * HOUR))
        inspected[shift] += told.action == "inspect"
        judged[shift] += told.propensity == 1 and not movement["mandatory"]

    for post in POSTS:
        capacity = CAPACITIES.of(post).inspections
        shifts = [number for (at, _), number in inspected.items() if at == post]
        # On the mean it is used and not exceeded; what mandatory rules and chance add evens out.
        assert 0.85 * capacity < sum(shifts) / (52 * 21) < 1.02 * capacity
        most = [number for (at, _), number in judged.items() if at == post]
        assert max(most) < 0.9 * capacity + 2
        # What chance adds is Poisson's: once in thousands of shifts it names this many.
        assert max(shifts) <= 0.9 * capacity + 2 + 5


def test_chance_is_fair_to_high_and_low_risks() -> None:
    stream, given = the_year()
    risk = np.array([max(m["probabilities"].values()) for m in stream])
    named = np.array([r.because == "random" for r in given])
    weight = 1 / np.array([r.random_probability for r in given])

    for low, high in ((0, 0.5), (0.5, 0.9), (0.9, 1)):
        inside = (risk > np.quantile(risk, low)) & (risk <= np.quantile(risk, high))
        # Weighed by its own probability the slice stands for every movement, risky or not.
        expected, error = inside.sum(), np.sqrt((weight[inside] - 1).sum())
        assert abs(weight[inside & named].sum() - expected) < 4 * error


def test_nobody_without_the_secret_can_foretell_whom_chance_names() -> None:
    stream, given = the_year()
    part = [m for m in stream if m["at"] < stream[0]["at"] + 8 * WEEK]
    named = np.array([r.because == "random" for r in given[: len(part)]])
    foretold = np.array([
        r.because == "random"
        for r in recommended(a_book(CAPACITIES, secret=SECRET[::-1]), part)
    ])  # fmt: skip
    p = np.array([r.random_probability for r in given[: len(part)]])

    # A foretelling with another secret agrees as often as two independent draws.
    assert abs((named & foretold).sum() - (p**2).sum()) < 4 * np.sqrt((p**2).sum())


def test_the_random_share_cannot_be_switched_off() -> None:
    for share in (0.0, 0.05, -0.1):
        with pytest.raises(InvalidPolicyError, match="left to chance"):
            a_capacity(random_share=share)
