"""Promise Q1 in figures: shares of what was carried, pooled over seeds, with lower 95 % bounds.

Intervals draw periods again, and in each the movements that carried something, all ways to rank by
the same draw: what differs between periods, the luck of few labels, is in them.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from rich.table import Table

from features.spec import Floats
from training.assurance.skill import CAPACITY, WAYS, Found
from training.intervals import Figure

_RESAMPLES = 1000
_SEED = 1
_TAILS = (2.5, 97.5)
#: With fewer movements of a typology, what is found of it says next to nothing.
LEAST_OF_TYPOLOGY = 10


@dataclass(frozen=True)
class TypologyFound:
    """What is found of one typology, all periods together.

    Attributes:
        carrying: Movements of it in the test days.
        head: Share that the head finds; `full_truth` the learner that knows every label.
        holds: Whether it is at least half as much; None where too few are to be found.
    """

    risk: str
    typology: str
    carrying: int
    head: float
    full_truth: float
    holds: bool | None


@dataclass(frozen=True)
class Pool:
    """Heads and periods taken together: what each way finds, as measured and in b draws.

    Attributes:
        found: By way the movements found (b + 1,); the first is as measured, the others are draws.
        carrying: Movements that carried something (b + 1,), likewise.
    """

    found: Mapping[str, Floats]
    carrying: Floats

    def share_of(self, way: str, other: str) -> Figure:
        """What one way finds as a share of what another does."""
        return self._figure(self.found[way], self.found[other])

    def recall_of(self, way: str) -> Figure:
        """Share of what was carried that a way finds."""
        return self._figure(self.found[way], self.carrying)

    def lift_over_random(self) -> Figure:
        """How many times as much as chance the head finds at the same capacity."""
        return self._figure(self.found["head"], CAPACITY * self.carrying)

    def _figure(self, part: Floats, whole: Floats) -> Figure:
        with np.errstate(divide="ignore", invalid="ignore"):
            value, *drawn = (part / whole).tolist()
        known = [one for one in drawn if math.isfinite(one)]
        if not math.isfinite(value) or not known:
            return Figure(math.nan, math.nan, math.nan)
        low, high = np.percentile(known, _TAILS)
        return Figure(value, float(low), float(high))


def pooled(found: Sequence[Found]) -> Pool:
    """These heads and periods together."""
    seeds = sorted({one.seed for one in found})
    rng = np.random.default_rng(_SEED)
    drawn = rng.multinomial(len(seeds), np.full(len(seeds), 1 / len(seeds)), size=_RESAMPLES)
    times = np.vstack([np.ones(len(seeds)), drawn])
    sums = {way: np.zeros(len(times)) for way in WAYS}
    carrying = np.zeros(len(times))
    for one in found:
        n = len(one.typology)
        if not n:
            continue
        period = times[:, seeds.index(one.seed)]
        # The same movements are drawn for every way, and in every pool that a head is part of.
        own = np.random.default_rng([_SEED, one.seed, *f"{one.subject}-{one.risk}".encode()])
        counts = np.vstack([np.ones(n), own.multinomial(n, np.full(n, 1 / n), size=_RESAMPLES)])
        carrying += period * n
        for way in WAYS:
            sums[way] += period * (counts @ one.found[way])
    return Pool(sums, carrying)


def typologies(found: Sequence[Found]) -> list[TypologyFound]:
    """What is found of each typology, over all periods and subjects."""
    told = []
    named = {(one.risk, name) for one in found for name in one.typology}
    for risk, name in sorted(named):
        of = [
            (one.found["head"][j], one.found["full_truth"][j])
            for one in found
            if one.risk == risk
            for j, typology in enumerate(one.typology)
            if typology == name
        ]
        head, full = (float(np.mean(column)) for column in zip(*of, strict=True))
        enough = len(of) >= LEAST_OF_TYPOLOGY and full > 0
        told.append(
            TypologyFound(risk, name, len(of), head, full, head >= full / 2 if enough else None)
        )
    return told


def skill_figures(found: Sequence[Found]) -> dict[str, float | None]:
    """Flat names to numbers; None where there is nothing to tell."""
    figures: dict[str, float | None] = {}

    def tell(name: str, figure: Figure) -> None:
        figures[name] = figure.value if math.isfinite(figure.value) else None
        figures[f"{name}_low"] = figure.low if math.isfinite(figure.low) else None

    for risk in sorted({one.risk for one in found}):
        of = pooled([one for one in found if one.risk == risk])
        tell(f"share_of_full_truth_{risk}", of.share_of("head", "full_truth"))
        tell(f"share_of_oracle_{risk}", of.share_of("head", "oracle"))
    everything = pooled(found)
    tell("lift_over_rules", everything.share_of("head", "rules"))
    tell("lift_over_random", everything.lift_over_random())
    judged = [one for one in typologies(found) if one.holds is not None]
    figures["typologies_judged"] = float(len(judged))
    figures["typologies_found_half_as_well"] = float(sum(bool(one.holds) for one in judged))
    return figures


def skill_tables(found: Sequence[Found]) -> list[Table]:
    """What a person reads: heads, all seeds together, and typologies."""
    return [_heads(found), _together(found), _typologies(found)]


def _heads(found: Sequence[Found]) -> Table:
    table = Table(
        "seed", "head", "carrying", "finds learnt from", *WAYS,
        title=f"Share of what was carried, inspecting {100 * CAPACITY:g} % of the last days",
    )  # fmt: skip
    for one in found:
        shares = [
            f"{float(one.found[way].mean()):.3f}" if len(one.typology) else "-" for way in WAYS
        ]
        learnt = f"{one.hits:,} of {one.true_hits:,}"
        carrying = f"{len(one.typology):,}"
        table.add_row(str(one.seed), f"{one.subject}, {one.risk}", carrying, learnt, *shares)
    return table


def _together(found: Sequence[Found]) -> Table:
    table = Table(
        "all seeds", "share of full truth", "share of oracle", "times the rules", "times chance",
        title="The head beside other ways, with 95 % intervals",
    )  # fmt: skip
    groups = {
        f"{subject}, {risk}": [one for one in found if (one.subject, one.risk) == (subject, risk)]
        for subject, risk in sorted({(one.subject, one.risk) for one in found})
    }
    groups |= {
        risk: [one for one in found if one.risk == risk]
        for risk in sorted({one.risk for one in found})
    }
    groups["all"] = list(found)
    for name, of in groups.items():
        pool = pooled(of)
        told = [pool.share_of("head", other) for other in ("full_truth", "oracle", "rules")]
        table.add_row(name, *(_words(figure) for figure in [*told, pool.lift_over_random()]))
    return table


def _typologies(found: Sequence[Found]) -> Table:
    table = Table("risk", "typology", "carrying", "head", "full truth", "half as well")
    words = {True: "yes", False: "no", None: "insufficient"}
    for one in typologies(found):
        shares = (f"{one.head:.3f}", f"{one.full_truth:.3f}")
        table.add_row(one.risk, one.typology, f"{one.carrying:,}", *shares, words[one.holds])
    return table


def _words(figure: Figure) -> str:
    if not math.isfinite(figure.value):
        return "-"
    return f"{figure.value:.2f} ({figure.low:.2f} to {figure.high:.2f})"
