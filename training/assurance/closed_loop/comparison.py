"""With the random floor against without: did selection run away, and what did the floor cost?

The promise has two halves. With the floor, recall of the last year is surely at least nine tenths of the
first year's, and every typology with enough cases to be judged is still inspected (`typologies`).
Without it, the same test fails. A half holds, is broken, or neither can be told from so many cases:
where the interval of the ratio leaves it open, or a typology is within reach and no more than that. The
promise is kept if the first half holds and the second is broken.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.assurance.closed_loop.arms import Arm
from training.assurance.closed_loop.clustered import Cases, together
from training.assurance.closed_loop.typologies import Typology, pooled
from training.assurance.closed_loop.years import (
    Year,
    lost,
    neglected,
    scarce,
    too_few,
)
from training.intervals import Figure

#: What recall of the last year must keep of the first year's.
LEAST_RATIO = 0.9

#: Fewer seeds say nothing of how seeds differ: their cases are pooled, and the interval is of the
#: lanes and vehicles in them.
LEAST_SEEDS = 3

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
        ratio: Recall of the last year over that of the first.
        lost: Typologies out of reach in the last year, in any seed.
        scarce: Those within reach, with too few inspections to be expected, in any seed.
        neglected: Those inspected surely less often than by chance in the last year, in any seed.
        too_few: Those with too few cases in the last year of every seed: named, not judged.
    """

    ratio: Figure
    lost: tuple[str, ...]
    scarce: tuple[str, ...]
    neglected: tuple[str, ...]
    too_few: tuple[str, ...]

    @property
    def recall_kept(self) -> bool | None:
        """Whether the ratio is at least `LEAST_RATIO`; None where its interval leaves that open."""
        low, high = (
            self.ratio.value if math.isnan(end) else end
            for end in (self.ratio.low, self.ratio.high)
        )
        return True if low >= LEAST_RATIO else False if high < LEAST_RATIO else None

    @property
    def holds(self) -> bool:
        """Whether selection surely did not run away."""
        return self.recall_kept is True and not self.lost and not self.scarce

    @property
    def broken(self) -> bool:
        """Whether it surely did."""
        return self.recall_kept is False or bool(self.lost)


def verdict(arms: Sequence[Arm]) -> Verdict:
    """Whether selection ran away in these arms, one a seed."""
    last = [arm.years[-1] for arm in arms]

    def any_of(told: Callable[[Year], tuple[str, ...]]) -> tuple[str, ...]:
        return tuple(sorted({name for year in last for name in told(year)}))

    return Verdict(
        ratio=ratio_over_seeds([(arm.years[-1].of_all, arm.years[0].of_all) for arm in arms]),
        lost=any_of(lost),
        scarce=any_of(scarce),
        neglected=any_of(neglected),
        too_few=tuple(sorted(set.intersection(*(set(too_few(year)) for year in last)))),
    )


def promise_holds(pairs: Sequence[Pair]) -> bool | None:
    """Whether the promise is kept; None where one of its halves cannot be told."""
    kept = verdict([pair.with_floor for pair in pairs])
    same = verdict([pair.without for pair in pairs])
    if kept.holds and same.broken:
        return True
    return False if kept.broken or same.holds else None


def over_seeds(values: Sequence[float]) -> Figure:
    """Mean and Student's 95 % interval over seeds; no interval for fewer than `LEAST_SEEDS`."""
    known = np.array([value for value in values if not math.isnan(value)])
    if not len(known):
        return Figure(math.nan, math.nan, math.nan)
    mean = float(known.mean())
    if len(known) < LEAST_SEEDS:
        return Figure(mean, math.nan, math.nan)
    quantile = _STUDENT[min(len(known) - 1, len(_STUDENT)) - 1]
    half = quantile * float(known.std(ddof=1)) / math.sqrt(len(known))
    return Figure(mean, mean - half, mean + half)


def share_over_seeds(of: Sequence[Cases]) -> Figure:
    """A share over seeds: of few seeds all cases together, with the interval of their entities."""
    if len(of) < LEAST_SEEDS:
        return together(of).share
    return over_seeds([each.share.value for each in of])


def ratio_over_seeds(of: Sequence[tuple[Cases, Cases]]) -> Figure:
    """Each first share over its second, over seeds: of few as `share_over_seeds`, else in logarithms."""
    if len(of) < LEAST_SEEDS:
        return together([first for first, _ in of]).over(together([second for _, second in of]))
    ratios = [first.over(second).value for first, second in of]
    if not all(ratio > 0 for ratio in ratios):
        return over_seeds(ratios)
    told = over_seeds([math.log(ratio) for ratio in ratios])
    return Figure(math.exp(told.value), math.exp(told.low), math.exp(told.high))


def figures(pairs: Sequence[Pair]) -> dict[str, object]:
    """The figures machines read; numbers are means over seeds, with `_low` and `_high` ends."""
    said: dict[str, object] = {
        "seeds": [pair.with_floor.seed for pair in pairs],
        "promise_holds": promise_holds(pairs),
    }
    for name, arms in _arms(pairs).items():
        said |= _verdict_figures(name, arms) | _estimate_figures(name, arms)
        for place, number in ((0, "year1"), (-1, f"year{len(arms[0].years)}")):
            years = [arm.years[place] for arm in arms]
            said |= _year_figures(years, number + ("" if name == "with_floor" else f"_{name}"))
    said |= _figure("cases_given_up_share_year1", cost(pairs, 0))
    said |= _figure("cases_given_up_share_last_year", cost(pairs, -1))
    for what, of in (("recall", False), ("recall_of_newcomers", True)):
        said |= _figure(f"{what}_last_year_with_over_without", gained(pairs, newcomers=of))
    return said


def cost(pairs: Sequence[Pair], place: int) -> Figure:
    """What part of the cases reached without the floor is given up with it in a year; below 0 a gain."""
    return over_seeds([
        1 - pair.with_floor.years[place].reached / max(1, pair.without.years[place].reached)
        for pair in pairs
    ])  # fmt: skip


def gained(pairs: Sequence[Pair], *, newcomers: bool = False) -> Figure:
    """Recall of the last year with the floor over that without it, of newcomers alone or of all."""
    both = [(pair.with_floor.years[-1], pair.without.years[-1]) for pair in pairs]
    if newcomers:
        return ratio_over_seeds([(a.of_newcomers, b.of_newcomers) for a, b in both])
    return ratio_over_seeds([(a.of_all, b.of_all) for a, b in both])


def last_year(arms: Sequence[Arm]) -> dict[str, Typology]:
    """The typologies of the last year, all seeds together."""
    return pooled([arm.years[-1].by_typology for arm in arms])


def _verdict_figures(name: str, arms: Sequence[Arm]) -> dict[str, object]:
    of, short = verdict(arms), name.removesuffix("_floor")
    said: dict[str, object] = _figure(f"ratio_{name}", of.ratio)
    if len(arms[0].years) > 1:
        said |= _figure(
            f"ratio_to_the_year_before_{name}",
            ratio_over_seeds([(arm.years[-1].of_all, arm.years[-2].of_all) for arm in arms]),
        )
    return said | {
        f"typologies_lost_{short}": list(of.lost),
        f"typologies_scarce_{short}": list(of.scarce),
        f"typologies_neglected_{short}": list(of.neglected),
        f"typologies_insufficient_{short}": list(of.too_few),
        f"typologies_last_year_{short}": {
            typology: {
                "carried": told.carried,
                "inspected": told.inspected,
                "expected": round(told.expected, 2),
                "within_reach": told.within_reach,
                "by_chance": round(told.by_chance, 2),
            }
            for typology, told in last_year(arms).items()
        },
        f"recall_kept_{name}": of.recall_kept,
        f"holds_{name}": of.holds,
        f"broken_{name}": of.broken,
    }


def _estimate_figures(name: str, arms: Sequence[Arm]) -> dict[str, object]:
    told = [e.holds for arm in arms for e in arm.estimates if e.method == "doubly_robust"]
    return {
        f"estimates_{name}": len(told),
        f"estimates_with_interval_{name}": sum(holds is not None for holds in told),
        f"estimates_that_hold_{name}": sum(holds is True for holds in told),
    }


def _year_figures(years: Sequence[Year], name: str) -> dict[str, object]:
    """The figures of one year of every seed."""
    return (
        {f"least_propensity_{name}": min(year.least_propensity for year in years)}
        | _figure(f"recall_{name}", share_over_seeds([year.of_all for year in years]))
        | _figure(
            f"recall_of_newcomers_{name}", share_over_seeds([year.of_newcomers for year in years])
        )
        | _figure(f"within_reach_{name}", share_over_seeds([year.of_reach for year in years]))
        | _figure(f"share_of_oracle_{name}", over_seeds([year.share_of_oracle for year in years]))
        | _figure(f"concentration_{name}", over_seeds([year.concentration for year in years]))
        | _figure(f"newcomers_share_{name}", over_seeds([year.newcomers_share for year in years]))
        | _figure(
            f"calibration_error_{name}", over_seeds([y.mean_calibration_error for y in years])
        )
        | _figure(f"by_lot_{name}", over_seeds([year.by_lot for year in years]))
    )


def _arms(pairs: Sequence[Pair]) -> Mapping[str, list[Arm]]:
    return {
        "with_floor": [pair.with_floor for pair in pairs],
        "without_floor": [pair.without for pair in pairs],
    }


def _figure(name: str, figure: Figure) -> dict[str, object]:
    ends = {"": figure.value, "_low": figure.low, "_high": figure.high}
    return {f"{name}{end}": None if math.isnan(v) else round(v, 4) for end, v in ends.items()}
