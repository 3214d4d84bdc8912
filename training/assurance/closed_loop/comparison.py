"""With the random floor against without: did selection run away, and what did the floor cost?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.assurance.closed_loop.arms import Arm
from training.assurance.closed_loop.years import lost, neglected, ratio
from training.intervals import Figure

#: What recall of the last year must keep of the first year's.
LEAST_RATIO = 0.9

#: 97.5 % quantiles of Student's t for 1, 2, ... degrees of freedom.
_STUDENT = (12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262)


@dataclass(frozen=True)
class Pair:
    """Both arms of one seed."""

    with_floor: Arm
    without: Arm


@dataclass(frozen=True)
class Verdict:
    """What the promise asks of an arm.

    Attributes:
        ratio: Recall of the last year over that of the first, mean over seeds.
        lost: Typologies of which nothing was inspected in the last year, in any seed.
        neglected: Those inspected surely less often than by chance in the last year, in any seed.
        holds: Whether the ratio is at least `LEAST_RATIO` and none is lost.
    """

    ratio: Figure
    lost: tuple[str, ...]
    neglected: tuple[str, ...]

    @property
    def holds(self) -> bool:
        """Whether selection did not run away."""
        return self.ratio.value >= LEAST_RATIO and not self.lost


def verdict(arms: Sequence[Arm]) -> Verdict:
    """Whether selection ran away in these arms, one a seed."""
    if len(arms) == 1:
        figure = ratio(arms[0].years[-1], arms[0].years[0])
    else:
        figure = over_seeds([ratio(arm.years[-1], arm.years[0]).value for arm in arms])
    gone = {name for arm in arms for name in lost(arm.years[-1])}
    rare = {name for arm in arms for name in neglected(arm.years[-1])}
    return Verdict(figure, tuple(sorted(gone)), tuple(sorted(rare)))


def over_seeds(values: Sequence[float]) -> Figure:
    """Mean and Student's 95 % interval over seeds; no interval for one."""
    known = np.array([value for value in values if not math.isnan(value)])
    if not len(known):
        return Figure(math.nan, math.nan, math.nan)
    mean = float(known.mean())
    if len(known) < 2:
        return Figure(mean, math.nan, math.nan)
    quantile = _STUDENT[min(len(known) - 1, len(_STUDENT)) - 1]
    half = quantile * float(known.std(ddof=1)) / math.sqrt(len(known))
    return Figure(mean, mean - half, mean + half)


def figures(pairs: Sequence[Pair]) -> dict[str, object]:
    """The figures machines read; numbers are means over seeds, with `_low` and `_high` ends."""
    said: dict[str, object] = {"seeds": [pair.with_floor.seed for pair in pairs]}
    for name, arms in _arms(pairs).items():
        of = verdict(arms)
        said |= _figure(f"ratio_{name}", of.ratio)
        said[f"typologies_lost_{name.removesuffix('_floor')}"] = list(of.lost)
        said[f"typologies_neglected_{name.removesuffix('_floor')}"] = list(of.neglected)
        said[f"holds_{name}"] = of.holds
        told = [e.holds for arm in arms for e in arm.estimates if e.method == "doubly_robust"]
        said[f"estimates_{name}"] = len(told)
        said[f"estimates_with_interval_{name}"] = sum(holds is not None for holds in told)
        said[f"estimates_that_hold_{name}"] = sum(holds is True for holds in told)
        for place, number in ((0, "year1"), (-1, f"year{len(arms[0].years)}")):
            years = [arm.years[place] for arm in arms]
            only = years[0].recall if len(years) == 1 else None
            recall = only or over_seeds([year.recall.value for year in years])
            suffix = "" if name == "with_floor" else "_without_floor"
            said |= _figure(f"recall_{number}{suffix}", recall)
            said |= _figure(
                f"share_of_oracle_{number}{suffix}",
                over_seeds([year.share_of_oracle for year in years]),
            )
            said |= _figure(
                f"concentration_{number}{suffix}",
                over_seeds([year.concentration for year in years]),
            )
    said |= _figure("cases_given_up_share_year1", cost(pairs, 0))
    said |= _figure("cases_given_up_share_last_year", cost(pairs, -1))
    return said


def cost(pairs: Sequence[Pair], place: int) -> Figure:
    """What part of the cases reached without the floor is given up with it in a year; below 0 a gain."""
    return over_seeds([
        1 - pair.with_floor.years[place].reached / max(1, pair.without.years[place].reached)
        for pair in pairs
    ])  # fmt: skip


def _arms(pairs: Sequence[Pair]) -> Mapping[str, list[Arm]]:
    return {
        "with_floor": [pair.with_floor for pair in pairs],
        "without_floor": [pair.without for pair in pairs],
    }


def _figure(name: str, figure: Figure) -> dict[str, object]:
    ends = {"": figure.value, "_low": figure.low, "_high": figure.high}
    return {f"{name}{end}": None if math.isnan(v) else round(v, 4) for end, v in ends.items()}
