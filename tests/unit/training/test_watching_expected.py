"""What is expected of the inspected: by who pointed at them, by season, at a level learnt long enough ago."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from features.spec import Floats, Integers
from training.watching.expected import learnt, levelled

A_YEAR = np.repeat(np.arange(365) + (date(2025, 1, 1) - date(1970, 1, 1)).days, 40)


def reasons(n: int, name: str = "rule") -> np.ndarray[tuple[int, ...], np.dtype[np.object_]]:
    return np.full(n, name, dtype=object)


def a_season(days: Integers) -> Floats:
    """Half as many finds again in April, half in October."""
    return np.asarray(1 + 0.5 * np.sin(2 * np.pi * (days - A_YEAR[0]) / 365.25))


def test_what_tips_point_at_is_expected_to_be_found_more_often() -> None:
    rng = np.random.default_rng(1)
    days = A_YEAR[:4000]
    reason = np.where(rng.random(4000) < 0.1, "tip", "rule").astype(object)
    probability = np.full(4000, 0.02)
    hit = rng.random(4000) < np.where(reason == "tip", 0.3, 0.02)

    made = learnt(probability, hit, reason, days)

    expected = made.of(probability, reason, days)
    assert expected[reason == "tip"].mean() / expected[reason == "rule"].mean() > 8


def test_a_reason_that_was_never_seen_is_expected_as_all_others() -> None:
    made = learnt(np.full(500, 0.1), np.arange(500) % 10 == 0, reasons(500), A_YEAR[:500])

    unseen = made.of(np.array([0.1]), reasons(1, "model"), A_YEAR[:1])

    assert unseen == pytest.approx(0.1)


def test_a_year_tells_the_season() -> None:
    rng = np.random.default_rng(2)
    hit = rng.random(len(A_YEAR)) < 0.05 * a_season(A_YEAR)

    made = learnt(np.full(len(A_YEAR), 0.05), hit, reasons(len(A_YEAR)), A_YEAR)

    next_year = np.unique(A_YEAR) + 365
    assert made.seasonal(next_year) == pytest.approx(a_season(next_year), abs=0.25)
    assert made.seasonal(next_year).mean() == pytest.approx(1.0, abs=0.01)
    told = made.of(np.full(365, 0.05), reasons(365), next_year)
    assert told == pytest.approx(0.05 * made.seasonal(next_year), rel=1e-3)


def test_part_of_a_year_tells_no_season() -> None:
    days = A_YEAR[: 200 * 40]
    hit = np.random.default_rng(3).random(len(days)) < 0.05 * a_season(days)

    made = learnt(np.full(len(days), 0.05), hit, reasons(len(days)), days)

    assert made.season == ()
    assert (made.seasonal(days) == 1).all()


def test_without_a_reference_the_head_is_believed() -> None:
    none = np.empty(0)

    made = learnt(none, none.astype(bool), reasons(0), none.astype(np.int64))

    assert made.of(np.array([0.2]), reasons(1), A_YEAR[:1]) == pytest.approx(0.2)


def test_the_level_follows_what_was_watched_long_enough_ago() -> None:
    days = np.repeat(np.arange(200), 10)
    observed = (np.arange(len(days)) % 5 == 0).astype(np.int64)
    expected = np.full(len(days), 0.1)

    told = levelled(days, expected, observed, days)

    assert told[days < 60] == pytest.approx(0.1)
    assert told[days == 199] == pytest.approx(0.2, rel=0.1)


def test_a_fall_under_way_is_not_taken_for_the_usual() -> None:
    days = np.repeat(np.arange(200), 10)
    every = np.arange(len(days)) % 10 == 0
    fallen = (every & (days < 150)).astype(np.int64)

    told = levelled(days, np.full(len(days), 0.1), fallen, days)

    assert told[days == 199] == pytest.approx(0.1, rel=0.02)


def test_outcomes_that_become_known_later_have_no_say() -> None:
    days = np.repeat(np.arange(200), 10)
    observed = (np.arange(len(days)) % 5 == 0).astype(np.int64)
    expected = np.full(len(days), 0.1)

    told = levelled(days, expected, observed, np.maximum(days, 150))

    assert told[days <= 150] == pytest.approx(0.1)
    assert (told[days == 199] > 0.15).all()
