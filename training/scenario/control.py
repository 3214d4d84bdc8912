"""Whom an office inspects, and what it writes down.

Rules, chance and tips select independently. The recorded propensity is the total probability of
being selected by rule or by chance, given the record:

    propensity = 1 - (1 - p_rule) * (1 - p_chance)

with p_rule = rate * exp(score) / mean(exp(score)) as the office's simple score has it, and p_chance
the floor. A movement selected by a tip alone has no propensity: nobody could know it.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from training.scenario.profile import Controls, Outcomes
from training.scenario.streams import Flags, Floats, Integers, weighted

REASONS = ("rule", "random", "tip")
RULE, CHANCE, TIP = 0, 1, 2
RESULTS = (
    "nothing_found", "arms", "persons_concealed", "other_contraband", "documentary",
    "inconclusive", "not_searched",
)  # fmt: skip
NOTHING, ARMS, PERSONS, CONTRABAND, DOCUMENTARY, INCONCLUSIVE, NOT_SEARCHED = range(7)

LEVELS = ("documentary", "visual", "scanner", "gas_probe", "dog", "partial_unload", "full_unload")
#: Probability that a control of each level finds what is there: 0.35 visual, 0.6 scanner, 0.8 dog
#: or gas probe, 0.95 full unload; papers show nothing, a gas probe shows no arms, and a partial
#: unload lies between scanner and dog (assumed).
DETECTS_ARMS = np.array([0.0, 0.35, 0.6, 0.35, 0.8, 0.7, 0.95])
DETECTS_PEOPLE = np.array([0.0, 0.35, 0.6, 0.8, 0.8, 0.7, 0.95])
#: Shares of the levels in controls of goods, light vehicles and lorries (assumed).
_LEVEL_SHARES = {
    "goods": np.array([0.12, 0.22, 0.26, 0.0, 0.10, 0.15, 0.15]),
    "light": np.array([0.05, 0.45, 0.10, 0.0, 0.30, 0.0, 0.10]),
    "lorry": np.array([0.08, 0.22, 0.30, 0.15, 0.15, 0.05, 0.05]),
}


@dataclass(frozen=True)
class Selection:
    """Which of n movements are inspected: rows, why, and the propensity (NaN for tips)."""

    row: Integers
    reason: Integers
    propensity: Floats


@dataclass(frozen=True)
class Inspections:
    """Inspections as columns (n,).

    Attributes:
        row: The movement's row in its day; `number` its own number, `post` where.
        started: Seconds since 1970; `ended` and `known` too.
        result: Index into `RESULTS`; `pieces` counts what was found, if anything.
        entity: The consignee (goods) or vehicle (crossings); `carrier` or -1.
        version: 1, or 2 for a corrected outcome.
    """

    row: Integers
    number: NDArray[np.object_]
    post: Integers
    version: Integers
    reason: Integers
    propensity: Floats
    level: Integers
    started: Integers
    ended: Integers
    known: Integers
    result: Integers
    pieces: Integers
    entity: Integers
    carrier: Integers

    def take(self, rows: Integers | Flags) -> Inspections:
        """These rows only."""
        return Inspections(**{f.name: getattr(self, f.name)[rows] for f in fields(self)})


def selected(
    score: Floats,
    rate: Floats,
    carrying: Flags,
    controls: Controls,
    *,
    mean_exp: Floats | float,
    rng: np.random.Generator,
) -> Selection:
    """Draws who is inspected among n movements.

    Args:
        score: The office's score (n,), from visible indicators.
        rate: Control rate of each movement's class (n,), before the multiplier.
        carrying: Whether the movement carries anything: it attracts tips.
        controls: The office's knobs.
        mean_exp: Mean of exp(score) in each class, a constant of the office's rule, so that the
            rates are met.
        rng: Randomness.
    """
    n = len(score)
    p_rule = np.clip(controls.multiplier * rate * np.exp(score) / mean_exp, 0.0, 0.9)
    p_chance = min(1.0, controls.multiplier * controls.random_floor)
    by_rule = rng.random(n) < p_rule
    by_chance = rng.random(n) < p_chance
    tipped = rng.random(n) < np.where(carrying, controls.tip_carrying, controls.tip_clean)
    row = np.flatnonzero(by_rule | by_chance | tipped)
    # Chance is drawn first in the morning: whom it names counts as random, rule or not.
    reason = np.where(by_chance, CHANCE, np.where(by_rule, RULE, TIP))[row]
    total = 1 - (1 - p_rule) * (1 - p_chance)
    return Selection(row, reason, np.where(reason == TIP, np.nan, np.round(total[row], 6)))


def inspected(
    chosen: Selection,
    *,
    numbers: NDArray[np.object_],
    post: Integers,
    at: Integers,
    arms: Flags,
    people: Flags,
    entity: Integers,
    carrier: Integers,
    light: Flags | None,
    outcomes: Outcomes,
    rng: np.random.Generator,
) -> Inspections:
    """Inspects the chosen: level, result, and when it became known.

    `numbers`, `post`, `at`, `arms`, `people`, `entity`, `carrier` and `light` are of all n movements; `light` is None
    for declarations.
    """
    row = chosen.row
    n = len(row)
    level = weighted(rng, _LEVEL_SHARES["goods"], n)
    if light is not None:
        by_class = (weighted(rng, _LEVEL_SHARES[k], n) for k in ("light", "lorry"))
        level = np.where(light[row], *by_class)
    started = at[row] + rng.integers(300, 3 * 3600, n)
    ended = started + rng.integers(600, 2 * 3600, n)
    spread = np.log(outcomes.delay_p95_days / outcomes.delay_median_days) / 1.645
    delay = np.exp(np.log(outcomes.delay_median_days) + spread * rng.normal(0, 1, n))
    return Inspections(
        row=row,
        number=numbers[row],
        post=post[row],
        version=np.ones(n, dtype=np.int64),
        reason=chosen.reason,
        propensity=chosen.propensity,
        level=level,
        started=started,
        ended=ended,
        known=ended + np.rint(delay * 86_400).astype(np.int64),
        result=_results(level, arms[row], people[row], outcomes, rng),
        pieces=1 + np.floor(rng.pareto(1.3, n)).clip(0, 60).astype(np.int64),
        entity=entity[row],
        carrier=carrier[row],
    )


def corrections(
    made: Inspections, arms: Flags, people: Flags, share: float, rng: np.random.Generator
) -> Inspections:
    """Second versions of some outcomes: a missed entry put right, or papers found wanting later."""
    draw = rng.random(len(made.row))
    missed_arms = arms[made.row] & (made.result == CONTRABAND)
    missed_people = people[made.row] & (made.result == CONTRABAND)
    result = np.where(missed_arms, ARMS, np.where(missed_people, PERSONS, DOCUMENTARY))
    again = np.where(missed_arms | missed_people, draw < 0.5, draw < share)
    again &= (made.result == NOTHING) | (made.result == CONTRABAND)
    later = rng.integers(2 * 86_400, 15 * 86_400, len(made.row))
    columns = {f.name: getattr(made, f.name) for f in fields(made)}
    columns |= {"version": made.version + 1, "result": result, "known": made.known + later}
    return Inspections(**columns).take(again)


def _results(
    level: Integers, arms: Flags, people: Flags, outcomes: Outcomes, rng: np.random.Generator
) -> Integers:
    n = len(level)
    found_arms = arms & (rng.random(n) < DETECTS_ARMS[level])
    found_people = people & (rng.random(n) < DETECTS_PEOPLE[level])
    aside = np.array([outcomes.other_contraband, outcomes.documentary, outcomes.inconclusive, 0.0])
    aside[-1] = 1 - aside.sum()
    result = np.array([CONTRABAND, DOCUMENTARY, INCONCLUSIVE, NOTHING])[weighted(rng, aside, n)]
    result = np.where(found_people, PERSONS, result)
    result = np.where(found_arms, ARMS, result)
    wrong = (found_arms | found_people) & (rng.random(n) < outcomes.wrong_finds)
    result = np.where(wrong, np.where(rng.random(n) < 0.5, NOTHING, CONTRABAND), result)
    return np.where(rng.random(n) < outcomes.not_searched, NOT_SEARCHED, result)
