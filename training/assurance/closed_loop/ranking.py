"""The top of an office's rankings: of its heads, and within a share of their own of its rules."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features.spec import Floats, Integers
from training.assurance.closed_loop.judging import Rankings
from training.scenario.office.selection import MODEL, RULE

#: Days whose scores say where the top of the scores begins, today's among them.
REFERENCE_DAYS = 28


@dataclass(frozen=True)
class Top:
    """What rankings select.

    Attributes:
        selected: Probability (n,) of each: 0 or 1, between only among equals.
        by: Whether `RULE` or `MODEL` selects it (n,).
    """

    selected: Floats
    by: Integers


def top_of_rankings(
    today: Rankings, reference: Sequence[Rankings], *, share: float, ruled: float
) -> Top:
    """The top of the heads, and what rules point at besides.

    As in the service, rules name nothing that heads select, and what they cannot use is the heads'.
    Without any head the rules rank, and have all of the share.

    Args:
        today: What is ranked (n,).
        reference: What it is ranked among, today's movements included.
        share: Of the reference to be selected.
        ruled: What rules may have of this.
    """
    among = {risk: np.concatenate([of.scores[risk] for of in reference]) for risk in today.scores}
    scores, references = list(today.scores.values()), list(among.values())
    if not any(today.by_model.values()):
        selected = top_of(scores, references, share=share)
        return Top(selected, np.full(len(selected), RULE, dtype=np.int64))
    points = np.concatenate([of.points for of in reference])
    kept = min(ruled, share, float(np.mean(points > -np.inf)))
    heads = top_of(scores, references, share=share - kept)
    # Equals that a lot may leave out stay with the heads: they have a probability already.
    others = np.where(top_of(references, references, share=share - kept) > 0, -np.inf, points)
    left = np.where(heads > 0, -np.inf, today.points)
    rules = top_of([left], [others], share=kept)
    return Top(np.maximum(heads, rules), np.where(rules > 0, RULE, MODEL).astype(np.int64))


def top_of(scores: Sequence[Floats], references: Sequence[Floats], *, share: float) -> Floats:
    """Probabilities (n,) of being among the top share by any of several rankings.

    A movement counts by its best place in any ranking; places are shares of the reference that
    score at least as high. Equals at the threshold share what is left, each with one probability.
    What no ranking has anything to say of is not selected, though capacity stays free.

    Args:
        scores: Scores (n,) by ranking; minus infinity where it has nothing to say.
        references: Scores (m,) of the reference movements by ranking.
        share: Of the reference to be selected.
    """
    among = [np.sort(reference) for reference in references]
    place = np.min([_place(s, r) for s, r in zip(scores, among, strict=True)], axis=0)
    reference = np.min([_place(s, r) for s, r in zip(references, among, strict=True)], axis=0)
    ordered = np.sort(reference)
    wanted = round(share * len(ordered), 9)
    threshold = ordered[min(int(wanted), len(ordered) - 1)]
    before, upto = np.searchsorted(ordered, threshold), np.searchsorted(ordered, threshold, "right")
    among_equals = min(max((wanted - before) / (upto - before), 0.0), 1.0)
    selected = np.where(place < threshold, 1.0, np.where(place == threshold, among_equals, 0.0))
    return np.where(np.isneginf(np.max(scores, axis=0)), 0.0, selected)


def _place(scores: Floats, ascending: Floats) -> Floats:
    """Share (n,) of the reference that scores at least as high."""
    below = np.searchsorted(ascending, scores, side="left")
    return np.asarray((len(ascending) - below) / len(ascending), dtype=np.float64)
