"""The comparison as a person reads it in a terminal."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from rich.table import Table

from training.assurance.closed_loop.arms import Arm
from training.assurance.closed_loop.comparison import (
    LEAST_RATIO,
    Pair,
    Verdict,
    cost,
    gained,
    over_seeds,
    promise_holds,
    verdict,
)
from training.assurance.closed_loop.typologies import (
    LEAST_EXPECTED,
    LEAST_TYPOLOGY_CASES,
    Typology,
)
from training.assurance.closed_loop.years import lost, scarce, too_few
from training.intervals import Figure


def arm_name(arm: Arm) -> str:
    """How an arm is called in tables and pictures."""
    return f"{'with' if arm.floor else 'without'} the random floor, seed {arm.seed}"


def tables(arms: Sequence[Arm]) -> Iterator[Table]:
    """Tables of each arm: years, typologies, estimates, the shock if there was one."""
    for arm in arms:
        yield _years(arm)
        yield _typologies(arm)
        if arm.estimates:
            yield _estimates(arm)
    if any(arm.shock for arm in arms):
        yield _shocks(arms)


def sentences(pairs: Sequence[Pair]) -> list[str]:
    """What the comparison says, in sentences."""
    said = [
        _promise(promise_holds(pairs)),
        _sentence("With the random floor", [pair.with_floor for pair in pairs]),
        _sentence("Without it", [pair.without for pair in pairs]),
        f"In the last year the floor multiplied recall by {_ratio(gained(pairs))}, and recall where "
        f"nothing had been found before by {_ratio(gained(pairs, newcomers=True))}; probabilities were "
        f"off by {number(_off([pair.with_floor for pair in pairs]))} of the base rate with it, and by "
        f"{number(_off([pair.without for pair in pairs]))} without.",
    ]
    for place, year in ((0, "first"), (-1, "last")):
        share = cost(pairs, place)
        word = "cost" if share.value >= 0 else "gained"
        said.append(
            f"In the {year} year the floor {word} {abs(share.value):.1%} of the cases that the "
            f"office reaches without it{_ends(share, percent=True)}."
        )
    return said


def _off(arms: Sequence[Arm]) -> float:
    """Calibration error of the last year, mean over seeds."""
    return over_seeds([arm.years[-1].mean_calibration_error for arm in arms]).value


def _promise(holds: bool | None) -> str:
    if holds is None:
        return "That the floor keeps selection from running away is neither shown here nor refuted."
    return (
        "The floor keeps selection from running away, and without it it runs away."
        if holds
        else "That the floor keeps selection from running away is not so here."
    )


def _sentence(what: str, arms: Sequence[Arm]) -> str:
    of = verdict(arms)
    gone, thin, rare, few = (
        ", ".join(names) or "none" for names in (of.lost, of.scarce, of.neglected, of.too_few)
    )
    reach = [arm.years[-1].within_reach.value for arm in arms]
    told = [each.holds for arm in arms for each in arm.estimates if each.method == "doubly_robust"]
    sure = [holds for holds in told if holds is not None]
    return (
        f"{what}: recall of the last year is {of.ratio.value:.2f} of the first year's"
        f"{_ends(of.ratio)}, asked is {LEAST_RATIO}; {sum(reach) / len(reach):.0%} of the last year's "
        f"cases could have been inspected. Typologies none of which could: {gone}; which could, with "
        f"fewer than {LEAST_EXPECTED:.0f} inspections to be expected: {thin}; surely inspected less "
        f"often than if all capacity went to chance: {rare}; insufficient, with fewer than "
        f"{LEAST_TYPOLOGY_CASES} cases: {few}. Of {len(told)} hit rates the office would tell of "
        f"all movements, {len(told) - len(sure)} are insufficient, and {sum(sure)} of {len(sure)} "
        f"intervals hold the truth. {_verdict(of)}"
    )


def _verdict(of: Verdict) -> str:
    if of.holds:
        return "Selection did not run away."
    if of.recall_kept is False:
        return "Selection ran away."
    if of.lost:
        return "Typologies dropped out of reach, whatever recall did."
    if of.recall_kept:
        return "Recall kept up; for what is scarce, chance alone is too little."
    return "Whether selection ran away cannot be told."


def _years(arm: Arm) -> Table:
    table = Table(
        "year", "recall", "arms", "smuggling", "of the oracle", "capacity", "by chance", "cases",
        "of newcomers", "could be inspected", "finds", "precision", "top 1 % of entities",
        "calibration error",
        title=f"Years {arm_name(arm)}",
    )  # fmt: skip
    for year in arm.years:
        table.add_row(
            str(year.number), figure(year.recall),
            *(figure(of) for of in year.recall_by_risk.values()),
            number(year.share_of_oracle), f"{year.capacity:.3f}",
            f"{year.by_chance:.2f}", f"{year.reached:,} of {year.cases:,}",
            figure(year.newcomers), number(year.within_reach.value), f"{year.finds:,}",
            number(year.precision), number(year.concentration),
            number(year.mean_calibration_error),
        )  # fmt: skip
    table.caption = (
        "Of the office's own accord: tips and joint operations are left out. Of newcomers: recall where "
        "nothing had been found before of the lane or vehicle. Calibration error: mean of the heads, as "
        "a share of the base rate."
    )
    return table


def _typologies(arm: Arm) -> Table:
    years = arm.years
    table = Table(
        "typology", *(f"year {year.number}" for year in years),
        title=f"Inspected of carried {arm_name(arm)}",
    )  # fmt: skip
    for name in years[0].by_typology:
        table.add_row(name, *(of_typology(year.by_typology[name]) for year in years))
    gone, thin, few = (", ".join(names(years[-1])) or "none" for names in (lost, scarce, too_few))
    table.caption = (
        "In brackets: what the random share alone was to inspect, and how many could have been inspected. "
        f"Out of reach in the last year: {gone}. Within reach, too seldom to rely on: {thin}. "
        f"Insufficient: {few}."
    )
    return table


def _estimates(arm: Arm) -> Table:
    table = Table(
        "year", "head", "truth", "from", "estimate", "effective hits", "holds the truth",
        title=f"Share of all movements in which something would be found {arm_name(arm)}",
    )  # fmt: skip
    for of in arm.estimates:
        method = of.method.replace("_", " ")
        told = figure(of.told, digits=4) if of.sufficient else f"{of.told.value:.4f}, insufficient"
        holds = "" if of.holds is None else "yes" if of.holds else "no"
        table.add_row(
            str(of.year), of.head, f"{of.truth:.4f}", method, told, f"{of.effective_hits:.1f}",
            holds,
        )  # fmt: skip
    return table


def _shocks(arms: Sequence[Arm]) -> Table:
    table = Table(
        "arm", "shock", "alarm after", "false alarms in the year before", "recall before", "worst month after",
        "recall back after", "calibration back after", title="After the shock",
    )  # fmt: skip
    for arm in arms:
        if of := arm.shock:
            alarms = (f"{risk}: {days(after)}" for risk, after in of.alarm_after_days.items())
            false = (f"{risk}: {many}" for risk, many in of.false_alarms.items())
            table.add_row(
                arm_name(arm), of.name, "\n".join(alarms), "\n".join(false),
                number(of.recall_before), number(of.worst_recall),
                days(of.recall_back_after_days), days(of.calibration_back_after_days),
            )  # fmt: skip
    return table


def figure(of: Figure, *, digits: int = 2) -> str:
    """A figure and its interval."""
    if math.isnan(of.value):
        return "-"
    if math.isnan(of.low):
        return f"{of.value:.{digits}f}"
    return f"{of.value:.{digits}f} ({of.low:.{digits}f}-{of.high:.{digits}f})"


def number(value: float) -> str:
    """A plain number."""
    return "-" if math.isnan(value) else f"{value:.2f}"


def days(value: int | None) -> str:
    """A number of days, or that it did not happen."""
    return "not in the period" if value is None else f"{value} days"


def of_typology(of: Typology) -> str:
    """How many of how many, and what could have been; a small cell says that it is one."""
    told = f"{of.inspected} of {of.carried} ({of.by_chance:.1f} by chance, {of.within_reach} within reach)"
    return f"{told}, insufficient" if of.too_few else told


def _ratio(of: Figure) -> str:
    return f"{of.value:.2f}{_ends(of)}"


def _ends(of: Figure, *, percent: bool = False) -> str:
    if math.isnan(of.low):
        return ""
    low, high = (f"{v:.1%}" if percent else f"{v:.2f}" for v in (of.low, of.high))
    return f" ({low} to {high})"
