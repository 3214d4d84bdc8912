"""How an inspection goes: how thorough it is, what it finds, and when that is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from training.scenario.days.movements import Carriage, Inspections
from training.scenario.office.selection import REASONS as REASONS
from training.scenario.office.selection import Selection
from training.scenario.profile import Outcomes, Profile
from training.scenario.streams import Flags, Floats, Integers, weighted

RESULTS = (
    "nothing_found", "arms", "persons_concealed", "other_contraband", "documentary",
    "inconclusive", "not_searched",
)  # fmt: skip
NOTHING, ARMS, PERSONS, CONTRABAND, DOCUMENTARY, INCONCLUSIVE, NOT_SEARCHED = range(7)

LEVELS = ("documentary", "visual", "scanner", "gas_probe", "dog", "partial_unload", "full_unload")

#: Shares of the levels in the controls of each stratum (assumed), in the order of `LEVELS`.
_LEVEL_SHARES = {
    "freight": (0.12, 0.22, 0.26, 0.00, 0.10, 0.15, 0.15),
    "parcel": (0.10, 0.15, 0.50, 0.00, 0.15, 0.00, 0.10),
    "car": (0.05, 0.45, 0.10, 0.00, 0.30, 0.00, 0.10),
    "van": (0.05, 0.45, 0.10, 0.00, 0.30, 0.00, 0.10),
    "lorry": (0.08, 0.22, 0.30, 0.15, 0.15, 0.05, 0.05),
    "bus": (0.08, 0.50, 0.10, 0.00, 0.30, 0.02, 0.00),
    "train": (0.10, 0.35, 0.20, 0.15, 0.15, 0.05, 0.00),
}

#: The standard normal deviate below which 95 % lie.
_P95 = 1.6448536


def detection_on(profile: Profile, day: int) -> Mapping[str, float]:
    """Probability that a control of each level finds what is there, on that day of the period."""
    usual, shocks = profile.outcomes.detection, profile.shocks
    better = day >= profile.day_number(shocks.better_scanner)
    return {**usual, "scanner": shocks.scanner_finds} if better else usual


def inspected(
    chosen: Selection,
    *,
    numbers: NDArray[np.object_],
    post: Integers,
    at: Integers,
    carries: Carriage,
    strata: Sequence[str],
    stratum: Integers,
    entity: Integers,
    carrier: Integers,
    outcomes: Outcomes,
    detection: Mapping[str, float],
    rng: np.random.Generator,
) -> Inspections:
    """Inspects the chosen ones of n movements: level, result, and when it became known.

    Args:
        chosen: Who is inspected; `stratum`, `entity` and the other columns are of all n movements.
        numbers: Numbers of the movements (n,), by which the inspections go too.
        post: Where (n,).
        at: When the movement was at hand (n,), seconds since 1970.
        carries: What it truly carries (n,).
        strata: Names of the strata: `movements.DECLARED_STRATA` or `vehicles.CLASSES`.
        stratum: Index into `strata` (n,).
        entity: Lane (goods) or vehicle (crossings) (n,).
        carrier: Carrier (n,), -1 where none.
        outcomes: How results are recorded.
        detection: Probability of a find by level, as `detection_on` has it.
        rng: Randomness.
    """
    row = chosen.row
    n = len(row)
    aboard = carries.take(row)
    level = _levels(stratum[row], strata, rng)
    started = at[row] + rng.integers(300, 3 * 3600, n)
    ended = started + rng.integers(600, 2 * 3600, n)
    spread = np.log(outcomes.delay_p95_days / outcomes.delay_median_days) / _P95
    delay = outcomes.delay_median_days * np.exp(spread * rng.normal(0, 1, n))
    result = _results(level, aboard.arms, aboard.people, outcomes, detection, rng)
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
        result=result,
        pieces=_pieces(result, aboard, rng),
        entity=entity[row],
        carrier=carrier[row],
    )


def corrections(
    made: Inspections, carries: Carriage, *, share: float, rng: np.random.Generator
) -> Inspections:
    """Second versions of some outcomes: a missed entry put right, or papers found wanting later.

    Args:
        made: Today's inspections.
        carries: What the day's movements carry, all of them.
        share: Share of the outcomes without a find that become a matter of papers.
        rng: Randomness.
    """
    n = len(made.row)
    aboard = carries.take(made.row)
    draw = rng.random(n)
    missed = (made.result == CONTRABAND) & (aboard.arms | aboard.people)
    result = np.where(missed, np.where(aboard.arms, ARMS, PERSONS), DOCUMENTARY)
    again = np.where(missed, draw < 0.5, draw < share)
    again &= (made.result == NOTHING) | (made.result == CONTRABAND)
    later = rng.integers(2 * 86_400, 15 * 86_400, n)
    second = replace(
        made,
        version=made.version + 1,
        result=result,
        known=made.known + later,
        pieces=_pieces(result, aboard, rng),
    )
    return second.take(again)


def _levels(stratum: Integers, strata: Sequence[str], rng: np.random.Generator) -> Integers:
    """How thorough each control is (n,), by the shares of its stratum."""
    cumulative = np.cumsum([_LEVEL_SHARES[name] for name in strata], axis=1)
    draw = rng.random((len(stratum), 1))
    level = (draw >= cumulative[stratum, :-1]).sum(axis=1)
    return np.asarray(level, dtype=np.int64)


def _results(
    level: Integers,
    arms: Flags,
    people: Flags,
    outcomes: Outcomes,
    detection: Mapping[str, float],
    rng: np.random.Generator,
) -> Integers:
    n = len(level)
    finds_people = np.array([detection[name] for name in LEVELS])
    finds_arms = _finds_arms(detection)
    found_arms = arms & (rng.random(n) < finds_arms[level])
    found_people = people & (rng.random(n) < finds_people[level])
    aside = np.array([outcomes.other_contraband, outcomes.documentary, outcomes.inconclusive, 0.0])
    aside[-1] = 1 - aside.sum()
    result = np.array([CONTRABAND, DOCUMENTARY, INCONCLUSIVE, NOTHING])[weighted(rng, aside, n)]
    result = np.where(found_people, PERSONS, result)
    result = np.where(found_arms, ARMS, result)
    wrong = (found_arms | found_people) & (rng.random(n) < outcomes.wrong_finds)
    result = np.where(wrong, np.where(rng.random(n) < 0.5, NOTHING, CONTRABAND), result)
    searched = rng.random(n) >= outcomes.not_searched
    return np.where(searched, result, NOT_SEARCHED).astype(np.int64)


def _finds_arms(detection: Mapping[str, float]) -> Floats:
    """A gas probe shows people; of arms it shows as much as a look does."""
    by_level = {**detection, "gas_probe": detection["visual"]}
    return np.array([by_level[name] for name in LEVELS])


def _pieces(result: Integers, aboard: Carriage, rng: np.random.Generator) -> Integers:
    """Pieces of arms, or people, found (n,): heavy-tailed both; 0 where neither was found."""
    people = 1 + np.floor(rng.pareto(1.3, len(result))).clip(0, 60).astype(np.int64)
    found = np.where(result == ARMS, aboard.pieces, np.where(result == PERSONS, people, 0))
    return np.asarray(found, dtype=np.int64)
