"""What nobody inspected: thousands of movements that tell what is usual, and what the rules suspect.

Inspected movements lie where the office looks. Learning from them alone, a head knows little of what
lies elsewhere, and with few finds it knows little at all. Three things are known without any outcome:

- Among movements nobody inspected, next to none carries anything: they are the *background*, which
  finds have to stand out from (case-control sampling with contaminated controls; Lancaster and Imbens,
  Journal of Econometrics 1996; Ward et al., Biometrics 2009). All of them together count as much as
  the inspected that found nothing, so that these still say where suspicion was wrong.
- What the office's rules point at is likelier than the rest. Movements with points, nobody inspected,
  stand for a few finds more, whatever the number of true ones: a prior that fades as finds come in.
- What the police report of a movement is a find in part (`training.police_reports`).

All are learnt from and never measured with: no figure, fold or calibration counts them.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

import numpy as np

from features.spec import Column, Floats, Integers
from models.rules import Rule, evaluate
from training.fit import Rows
from training.labels import Flags
from training.params import Params, Subject
from training.police_reports import Reported

#: As many are drawn at most, of the background and of what rules point at: more say nothing new.
MOST_DRAWN = 30_000
MOST_POINTED_AT = 3_000
#: Of a find that one movement the rules point at may stand for, in the mean over these.
MOST_OF_A_FIND = 0.1


@dataclass(frozen=True, eq=False)
class Background:
    """Movements nobody inspected, by their places among all: of millions only thousands are looked at.

    Attributes:
        Z: What the columns say of all movements (n, f), categories in small codes.
        places: Which of them nobody inspected (m,).
        event_at: When these were (m,), microseconds since 1970 UTC.
        points: What the office's rules give these (m,), 0 or more.
        weight: Weight of all together, by that of the inspected that found nothing.
        finds: Finds that what rules point at stands for.
        seed: Of the draw where there are more than are needed.
        reported: What police reports name among them, which is no background then.
    """

    Z: Floats
    places: Integers
    event_at: Integers
    points: Floats
    weight: float
    finds: float
    seed: int
    reported: Reported

    def __len__(self) -> int:
        return len(self.places)

    def before(self, moment: int) -> Background:
        """Those before a moment, in microseconds since 1970 UTC."""
        earlier = self.event_at < moment
        return replace(
            self,
            places=self.places[earlier],
            event_at=self.event_at[earlier],
            points=self.points[earlier],
            reported=self.reported.before(moment),
        )


def background_of(
    Z: Floats,
    event_at: Integers,
    points: Floats,
    within: Flags,
    *,
    named: Reported,
    params: Params,
) -> Background:
    """The movements of a part that nobody inspected.

    Args:
        Z: What the columns say of all movements (n, f), categories in small codes.
        event_at: Their times (n,), microseconds since 1970 UTC.
        points: What the office's rules give them (n,).
        within: Which of them (n,) lie in the part and have no outcome that says anything.
        named: What police reports name among these.
        params: The parameter file.
    """
    places = np.flatnonzero(within)
    return Background(
        Z, places, event_at[places], points[places],
        params.fit.background, params.fit.rules_worth, params.seed, named,
    )  # fmt: skip


def rule_points(
    X: Floats,
    columns: Sequence[Column],
    rules: Collection[Rule],
    *,
    subject: Subject,
    risk: str,
) -> Floats:
    """Points (n,) that the office's rules give to rows in raw codes (n, f); 0 where none applies."""
    named = {column.name: X[:, j] for j, column in enumerate(columns)}
    return np.asarray(evaluate(rules, subject, risk, named).points, dtype=np.float64)


def beside(rows: Rows, background: Background | None) -> Rows:
    """Rows to learn from with the background and what rules point at below them.

    The inspected keep their weights, so that settings mean what they mean without a background. What
    nobody inspected never says more than what was: where nearly all is inspected, the few that were
    not weigh as much as one inspected in vain each, and a suspicion at most a tenth of a find.

    Args:
        rows: Inspected movements (n, f).
        background: Movements nobody inspected; None where there are none to learn from.
    """
    if background is None or not len(background) or not rows.hit.any() or rows.hit.all():
        return rows
    draw = np.random.default_rng(background.seed)
    told = background.reported
    silent = ~np.isin(background.places, told.places)
    usual = _drawn(np.flatnonzero(silent), MOST_DRAWN, draw)
    pointed = _drawn(np.flatnonzero(silent & (background.points > 0)), MOST_POINTED_AT, draw)
    if background.weight <= 0:
        usual = usual[:0]
    if background.finds <= 0:
        pointed = pointed[:0]
    vain = rows.weight[~rows.hit]
    nothing = float(vain.sum())
    a_find = float(rows.weight[rows.hit].mean())
    points = background.points[pointed]
    each = min(background.weight * nothing / max(1, len(usual)), float(vain.mean()))
    worth = min(background.finds, MOST_OF_A_FIND * len(pointed))
    weight = np.r_[
        rows.weight,
        np.full(len(usual), each),
        points / max(float(points.sum()), 1.0) * worth * a_find,
        told.worth * a_find,
    ]
    places = np.r_[background.places[usual], background.places[pointed], told.places]
    suspected = len(pointed) + len(told)
    return Rows(
        X=np.vstack([rows.X, background.Z[places]]),
        hit=np.r_[rows.hit, np.zeros(len(usual), dtype=bool), np.ones(suspected, dtype=bool)],
        weight=weight,
        inspected=len(rows),
        reported=len(told),
    )


def _drawn(places: Integers, most: int, draw: np.random.Generator) -> Integers:
    """So many of these places at most, in their order."""
    if len(places) <= most:
        return places
    return np.sort(draw.choice(places, size=most, replace=False))
