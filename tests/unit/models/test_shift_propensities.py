"""Over many secrets, movements are inspected as often as their stored probabilities say."""

from __future__ import annotations

from functools import cache
from hashlib import sha256

import numpy as np
import pytest

from features.spec import Floats
from models.policy import Recommendation
from models.random_moments import WEEK
from models.shifts import Capacities
from tests.post_traffic import MONDAY, a_book, a_capacity, recommended, traffic

pytestmark = pytest.mark.slow

SECRETS = 800

#: Two posts with a handful of movements a day.
STREAM = list(traffic({"A": 4, "B": 1}, days=9, mandatory=False))
CAPACITIES = Capacities(a_capacity(inspections=0.4, usual_movements=2.0))


def told(secret: int) -> list[Recommendation]:
    """What is recommended for the stream with a secret."""
    return recommended(a_book(CAPACITIES, secret=sha256(str(secret).encode()).digest()), STREAM)


@cache
def by_secret() -> tuple[list[Recommendation], Floats, Floats]:
    """What one secret stores, and how often each movement is inspected, and named by chance."""
    inspected = named = np.zeros(len(STREAM))
    for secret in range(SECRETS):
        given = told(secret)
        inspected = inspected + [r.action == "inspect" for r in given]
        named = named + [r.because == "random" for r in given]
    return told(0), inspected / SECRETS, named / SECRETS


def _agrees(frequency: Floats, probability: Floats) -> None:
    error = np.sqrt(probability * (1 - probability) / SECRETS)
    assert (np.abs(frequency - probability) <= 5 * error + 1e-12).all()
    drawn = error > 0
    z = ((frequency - probability)[drawn] / error[drawn]) ** 2
    # Chi-square, by its normal approximation: less than once in a thousand.
    assert z.sum() < len(z) + 3.3 * np.sqrt(2 * len(z))


def test_a_propensity_is_how_often_a_movement_is_inspected_over_all_secrets() -> None:
    stored, inspected, _ = by_secret()

    propensity = np.array([r.propensity for r in stored])

    assert 3 < (propensity == 1).sum() < len(stored) / 2
    _agrees(inspected, propensity)


def test_the_random_probability_is_how_often_chance_names_a_movement() -> None:
    stored, _, named = by_secret()

    probability = np.array([r.random_probability for r in stored])

    # Draws alone would never reach so far: the week's moment has its part.
    assert probability.max() > 0.3
    _agrees(named, probability)


def test_each_post_and_week_has_one_random_moment_over_all_secrets() -> None:
    """Beside the draws, the probabilities of a post's week sum to one, if it is met at all."""
    long = list(traffic({"A": 40}, days=28, mandatory=False))
    weeks = np.array([(m["at"] - MONDAY) // WEEK for m in long])
    # Draws are rare here, so what remains of the probabilities is the moment's.
    given = recommended(a_book(a_capacity(inspections=1e-6, usual_movements=13.0)), long)

    met = np.array([r.random_probability for r in given])

    for week in range(4):
        assert abs(met[weeks == week].sum() - 1) < 0.01
