"""What challenger and champion would find at equal capacity, doubly robust, head by head."""

from __future__ import annotations

import numpy as np

from training.gate.compared import Compared, compared
from training.gate.unseen import Judged
from training.gate.verdicts import Check, Value, Verdict
from training.params import GateParams
from training.policy_value.figures import precision
from training.policy_value.logged import at_capacity


def value_check(one: Judged, params: GateParams) -> Check:
    """Whether the challenger finds no less than the champion, of what neither has learnt from.

    Refused where it surely finds less (the upper end of the ratio's 95 % interval is below 1), or
    finds less than 1 - margin of what the champion finds; ok where the lower end is at least
    1 - margin; insufficient in between, and under ten effective hits.
    """
    ours = at_capacity(one.challenger_score, params.capacity)
    theirs = at_capacity(one.champion_score, params.capacity)
    told = compared(one.made, champion=theirs, challenger=ours)
    alike = float(np.minimum(ours, theirs).sum() / ours.sum())
    verdict, why = _verdict(told, params.margin, same=bool((ours == theirs).all()))
    of_ours, of_theirs = precision(one.made, ours), precision(one.made, theirs)
    figures = figures_of(told) | {
        "capacity": params.capacity,
        "selected_by_both": alike,
        "precision_challenger": of_ours.value,
        "precision_challenger_low": of_ours.low,
        "precision_challenger_high": of_ours.high,
        "precision_champion": of_theirs.value,
        "precision_champion_low": of_theirs.low,
        "precision_champion_high": of_theirs.high,
        "movements": float(one.made.total),
        "measuring": float(len(one.made.rows)),
        "hits": float(one.made.hit.sum()),
    }
    words = (
        f"At {params.capacity:.1%} of {one.made.total:,} movements: {told.words()}; {alike:.0%} of the "
        f"selection is the same. {why}"
    )
    return Check("value", one.name, verdict, words, figures)


def figures_of(told: Compared) -> dict[str, Value]:
    """A comparison as named figures."""
    return {
        "finds_challenger": told.challenger,
        "finds_champion": told.champion,
        "difference": told.difference,
        "difference_low": told.difference_low,
        "difference_high": told.difference_high,
        "ratio": told.ratio,
        "ratio_low": told.ratio_low,
        "ratio_high": told.ratio_high,
        "effective_hits": told.effective_hits,
        "p_worse": told.p_worse,
    }


def _verdict(told: Compared, margin: float, *, same: bool) -> tuple[Verdict, str]:
    least = 1 - margin
    if same:
        return "ok", "Both select the same movements."
    if not told.sufficient:
        return "insufficient", "Too few hits back the comparison to tell."
    if told.ratio_high < 1:
        return "refused", "The challenger finds less, beyond chance."
    if told.ratio < least:
        return (
            "refused",
            f"At best estimate it finds less than {least:.0%} of the champion's finds.",
        )
    if told.ratio_low < least:
        return (
            "insufficient",
            f"It may find less than {least:.0%} of the champion's: the lower end is below.",
        )
    return "ok", f"It finds at least {least:.0%} of the champion's, at the lower end too."
