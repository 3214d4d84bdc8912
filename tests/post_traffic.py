"""Made-up movements at posts, in order of time, for tests of what is recommended."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from models.policy import Recommendation
from models.random_moments import DAY, HOUR
from models.shifts import Capacities, ShiftBook, ShiftCapacity

SECRET = b"a secret of the deployment, long enough"
#: Monday, 5 January 2026.
MONDAY = 1_767_571_200_000_000


def a_capacity(**changes: Any) -> ShiftCapacity:
    given: dict[str, Any] = {"inspections": 5.0, "document_checks": 10.0}
    return ShiftCapacity(**given | changes)


def a_book(capacities: Capacities | ShiftCapacity | None = None, **changes: Any) -> ShiftBook:
    return ShiftBook(capacities or a_capacity(), **{"secret": SECRET} | changes)


def a_movement(**changes: Any) -> dict[str, Any]:
    """An ordinary movement on Monday morning."""
    given: dict[str, Any] = {
        "post": "MK-RS-01",
        "at": MONDAY + 8 * HOUR,
        "identity": "MK|1",
        "probabilities": {"arms": 0.01, "smuggling": 0.01},
        "rule_points": {},
        "mandatory": False,
    }
    return given | changes


def traffic(
    a_day: Mapping[str, float], *, days: int, seed: int = 1, begin: int = MONDAY, **fixed: Any
) -> Iterator[dict[str, Any]]:
    """Movements at posts in order of time: fewer at night, more at weekends, gamma-spread days.

    Risks are lognormal, points rare, mandatory rules rarer.

    Args:
        a_day: Mean movements a day, by post.
        days: For how long.
        seed: The same seed, the same movements.
        begin: When.
        fixed: What every movement has in common.
    """
    rng = np.random.default_rng(seed)
    hours = 1 + 0.8 * np.sin((np.arange(24) - 7) / 24 * 2 * np.pi)
    hours /= hours.sum()
    number = 0
    for day in range(days):
        come = []
        for post, mean in a_day.items():
            weekend = 1.4 if day % 7 >= 5 else 0.84
            n = rng.poisson(mean * weekend * rng.gamma(25, 1 / 25))
            at = rng.choice(24, n, p=hours) * HOUR + rng.integers(0, HOUR, n)
            come += [(int(moment), post) for moment in at]
        for moment, post in sorted(come):
            arms, smuggling = np.minimum(0.9, 0.01 * np.exp(rng.normal(size=2)))
            points = int(rng.random() < 0.06) * int(rng.integers(1, 12))
            number += 1
            yield (
                a_movement(
                    post=post,
                    at=begin + day * DAY + moment,
                    identity=f"MK|{number}",
                    probabilities={"arms": float(arms), "smuggling": float(smuggling)},
                    rule_points={"arms": points},
                    mandatory=bool(rng.random() < 0.001),
                )
                | fixed
            )


def recommended(book: ShiftBook, movements: list[dict[str, Any]]) -> list[Recommendation]:
    return [book.recommend(**movement) for movement in movements]
