"""How much passes each post against before, and how often the head has no answer there."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.watching.scored import DAY, Scored, Span

#: Movements of a post, before or now, below which nothing is compared.
LEAST_MOVEMENTS = 50


@dataclass(frozen=True)
class PostVolume:
    """A post's movements a day, before and now.

    Attributes:
        movements: How many there were in the time that is watched.
        before: A day, in the reference.
        now: A day, in the time that is watched.
        abstained: Share of its movements the head abstained from.
        sufficient: Whether enough movements back a comparison.
    """

    post: str
    movements: int
    before: float
    now: float
    abstained: float
    sufficient: bool


def post_volumes(made: Scored, span: Span) -> list[PostVolume]:
    """Every post, also those where nothing passes any more."""
    days_before = (span.since - int(made.event_at.min())) / DAY
    days_now = (span.until - span.since) / DAY
    told = []
    names = np.array(["" if name is None else str(name) for name in made.post])
    for post in np.unique(names).tolist():
        here = names == post
        before, now = int((here & ~made.watched).sum()), int((here & made.watched).sum())
        silent = int((here & made.watched & made.abstained).sum())
        told.append(
            PostVolume(
                post=post or "not named",
                movements=now,
                before=before / days_before,
                now=now / days_now,
                abstained=silent / now if now else 0.0,
                sufficient=before >= LEAST_MOVEMENTS and now >= LEAST_MOVEMENTS,
            )
        )
    return told
