"""Who is inspected, why, and how likely that was.

Duty, chance, judgement (rules or a model), joint operations and tips select independently. The
recorded propensity is the total probability of the first three, given the record:

    propensity = 1 - (1 - p_judged) * (1 - p_chance), and 1 where control is mandatory

A movement selected by a tip or a joint operation alone has none: nobody could know it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.scenario.profile import Controls
from training.scenario.streams import Flags, Floats, Integers

#: Why a movement is inspected, in the words of the inspection record.
REASONS = ("rule", "random", "tip", "joint_operation", "mandatory", "model")
RULE, CHANCE, TIP, JOINT, MANDATORY, MODEL = range(6)

#: No rule, rate or chance selects with more than this probability.
MOST = 0.9


@dataclass(frozen=True)
class Selection:
    """The inspected (m,) of n movements.

    Attributes:
        row: The movement's row in its day, ascending.
        reason: Index into `REASONS`.
        propensity: Known probability of selection; NaN for tips and joint operations.
    """

    row: Integers
    reason: Integers
    propensity: Floats


def selected(
    judged: Floats,
    *,
    by: int,
    mandatory: Flags,
    carrying: Flags,
    in_joint_operation: Flags,
    controls: Controls,
    rng: np.random.Generator,
) -> Selection:
    """Draws who is inspected among n movements.

    Args:
        judged: Probability (n,) that rules or the model select each.
        by: Which of the two it is: `RULE` or `MODEL`.
        mandatory: Movements (n,) the law wants controlled, each of them.
        carrying: Whether a movement (n,) carries anything: that attracts tips.
        in_joint_operation: Whether its post (n,) takes part in a joint operation today.
        controls: The office's knobs.
        rng: Randomness.
    """
    n = len(judged)
    p_chance = min(MOST, controls.multiplier * controls.random_floor)
    p_joint = min(MOST, controls.multiplier * controls.joint_rate)
    is_judged, is_chance, is_joint, is_tip = rng.random((4, n)) < np.stack(
        [
            judged,
            np.full(n, p_chance),
            np.where(in_joint_operation, p_joint, 0.0),
            np.where(carrying, controls.tip_carrying, controls.tip_clean),
        ]
    )
    row = np.flatnonzero(mandatory | is_chance | is_judged | is_joint | is_tip)
    # Chance is drawn first in the morning: whom it names counts as random, rule or not.
    reason = np.select(
        [mandatory[row], is_chance[row], is_judged[row], is_joint[row]],
        [MANDATORY, CHANCE, by, JOINT],
        TIP,
    )
    known = np.where(mandatory[row], 1.0, 1 - (1 - judged[row]) * (1 - p_chance))
    unknown = (reason == TIP) | (reason == JOINT)
    return Selection(
        row=row,
        reason=reason.astype(np.int64),
        # Six decimals are recorded; none is so small as to read as impossible.
        propensity=np.where(unknown, np.nan, np.maximum(np.round(known, 6), 1e-6)),
    )
