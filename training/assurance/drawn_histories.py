"""What the alarm of finds can do with so many finds a day, and what any test could: by drawn histories.

With few finds a day no test that cries rarely can see a slow fall early. Histories are drawn from
Poisson's distribution, with outcomes as late as a profile has them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

from features.spec import Floats
from training.scenario.profile import Profile
from training.watching.find_alarm import TWO_YEARS, AlarmSettings, find_alarms

#: Within so many days the fall is to be seen.
_SOON = 30
_TRIALS = 4000
_HALF = 0.5
_P95 = 1.6448536


@dataclass(frozen=True)
class Possible:
    """What the alarm does with so many expected finds a day, over drawn histories.

    Attributes:
        finds_a_day: How many are expected.
        median_days: From the first day of a fall like the shock's to the alarm.
        within_30: Share of histories in which it took at most 30 days.
        at_most: Share that any test could see within 30 days with as few false alarms, even one that
            knew the day on which the fall begins, and how it goes (Neyman and Pearson 1933).
        false_alarms: In two years without a change, in the mean.
        more_than_one: Share of histories in which there was more than one.
        soonest_days: Days after which that test that knew all would have seen half of the falls.
    """

    finds_a_day: float
    median_days: float
    within_30: float
    at_most: float
    false_alarms: float
    more_than_one: float
    soonest_days: float


def possible(
    rates: Sequence[float], profile: Profile, *, settings: AlarmSettings, histories: int, seed: int
) -> list[Possible]:
    """Draw histories at each rate, and raise alarms on them as on any other.

    Args:
        rates: Expected finds a day.
        profile: How far and how fast smuggling falls, and how late outcomes are.
        settings: How sure an alarm must be.
        histories: How many to draw at each rate, calm and falling.
        seed: Of the draws.
    """
    rng = np.random.default_rng(seed)
    told = []
    quiet = 60
    length = quiet + 3 * profile.shocks.smuggling_fall_days
    days = np.arange(length)
    left = np.array([left_of_it(profile, day - quiet) for day in days.tolist()])
    for rate in rates:
        delays, crying = [], []
        for _ in range(histories):
            alarms = _alarms(rate, left, profile, settings, rng)
            after = [day - quiet for day in alarms if day >= quiet]
            delays.append(after[0] if after else length)
            crying.append(len(_alarms(rate, np.ones(TWO_YEARS), profile, settings, rng)))
        told.append(
            Possible(
                finds_a_day=rate,
                median_days=float(np.median(delays)),
                within_30=float(np.mean(np.array(delays) <= _SOON)),
                at_most=_seen_at_most(rate, left[quiet : quiet + _SOON], profile, settings, rng),
                false_alarms=float(np.mean(crying)),
                more_than_one=float(np.mean(np.array(crying) > 1)),
                soonest_days=_soonest(rate, left[quiet:], profile, settings, rng),
            )
        )
    return told


def left_of_it(profile: Profile, day: int) -> float:
    """Share of smuggling that is left so many days after it began to fall."""
    gone = min(1.0, max(0.0, day / profile.shocks.smuggling_fall_days))
    return 1.0 - gone * (1.0 - profile.shocks.smuggling_left)


def _alarms(
    rate: float,
    left: Floats,
    profile: Profile,
    settings: AlarmSettings,
    rng: np.random.Generator,
) -> list[int]:
    """Alarms of a history: expected finds in a few parts a day, each with a delay of its own."""
    parts = 20
    days = np.repeat(np.arange(len(left)), parts)
    expected = np.full(len(days), rate / parts)
    observed = rng.poisson(expected * left[days])
    delay = profile.outcomes.delay_median_days * np.exp(
        _spread(profile) * rng.normal(size=len(days))
    )
    known = days + np.ceil(delay).astype(np.int64)
    told = known < len(left)
    return find_alarms(
        days[told], expected[told], observed[told], known=known[told], settings=settings
    )


def _seen_at_most(
    rate: float,
    left: Floats,
    profile: Profile,
    settings: AlarmSettings,
    rng: np.random.Generator,
) -> float:
    """Power, after the days of `left` (d,), of the likelihood ratio of the fall as it truly goes.

    It may cry wrongly in as many such stretches as false alarms are borne in two years.
    """
    ago = len(left) - np.arange(len(left))
    known = NormalDist().cdf
    deviate = np.log(ago / profile.outcomes.delay_median_days) / _spread(profile)
    means = rate * np.array([known(each) for each in deviate.tolist()])
    weights = np.log(left)
    calm = rng.poisson(means, (_TRIALS, len(left))) @ weights
    falling = rng.poisson(means * left, (_TRIALS, len(left))) @ weights
    borne = min(1.0, settings.false_alarms_in_two_years * len(left) / TWO_YEARS)
    return float(np.mean(falling >= np.quantile(calm, 1 - borne)))


def _soonest(
    rate: float,
    left: Floats,
    profile: Profile,
    settings: AlarmSettings,
    rng: np.random.Generator,
) -> float:
    """First number of days after which any test could see half of the falls; all of them if none."""
    low, high = 1, len(left)
    while low < high:
        middle = (low + high) // 2
        if _seen_at_most(rate, left[:middle], profile, settings, rng) >= _HALF:
            high = middle
        else:
            low = middle + 1
    return float(low)


def _spread(profile: Profile) -> float:
    """Spread of the logarithm of the delays."""
    outcomes = profile.outcomes
    return float(np.log(outcomes.delay_p95_days / outcomes.delay_median_days) / _P95)
