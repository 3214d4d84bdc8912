"""Are the inspections that were recommended done, and what can be told of all movements if not?

Recommended and done are both kept. Estimates are by intention, as in a trial whose patients do not
all take their pills: a movement measures as what it was meant to be, never as what became of it.

- Recommended and done: it measures. Its propensity is the recommendation's times the share of such
  recommendations that were followed, so that it also stands for those that were not.
- Recommended and not done: there is no outcome. Were those chosen at random, nothing is lost but
  precision; were they chosen by what they carried, no estimate can mend it, hence the alarm.
- Done and not recommended: somebody's own judgement, with a probability nobody knows. It trains, but
  does not measure. To weigh it by the policy's propensity, as if it had been drawn, is wrong.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from features.spec import Floats, Integers
from training.errors import TrainingError
from training.intervals import Figure
from training.labels import Flags
from training.policy_value.logged import Logged
from training.shares import wilson

#: Below this share of the random inspections done, the random slice no longer stands for all.
LEAST_FOLLOWED = 0.8
#: Recommendations below which a share of them has no figure.
LEAST_CASES = 10


@dataclass(frozen=True)
class Compliance:
    """How recommended inspections were followed.

    Attributes:
        group: "all", or one of a post, shift or month; never an officer.
        random: Whether it is about inspections by chance alone.
        recommended: How many inspections were recommended.
        done: How many of them were done.
        unasked: Inspections of the group done without a recommendation; 0 where `random`.
        share: Share done with its 95 % interval; None where too few were recommended to tell.
    """

    group: str
    random: bool
    recommended: int
    done: int
    unasked: int
    share: Figure | None

    def words(self) -> str:
        """The figure in one line."""
        of = f"{self.done} of {self.recommended}"
        which = "random inspections" if self.random else "inspections"
        if self.share is None:
            return f"{self.group}: {of} recommended {which} done: insufficient"
        low, high = 100 * self.share.low, 100 * self.share.high
        share = 100 * self.share.value
        return f"{self.group}: {of} recommended {which} done, {share:.0f} % ({low:.0f}-{high:.0f})"


def compliance(
    *,
    recommended: Flags,
    random: Flags,
    done: Flags,
    group: NDArray[np.object_] | None = None,
) -> list[Compliance]:
    """How recommendations were followed: altogether, then by group; of chance alone, then of all.

    A group with few cases is named and has no figure; it is never left out.

    Args:
        recommended: Whether an inspection was recommended (n,).
        random: Whether chance named it (n,).
        done: Whether it was inspected (n,), whoever wanted it.
        group: The post, shift or month of each movement (n,). Officers are no group: how somebody
            works is not judged by this.

    Raises:
        TrainingError: when arrays differ in length, or chance named what was not recommended.
    """
    given = [random, done] + ([] if group is None else [group])
    if any(values.shape != recommended.shape for values in given):
        raise TrainingError("Recommended and done are kept of each movement; some are missing.")
    if (random & ~recommended).any():
        raise TrainingError("A movement was named by chance, yet no inspection recommended.")
    parts = [("all", np.ones(len(recommended), dtype=np.bool_))]
    if group is not None:
        parts += [(str(name), group == name) for name in sorted(set(group.tolist()))]
    return [
        _followed(name, inside, recommended & random if alone else recommended, done, random=alone)
        for name, inside in parts
        for alone in (True, False)
    ]


def compliance_alarms(found: list[Compliance]) -> list[str]:
    """Sentences for whom it concerns: what is not followed, and what to do about it."""
    alarms = []
    for seen in found:
        where = "" if seen.group == "all" else f" at {seen.group}"
        if seen.random and seen.share is not None and seen.share.high < LEAST_FOLLOWED:
            alarms.append(
                f"Of {seen.recommended} inspections that chance named{where}, {seen.done} were done "
                f"({100 * seen.share.value:.0f} %, at most {100 * seen.share.high:.0f} %): below "
                f"{100 * LEAST_FOLLOWED:.0f} % they no longer stand for all movements. Have them "
                "done, or lower the capacity to what can be done."
            )
        if not seen.random and seen.unasked > max(seen.done, LEAST_CASES):
            alarms.append(
                f"{seen.unasked} inspections{where} were not recommended, and only {seen.done} of "
                f"{seen.recommended} recommended ones were done: those who select do not follow the "
                "recommendations. Ask why, and record tips and joint operations as such."
            )
    return alarms


def followed(
    *,
    recommended: Flags,
    done: Flags,
    propensity: Floats,
    group: NDArray[np.object_] | None = None,
    least: int = 20,
) -> Floats:
    """The share of recommendations like each movement's that were followed (n,).

    Those that were sure and those by chance are told apart, for it is known before chance draws;
    so are groups with enough cases. A group with fewer has the share of all.

    Args:
        recommended: Whether an inspection was recommended (n,).
        done: Whether it was inspected (n,).
        propensity: The recommendation's (n,).
        group: The post of each movement (n,).
        least: Recommendations a group needs for a share of its own.
    """
    sure: Flags = propensity == 1
    codes: Integers = np.zeros(len(sure), dtype=np.int64)
    if group is not None:
        codes = np.unique(group.astype(str), return_inverse=True)[1].astype(np.int64)
    share = np.ones(len(sure))
    for kind in (sure, ~sure):
        asked, did = recommended & kind, recommended & kind & done
        if not asked.any():
            continue
        asked_by, did_by = (np.bincount(codes[x], minlength=codes.max() + 1) for x in (asked, did))
        all_of = did.sum() / asked.sum()
        by_group = np.where(asked_by >= least, did_by / np.maximum(asked_by, 1), all_of)
        share[kind] = by_group[codes][kind]
    return share


def by_intention(
    *,
    recommended: Flags,
    done: Flags,
    hit: Flags,
    propensity: Floats,
    margins: Mapping[str, Floats],
    random: Flags | None = None,
    group: NDArray[np.object_] | None = None,
    cluster: Integers | None = None,
) -> Logged:
    """What was recorded, ready for estimates by intention.

    Args:
        recommended: Whether an inspection was recommended (n,).
        done: Whether it was inspected (n,).
        hit: Whether something was found (n,); read only where done.
        propensity: The recommendation's (n,): stored of every movement, inspected or not.
        margins: By ranking: scores (n,) in log-odds.
        random: Whether chance named the movement (n,).
        group: The post of each movement (n,), by which recommendations may be followed differently.
        cluster: Movements that were drawn or turn out together (n,).

    Returns:
        Movements of which `inspected` says whether they were done. Those done as recommended have
        the propensity of being recommended and followed; of those done unasked it is not known.

    Raises:
        TrainingError: when arrays differ in length, or something recommended has a propensity of 0.
    """
    share = followed(recommended=recommended, done=done, propensity=propensity, group=group)
    known = np.where(done & ~recommended, np.nan, propensity * share)
    return Logged(
        propensity=known,
        inspected=done,
        hit=hit & done,
        margins=margins,
        random=None if random is None else random & done,
        cluster=cluster,
    )


def _followed(
    name: str, inside: Flags, recommended: Flags, done: Flags, *, random: bool
) -> Compliance:
    asked = int((recommended & inside).sum())
    did = int((recommended & done & inside).sum())
    unasked = 0 if random else int((~recommended & done & inside).sum())
    share = wilson(did, asked) if asked >= LEAST_CASES else None
    return Compliance(name, random, asked, did, unasked, share)
