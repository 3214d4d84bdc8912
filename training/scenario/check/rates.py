"""Rule 7, movements and lines: the mix, what is carried, and the dirt are what was configured."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from training.intervals import Figure
from training.scenario.check.movements import Movements
from training.scenario.check.near import TOLERANCE, share_near, value_near
from training.scenario.check.report import Finding

_RULE_MIX = f"The mix of strata is the configured one within {TOLERANCE:.0%}"
_RULE_RISK = f"The mean true risk is the configured rate within {TOLERANCE:.0%}"
_RULE_COUNT = "As many carry as their true risks say, within chance"
_RULE_DIRT = f"The files are as dirty as configured within {TOLERANCE:.0%}"

#: How far a count may lie from its mean: Poisson's 99.9 %, since many counts are looked at.
_TAIL = 0.0005


def rate_findings(
    movements: Mapping[str, Movements],
    profile: Mapping[str, Any],
    configured: Mapping[str, Mapping[str, float]],
    planted: Mapping[str, Mapping[str, int]],
    *,
    seed: int,
) -> Iterator[Finding]:
    """Measured rates beside those asked for.

    Args:
        movements: All movements, by kind.
        profile: The profile they were drawn from, as plain values.
        configured: How many of each stratum were meant to carry something, by risk.
        planted: What each file holds.
        seed: Of the drawn period.
    """
    yield from _mix(movements, profile, seed)
    for mine in movements.values():
        for stratum in sorted(set(mine.stratum)):
            within = mine.stratum == stratum
            for risk in mine.risk:
                meant = configured[risk].get(stratum, 0.0)
                yield from _carrying(mine, within, stratum, risk, meant, seed)
    for name, of in planted.items():
        sent = of["lines"] - of["duplicates"] - of["malformed"]
        for what in ("duplicates", "malformed"):
            yield share_near(
                _RULE_DIRT, seed, f"{name}: {what}", "",
                found=of[what], of=sent, configured=profile["dirt"][what],
            )  # fmt: skip
    declared = len(movements["consignment"])
    yield share_near(
        _RULE_DIRT, seed, "consignments: amended", "",
        found=planted["consignments"]["second_versions"], of=declared,
        configured=profile["dirt"]["amended"],
    )  # fmt: skip


def poisson_interval(mean: float) -> tuple[int, int]:
    """Counts between which a Poisson variable of that mean lies but for `_TAIL` on each side."""
    k, p = 0, math.exp(-mean) if mean < 500 else 0.0
    if p == 0.0:
        half = 3.290527 * math.sqrt(mean)
        return math.floor(mean - half), math.ceil(mean + half)
    below, low = p, -1
    while below < 1 - _TAIL:
        if low < 0 and below > _TAIL:
            low = k
        k += 1
        p *= mean / k
        below += p
    return max(low, 0), k


def _mix(
    movements: Mapping[str, Movements], profile: Mapping[str, Any], seed: int
) -> Iterator[Finding]:
    mix = profile["mix"]
    declared = mix["consignments"]
    crossed = 1 - declared
    light = 1 - mix["vans"] - mix["lorries"] - mix["buses"] - mix["trains"]
    meant = {
        "freight": declared * (1 - mix["parcels"]), "parcel": declared * mix["parcels"],
        "car": crossed * light, "van": crossed * mix["vans"], "lorry": crossed * mix["lorries"],
        "bus": crossed * mix["buses"], "train": crossed * mix["trains"],
    }  # fmt: skip
    total = sum(len(mine) for mine in movements.values())
    strata = np.concatenate([mine.stratum for mine in movements.values()])
    yield value_near(
        _RULE_MIX, seed, "all", "", value=float(total), error=0.0,
        configured=float(profile["movements"]), detail="movements",
    )  # fmt: skip
    for stratum, share in meant.items():
        n = int((strata == stratum).sum())
        yield share_near(_RULE_MIX, seed, stratum, "", found=n, of=total, configured=share)


def _carrying(
    mine: Movements, within: np.ndarray[Any, np.dtype[np.bool_]], stratum: str, risk: str,
    meant: float, seed: int,
) -> Iterator[Finding]:  # fmt: skip
    n = int(within.sum())
    expected = float(mine.risk[risk][within].sum())
    carrying = int(mine.carries[risk][within].sum())
    if meant == 0.0:
        figure = Figure(float(carrying), math.nan, math.nan)
        yield Finding(_RULE_COUNT, seed, stratum, risk, figure, "0", carrying == 0)
        return
    yield value_near(
        _RULE_RISK, seed, stratum, risk, value=10_000 * expected / n, error=0.0,
        configured=10_000 * meant / n, detail=f"per 10,000 of {n:,}",
    )  # fmt: skip
    low, high = poisson_interval(expected)
    counted = Figure(float(carrying), math.nan, math.nan)
    yield Finding(
        _RULE_COUNT, seed, stratum, risk, counted, f"{low:,} to {high:,}", low <= carrying <= high,
        f"{expected:,.1f} expected",
    )  # fmt: skip
